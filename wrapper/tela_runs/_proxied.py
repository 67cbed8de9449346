"""Connections by way of a proxy, which are httpcore's: tunnels, SOCKS and TLS within TLS. Each is a pool of one.

All else that a client needs of a connection is in `_transport`. In a pool that could not get TLS through its proxy,
httpcore would let the next request wait for ever; but a link that failed is closed there.
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import httpcore
import httpx

from ._network import READ_AT_ONCE, connected, has_rest
from ._settings import KEEPALIVE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._network import Limit
    from ._settings import Origin
    from ._wire import Headers, Taker


def _socks_error() -> type[Exception]:
    try:
        return cast("type[Exception]", import_module("socksio").SOCKSError)
    except ImportError:  # an extra of httpx, and without it there is no way by a SOCKS proxy
        return ConnectionError


_SOCKSError = _socks_error()
PoolT = TypeVar("PoolT", httpcore.ConnectionPool, httpcore.AsyncConnectionPool)


class BaseProxied(Generic[PoolT]):
    """What a sync and an async connection through a proxy have in common.

    Attributes:
        idle_since: When its last request ended.
    """

    _pool: PoolT

    def __init__(self, proxy: str, origin: Origin, context: ssl.SSLContext) -> None:
        self.idle_since = 0.0
        self._origin = origin
        named = httpx.Proxy(proxy)
        self._options: dict[str, Any] = {
            "proxy": httpcore.Proxy(str(named.url), auth=named.raw_auth),
            "ssl_context": context,
            "keepalive_expiry": KEEPALIVE,
            "max_connections": 1,
        }

    def _request(self, target: bytes, headers: Headers) -> httpcore.Request:
        scheme, host = self._origin.scheme.encode("ascii"), self._origin.host.encode("ascii")
        url = httpcore.URL(scheme=scheme, host=host, port=self._origin.port, target=target)
        return httpcore.Request("GET", url, headers=headers)

    def renew(self) -> bool:
        """Make ready for another request, if that is possible: httpcore does, but does not see a rest."""
        return self.is_usable()

    def is_usable(self) -> bool:
        """Whether the server has kept its peace; that it has kept the connection, httpcore sees by itself.

        httpcore looks at the socket alone, not at what it has read already; h11 knows, and is behind private names.
        """
        return all(_has_no_rest(connection) for connection in self._pool.connections)


class ProxiedLink(BaseProxied[httpcore.ConnectionPool]):
    """A connection through a proxy.

    Attributes:
        limit: The deadline of its request.
    """

    def __init__(self, proxy: str, origin: Origin, context: ssl.SSLContext, limit: Limit) -> None:
        super().__init__(proxy, origin, context)
        self.limit = limit
        self._backend = _LimitedBackend(limit)
        self._pool = httpcore.ConnectionPool(network_backend=self._backend, **self._options)

    def get(self, target: bytes, headers: Headers, taker: Taker) -> None:
        """Send a GET and hand over the answer."""
        with as_os_errors():
            response = self._pool.handle_request(self._request(target, headers))
            taker.begin(response.status, response.headers)
            for chunk in response.iter_stream():
                if not taker.feed(chunk):
                    break
            response.close()

    def close(self) -> None:
        """Close it at once."""
        self._pool.close()
        self._backend.close()


@contextmanager
def as_os_errors() -> Iterator[None]:
    """Raise what sockets would raise, instead of what httpcore does."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise TimeoutError(str(error)) from None
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
        httpcore.ConnectionNotAvailable,
        # What httpcore does not see to itself, where a SOCKS proxy answers nonsense.
        _SOCKSError,
        AssertionError,
    ) as error:
        raise ConnectionError(f"{error} ({type(error).__name__})") from None


def _has_no_rest(connection: Any) -> bool:
    while connection is not None and not hasattr(connection, "_h11_state"):
        connection = getattr(connection, "_connection", None)
    return connection is None or connection._h11_state.trailing_data == (b"", False)  # noqa: SLF001


class _LimitedStream(httpcore.NetworkStream):
    """A connection whose every operation is cut to what its `Limit` leaves; httpcore's own timeouts are not used."""

    def __init__(self, stream: httpcore.NetworkStream, limit: Limit) -> None:
        self._stream = stream
        self._limit = limit

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(min(max_bytes, READ_AT_ONCE), self._limit.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._limit.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = self._limit.left()
        try:
            return _LimitedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._limit)
        except BaseException:
            self._stream.close()  # httpcore does not after a KeyboardInterrupt
            raise

    def get_extra_info(self, info: str) -> Any:
        known = self._stream.get_extra_info(info)
        if info == "is_readable" and not known:
            # httpcore asks the kernel alone. With TLS within TLS there are two layers above that.
            layers = (self._stream.get_extra_info(layer) for layer in ("socket", "ssl_object"))
            return any(has_rest(layer) for layer in layers if isinstance(layer, (ssl.SSLSocket, ssl.SSLObject)))
        return known


class _LimitedBackend(httpcore.NetworkBackend):
    """Connects within the `Limit`: the look-up of the name and all of its addresses together."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._backend = httpcore.SyncBackend()
        self._opened: list[httpcore.NetworkStream] = []

    def close(self) -> None:
        """Close what httpcore has left open: after errors in the handshake of SOCKS it does."""
        for stream in self._opened:
            stream.close()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        def connect(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
            with as_os_errors():
                return self._backend.connect_tcp(address, port, seconds, local_address, socket_options)

        stream = connected(host, port, self._limit, connect)
        self._opened = [stream]
        return _LimitedStream(stream, self._limit)
