"""The connection pool of an async client: the same as that of a sync one (`transport`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx

from tela_runs._concurrency import LoopGuard

from .transport import IDLE, KEEPALIVE, MAX_CONNECTIONS, AsyncConnection, Body, Pool, whole_timeout

if TYPE_CHECKING:
    from tela_runs._config import Origin


class AsyncPoolTransport(Pool[AsyncConnection], httpx.AsyncBaseTransport):
    """The connections of an async client, on the one event loop that first used it.

    A request's timeout bounds it whole. One without a timeout is bounded by the cancel scope of whoever sends it.
    """

    _kind = AsyncConnection

    def __init__(self, origin: Origin, *, trust_env: bool) -> None:
        super().__init__(origin, trust_env=trust_env)
        self._loop = LoopGuard()
        self._places: anyio.Semaphore | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over a connection, which is free again when the response is closed."""
        seconds = whole_timeout(request)
        if seconds is None:
            return await self._send(request)
        with anyio.move_on_after(seconds):
            response = await self._send(request)
            stream: Any = response.stream
            try:
                response.stream = httpx.ByteStream(b"".join([chunk async for chunk in stream]))
            finally:
                await stream.aclose()
            return response
        raise httpx.ReadTimeout("the deadline of the request has passed")

    async def _send(self, request: httpx.Request) -> httpx.Response:
        self._check_open()
        self._loop.check()
        self._places = places = self._places or anyio.Semaphore(MAX_CONNECTIONS)
        try:
            places.acquire_nowait()
        except anyio.WouldBlock:
            await places.acquire()
        spent: list[AsyncConnection] = []
        try:
            connection, expired = self._take(request.extensions.get(IDLE, KEEPALIVE))
            spent.append(connection)
            await _close(expired)
            response = await connection.handle_async_request(request)
        except BaseException:
            await _close(spent, places)
            raise
        body = Body(response.stream, lambda: _close(self._put_back(connection), places))
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


async def _close(connections: list[AsyncConnection], places: anyio.Semaphore | None = None) -> None:
    try:
        if connections:
            with anyio.CancelScope(shield=True):
                for connection in connections:
                    await connection.aclose()
    finally:
        if places is not None:
            places.release()
