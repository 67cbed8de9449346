"""One connection, and the deadline of the request that it serves: every wait of a sync one is cut to what is left.

httpx bounds each connect, read and write by itself, so a server that drips one byte a second is never cut off. All of
them go through a network backend of httpcore, where the deadline is kept. Names are looked up here too, since an
address that swallows packets must leave time for the next one. Async requests have cancel scopes; their streams make
checkpoints.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
from anyio.lowlevel import checkpoint

from tela_runs._concurrency import Lock
from tela_runs._config import Timing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

#: Seconds an idle connection is kept. Servers usually close theirs after 60 or 75; polls are seldom further apart.
KEEPALIVE = 30.0
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEPALIVE)
#: Maximum seconds for connecting to an address while there is another one to try.
_ADDRESS_SECONDS = 3.0
#: Bytes of a response that an async connection hands out at a time; fewer where they hold more lines than headers do:
#: those may be tiny chunks, and this is how much of them h11 parses in milliseconds.
_PIECE, _SMALL_PIECE, _FEW_LINES = 8 * 1024, 512, 200
#: Bytes that it reads at a time, as many as asyncio: no check would see what anyio had to buffer.
_READ_AT_ONCE = 256 * 1024
#: Maximum seconds for a request: what sockets and locks accept on every platform, about 23 days.
_LONGEST = 2e6
#: Bytes that are written at a time, so that the deadline is checked in between.
_WRITTEN_AT_ONCE = 64 * 1024


class Canceller:
    """Ends the requests and the sleeps of all threads that share it, from any thread, at once and for good."""

    def __init__(self) -> None:
        self.is_cancelled = False
        self.waker = threading.Event()
        self._serving: dict[int, DeadlineBackend | None] = {}
        self._lock = Lock()

    def guard(self, backend: DeadlineBackend | None) -> None:
        """Let `cancel` shut this thread's connection down; None once that may serve others."""
        with self._lock:
            self._serving[threading.get_ident()] = backend

    def cancel(self) -> None:
        """Cancel: shutting its connection down wakes a blocked thread; others stop at their next `Deadline.left`."""
        self.is_cancelled = True
        self.waker.set()
        with self._lock:
            streams = [backend.stream for backend in self._serving.values() if backend is not None]
            for connected in [stream.get_extra_info("socket") for stream in streams if stream is not None]:
                with suppress(OSError):  # it is closed
                    # Not the method of `ssl.SSLSocket`, which takes its state away from the thread that reads.
                    socket.socket.shutdown(connected, socket.SHUT_RDWR)


class Deadline:
    """When a request is over, and the `Canceller` that may end it before."""

    __slots__ = ("_at", "_canceller")

    def __init__(self, seconds: float | None, canceller: Canceller | None = None) -> None:
        self._at = None if seconds is None else Timing.clock() + min(seconds, _LONGEST)
        self._canceller = canceller

    def guard(self, backend: DeadlineBackend | None) -> None:
        """Let the request be cancelled over this connection; None once it is over."""
        if self._canceller is not None:
            self._canceller.guard(backend)

    def left(self, exception: type[Exception]) -> float | None:
        """Seconds left, above 0, or None for no limit; raises ``exception`` at the deadline or once cancelled."""
        if self._canceller is not None and self._canceller.is_cancelled:
            raise exception("the request was cancelled")
        left = None if self._at is None else self._at - Timing.clock()
        if left is not None and left <= 0:
            raise exception("the deadline of the request has passed")
        return left


