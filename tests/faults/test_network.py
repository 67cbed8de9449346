"""Names, addresses and proxies: what stands between a client and the API."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from tela_runs import (
    APIConnectionError,
    APITimeoutError,
    AsyncRunsClient,
    ConfigurationError,
    RunsClient,
    WaitTimeoutError,
)
from tela_runs.emulator import Emulator

from tests.client.callers import Jitter, calling, calling_server, failure_of

from .servers import answering, listening, read_head, relay
from .table import JSON

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

TIMEOUT = 0.4
LENIENCE = 0.8

#: Gives the addresses of a host.
Resolve: TypeAlias = Callable[[str], list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Resolve], None]]:
    """Give a way to say which addresses the host tela.test has."""
    genuine = socket.getaddrinfo

    def resolving(resolve: Resolve) -> None:
        def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
            # Whether the host is an address is asked first, on trio, and that takes no time.
            flags = args[3] if len(args) > 3 else options.get("flags", 0)
            if host not in ("tela.test", b"tela.test") or flags & socket.AI_NUMERICHOST:
                return genuine(host, port, *args, **options)
            return [info for address in resolve(host) for info in genuine(address, port, *args, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    yield resolving
    monkeypatch.undo()


@pytest.fixture
def hanging(names: Callable[[Resolve], None]) -> Iterator[threading.Event]:
    """The system looks the host tela.test up until this is set."""
    given_up = threading.Event()

    def hang(_host: str) -> list[str]:
        given_up.wait(10)
        raise OSError("given up")

    names(hang)
    yield given_up
    given_up.set()


@pytest.mark.parametrize("flavour", ["asyncio", "trio"])
def test_async_deadlines_hold_while_a_name_is_looked_up(flavour: str, hanging: threading.Event) -> None:
    """The system's look-up goes on in a thread; a sync one holds its caller up, which is documented."""
    settings: dict[str, Any] = {"base_url": "http://tela.test", "allow_http": True, "timeout": TIMEOUT}
    with calling(flavour, "key", max_retries=0, **settings) as caller:
        started = time.monotonic()
        failure_of(APITimeoutError, caller.retrieve, "run-1")
        assert time.monotonic() - started < TIMEOUT + LENIENCE
        started = time.monotonic()
        outcomes = caller.wait_all([f"run-{number}" for number in range(20)], timeout=TIMEOUT)
        assert {type(outcome.error) for outcome in outcomes.values()} == {WaitTimeoutError}
        assert time.monotonic() - started < TIMEOUT + LENIENCE
        hanging.set()  # asyncio's loop ends when its threads have


