"""The HTTP connections of a client: many single ones instead of one pool of many.

httpcore's pool walks all of its connections for every request, so its cost grows with their number (measured in
`benchmarks/README.md`; encode/httpcore #1035, #929), and a request cancelled while it queues can poison it for the
others (#1099). Here each connection is a pool of its own, a *lane*; a stack of idle lanes, the warmest on top, is all
the bookkeeping there is. A request holds its lane from the first byte sent to the last one read. A lane whose request
failed is closed: in one that could not get TLS through its proxy, httpcore would let the next request wait for ever.
"""

from __future__ import annotations

import os
import threading
import time
import urllib.request
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import httpcore
import httpx

from ._network import ClosingBackend, Limit, LimitedBackend
from ._settings import MAX_CONNECTIONS
from ._wire import LoopGuard, Reply, closed_error
from .errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator

    from ._settings import Origin
    from ._wire import Headers

#: Seconds an idle connection is kept. Servers close theirs after 60 or 75 as a rule; looks are seldom further apart.
KEEPALIVE = 30.0

_Pool = TypeVar("_Pool")


class _Lane(Generic[_Pool]):
    """One connection, or the place for one."""

    __slots__ = ("idle_since", "limit", "pool")

    def __init__(self, pool: _Pool, limit: Limit) -> None:
        self.pool = pool
        self.limit = limit
        self.idle_since = 0.0


class _Stack(Generic[_Pool]):
    """The idle lanes of a client. Appending to a list and popping from it are atomic, so threads may share it."""

    def __init__(self, origin: Origin, proxy: str | None, clock: Callable[[], float]) -> None:
        self._origin = origin
        self._proxy = proxy
        self._clock = clock
        self._idle: list[_Lane[_Pool]] = []
        self._closed = False
        self._ssl_context: ssl.SSLContext | None = None
        self._host = origin.url.removeprefix(f"{origin.scheme}://").removesuffix(origin.prefix).encode("ascii")

    def _open(self, pool_class: Callable[..., _Pool], **options: Any) -> _Pool:
        if self._ssl_context is None and (self._origin.scheme == "https" or self._proxy):
            self._ssl_context = httpx.create_ssl_context()  # one for all lanes: loading the certificates takes long
        if self._proxy is not None:
            proxy = httpx.Proxy(self._proxy)
            options["proxy"] = httpcore.Proxy(str(proxy.url), auth=proxy.raw_auth)
        return pool_class(ssl_context=self._ssl_context, max_connections=1, keepalive_expiry=KEEPALIVE, **options)

    def _request(self, path: str, headers: Headers) -> httpcore.Request:
        origin = self._origin
        target = (origin.prefix + path).encode("ascii")
        url = httpcore.URL(
            scheme=origin.scheme.encode("ascii"), host=origin.host.encode("ascii"), port=origin.port, target=target
        )
        return httpcore.Request("GET", url, headers=[(b"Host", self._host), *headers])

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise closed_error()

    def _put_back(self, lane: _Lane[_Pool]) -> list[_Lane[_Pool]]:
        """Take a lane back; the lanes to close now: all after `close`, else one that nobody has needed for long."""
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

    def _empty(self) -> list[_Lane[_Pool]]:
        lanes: list[_Lane[_Pool]] = []
        with suppress(IndexError):
            while True:
                lanes.append(self._idle.pop())
        return lanes


class Lanes(_Stack[httpcore.ConnectionPool]):
    """The connections of a sync client; threads may share it."""

    def __init__(self, origin: Origin, proxy: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(origin, proxy, clock)
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
                response = lane.pool.handle_request(self._request(path, headers))
                try:
                    yield Reply(response.status, response.headers, response.iter_stream())
                finally:
                    response.close()
            except BaseException:
                lane.pool.close()
                raise
            for surplus in self._put_back(lane):
                surplus.pool.close()
        finally:
            free.release()

    def close(self) -> None:
        """Close the idle connections; those in use are closed as they are given back."""
        self._closed = True
        for lane in self._empty():
            lane.pool.close()

    def _bind(self) -> threading.Semaphore:
        self._refuse_if_closed()
        if self._process != os.getpid():
            # A forked child: the sockets are its parent's, and so were the threads that held the semaphore.
            self._process = os.getpid()
            self._free = threading.Semaphore(MAX_CONNECTIONS)
            for lane in self._empty():
                lane.pool.close()  # closes this process's copies of the sockets alone
        return self._free

    def _take(self) -> _Lane[httpcore.ConnectionPool]:
        self._refuse_if_closed()  # it may have been closed while this request queued
        try:
            return self._idle.pop()
        except IndexError:
            limit = Limit(self._clock)
            return _Lane(self._open(httpcore.ConnectionPool, network_backend=LimitedBackend(limit)), limit)


class AsyncLanes(_Stack[httpcore.AsyncConnectionPool]):
    """The connections of an async client, on the one event loop that first used it."""

    def __init__(self, origin: Origin, proxy: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(origin, proxy, clock)
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
            lane = self._take()
            try:
                response = await lane.pool.handle_async_request(self._request(path, headers))
                try:
                    yield Reply(response.status, response.headers, response.aiter_stream())
                finally:
                    with anyio.CancelScope(shield=True):
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

    def _bind(self) -> anyio.Semaphore:
        self._refuse_if_closed()
        self._loop.refuse_another()
        if self._free is None:
            self._free = anyio.Semaphore(MAX_CONNECTIONS)
        return self._free

    def _take(self) -> _Lane[httpcore.AsyncConnectionPool]:
        self._refuse_if_closed()  # it may have been closed while this request queued
        if self._idle:
            return self._idle.pop()
        pool = self._open(httpcore.AsyncConnectionPool, network_backend=ClosingBackend())
        return _Lane(pool, Limit(self._clock))


async def _closed(lane: _Lane[httpcore.AsyncConnectionPool]) -> None:
    with anyio.CancelScope(shield=True):
        await lane.pool.aclose()


def proxy_from_environment(origin: Origin) -> str | None:
    """The proxy that ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` (or the system's settings) name for an origin.

    A loopback origin has none: its requests may be plain http, and stay on this machine.

    Raises:
        ConfigurationError: The proxy's URL cannot be used.
    """
    if origin.is_loopback or urllib.request.proxy_bypass(f"{origin.host}:{origin.port}"):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(origin.scheme) or proxies.get("all")
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    try:
        httpx.Proxy(proxy)
        if proxy.startswith("socks"):
            import socksio  # type: ignore[import-not-found] # noqa: F401, PLC0415 - an extra of httpx
    except (httpx.InvalidURL, ValueError):
        problem = "is no proxy URL that is understood. Correct it, or pass trust_env=False"
    except ImportError:
        problem = "is a SOCKS proxy, which needs another package: pip install 'httpx[socks]'"
    else:
        return proxy
    raise ConfigurationError(f"The proxy set in the environment for {origin.scheme} {problem}.")