class DeadlineBackend(httpcore.SyncBackend):
    """Opens the one connection of a transport, and keeps its deadline."""

    def __init__(self) -> None:
        self.deadline = Deadline(None)  # of the request that it serves now
        self.stream: httpcore.NetworkStream | None = None

    def opened(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        self.stream = stream
        return _DeadlineStream(stream, self)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **options: Any
    ) -> httpcore.NetworkStream:
        del timeout  # the deadline bounds it, but for the look-up, which takes as long as the system lets it
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"looking up {host} failed: {error}") from error
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            seconds = self.deadline.left(httpcore.ConnectTimeout)
            if address != addresses[-1]:
                seconds = min(_ADDRESS_SECONDS, _ADDRESS_SECONDS if seconds is None else seconds / 2)
            try:
                return self.opened(super().connect_tcp(address, port, seconds, *args, **options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _DeadlineStream(httpcore.NetworkStream):
    """A connection that bounds every operation by the deadline, whatever timeout it is given."""

    def __init__(self, stream: httpcore.NetworkStream, backend: DeadlineBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._backend.deadline.left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        for start in range(0, len(buffer), _WRITTEN_AT_ONCE):
            piece = buffer[start : start + _WRITTEN_AT_ONCE]
            self._stream.write(piece, self._backend.deadline.left(httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        timeout = self._backend.deadline.left(httpcore.ConnectTimeout)
        return self._backend.opened(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class PiecemealBackend(httpcore.AnyIOBackend):
    """Opens the one connection of an async transport, and keeps it: httpcore loses one whose handshake is cancelled."""

    stream: httpcore.AsyncNetworkStream | None = None

    async def connect_tcp(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        try:
            self.stream = await super().connect_tcp(*args, **options)
        except BaseExceptionGroup as group:  # of anyio's tasks, one per address: a test's socket guard raised
            raise group.exceptions[0] from None
        anyio_stream: Any = self.stream._stream  # type: ignore[attr-defined]  # noqa: SLF001
        anyio_stream.receive = partial(_receive_all, anyio_stream.receive)  # which TLS calls as well
        return _PiecemealStream(self.stream)


async def _receive_all(receive: Callable[[int], Awaitable[bytes]], max_bytes: int = 0) -> bytes:  # noqa: ARG001
    return await receive(_READ_AT_ONCE)


class _PiecemealStream(httpcore.AsyncNetworkStream):
    """A connection that hands out what it read in small pieces, with a checkpoint in between.

    One large piece may hold thousands of tiny chunks, and no cancel scope could interrupt their parsing.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._unread = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unread:
            await checkpoint()
        else:
            self._unread = await self._stream.read(max_bytes, timeout)
        length = _PIECE if self._unread.count(b"\r\n", 0, _PIECE) < _FEW_LINES else _SMALL_PIECE
        piece, self._unread = self._unread[:length], self._unread[length:]
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _PiecemealStream(await self._stream.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:
        # This shows httpcore that an idle connection has unread data.
        return True if info == "is_readable" and self._unread else self._stream.get_extra_info(info)


# The private names below: tests/ecosystem/test_private_names.py tries them with other versions of httpx and httpcore.


class Connection(httpx.HTTPTransport):
    """One connection, opened when it is first needed."""

    idle_since = 0.0

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None, origin: httpcore.Origin) -> None:
        super().__init__(verify=context, trust_env=False, limits=_LIMITS, proxy=proxy)
        self.backend = self._pool._network_backend = DeadlineBackend()  # noqa: SLF001
        if proxy is None:  # else mocks know the pool alone
            self._pool = self._pool.create_connection(origin)  # type: ignore[assignment]

    def close(self) -> None:
        super().close()
        if self.backend.stream is not None:
            self.backend.stream.close()  # httpcore does not, where a proxy failed


class AsyncConnection(httpx.AsyncHTTPTransport):
    """The same for an async client, whose deadlines are cancel scopes."""

    idle_since = 0.0

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None, origin: httpcore.Origin) -> None:
        super().__init__(verify=context, trust_env=False, limits=_LIMITS, proxy=proxy)
        self.backend = self._pool._network_backend = PiecemealBackend()  # noqa: SLF001
        if proxy is None:
            self._pool = self._pool.create_connection(origin)  # type: ignore[assignment]

    async def aclose(self) -> None:
        await super().aclose()
        if self.backend.stream is not None:
            await self.backend.stream.aclose()  # httpcore does not, after a cancelled TLS handshake


def inner_connections(connection: Connection | AsyncConnection) -> list[Any]:
    """The connection of httpcore; none where the pool before a proxy has not opened it yet."""
    pool: Any = connection._pool  # noqa: SLF001
    return getattr(pool, "connections", [pool])


def is_reusable(connection: Connection | AsyncConnection, *, speaks_tls: bool) -> bool:
    """Whether a connection can serve another request: it is idle, and nothing is left unread.

    What a server sends beyond its response would be read as the response to the next request, perhaps one for
    another run. httpcore sees what arrives later, not what it has read already, which h11 and TLS hold.
    """
    for pooled in inner_connections(connection):
        if not pooled.is_idle():  # or never opened, where a mock responded
            return False
        http11 = pooled
        while (inner := getattr(http11, "_connection", None)) is not None:  # one within another
            http11 = inner
        h11 = http11._h11_state  # noqa: SLF001
        # Ctrl-C may have come after httpcore marked it as idle, and before h11 did.
        if repr(h11.our_state) != "IDLE" or h11.trailing_data != (b"", False):
            return False
        tls = http11._network_stream.get_extra_info("ssl_object") if speaks_tls else None  # noqa: SLF001
        if isinstance(tls, ssl.SSLObject):
            # TLS in memory may have read all there is; TLS on a socket reads one record at a time.
            with suppress(OSError):  # usually "want read"; any other error shows at the next request
                tls.read(1)
                return False
        elif tls is not None and tls.pending():
            return False
    return True
