"""Proxies: those of the environment, and what they may do."""

from __future__ import annotations

import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from tela_runs import APIConnectionError, APITimeoutError, AsyncRunsClient, ConfigurationError, RunsClient
from tela_runs._config import checked_origin
from tela_runs._http.environment import proxy_from_environment

from tests.client.callers import Jitter, calling, failure_of

from .servers import answering, listening, read_headers, relay
from .table import JSON
from .test_secrets import everything_about

if TYPE_CHECKING:
    import ssl

    from .conftest import Names

TIMEOUT = 0.4
LENIENCE = 0.8


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_proxy_of_the_environment_sees_no_key(
    flavour: str, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
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


def test_tunnel_in_which_tls_failed_is_not_used_again(flavour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a tunnel in which TLS failed, the next request opens another, and does not wait for the first."""

    def mute_tunnel(connection: socket.socket) -> None:
        read_headers(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.recv(65536)
        connection.sendall(b"no TLS at all\r\n\r\n")

    with listening(mute_tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        settings: dict[str, Any] = {"base_url": "https://tela.test", "timeout": 5, "timing": Jitter(0.0)}
        with calling(flavour, "key", **settings) as caller:
            failure_of(APIConnectionError, caller.retrieve, "run-1")
        assert proxy.connections == 3


def test_deadline_holds_while_a_proxy_stalls(flavour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline holds while a proxy opens the tunnel, or does not."""
    with listening(lambda connection: [read_headers(connection), connection.recv(1)]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with calling(flavour, "key", base_url="https://tela.test", timeout=TIMEOUT, max_retries=0) as caller:
            for _ in range(2):
                started = time.monotonic()
                failure_of(APITimeoutError, caller.retrieve, "run-1")
                assert time.monotonic() - started < TIMEOUT + LENIENCE


@pytest.mark.parametrize("reply", [b"", b"no HTTP\r\n\r\n", None], ids=repr)
def test_create_for_which_no_tunnel_is_opened_is_sent_again(
    flavour: str, monkeypatch: pytest.MonkeyPatch, reply: bytes | None
) -> None:
    """Nothing of it has left for the API while the proxy hangs up, talks nonsense or stalls."""

    def refuse(connection: socket.socket) -> None:
        read_headers(connection)
        if reply is not None:
            connection.sendall(reply)
            connection.shutdown(socket.SHUT_WR)
        connection.recv(1)

    with listening(refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        settings: dict[str, Any] = {"base_url": "https://tela.test", "timeout": TIMEOUT, "timing": Jitter(0.0)}
        with calling(flavour, "key", **settings) as caller:
            kind = APITimeoutError if reply is None else APIConnectionError
            error = failure_of(kind, lambda: caller.create(canvas_id="c"))
        assert not error.request_sent
        assert proxy.connections == 3


def test_proxy_that_wants_credentials_ends_a_wait(flavour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 407 is not retried and ends a wait; the error says so, without the proxy's password."""

    def reject(connection: socket.socket) -> None:
        read_headers(connection)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")

    with listening(reject) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret-word@127.0.0.1:{proxy.port}")
        with calling(flavour, "key", base_url="https://tela.test") as caller:
            for attempt in (caller.retrieve, caller.wait):
                error = failure_of(APIConnectionError, attempt, "run-1")
                assert "407 Proxy Authentication Required" in str(error)
                assert "the user and the password" in str(error)
                assert "secret-word" not in everything_about(error)
        assert proxy.connections == 2


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    "exempt",
    ["tela.test", ".test", "*", "*.test", "loopback", "https://tela.test", "all://tela.test", "a.test, TELA.test"],
)
def test_no_proxy_exempts_hosts(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, names: Names, exempt: str
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
def test_trust_env_false_uses_neither_proxy_nor_certificates(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, names: Names
) -> None:
    """With `trust_env=False` neither its proxy is used nor its certificates: the API's own is not known then."""
    names(lambda _host: ["127.0.0.1"])
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with listening(answering(JSON), tls=tls) as api:
        url = f"https://tela.test:{api.port}"
        with RunsClient("key", base_url=url, trust_env=False, max_retries=0) as runs:
            assert "CERTIFICATE_VERIFY_FAILED" in str(failure_of(APIConnectionError, runs.retrieve, "run-1"))


@pytest.mark.parametrize("client", [RunsClient, AsyncRunsClient])
@pytest.mark.parametrize(
    "proxy",
    [
        *("socks5://127.0.0.1:1080", "ftp://127.0.0.1", "http://[::1", "http://:8080"),
        *("http://127.0.0.1:99999", "http://127.0.0.1:0", "http://127.0.0.1:-1"),
    ],
)
def test_invalid_proxy_is_a_configuration_error_without_its_url(
    monkeypatch: pytest.MonkeyPatch, client: type[RunsClient | AsyncRunsClient], proxy: str
) -> None:
    """A proxy that cannot be used is said when the client is made, without its URL, which may hold a password."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigurationError, match="proxy") as caught:
        client("key")
    assert proxy not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("host", "no_proxy"),
    [
        ("10.1.2.3", "10.0.0.0/8"),
        ("10.1.2.3", "192.168.0.0/16,10.1.2.3"),
        ("[2001:db8::5]", "2001:db8::/32"),
        ("[2001:db8::5]", "[2001:db8::5]:443"),
        ("[2001:db8::5]", "https://[2001:db8::5]:443"),
    ],
)
def test_networks_in_no_proxy_exempt_their_addresses(monkeypatch: pytest.MonkeyPatch, host: str, no_proxy: str) -> None:
    """`NO_PROXY` may hold networks and addresses."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert proxy_from_environment(checked_origin(f"https://{host}", allow_http=False)) is None


@pytest.mark.parametrize("no_proxy", ["ela.test", "other.test", "http://tela.test", "tela.test:8443", "10.0.0.0/8", ""])
def test_entries_of_no_proxy_that_mean_others_exempt_nothing(monkeypatch: pytest.MonkeyPatch, no_proxy: str) -> None:
    """An entry that means another host, scheme or port exempts nothing."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    origin = checked_origin("https://tela.test", allow_http=False)
    proxy = proxy_from_environment(origin)
    assert proxy is not None
    assert str(proxy.url) == "http://127.0.0.1:9"
