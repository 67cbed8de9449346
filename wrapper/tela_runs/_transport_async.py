"""The HTTP connections of an async client: the same stack as that of a sync one (`_transport`)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import anyio

from ._loop import LoopGuard
from ._network_async import opened
from ._settings import MAX_CONNECTIONS
from ._transport import Connection, Stack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ._network_async import AsyncStream
    from ._proxied_async import AsyncProxiedLink
    from ._wire import Headers, Taker


class AsyncLink(Connection["AsyncStream"]):
    """A connection of our own."""

    def __init__(self, open_stream: Callable[[], Awaitable[AsyncStream]]) -> None:
        super().__init__()
        self._open = open_stream

    async def get(self, target: bytes, headers: Headers, taker: Taker) -> None:
        """Send a GET and hand over the answer."""
        stream = self._stream
        if stream is None:
            stream = self._stream = await self._open()
        # A server may refuse, and close, before it has read all of a request: its answer is there all the same.
        with suppress(ConnectionError, anyio.BrokenResourceError):
            await stream.write(self._http.request(target, headers))
        while self._http.feed(await stream.read(), taker):
            pass

    async def aclose(self) -> None:
        """Close it at once."""
        if self._stream is not None:
            await self._stream.aclose()


class AsyncLanes(Stack["AsyncLink | AsyncProxiedLink"]):
    """The connections of an async client, on the one event loop that first used it."""

    def _set_up(self) -> None:
        self._loop = LoopGuard()
        self._free: anyio.Semaphore | None = None

    async def get(
        self,
        path: str,
        headers: Headers,
        timeout: float,  # noqa: ARG002 - kept by a cancel scope around this
        taker: Taker,
    ) -> None:
        """Send a GET and hand over the answer. The timeout is the caller's to keep, with a cancel scope around this.

        Raises:
            ConfigurationError: The client is closed, or belongs to another event loop.
            OSError: The exchange failed.
            anyio.BrokenResourceError: The same, on trio.
            h11.RemoteProtocolError: The answer is no HTTP.
        """
        free = self._bind()
        try:
            free.acquire_nowait()
        except anyio.WouldBlock:
            await free.acquire()
        try:
            link = await self._take()
            try:
                await link.get(self._target(path), headers, taker)
            except BaseException:
                await _closed(link)
                raise
            for surplus in self._put_back(link):
                await _closed(surplus)
        finally:
            free.release()

    async def aclose(self) -> None:
        """Close the idle connections; those in use are closed as they are given back.

        Raises:
            ConfigurationError: They belong to another event loop.
        """
        if self._idle:
            self._loop.refuse_another()
        self._closed = True
        for link in self._empty():
            await _closed(link)

    def refuse(self) -> None:
        """Begin no more requests; may be called from any thread."""
        self._closed = True

    def _bind(self) -> anyio.Semaphore:
        self._refuse_if_closed()
        self._loop.refuse_another()
        if self._free is None:
            self._free = anyio.Semaphore(MAX_CONNECTIONS)
        return self._free

    async def _take(self) -> AsyncLink | AsyncProxiedLink:
        self._refuse_if_closed()  # it may have been closed while this request queued
        while self._idle:
            link = self._idle.pop()
            if self._is_warm(link):
                return link
            await _closed(link)
        if self._proxy is None:
            return AsyncLink(self._opened)
        from ._proxied_async import AsyncProxiedLink  # noqa: PLC0415 - httpcore, which only they need who go by a proxy

        return AsyncProxiedLink(self._proxy, self._origin, self._tls())

    async def _opened(self) -> AsyncStream:
        return await opened(self._origin.host, self._origin.port, self._tls_if_needed())


async def _closed(link: AsyncLink | AsyncProxiedLink) -> None:
    with anyio.CancelScope(shield=True):
        await link.aclose()
