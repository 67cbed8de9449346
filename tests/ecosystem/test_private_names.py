"""The private names of httpx and httpcore that the transport uses: they exist, and do what it needs of them.

`nox -s tests` tries the newest versions, `nox -s lowest` the lowest.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import anyio
import httpcore
import httpx
import pytest
from tela_runs._http.connection import (
    AsyncConnection,
    Connection,
    Deadline,
    DeadlineBackend,
    inner_connections,
    is_reusable,
)

from tests.faults.servers import listening, read_headers

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CONTEXT = ssl.create_default_context()


def saying(response: bytes) -> Callable[[socket.socket], None]:
    """Respond to each request with these bytes, in one segment."""

    def serve(connection: socket.socket) -> None:
        while read_headers(connection):
            connection.sendall(response)

    return serve


def innermost(connection: Connection | AsyncConnection) -> Any:
    """The HTTP/1.1 connection of httpcore's."""
    (inner,) = inner_connections(connection)
    while hasattr(inner, "_connection"):
        inner = inner._connection
    return inner


def requested(kind: type[Connection | AsyncConnection], url: str, proxy: str | None) -> tuple[bool, Any]:
    """Whether a connection can be used again after a response was read over it, and its HTTP/1.1 connection."""
    connection = kind(CONTEXT, None if proxy is None else httpx.Proxy(proxy), httpcore.URL(url).origin)
    request = httpx.Request("GET", url, extensions={"timeout": httpx.Timeout(10).as_dict()})
    if isinstance(connection, Connection):
        with connection:
            assert connection.handle_request(request).read() == b"ok"
            return is_reusable(connection, speaks_tls=False), innermost(connection)
    asynchronous = connection

    async def main() -> tuple[bool, Any]:
        async with asynchronous:
            assert await (await asynchronous.handle_async_request(request)).aread() == b"ok"
            return is_reusable(asynchronous, speaks_tls=False), innermost(asynchronous)

    return anyio.run(main)


def test_a_connection_is_opened_with_the_backend_that_the_pool_was_given() -> None:
    """`HTTPTransport._pool` may be a connection; `_network_backend` of the pool is what it was opened with."""
    with listening(saying(BODY)) as server:
        url = f"http://127.0.0.1:{server.port}/"
        connection = Connection(CONTEXT, None, httpcore.URL(url).origin)
        assert isinstance(connection._pool, httpcore.HTTPConnection)
        assert isinstance(connection.backend, DeadlineBackend)
        connection.backend.deadline = Deadline(10)
        assert connection.handle_request(httpx.Request("GET", url)).read() == b"ok"
        assert connection.backend.stream is not None
        opened = connection.backend.stream.get_extra_info("socket")
        assert innermost(connection)._network_stream.get_extra_info("socket") is opened
        connection.backend.deadline = Deadline(1e-9)
        with pytest.raises(httpx.TimeoutException):
            connection.handle_request(httpx.Request("GET", url))
        connection.close()


@pytest.mark.parametrize("is_proxied", [False, True], ids=["direct", "proxied"])
@pytest.mark.parametrize("kind", [Connection, AsyncConnection], ids=["sync", "async"])
def test_a_connection_knows_what_was_left_unread(kind: type[Connection | AsyncConnection], *, is_proxied: bool) -> None:
    """h11 keeps what came beyond a response; httpcore takes its connection for idle all the same."""
    for extra in (b"", b"HTTP/1.1 200 OK\r\n"):
        with listening(saying(BODY + extra)) as server:
            here = f"http://127.0.0.1:{server.port}"
            url, proxy = ("http://tela.test/", here) if is_proxied else (f"{here}/", None)
            can_be_reused, http11 = requested(kind, url, proxy)
        assert can_be_reused == (not extra)
        assert http11._h11_state.trailing_data == (extra, False)


def test_connection_whose_closing_ctrl_c_interrupted_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a connection, httpcore notes that it is idle before h11 is ready for the next request."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with listening(saying(BODY)) as server:
        url = f"http://127.0.0.1:{server.port}/"
        with Connection(CONTEXT, None, httpcore.URL(url).origin) as connection:
            response = connection.handle_request(httpx.Request("GET", url))
            monkeypatch.setattr(type(innermost(connection)._h11_state), "start_next_cycle", interrupt)
            with pytest.raises(KeyboardInterrupt):
                response.read()
            assert innermost(connection).is_idle()
            assert not is_reusable(connection, speaks_tls=False)
