"""The caller's own async HTTP client as a wire (`_callers`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx

from ._callers import as_it_is, headers_of, judged_by_hook, plain
from ._loop import LoopGuard
from ._proxied import as_os_errors
from ._wire import closed_error

if TYPE_CHECKING:
    from ._wire import Headers, Taker


#: Chunks after which a stream that should have ended is one that never waits, and so one that no scope ends.
_NEVER_WAITS = 100_000


class CallersAsyncClient(httpx.AsyncBaseTransport):
    """An `AsyncWire` over an ``httpx.AsyncClient``, and a transport for the raw client over the same."""

    def __init__(self, client: httpx.AsyncClient, base_url: str) -> None:
        self._client = client
        self._base_url = base_url
        self._closed = False
        self._loop = LoopGuard()

    async def get(self, path: str, headers: Headers, timeout: float, taker: Taker) -> None:
        """Send a GET and hand over the answer."""
        if self._closed or self._client.is_closed:
            raise closed_error()
        self._loop.refuse_another()
        request = self._client.build_request("GET", self._base_url + path, headers=headers, timeout=timeout)
        try:
            with as_os_errors():
                response = await self.handle_async_request(request)
        except httpx.HTTPStatusError as error:
            response = judged_by_hook(error)
        try:
            taker.begin(response.status_code, headers_of(response))
            chunks = response.aiter_bytes() if response.is_stream_consumed else response.aiter_raw()
            unwanted = 0
            with anyio.CancelScope() as scope:
                async for chunk in chunks:
                    if not taker.feed(chunk):
                        unwanted += 1
                        if unwanted > _NEVER_WAITS:
                            break
                        # Not `break`: that would leave httpx's generators open, one within the other. This ends them
                        # at their next read.
                        scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the caller's client as it is, but for cookies."""
        return await self._client.send(plain(request), stream=True, auth=as_it_is, follow_redirects=False)

    async def aclose(self) -> None:
        """Use the caller's client no more; it is the caller's to close."""
        self._closed = True
