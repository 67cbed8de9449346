"""The connection pools of the clients: a plain httpx transport over many single-connection ones, sync and async.

httpcore's pool walks all of its connections for every request, so its cost grows with them (encode/httpcore #1035,
#929), and a request cancelled while it queues can poison it for the others (#1099). Here each `httpx.HTTPTransport` has
one connection, without a pool: a seventh less CPU than a pool of one. Mocks and tracers patch that class, and not the
pool above it, so that they see each request once.
"""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from math import inf
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import httpcore
import httpx

from tela_runs._concurrency import LoopGuard
from tela_runs._config import Timing
from tela_runs.errors import ConfigurationError

from .connection import KEEPALIVE, AsyncConnection, Connection, Deadline, inner_connections, is_reusable
from .environment import proxy_from_environment, tls_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from tela_runs._config import Origin

#: Maximum connections of one client: a process may usually open 1,024 files.
MAX_CONNECTIONS = 512
#: Maximum seconds that the connection of a create was idle: if the server closed it just then, nobody would know
#: whether the create arrived.
KEEPALIVE_OF_CREATES = 5.0
#: The extension of a request that holds its `Deadline`.
DEADLINE = "tela_runs.deadline"


def closed_error() -> ConfigurationError:
    """The error of a request on a closed client."""
    return ConfigurationError("This client is closed. Make a new one, or keep its `with` block open.")


def whole_timeout(request: httpx.Request) -> float | None:
    """The seconds for a whole request: the longest of the timeouts with which httpx bounds its steps."""
    seconds = request.extensions.get("timeout", {}).values()
    return None if not seconds or None in seconds else max(seconds)


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of a response; closing it gives the connection back, once. httpcore shields closing an async one."""

    def __init__(self, stream: Any, done: Callable[[], Any]) -> None:
        self._stream = stream
        self._done: Callable[[], Any] | None = done

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    def close(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            try:
                self._stream.close()
            finally:
                done()

    async def aclose(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            try:
                await self._stream.aclose()
            finally:
                await done()


ConnectionT = TypeVar("ConnectionT", Connection, AsyncConnection)


class Pool(Generic[ConnectionT]):
    """The idle connections of a client, last in, first out. Threads may share it: list operations are atomic."""

    _kind: type[ConnectionT]

    def __init__(self, origin: Origin, *, trust_env: bool) -> None:
        self._trust_env = trust_env
        self._proxy = proxy_from_environment(origin) if trust_env else None
        self._origin = httpcore.URL(str(httpx.URL(origin.url))).origin
        self._speaks_tls = origin.scheme == "https" or self._proxy is not None
        self._context: ssl.SSLContext | None = None
        self._idle: list[ConnectionT] = []
        self.is_closed = False

    def _take(self, request: httpx.Request) -> tuple[ConnectionT, list[ConnectionT]]:
        """The connection that was used last, unless it was idle for too long; else a new one.

        And those to close: the server closed them meanwhile, or they have been idle for too long.
        """
        if self.is_closed:
            raise closed_error()
        expired: list[ConnectionT] = []
        max_idle = KEEPALIVE_OF_CREATES if request.method == "POST" else KEEPALIVE
        with suppress(IndexError):
            while Timing.clock() - (connection := self._idle.pop()).idle_since <= max_idle:
                if not any(inner.has_expired() for inner in inner_connections(connection)):
                    return connection, expired
                expired.append(connection)
            self._idle.append(connection)  # too old for a create, it may serve a poll
        if self._context is None:
            unused = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and takes no time to make
            self._context = tls_context(trust_env=self._trust_env) if self._speaks_tls else unused
            if self._proxy is not None and self._proxy.url.scheme == "https":
                self._proxy.ssl_context = self._context
        return self._kind(self._context, self._proxy, self._origin), expired

    def _put_back(self, connection: ConnectionT) -> list[ConnectionT]:
        """Take a connection back; those to close: it if not reusable, all after `close`, those idle for too long."""
        if not is_reusable(connection, speaks_tls=self._speaks_tls):
            return [connection]
        connection.idle_since = Timing.clock()
        self._idle.append(connection)
        return self._take_idle(inf if self.is_closed else connection.idle_since - KEEPALIVE)

    def _take_idle(self, before: float) -> list[ConnectionT]:
        """Remove the connections that have been idle since before this time, to be closed."""
        expired: list[ConnectionT] = []
        with suppress(IndexError):  # there are no more, or another thread was faster
            while self._idle[0].idle_since < before:
                expired.append(self._idle.pop(0))
        return expired


class PoolTransport(Pool[Connection], httpx.BaseTransport):
    """The connections of a sync client; threads may share it. A deadline bounds a request whole, queueing included."""

    _kind = Connection

    def __init__(self, origin: Origin, *, trust_env: bool) -> None:
        super().__init__(origin, trust_env=trust_env)
        self._process = os.getpid()
        self._places = _all_places()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over a connection, which is free again when the response is closed."""
        deadline = request.extensions.get(DEADLINE) or Deadline(whole_timeout(request))
        if self._process != os.getpid():
            self._forget_parent()
        places = self._places
        try:
            places.get(timeout=deadline.left(httpx.PoolTimeout))
        except Empty:
            raise httpx.PoolTimeout(f"all {MAX_CONNECTIONS} connections are in use") from None
        spent: list[Connection] = []
        try:
            connection, expired = self._take(request)
            spent.append(connection)
            _close(expired)
            connection.backend.deadline = deadline
            deadline.guard(connection.backend)
            response = connection.handle_request(request)
        except BaseException:
            _close(spent, places)
            raise

        def done() -> None:
            deadline.guard(None)
            _close(self._put_back(connection), places)

        body = Body(response.stream, done)
        if response.is_closed:  # made up, by a mock
            body.close()
        else:
            response.stream = body
        return response

    def close(self) -> None:
        """Close the idle connections; those in use are closed as they are given back."""
        self.is_closed = True
        _close(self._take_idle(inf))

    def _forget_parent(self) -> None:
        """In a forked child: the sockets are its parent's, and so were the threads that held the places."""
        self._places = _all_places()
        _close(self._take_idle(inf))  # this process's copies of the sockets alone
        self._process = os.getpid()  # last: until then, other threads of the child do the same


