"""A caller's own httpx client as a transport: its hooks, instrumentation, proxies and certificates serve our requests.

Its default headers are merged in, and ours win. Its redirects, cookies, authentication, base URL and timeouts are not
used. A timeout of ours is given to it, but a sync client keeps it for each read; the sender looks at every chunk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from tela_runs._concurrency import LoopGuard
from tela_runs.errors import APIError

from .transport import DEADLINE, closed_error

if TYPE_CHECKING:
    from .deadline import Deadline

#: How ``Client.send`` is called; with `auth=None`, httpx adds none of the client's own.
_AS_IT_IS: dict[str, Any] = {"stream": True, "auth": None, "follow_redirects": False}
#: What it raises for a request: ours, or one that a hook made, maybe by a client of this package.
_OF_A_REQUEST = (httpx.RequestError, httpx.HTTPStatusError, httpx.InvalidURL, APIError)


def _prepared(request: httpx.Request, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
    """The request as the caller's client is to send it."""
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
    return request


def _judged(error: Exception, request: httpx.Request) -> httpx.Response:
    """What an error of the caller's client means for our request.

    The response, where a hook called ``raise_for_status`` for it: here all are judged alike. httpx has closed it; what
    the hook did not read of it is lost.

    Raises:
        RequestError: A hook failed with a request of its own. That says nothing of ours, which may have been answered.
        Exception: The error itself, of our request.
    """
    if getattr(error, "_request", None) is not request:  # the public property raises where there is none
        raise httpx.RequestError(f"a hook of http_client failed: {error} ({type(error).__name__})")
    if not isinstance(error, httpx.HTTPStatusError):
        raise error
    response = error.response
    if response.is_stream_consumed:
        return response
    headers = [(name, value) for name, value in response.headers.raw if name.lower() != b"content-encoding"]
    return httpx.Response(response.status_code, headers=headers, content=b"")


class CallersTransport(httpx.BaseTransport):
    """Sends by a caller's ``httpx.Client``, which is the caller's to close."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._is_closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._is_closed:
            raise closed_error()
        try:
            return self._client.send(_prepared(request, self._client), **_AS_IT_IS)
        except _OF_A_REQUEST as raised:
            error = raised
        return _judged(error, request)

    def close(self) -> None:
        self._is_closed = True


class AsyncCallersTransport(httpx.AsyncBaseTransport):
    """Sends by a caller's ``httpx.AsyncClient``, which is the caller's to close."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._loop = LoopGuard()
        self._is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._is_closed:
            raise closed_error()
        self._loop.check()
        try:
            return await self._client.send(_prepared(request, self._client), **_AS_IT_IS)
        except _OF_A_REQUEST as raised:
            error = raised
        return _judged(error, request)

    async def aclose(self) -> None:
        self._is_closed = True
