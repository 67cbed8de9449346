"""Connections by way of a proxy, which are httpcore's: tunnels, SOCKS and TLS within TLS. Each is a pool of one.

All else that a client needs of a connection is in `_transport`. In a pool that could not get TLS through its proxy,
httpcore would let the next request wait for ever; but a link that failed is closed there.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from ._network import READ_AT_ONCE, connected
from ._settings import KEEPALIVE

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

    from ._network import Limit
    from ._settings import Origin
    from ._wire import Headers, Taker


class ProxiedLink:
    """A connection through a proxy."""

    def __init__(self, proxy: str, origin: Origin, limit: Limit, context: ssl.SSLContext) -> None:
        self.limit = limit
        self.idle_since = 0.0
        self._origin = origin
        self._pool = httpcore.ConnectionPool(network_backend=_LimitedBackend(limit), **pool_of_one(proxy, context))

    def get(self, target: bytes, headers: Headers, taker: Taker) -> None:
        """Send a GET and hand over the answer."""
        with as_os_errors():
            response = self._pool.handle_request(request_to(self._origin, target, headers))
            taker.begin(response.status, response.headers)
            for chunk in response.iter_stream():
                if not taker.feed(chunk):
                    break
            response.close()

    def renew(self) -> bool:
        """Make ready for another request, if that is possible."""
        return has_no_rest(self._pool.connections)

    def is_usable(self) -> bool:
        """Whether the server has kept its peace; that it has kept the connection, the pool sees by itself."""
        return has_no_rest(self._pool.connections)

    def close(self) -> None:
        """Close it at once."""
        self._pool.close()


def pool_of_one(proxy: str, context: ssl.SSLContext) -> dict[str, Any]:
    """The settings of a pool that holds one connection."""
    named = httpx.Proxy(proxy)
    return {
        "proxy": httpcore.Proxy(str(named.url), auth=named.raw_auth),
        "ssl_context": context,
        "keepalive_expiry": KEEPALIVE,
        "max_connections": 1,
    }


def request_to(origin: Origin, target: bytes, headers: Headers) -> httpcore.Request:
    """A GET."""
    scheme, host = origin.scheme.encode("ascii"), origin.host.encode("ascii")
    return httpcore.Request(
        "GET", httpcore.URL(scheme=scheme, host=host, port=origin.port, target=target), headers=headers
    )


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
    ) as error:
        raise ConnectionError(f"{error} ({type(error).__name__})") from None


def has_no_rest(connections: Iterable[Any]) -> bool:
    """Whether no server said more than its last answer.

    httpcore looks at the socket alone, not at what it has read already; h11 knows, and is behind private names.
    """
    return all(_has_no_rest(connection) for connection in connections)


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
        return self._stream.get_extra_info(info)


class _LimitedBackend(httpcore.NetworkBackend):
    """Connects within the `Limit`: the look-up of the name and all of its addresses together."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._backend = httpcore.SyncBackend()

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

        return _LimitedStream(connected(host, port, self._limit, connect), self._limit)