def test_a_name_that_there_is_not(flavour: str, names: Callable[[Resolve], None]) -> None:
    """A name without an address is a failed connection."""

    def unknown(_host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    names(unknown)
    with calling(flavour, "key", base_url="https://tela.test", max_retries=0) as caller:
        assert "not known" in str(failure_of(APIConnectionError, caller.retrieve, "run-1"))


@pytest.mark.parametrize("host", ["a..b.test", "x" * 64 + ".test", "-.test"])
def test_a_name_that_cannot_be(flavour: str, host: str) -> None:
    """A host that is no name is a failed connection, not an error of an encoding."""
    with calling(flavour, "key", base_url=f"https://{host}", max_retries=0, timeout=5) as caller:
        failure_of(APIConnectionError, caller.retrieve, "run-1")


def test_the_first_address_refuses(server: Emulator, flavour: str, names: Callable[[Resolve], None]) -> None:
    """Where one address of a host refuses, the next is taken."""
    server.add_run(run_id="run-1")
    port = server.url.rpartition(":")[2]
    names(lambda _host: ["127.0.0.9", "127.0.0.1"])
    settings: dict[str, Any] = {"base_url": f"http://tela.test:{port}", "allow_http": True}
    with calling(flavour, server.api_key, max_retries=0, **settings) as caller:
        assert caller.retrieve("run-1").id == "run-1"
    (request,) = server.requests
    assert request.headers["host"] == f"tela.test:{port}"


def test_nobody_listens(flavour: str) -> None:
    """A refused connection says so."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with calling(flavour, "key", base_url=f"http://127.0.0.1:{port}", max_retries=0) as caller:
        failure_of(APIConnectionError, caller.retrieve, "run-1")


def test_ipv6(flavour: str) -> None:
    """An address in brackets works, and is in brackets in the `Host` header."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Emulator(host="::1") as server, calling_server(flavour, server) as caller:
        server.add_run(run_id="run-1")
        assert caller.retrieve("run-1").id == "run-1"
        assert server.requests[0].headers["host"] == server.url.removeprefix("http://")


def test_localhost(server: Emulator, flavour: str) -> None:
    """The name `localhost` may be plain http, and works where only one of its addresses is listened on."""
    server.add_run(run_id="run-1")
    url = server.url.replace("127.0.0.1", "localhost")
    with calling(flavour, server.api_key, base_url=url, max_retries=0) as caller:
        assert caller.retrieve("run-1").id == "run-1"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy(flavour: str, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """The proxy of the environment is asked for a tunnel, with its own credentials, and never sees the key."""
    heads: list[bytes] = []
    with (
        listening(answering(JSON), tls=tls) as api,
        listening(relay(("127.0.0.1", api.port), heads)) as proxy,
    ):
        monkeypatch.setenv(variable, f"http://user:pass@127.0.0.1:{proxy.port}")
        with calling(flavour, "the-key", base_url="https://tela.test", max_retries=0) as caller:
            for _ in range(3):
                assert caller.retrieve("run-1").succeeded
        assert (api.connections, proxy.connections) == (1, 1)
    (head,) = heads
    assert head.startswith(b"CONNECT tela.test:443 HTTP/1.1\r\n")
    assert b"Basic dXNlcjpwYXNz" in head
    assert b"the-key" not in head


def test_a_proxy_whose_tunnel_leads_nowhere(flavour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a tunnel in which TLS failed, the next request opens another, and does not wait for the first."""

    def mute_tunnel(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.recv(65536)
        connection.sendall(b"no TLS at all\r\n\r\n")

    with listening(mute_tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        settings: dict[str, Any] = {"base_url": "https://tela.test", "timeout": 5, "timing": Jitter(0.0)}
        with calling(flavour, "key", **settings) as caller:
            failure_of(APIConnectionError, caller.retrieve, "run-1")
        assert proxy.connections == 3


def test_a_proxy_that_stalls(flavour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline holds while a proxy opens the tunnel, or does not."""
    with listening(lambda connection: [read_head(connection), connection.recv(1)]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with calling(flavour, "key", base_url="https://tela.test", timeout=TIMEOUT, max_retries=0) as caller:
            for _ in range(2):
                started = time.monotonic()
                failure_of(APITimeoutError, caller.retrieve, "run-1")
                assert time.monotonic() - started < TIMEOUT + LENIENCE


def test_a_proxy_that_refuses(flavour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a proxy refuses with is in the error."""

    def refuse(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")

    with listening(refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with calling(flavour, "key", base_url="https://tela.test", max_retries=0) as caller:
            assert "407 Proxy Authentication Required" in str(failure_of(APIConnectionError, caller.retrieve, "run-1"))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("exempt", ["tela.test", ".test", "*", "loopback"])
def test_no_proxy(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, names: Callable[[Resolve], None], exempt: str
) -> None:
    """`NO_PROXY` is heeded; this machine is never reached through a proxy."""
    names(lambda _host: ["127.0.0.1"])
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", exempt)
    with listening(answering(JSON), tls=tls) as api:
        host = "127.0.0.1" if exempt == "loopback" else "tela.test"
        url = f"https://{host}:{api.port}"
        with RunsClient("key", base_url=url, max_retries=0) as runs:
            assert runs.retrieve("run-1").succeeded


@pytest.mark.usefixtures("trusted")
def test_an_environment_that_is_not_trusted(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, names: Callable[[Resolve], None]
) -> None:
    """With `trust_env=False` neither its proxy is used nor its certificates: the API's own is not known then."""
    names(lambda _host: ["127.0.0.1"])
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with listening(answering(JSON), tls=tls) as api:
        url = f"https://tela.test:{api.port}"
        with RunsClient("key", base_url=url, trust_env=False, max_retries=0) as runs:
            assert "CERTIFICATE_VERIFY_FAILED" in str(failure_of(APIConnectionError, runs.retrieve, "run-1"))


@pytest.mark.parametrize("client", [RunsClient, AsyncRunsClient])
@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "ftp://127.0.0.1", "http://[::1"])
def test_proxies_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, client: type[RunsClient | AsyncRunsClient], proxy: str
) -> None:
    """A proxy that cannot be used is said when the client is made, without its URL, which may hold a password."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigurationError, match="proxy") as caught:
        client("key")
    assert proxy not in str(caught.value)
    assert caught.value.__context__ is None
