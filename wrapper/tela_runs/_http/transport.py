"""The connections of a sync client: a plain httpx transport over a stack of single-connection ones.

httpcore's pool walks all of its connections for every request, so its cost grows with them (encode/httpcore #1035,
#929), and a request cancelled while it queues can poison it for the others (#1099). With one connection in each pool
neither happens. A connection is an ``httpx.HTTPTransport``, which mocks and tracers patch; the stack above is not, so
that they see each request once.
"""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import httpcore
import httpx

from tela_runs._config import Timing
from tela_runs.errors import ConfigurationError

from .deadline import Deadline, DeadlineBackend, PiecemealStream
from .environment import proxy_from_environment, tls_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tela_runs._config import Origin

#: Connections of one client at most, whatever is asked of it: a process may as a rule open 1,024 files.
MAX_CONNECTIONS = 512
#: Seconds an idle connection is kept. Servers close theirs after 60 or 75 as a rule; polls are seldom further apart.
KEEPALIVE = 30.0
#: The same before a create: if the server closed the connection just then, nobody would know whether it arrived.
KEEPALIVE_OF_CREATES = 5.0
#: The extensions of a request by which the sender tells its deadline, and how long its connection may have been idle.
DEADLINE, IDLE = "tela_runs.deadline", "tela_runs.idle"
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEPALIVE)


def closed_error() -> ConfigurationError:
    """The error of a request on a closed client."""
    return ConfigurationError("This client is closed. Make a new one, or keep its `with` block open.")


def whole_timeout(request: httpx.Request) -> float | None:
    """The seconds that a request may take in all, of the timeouts that httpx bounds its steps with."""
    seconds = request.extensions.get("timeout", {}).values()
    return None if not seconds or None in seconds else max(seconds)


class Connection(httpx.HTTPTransport):
    """One connection, opened when it is first needed."""

    pool: httpcore.ConnectionPool

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        super().__init__(verify=context, trust_env=False, limits=_LIMITS, proxy=proxy)
        self.idle_since = 0.0
        # `HTTPTransport` takes no backend. tests/ecosystem/test_private_names.py tries this with other versions.
        self.pool = self._pool
        self.backend = self.pool._network_backend = DeadlineBackend()  # noqa: SLF001

    def close(self) -> None:
        super().close()
        if self.backend.stream is not None:
            self.backend.stream.close()  # where a proxy failed, httpcore has not