class AsyncTransport(httpx.AsyncBaseTransport):
    """The timeout of a request bounds the whole of it; without one, the sender's cancel scope does."""

    _send: Callable[[httpx.Request], Awaitable[httpx.Response]]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        seconds = whole_timeout(request)
        if seconds is None:
            return await self._send(request)
        with anyio.move_on_after(seconds):
            response = await self._send(request)
            stream: Any = response.stream
            try:
                if not response.is_stream_consumed:
                    response.stream = httpx.ByteStream(b"".join([chunk async for chunk in stream]))
            finally:
                await stream.aclose()
            return response
        raise httpx.ReadTimeout("the deadline of the request has passed")


class AsyncPoolTransport(Pool[AsyncConnection], AsyncTransport):
    """The connections of an async client, on the one event loop that first used it."""

    _kind = AsyncConnection

    def __init__(self, origin: Origin, *, trust_env: bool) -> None:
        super().__init__(origin, trust_env=trust_env)
        self._loop = LoopGuard()
        self._places: anyio.Semaphore | None = None

    async def _send(self, request: httpx.Request) -> httpx.Response:
        self._loop.check()
        self._places = places = self._places or anyio.Semaphore(MAX_CONNECTIONS)
        try:
            places.acquire_nowait()
        except anyio.WouldBlock:
            await places.acquire()
        spent: list[AsyncConnection] = []
        try:
            connection, expired = self._take(request)
            spent.append(connection)
            await _aclose(expired)
            response = await connection.handle_async_request(request)
        except BaseException:
            await _aclose(spent, places)
            raise
        body = Body(response.stream, lambda: _aclose(self._put_back(connection), places))
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
        await _aclose(self._take_idle(inf))


def _all_places() -> SimpleQueue[None]:
    """A place for each connection. A semaphore of the standard library could stay locked after Ctrl-C."""
    places: SimpleQueue[None] = SimpleQueue()
    for _ in range(MAX_CONNECTIONS):
        places.put(None)
    return places


def _close(connections: list[Connection], places: SimpleQueue[None] | None = None) -> None:
    try:
        for connection in connections:
            connection.close()
    finally:
        if places is not None:
            places.put(None)


async def _aclose(connections: list[AsyncConnection], places: anyio.Semaphore | None = None) -> None:
    try:
        if connections:
            with anyio.CancelScope(shield=True):
                for connection in connections:
                    await connection.aclose()
    finally:
        if places is not None:
            places.release()
