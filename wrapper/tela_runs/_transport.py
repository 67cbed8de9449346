"""The HTTP connections of a sync client: a stack of them instead of a pool.

httpcore's pool walks all of its connections for every request, so its cost grows with their number (measured in
`benchmarks/README.md`; encode/httpcore #1035, #929), and a request cancelled while it queues can poison it for the
others (#1099). Here a stack of idle connections, the warmest on top, is all the bookkeeping there is. A request holds
its *link* from the first byte sent to the last one read. A link whose request failed, or whose server said more than it
was asked, is closed.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import httpx

from ._http1 import Http1
from ._network import Limit, Stream, opened
from ._settings import KEEPALIVE, MAX_CONNECTIONS
from ._wire import closed_error
from .errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from ._proxied import BaseProxied, ProxiedLink
    from ._settings import Origin
    from ._wire import Headers, Taker


class Silent(Protocol):
    """What is known of any stream."""

    def is_silent(self) -> bool:
        """Whether the other side has neither closed nor said anything since it was last read."""
        ...


StreamT = TypeVar("StreamT", bound=Silent)


class Connection(Generic[StreamT]):
    """A connection of our own, opened when it is first needed.

    Attributes:
        idle_since: When its last request ended.
    """

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._stream: StreamT | None = None
        self._http = Http1()

    def renew(self) -> bool:
        """Make ready for another request, if that is possible."""
        return self._http.renew()

    def is_usable(self) -> bool:
        """Whether the server has kept the connection, and its peace."""
        return self._stream is not None and self._stream.is_silent()


class Link(Connection[Stream]):
    """A connection of our own.

    Attributes:
        limit: The deadline of its request.
    """

    def __init__(self, limit: Limit, open_stream: Callable[[Limit], Stream]) -> None:
        super().__init__()
        self.limit = limit
        self._open = open_stream

    def get(self, target: bytes, headers: Headers, taker: Taker) -> None:
        """Send a GET and hand over the answer."""
        stream = self._stream
        if stream is None:
            stream = self._stream = self._open(self.limit)
        # A server may refuse, and close, before it has read all of a request: its answer is there all the same.
        with suppress(ConnectionError):
            stream.write(self._http.request(target, headers))
        while self._http.feed(stream.read(), taker):
            pass

    def close(self) -> None:
        """Close it at once."""
        if self._stream is not None:
            self._stream.close()


LinkT = TypeVar("LinkT", bound="Connection[Any] | BaseProxied[Any]")


class Stack(Generic[LinkT]):
    """The idle links of a client. Appending to a list and popping from it are atomic, so threads may share it."""

    def __init__(
        self,
        origin: Origin,
        proxy: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        trust_env: bool = True,
    ) -> None:
        self._origin = origin
        self._proxy = proxy
        self._clock = clock
        self._trust_env = trust_env
        self._idle: list[LinkT] = []
        self._closed = False
        self._context: ssl.SSLContext | None = None
        self._set_up()

    def _set_up(self) -> None:
        """Make ready to hand out links."""
        raise NotImplementedError

    def _tls(self) -> ssl.SSLContext:
        """What TLS is set up with. One for all links: loading the certificates takes long.

        Raises:
            ConfigurationError: The certificates that the environment names cannot be loaded.
        """
        if self._context is None:
            self._context = _tls(trust_env=self._trust_env)
        return self._context

    def _tls_if_needed(self) -> ssl.SSLContext | None:
        return self._tls() if self._origin.scheme == "https" else None

    def _target(self, path: str) -> bytes:
        return (self._origin.prefix + path).encode("ascii")

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise closed_error()

    def _is_warm(self, link: LinkT) -> bool:
        return self._clock() - link.idle_since <= KEEPALIVE and link.is_usable()

    def _put_back(self, link: LinkT) -> list[LinkT]:
        """Take a link back; those to close now: this one if it is spent, all after `close`, one that has gone cold."""
        if self._closed or not link.renew():
            return [link]
        link.idle_since = self._clock()
        self._idle.append(link)
        if self._closed:  # by another thread, since this was asked
            return self._empty()
        try:
            cold = link.idle_since - self._idle[0].idle_since > KEEPALIVE
            return [self._idle.pop(0)] if cold else []
        except IndexError:  # another thread was faster
            return []

    def _empty(self) -> list[LinkT]:
        links: list[LinkT] = []
        with suppress(IndexError):
            while True:
                links.append(self._idle.pop())
        return links


class Lanes(Stack["Link | ProxiedLink"]):
    """The connections of a sync client; threads may share it."""

    def _set_up(self) -> None:
        self._process = os.getpid()
        self._free = threading.Semaphore(MAX_CONNECTIONS)

    def get(self, path: str, headers: Headers, timeout: float, taker: Taker) -> None:
        """Send a GET and hand over the answer, all within ``timeout`` seconds.

        Raises:
            ConfigurationError: The client is closed.
            OSError: The exchange failed; a TimeoutError if it took too long.
            h11.RemoteProtocolError: The answer is no HTTP.
        """
        deadline = self._clock() + timeout
        free = self._bind()
        if not free.acquire(timeout=timeout):
            raise TimeoutError(f"all {MAX_CONNECTIONS} connections are in use")
        try:
            link = self._take()
            try:
                link.limit.deadline = deadline
                link.get(self._target(path), headers, taker)
            except BaseException:
                link.close()
                raise
            for surplus in self._put_back(link):
                surplus.close()
        finally:
            free.release()

    def close(self) -> None:
        """Close the idle connections; those in use are closed as they are given back."""
        self._closed = True
        for link in self._empty():
            link.close()

    def _bind(self) -> threading.Semaphore:
        self._refuse_if_closed()
        if self._process != os.getpid():
            # A forked child: the sockets are its parent's, and so were the threads that held the semaphore.
            self._free = threading.Semaphore(MAX_CONNECTIONS)
            for link in self._empty():
                link.close()  # closes this process's copies of the sockets alone
            self._process = os.getpid()  # last, so that another thread of the child does this too, and not use them
        return self._free

    def _take(self) -> Link | ProxiedLink:
        self._refuse_if_closed()  # it may have been closed while this request queued
        with suppress(IndexError):
            while True:
                link = self._idle.pop()
                if self._is_warm(link):
                    return link
                link.close()
        limit = Limit(self._clock)
        if self._proxy is None:
            return Link(limit, self._opened)
        from ._proxied import ProxiedLink  # noqa: PLC0415 - httpcore, which only they need who go by a proxy

        return ProxiedLink(self._proxy, self._origin, self._tls(), limit)

    def _opened(self, limit: Limit) -> Stream:
        return opened(self._origin.host, self._origin.port, limit, self._tls_if_needed())


def _tls(*, trust_env: bool) -> ssl.SSLContext:
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    problem = ""
    # Some versions of httpx pass over what is not there, and trust others instead.
    if trust_env and file and not Path(file).is_file():
        problem = f"SSL_CERT_FILE names {file!r}, which is no file"
    elif trust_env and folder and not file and not any(Path(part).is_dir() for part in folder.split(os.pathsep)):
        problem = f"SSL_CERT_DIR names {folder!r}, which is no directory"
    else:
        try:
            context = httpx.create_ssl_context(trust_env=trust_env)
        except OSError as error:
            problem = f"{error}; they are those of SSL_CERT_FILE or SSL_CERT_DIR, if these are set"
        else:
            context.set_alpn_protocols(["http/1.1"])
            return context
    raise ConfigurationError(
        f"The trusted certificates cannot be loaded: {problem}. Correct that, or pass trust_env=False."
    )
