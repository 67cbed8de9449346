"""TLS: handshakes that stall or fail, and connections that end without close_notify."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING

import pytest
from tela_runs import APIConnectionError, APITimeoutError, ConfigurationError, InvalidResponseError

from tests.client.callers import calling, failure_of

from .servers import answering, drain, listening, read_headers
from .table import HEAD, JSON

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    import trustme

    from .servers import Listening

TIMEOUT = 0.4
LENIENCE = 0.8


def url_of(server: Listening) -> str:
    """The base URL of a server with TLS."""
    return f"https://127.0.0.1:{server.port}"


def wait_until_closed(server: Listening) -> None:
    """Wait until the client has closed every connection."""
    deadline = time.monotonic() + 5
    while server.still_open():
        assert time.monotonic() < deadline, f"{server.still_open()} of {server.connections} connections are still open"
        time.sleep(0.01)


@pytest.mark.usefixtures("trusted")
def test_trusted_server_is_polled_on_one_connection(flavour: str, tls: ssl.SSLContext) -> None:
    """With an authority named by `SSL_CERT_FILE`, requests go through, on one connection."""
    with listening(answering(JSON), tls=tls) as server:
        with calling(flavour, "key", base_url=url_of(server)) as caller:
            for _ in range(3):
                assert caller.retrieve("run-1").succeeded
        assert server.connections == 1


def test_certificate_that_does_not_verify_ends_a_wait(flavour: str, tls: ssl.SSLContext) -> None:
    """A certificate that does not verify ends a wait, names the remedy, and nothing is sent nor retried."""
    heads: list[bytes] = []
    with listening(lambda connection: heads.append(read_headers(connection)), tls=tls) as server:
        with calling(flavour, "key", base_url=url_of(server)) as caller:
            errors = [failure_of(APIConnectionError, attempt, "run-1") for attempt in (caller.retrieve, caller.wait)]
        wait_until_closed(server)
        assert server.connections == 2
    assert all("certificate verify failed" in str(error) and "this machine's clock" in str(error) for error in errors)
    assert all("SSL_CERT_FILE" in str(error) for error in errors)
    assert heads == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_loaded_are_a_configuration_error(
    flavour: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    """Where `SSL_CERT_FILE` names nothing to load, that is an error before anything is sent, not after a wait."""
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with listening(drain) as server:
        with calling(flavour, "key", base_url=url_of(server)) as caller:
            for attempt in (caller.retrieve, caller.wait):
                assert "SSL_CERT_FILE" in str(failure_of(ConfigurationError, attempt, "run-1"))
        assert server.connections == 0


def test_key_log_that_cannot_be_written_is_named(flavour: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is named, and not the certificates."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path))
    with listening(drain) as server, calling(flavour, "key", base_url=url_of(server)) as caller:
        error = failure_of(ConfigurationError, caller.wait, "run-1")
    assert "SSLKEYLOGFILE names" in str(error)
    assert "SSL_CERT" not in str(error)
    assert "trust_env" not in str(error), "Python's own ssl module reads this variable, whatever trust_env is"


@pytest.mark.usefixtures("trusted")
def test_certificate_of_another_host_is_rejected(flavour: str, authority: trustme.CA) -> None:
    """A trusted certificate for another host is rejected."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.test").configure_cert(context)
    with (
        listening(answering(JSON), tls=context) as server,
        calling(flavour, "key", base_url=url_of(server), max_retries=0) as caller,
    ):
        assert "127.0.0.1" in str(failure_of(APIConnectionError, caller.retrieve, "run-1"))


def test_deadline_holds_while_a_handshake_stalls(flavour: str) -> None:
    """A server that accepts and stays silent is left in time, and no socket stays open."""
    with listening(drain) as server:
        with calling(flavour, "key", base_url=url_of(server), timeout=TIMEOUT, max_retries=0) as caller:
            for _ in range(2):
                started = time.monotonic()
                failure_of(APITimeoutError, caller.retrieve, "run-1")
                assert time.monotonic() - started < TIMEOUT + LENIENCE
            wait_until_closed(server)
        assert server.connections == 2


def test_server_without_tls_is_a_connection_error(flavour: str) -> None:
    """Plain HTTP where TLS should be is not a connection."""

    def answer_in_plain(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

    with listening(answer_in_plain) as server:
        with calling(flavour, "key", base_url=url_of(server), max_retries=0) as caller:
            failure_of(APIConnectionError, caller.retrieve, "run-1")
        wait_until_closed(server)


@pytest.mark.usefixtures("trusted")
def test_eof_without_tls_close_notify_is_a_truncated_response(flavour: str, tls: ssl.SSLContext) -> None:
    """A response that ends with the connection, without TLS's own end, is truncated."""

    def break_off(connection: socket.socket) -> None:
        read_headers(connection)
        connection.sendall(HEAD + b"content-length: 500\r\n\r\n" + JSON)

    with (
        listening(break_off, tls=tls) as server,
        calling(flavour, "key", base_url=url_of(server), max_retries=0) as caller,
    ):
        assert "cut short" in str(failure_of(InvalidResponseError, caller.retrieve, "run-1"))
