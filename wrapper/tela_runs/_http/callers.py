"""A caller's own httpx client as a transport: its hooks, instrumentation, proxies and certificates serve our requests.

Its default headers are merged in, and ours win. Its redirects, cookies, authentication, base URL and timeouts are not
used. It gets our timeout, which a sync client applies to each read; the sender checks the deadline at every chunk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tela_runs._concurrency import LoopGuard
from tela_runs.errors import APIError

from .transport import DEADLINE, AsyncTransport, closed_error

if TYPE_CHECKING:
    from .connection import Deadline

#: What ``Client.send`` raises for a request: ours, or one that a hook made, maybe by a client of this package.
_FAILURES = (httpx.RequestError, httpx.HTTPStatusError, httpx.InvalidURL, APIError)


class CallersTransport(httpx.BaseTransport):
    """Sends through a caller's ``httpx.Client``, which the caller closes."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        _prepare(request, self._client)
        try:
            return self._client.send(request, stream=True, auth=None, follow_redirects=False)
        except _FAILURES as raised:
            error = raised
        return _response_in(error, request)


class AsyncCallersTransport(AsyncTransport):
    """Sends through a caller's ``httpx.AsyncClient``, which the caller closes."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._loop = LoopGuard()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        _prepare(request, self._client)
        self._loop.check()
        try:
            return await self._client.send(request, stream=True, auth=None, follow_redirects=False)
        except _FAILURES as raised:
            error = raised
        return _response_in(error, request)


def _prepare(request: httpx.Request, client: httpx.Client | httpx.AsyncClient) -> None:
    """Add the client's headers to the request, and what is left of the deadline as its timeout."""
    if client.is_closed:
        raise closed_error()
    headers = httpx.Headers(client.headers)
    headers.update(request.headers)
    headers.pop("cookie", None)
    request.headers = headers
    deadline: Deadline | None = request.extensions.get(DEADLINE)
    if deadline is not None:
        timeout = httpx.Timeout(deadline.left(httpx.PoolTimeout))
        request.extensions = {**request.extensions, "timeout": timeout.as_dict()}


def _response_in(error: Exception, request: httpx.Request) -> httpx.Response:
    """The response, where a hook called ``raise_for_status``; without a body that was not read: httpx has closed it.

    Raises:
        RequestError: A hook failed with a request of its own. Ours may have had its response all the same.
        Exception: The error itself, of our request.
    """
    if getattr(error, "_request", None) is not request:  # the public property raises where there is none
        raise httpx.RequestError(f"a hook of http_client failed: {error} ({type(error).__name__})")
    if not isinstance(error, httpx.HTTPStatusError):
        raise error
    response = error.response
    if response.is_stream_consumed:
        return response
    return httpx.Response(response.status_code, headers=response.headers, content=b"")
