"""The connections of an async client: the same stack as that of a sync one (`transport`)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
import httpx

from tela_runs._concurrency import LoopGuard

from .transport import IDLE, KEEPALIVE, MAX_CONNECTIONS, AsyncConnection, Stack, whole_timeout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from tela_runs._config import Origin


class AsyncStackTransport(Stack[AsyncConnection], httpx.AsyncBaseTransport):
    """The connections of an async client, on the one event loop that first used it.

    A request's timeout bounds it whole. One without a timeout is bounded by the cancel scope of whoever sends it.
    """

    _kind = AsyncConnection

    def __init__(self, origin: Origin, *, trust_env: bool) -> None:
        super().__init__(origin, trust_env=trust_env)
        self._loop = LoopGuard()
        self._free: anyio.Semaphore | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over a connection, which is free again when the response is closed."""
        self._check_open()
        self._loop.check()
        self._free = free = self._free or anyio.Semaphore(MAX_CONNECTIONS)
        seconds = whole_timeout(request)
        deadline = None if seconds is None else anyio.current_time() + seconds
        with _bounded(deadline):
            try:
                free.acquire_nowait()
            except anyio.WouldBlock:
                await free.acquire()
            spent: list[AsyncConnection] = []
            try:
                connection, spent = self._take(request.extensions.get(IDLE, KEEPALIVE))
                await _close(spent)
                spent = [connection]
                response = await connection.handle_async_request(request)
            except BaseException:
                await _close(spent, free)
                raise
        body = _Body(response.stream, lambda: _close(self._put_back(connection), free), deadline)  # type: ignore[arg-type]
        if response.is_closed:  # made up, by a mock
            await body.aclose()
        else:
            response.stream = body
        return response

    async def aclose(self) -> None:
        """Close the idle connections, of this event loop alone; those in use are closed as they are given back."""
        if self._idle:
            self._loop.check()
        self.is_closed = True
        await _close(self._emptied())


class _Body(httpx.AsyncByteStream):
    """The body of a response; closing it gives the connection back, once."""

    def __init__(
        self, stream: httpx.AsyncByteStream, done: Callable[[], Awaitable[None]], deadline: float | None
    ) -> None:
        self._stream = stream
        self._done: Callable[[], Awaitable[None]] | None = done
        self._deadline = deadline

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._stream)
        while True:
            with _bounded(self._deadline):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk

    async def aclose(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            try:
                with anyio.CancelScope(shield=True):
                    await self._stream.aclose()
            finally:
                await done()


@contextmanager
def _bounded(deadline: float | None) -> Iterator[None]:
    """End what is done inside at a time of the event loop's clock."""
    if deadline is None:
        yield
        return
    with anyio.CancelScope(deadline=deadline) as scope:
        yield
    if scope.cancelled_caught:
        raise httpx.ReadTimeout("the deadline of the request has passed")


async def _close(connections: list[AsyncConnection], free: anyio.Semaphore | None = None) -> None:
    try:
        if connections:
            with anyio.CancelScope(shield=True):
                for connection in connections:
                    await connection.aclose()
    finally:
        if free is not None:
            free.release()
