"""A caller's own httpx client as a transport: its hooks, instrumentation, proxies and certificates serve our requests.

Its default headers are merged in, and ours win. Its redirects, cookies, authentication, base URL and timeouts are not
used. A timeout of ours is given to it, but a sync client keeps it for each read; the sender looks at every chunk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tela_runs._loop import LoopGuard

from .transport import DEADLINE, closed_error

if TYPE_CHECKING:
    from .deadline import Deadline


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
        left = deadline.left(httpx.PoolTimeout)
        request.extensions = {**request.extensions, "timeout": httpx.Timeout(left).as_dict()}
    return request


def _unjudged(error: httpx.HTTPStatusError) -> httpx.Response:
    """The response for which a hook of the caller's called ``raise_for_status``: here all are judged alike.

    httpx has closed it; what the hook did not read of it is lost.
    """
    response = error.response
    if hasattr(response, "_content"):
        return response
    headers = [(name, value) for name, value in response.headers.raw if name.lower() != b"content-encoding"]
    return httpx.Response(response.status_code, headers=headers, content=b"")


class CallersTransport(httpx.BaseTransport):
    """Sends by a caller's ``httpx.Client``."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.is_closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the caller's client."""
        if self.is_closed:
            raise closed_error()
        try:
            # With `auth=None`, httpx adds none of the client's own.
            return self._client.send(_prepared(request, self._client), stream=True, auth=None, follow_redirects=False)
        except httpx.HTTPStatusError as error:
            return _unjudged(error)

    def close(self) -> None:
        """Use the caller's client no more; it is the caller's to close."""
        self.is_closed = True


class AsyncCallersTransport(httpx.AsyncBaseTransport):
    """Sends by a caller's ``httpx.AsyncClient``."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._loop = LoopGuard()
        self.is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the caller's client."""
        if self.is_closed:
            raise closed_error()
        self._loop.check()
        try:
            return await self._client.send(
                _prepared(request, self._client), stream=True, auth=None, follow_redirects=False
            )
        except httpx.HTTPStatusError as error:
            return _unjudged(error)

    async def aclose(self) -> None:
        """Use the caller's client no more; it is the caller's to close."""
        self.is_closed = True
