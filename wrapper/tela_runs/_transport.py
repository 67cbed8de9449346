"""The HTTP connections of a client: a stack of single ones instead of a pool.

httpcore's pool walks all of its connections for every request, so its cost grows with their number (measured in
`benchmarks/README.md`; encode/httpcore #1035, #929), and a request cancelled while it queues can poison it for the
others (#1099). Here a stack of idle connections, the warmest on top, is all the bookkeeping there is. They are
httpcore's own; through a proxy, where httpcore has nothing smaller, each is a pool of one. A request holds its *lane*
from the first byte sent to the last one read. A lane whose request failed is closed: in one that could not get TLS
through its proxy, httpcore would let the next request wait for ever.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import httpcore
import httpx

from ._network import Limit, LimitedBackend
from ._network_async import AsyncBackend
from ._settings import MAX_CONNECTIONS
from ._wire import LoopGuard, Reply, closed_error

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator

    from ._settings import Origin
    from ._wire import Headers

#: Seconds an idle connection is kept. Servers close theirs after 60 or 75 as a rule; looks are seldom further apart.
KEEPALIVE = 30.0

_Link = TypeVar("_Link")


class _Lane(Generic[_Link]):
    """One connection, or the place for one, and its request: made once, sent again with another target."""

    __slots__ = ("idle_since", "limit", "link", "request")

    def __init__(self, link: _Link, limit: Limit, request: httpcore.Request) -> None:
        self.link = link
        self.limit = limit
        self.request = request
        self.idle_since = 0.0


class _Stack(Generic[_Link]):
    """The idle lanes of a client. Appending to a list and popping from it are atomic, so threads may share it."""

    def __init__(self, origin: Origin, proxy: str | None, clock: Callable[[], float], trust_env: bool) -> None:
        self._origin = origin
        self._proxy = proxy
        self._clock = clock
        self._trust_env = trust_env
        self._idle: list[_Lane[_Link]] = []
        self._closed = False
        self._ssl_context: ssl.SSLContext | None = None
        self._scheme = origin.scheme.encode("ascii")
        self._host = origin.host.encode("ascii")
        self._host_header = (b"Host", origin.authority.encode("ascii"))

    def _open(self, alone: Callable[..., _Link], pool: Callable[..., _Link], backend: object) -> _Link:
        """Make a connection; nothing is sent yet."""
        if self._ssl_context is None and (self._origin.scheme == "https" or self._proxy):
            # One for all lanes: loading the certificates takes long.
            self._ssl_context = httpx.create_ssl_context(trust_env=self._trust_env)
        options = {"ssl_context": self._ssl_context, "keepalive_expiry": KEEPALIVE, "network_backend": backend}
        if self._proxy is None:
            return alone(self._url("").origin, **options)
        proxy = httpx.Proxy(self._proxy)
        return pool(proxy=httpcore.Proxy(str(proxy.url), auth=proxy.raw_auth), max_connections=1, **options)

    def _url(self, path: str) -> httpcore.URL:
        return httpcore.URL(scheme=self._scheme, host=self._host, port=self._origin.port, target=path.encode("ascii"))

    def _lane(self, link: _Link, limit: Limit) -> _Lane[_Link]:
        return _Lane(link, limit, httpcore.Request("GET", self._url("")))

    def _addressed(self, lane: _Lane[_Link], path: str, headers: Headers) -> httpcore.Request:
        """The lane's request, made ready; its headers, and so the key, are its own until it is put back."""
        lane.request.url.target = (self._origin.prefix + path).encode("ascii")
        lane.request.headers = [self._host_header, *headers]
        return lane.request

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise closed_error()

    def _put_back(self, lane: _Lane[_Link]) -> list[_Lane[_Link]]:
        """Take a lane back; the lanes to close now: all after `close`, else one that nobody has needed for long."""
        lane.request.headers = []
        if self._closed:
            return [lane]
        lane.idle_since = self._clock()
        self._idle.append(lane)
        if self._closed:  # by another thread, since this was asked
            return self._empty()
        try:
            cold = lane.idle_since - self._idle[0].idle_since > KEEPALIVE
            return [self._idle.pop(0)] if cold else []
        except IndexError:  # another thread was faster
            return []

    def _empty(self) -> list[_Lane[_Link]]:
        lanes: list[_Lane[_Link]] = []
        with suppress(IndexError):
            while True:
                lanes.append(self._idle.pop())
        return lanes


