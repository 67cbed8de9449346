"""Data that no request led to: responses before their time, between requests, and from proxies."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
import pytest
from tela_runs import APIConnectionError, AsyncRunsClient

from tests.client.callers import calling, failure_of

from .servers import listening, pump, read_headers, relay

if TYPE_CHECKING:
    from collections.abc import Callable

#: Bytes that a client reads at a time.
AT_ONCE = 8192


def response(run_id: str, *, whole: int = 0) -> bytes:
    """A response with this run, of so many bytes in all where that is given."""
    body = json.dumps({"id": run_id, "status": "succeeded"}).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n"
    padding = max(whole - len(head % whole) - len(body), 0)
    return head % (len(body) + padding) + body + b" " * padding


def asked_for(head: bytes) -> str:
    """The id that a request is about."""
    return head.split()[1].rpartition(b"/")[2].decode()


def late(connection: socket.socket) -> None:
    """Respond to every request, and to the first one twice, the second time a little later."""
    extra = 1
    while head := read_headers(connection):
        connection.sendall(response(asked_for(head)))
        if extra:
            time.sleep(0.05)
            connection.sendall(response("another"))
            extra = 0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.usefixtures("trusted")
def test_unread_data_after_a_busy_event_loop_is_not_the_next_response(
    tls: ssl.SSLContext, backend: str, encrypted: bool
) -> None:
    """What came while the loop was busy, and could not be read, is not read as the next response."""

    async def main(url: str) -> list[str]:
        async with AsyncRunsClient("key", base_url=url) as runs:
            first = await runs.retrieve("a")
            time.sleep(0.2)  # a program that computes
            return [first.id, (await runs.retrieve("b")).id]

    with listening(late, tls=tls if encrypted else None) as server:
        url = f"http{'s' if encrypted else ''}://127.0.0.1:{server.port}"
        assert anyio.run(main, url, backend=backend) == ["a", "b"]


def at_the_bound_of_a_read(connection: socket.socket) -> None:
    """Respond to every request with 64 KiB, and to the first one twice, all of it sent together."""
    extra = response("another")
    while head := read_headers(connection):
        with suppress(OSError):  # the client closes what has unread data
            connection.sendall(response(asked_for(head), whole=64 * 1024) + extra)
        extra = b""


def test_unread_data_that_begins_where_a_read_ended_is_not_the_next_response(flavour: str) -> None:
    """What asyncio has received at once is read at once: nothing waits where no check would see it."""
    with (
        listening(at_the_bound_of_a_read) as server,
        calling(flavour, "key", base_url=f"http://127.0.0.1:{server.port}") as caller,
    ):
        assert caller.retrieve("a").id == "a"
        time.sleep(0.05)
        assert caller.retrieve("b").id == "b"


def in_one_send(tls: ssl.SSLContext, connection: socket.socket, *, whole: int = 0) -> None:
    """Respond to every request, and to the first one twice, in TLS records that are sent together."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    secured = tls.wrap_bio(incoming, outgoing, server_side=True)

    def patiently(step: Callable[[], bytes | None]) -> bytes | None:
        while True:
            with suppress(ssl.SSLWantReadError):
                return step()
            connection.sendall(outgoing.read())
            data = connection.recv(65536)
            if not data:
                raise ConnectionError
            incoming.write(data)

    patiently(secured.do_handshake)
    extra = response("another", whole=9_000)
    while True:
        head = b""
        while b"\r\n\r\n" not in head:
            head += patiently(lambda: secured.read(65536)) or b""
        secured.write(response(asked_for(head), whole=whole))
        if extra:
            secured.write(extra)
            extra = b""
        with suppress(OSError):  # the client closes what has unread data
            connection.sendall(outgoing.read())


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("whole", [0, 60_000, 65_000])
def test_unread_tls_record_is_not_the_next_response(flavour: str, tls: ssl.SSLContext, whole: int) -> None:
    """A response too many that TLS holds, not yet decrypted, or that waits beneath it, is not the next run's."""
    with listening(lambda connection: in_one_send(tls, connection, whole=whole)) as server:
        for _ in range(4):  # how much a read finds is chance
            with calling(flavour, "key", base_url=f"https://127.0.0.1:{server.port}") as caller:
                assert caller.retrieve("a").id == "a"
                time.sleep(0.02)
                assert caller.retrieve("b").id == "b"


@pytest.mark.usefixtures("trusted")
def test_unread_data_behind_a_proxy_is_not_the_next_response(
    flavour: str, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for what is in the record of the response, just beyond what was read of it, and by way of a proxy."""

    def serve(connection: socket.socket) -> None:
        extra = response("another")
        while head := read_headers(connection):
            connection.sendall(response(asked_for(head), whole=AT_ONCE) + extra)
            extra = b""

    with listening(serve, tls=tls) as api, listening(relay(("127.0.0.1", api.port), [])) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with calling(flavour, "key", base_url="https://tela.test") as caller:
            assert caller.retrieve("a").id == "a"
            assert caller.retrieve("b").id == "b"


@pytest.mark.usefixtures("trusted")
def test_clear_text_of_a_proxy_is_not_read_as_the_response(
    flavour: str, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a proxy sends in clear, before the TLS handshake, is not read as the response of the server."""

    def serve(connection: socket.socket) -> None:
        while head := read_headers(connection):
            connection.sendall(response(asked_for(head)))

    def forge(connection: socket.socket) -> None:
        read_headers(connection)
        head = b"HTTP/1.1 200 OK\r\nx: "
        head += b"a" * (AT_ONCE - len(head) - 4) + b"\r\n\r\n"
        with socket.create_connection(("127.0.0.1", api.port)) as onwards:
            connection.sendall(head + response("forged"))
            back = threading.Thread(target=pump, args=(onwards, connection))
            back.start()
            pump(connection, onwards)
            back.join()

    with listening(serve, tls=tls) as api, listening(forge) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with calling(flavour, "key", base_url="https://tela.test", max_retries=0) as caller:
            assert caller.retrieve("a").id == "a"


@pytest.mark.parametrize(
    "replies",
    [
        [b"HTTP/1.1 400 Bad\r\n\r\n"],
        [b""],
        [b"\x05"],
        [b"\x05\x07"],
        [b"\x05\x02", b"\x01\x00"],
        [b"\x05\x00", b"\x05"],
        [b"\x05\x00", b"\x09\x99\x00"],
        [b"\x05\x00", b"\x05\x00\x00\x09aaaaaaaaaa"],
        [b"\x05\x00", b"\x05\x77\x00\x01aaaaaa"],
    ],
    ids=repr,
)
def test_malformed_replies_of_a_socks_proxy_are_connection_errors(
    flavour: str, replies: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it says is a failed connection."""

    def serve(connection: socket.socket) -> None:
        for reply in replies:
            connection.recv(65536)
            connection.sendall(reply)
        connection.shutdown(socket.SHUT_RDWR)

    with listening(serve) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"socks5://127.0.0.1:{proxy.port}")
        with calling(flavour, "key", base_url="https://tela.test", max_retries=0) as caller:
            failure_of(APIConnectionError, caller.retrieve, "a")