class _KeepingBackend(httpcore.AnyIOBackend):
    """Keeps the stream that it opened: a TLS handshake that is cancelled would leave it to the garbage collector."""

    stream: httpcore.AsyncNetworkStream | None = None

    async def connect_tcp(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        self.stream = await super().connect_tcp(*args, **options)
        return PiecemealStream(self.stream)


class AsyncConnection(httpx.AsyncHTTPTransport):
    """The same for an async client, whose deadlines are cancel scopes."""

    pool: httpcore.AsyncConnectionPool

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        super().__init__(verify=context, trust_env=False, limits=_LIMITS, proxy=proxy)
        self.idle_since = 0.0
        self.pool = self._pool
        self._backend = self.pool._network_backend = _KeepingBackend()  # noqa: SLF001

    async def aclose(self) -> None:
        await super().aclose()
        if self._backend.stream is not None:
            await self._backend.stream.aclose()


ConnectionT = TypeVar("ConnectionT", Connection, AsyncConnection)


def _is_reusable(pool: httpcore.ConnectionPool | httpcore.AsyncConnectionPool) -> bool:
    """Whether the one connection of a pool can serve another request: it is idle, and nothing is left unread.

    What a server sends beyond its response would be taken for the next one, and so, at the worst, another run for the
    one asked for. httpcore sees what comes later, not what it has read already: h11 and TLS know, behind private names.
    """
    for connection in pool.connections:
        http11: object = connection
        while (inner := getattr(http11, "_connection", None)) is not None:  # one within another, with a proxy
            http11 = inner
        h11_state = getattr(http11, "_h11_state", None)
        if not connection.is_idle() or (h11_state is not None and h11_state.trailing_data != (b"", False)):
            return False
        stream = getattr(http11, "_network_stream", None)
        tls = None if stream is None or h11_state is None else stream.get_extra_info("ssl_object")
        if isinstance(tls, ssl.SSLObject):
            # In memory, all that there is may have been read; a socket's TLS takes one record at a time.
            with suppress(OSError):  # as a rule "want read"; any other error shows at the next request
                tls.read(1)
                return False
        elif tls is not None and tls.pending():
            return False
    return True


class Stack(Generic[ConnectionT]):
    """The idle connections of a client, the warmest on top. Threads may share it: list operations are atomic."""

    _kind: type[ConnectionT]

    def __init__(self, origin: Origin, *, trust_env: bool) -> None:
        self._origin = origin
        self._trust_env = trust_env
        address = proxy_from_environment(origin) if trust_env else None
        self._proxy = None if address is None else httpx.Proxy(address)
        self._context: ssl.SSLContext | None = None
        self._idle: list[ConnectionT] = []
        self.is_closed = False

    def _opened(self) -> ConnectionT:
        if self._context is None:
            if self._origin.scheme == "https" or self._proxy is not None:
                self._context = tls_context(trust_env=self._trust_env)
            else:  # no TLS is spoken: one that trusts nobody takes no time to make
                self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            if self._proxy is not None and self._proxy.url.scheme == "https":
                self._proxy = httpx.Proxy(self._proxy.url, auth=self._proxy.auth, ssl_context=self._context)
        return self._kind(self._context, self._proxy)

    def _check_open(self) -> None:
        if self.is_closed:
            raise closed_error()

    def _take(self, max_idle: float) -> tuple[ConnectionT, list[ConnectionT]]:
        """A connection, and those that have gone cold, to be closed."""
        self._check_open()  # it may have been closed while this request queued
        cold: list[ConnectionT] = []
        with suppress(IndexError):
            while Timing.clock() - (connection := self._idle.pop()).idle_since > max_idle:
                cold.append(connection)
            return connection, cold
        return self._opened(), cold

    def _put_back(self, connection: ConnectionT) -> list[ConnectionT]:
        """Take a connection back; those to close: it if it is spent, all after `close`, one that has gone cold."""
        if self.is_closed or not _is_reusable(connection.pool):
            return [connection]
        connection.idle_since = Timing.clock()
        self._idle.append(connection)
        if self.is_closed:  # by another thread, since this was asked
            return self._emptied()
        with suppress(IndexError):  # another thread was faster
            if connection.idle_since - self._idle[0].idle_since > KEEPALIVE:
                return [self._idle.pop(0)]
        return []

    def _emptied(self) -> list[ConnectionT]:
        connections: list[ConnectionT] = []
        with suppress(IndexError):
            while True:
                connections.append(self._idle.pop())
        return connections


class StackTransport(Stack[Connection], httpx.BaseTransport):
    """The connections of a sync client; threads may share it. A deadline bounds a request whole, queueing included."""

    _kind = Connection

    def __init__(self, origin: Origin, *, trust_env: bool) -> None:
        super().__init__(origin, trust_env=trust_env)
        self._process = os.getpid()
        self._free = _places()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over a connection, which is free again when the response is closed."""
        deadline = request.extensions.get(DEADLINE) or Deadline(whole_timeout(request))
        free = self._bound()
        try:
            free.get(timeout=deadline.left(httpx.PoolTimeout))
        except Empty:
            raise httpx.PoolTimeout(f"all {MAX_CONNECTIONS} connections are in use") from None
        spent: list[Connection] = []
        try:
            connection, spent = self._take(request.extensions.get(IDLE, KEEPALIVE))
            _close(spent)
            spent = [connection]
            connection.backend.serve(deadline)
            response = connection.handle_request(request)
        except BaseException:
            _close(spent, free)
            raise
        body = _Body(response.stream, lambda: _close(self._put_back(connection), free))  # type: ignore[arg-type]
        if response.is_closed:  # made up, by a mock
            body.close()
        else:
            response.stream = body
        return response

    def close(self) -> None:
        """Close the idle connections; those in use are closed as they are given back."""
        self.is_closed = True
        _close(self._emptied())

    def _bound(self) -> SimpleQueue[None]:
        self._check_open()
        if self._process != os.getpid():
            # A forked child: the sockets are its parent's, and so were the threads that held the places.
            self._free = _places()
            _close(self._emptied())  # this process's copies of the sockets alone
            self._process = os.getpid()  # last, so that another thread of the child does this too, and not use them
        return self._free


class _Body(httpx.SyncByteStream):
    """The body of a response; closing it gives the connection back, once."""

    def __init__(self, stream: httpx.SyncByteStream, done: Callable[[], None]) -> None:
        self._stream = stream
        self._done: Callable[[], None] | None = done

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            try:
                self._stream.close()
            finally:
                done()


def _places() -> SimpleQueue[None]:
    """A semaphore, at a tenth of the cost of the standard library's."""
    places: SimpleQueue[None] = SimpleQueue()
    for _ in range(MAX_CONNECTIONS):
        places.put(None)
    return places


def _close(connections: list[Connection], free: SimpleQueue[None] | None = None) -> None:
    try:
        for connection in connections:
            connection.close()
    finally:
        if free is not None:
            free.put(None)