class Lanes(_Stack[httpcore.HTTPConnection | httpcore.ConnectionPool]):
    """The connections of a sync client; threads may share it."""

    def __init__(
        self,
        origin: Origin,
        proxy: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        trust_env: bool = True,
    ) -> None:
        super().__init__(origin, proxy, clock, trust_env)
        self._process = os.getpid()
        self._free = threading.Semaphore(MAX_CONNECTIONS)

    @contextmanager
    def get(self, path: str, headers: Headers, timeout: float) -> Iterator[Reply[Iterable[bytes]]]:
        """Send a GET; everything until the context is left takes ``timeout`` seconds at the most.

        Raises:
            ConfigurationError: The client is closed.
            httpcore exceptions: The exchange failed.
        """
        deadline = self._clock() + timeout
        free = self._bind()
        if not free.acquire(timeout=timeout):
            raise httpcore.PoolTimeout(f"all {MAX_CONNECTIONS} connections are in use")
        try:
            lane = self._take()
            try:
                lane.limit.deadline = deadline
                response = lane.link.handle_request(self._addressed(lane, path, headers))
                yield Reply(response.status, response.headers, response.iter_stream())
                response.close()
            except BaseException:
                lane.link.close()
                raise
            for surplus in self._put_back(lane):
                surplus.link.close()
        finally:
            free.release()

    def close(self) -> None:
        """Close the idle connections; those in use are closed as they are given back."""
        self._closed = True
        for lane in self._empty():
            lane.link.close()

    def _bind(self) -> threading.Semaphore:
        self._refuse_if_closed()
        if self._process != os.getpid():
            # A forked child: the sockets are its parent's, and so were the threads that held the semaphore.
            self._process = os.getpid()
            self._free = threading.Semaphore(MAX_CONNECTIONS)
            for lane in self._empty():
                lane.link.close()  # closes this process's copies of the sockets alone
        return self._free

    def _take(self) -> _Lane[httpcore.HTTPConnection | httpcore.ConnectionPool]:
        self._refuse_if_closed()  # it may have been closed while this request queued
        with suppress(IndexError):
            while True:
                lane = self._idle.pop()
                if _is_usable(lane.link):
                    return lane
                lane.link.close()
        limit = Limit(self._clock)
        return self._lane(self._open(httpcore.HTTPConnection, httpcore.ConnectionPool, LimitedBackend(limit)), limit)


class AsyncLanes(_Stack[httpcore.AsyncHTTPConnection | httpcore.AsyncConnectionPool]):
    """The connections of an async client, on the one event loop that first used it."""

    def __init__(
        self,
        origin: Origin,
        proxy: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        trust_env: bool = True,
    ) -> None:
        super().__init__(origin, proxy, clock, trust_env)
        self._loop = LoopGuard()
        self._free: anyio.Semaphore | None = None

    @asynccontextmanager
    async def get(
        self,
        path: str,
        headers: Headers,
        timeout: float,  # noqa: ARG002 - kept by a cancel scope around this
    ) -> AsyncIterator[Reply[AsyncIterable[bytes]]]:
        """Send a GET. ``timeout`` is the caller's to keep, with a cancel scope around the context.

        Raises:
            ConfigurationError: The client is closed, or belongs to another event loop.
            httpcore exceptions: The exchange failed.
        """
        free = self._bind()
        try:
            free.acquire_nowait()
        except anyio.WouldBlock:
            await free.acquire()
        try:
            lane = await self._take()
            try:
                response = await lane.link.handle_async_request(self._addressed(lane, path, headers))
                yield Reply(response.status, response.headers, response.aiter_stream())
                await response.aclose()
            except BaseException:
                await _closed(lane)
                raise
            for surplus in self._put_back(lane):
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
        for lane in self._empty():
            await _closed(lane)

    def refuse(self) -> None:
        """Begin no more requests; may be called from any thread."""
        self._closed = True

    def _bind(self) -> anyio.Semaphore:
        self._refuse_if_closed()
        self._loop.refuse_another()
        if self._free is None:
            self._free = anyio.Semaphore(MAX_CONNECTIONS)
        return self._free

    async def _take(self) -> _Lane[httpcore.AsyncHTTPConnection | httpcore.AsyncConnectionPool]:
        self._refuse_if_closed()  # it may have been closed while this request queued
        while self._idle:
            lane = self._idle.pop()
            if _is_usable(lane.link):
                return lane
            await _closed(lane)
        link = self._open(httpcore.AsyncHTTPConnection, httpcore.AsyncConnectionPool, AsyncBackend())
        return self._lane(link, Limit(self._clock))


def _is_usable(link: Any) -> bool:
    """Whether an idle connection can serve another request. A pool of one sees by itself to all but the rest."""
    if isinstance(link, (httpcore.HTTPConnection, httpcore.AsyncHTTPConnection)):
        return not link.is_closed() and not link.has_expired() and not _has_rest(link)
    return not any(_has_rest(connection) for connection in link.connections)


def _has_rest(connection: Any) -> bool:
    """Whether a server sent more than its last answer.

    The next request would take that for its own answer, and so, at the worst, another run for the one asked for.
    httpcore looks at the socket alone, not at what it has read already; h11 knows, and is behind private names.
    """
    while connection is not None and not hasattr(connection, "_h11_state"):
        connection = getattr(connection, "_connection", None)
    return connection is not None and connection._h11_state.trailing_data != (b"", False)  # noqa: SLF001


async def _closed(lane: _Lane[httpcore.AsyncHTTPConnection | httpcore.AsyncConnectionPool]) -> None:
    with anyio.CancelScope(shield=True):
        await lane.link.aclose()
