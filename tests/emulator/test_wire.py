"""Faults as a client meets them, on real sockets."""

import queue
import socket
import struct
import time
import tracemalloc

import httpx
import pytest
from tela_runs.emulator import Body, Close, Delay, Drip, Emulator, Headers, Raw, Request, Reset, Stall, Status

from .conftest import Connect, HandClock, WasResetError, read_to_end, request_bytes


def test_a_reset_is_a_tcp_reset(tela: Emulator, connect: Connect) -> None:
    """`Reset` resets the connection before any byte."""
    tela.inject(Reset())
    with connect() as connection:
        connection.sendall(request_bytes("any"))
        with pytest.raises(WasResetError, match="b''"):
            read_to_end(connection)


def test_a_reset_amid_a_response(tela: Emulator, connect: Connect) -> None:
    """`Reset(n)` lets exactly n bytes through first."""
    tela.inject(Reset(after_bytes=40))
    run_id = tela.add_run()
    with connect() as connection:
        connection.sendall(request_bytes(run_id))
        with pytest.raises(WasResetError) as reset:
            read_to_end(connection)
    assert len(reset.value.data) == 40
    assert reset.value.data.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(("fault", "received"), [(Close(), b""), (Close(12), b"HTTP/1.1 200"), (Raw(b"\0x"), b"\0x")])
def test_a_close_is_in_good_order(tela: Emulator, connect: Connect, fault: Close | Raw, received: bytes) -> None:
    """`Close` and `Raw` end with FIN, after exactly their bytes."""
    tela.inject(fault)
    run_id = tela.add_run()
    with connect() as connection:
        connection.sendall(request_bytes(run_id))
        assert read_to_end(connection) == received


def test_a_stall_says_nothing_more(tela: Emulator, connect: Connect) -> None:
    """`Stall(n)` sends n bytes, and then neither bytes nor the end."""
    tela.inject(Stall(after_bytes=9))
    run_id = tela.add_run()
    with connect() as connection:
        connection.sendall(request_bytes(run_id))
        assert connection.recv(100) == b"HTTP/1.1 "
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_a_client_that_leaves_ends_its_stall(tela: Emulator, connect: Connect) -> None:
    """A connection that stalls is given up when its client goes."""
    tela.inject(Stall())
    with connect() as connection:
        connection.sendall(request_bytes("any"))
        _wait_until(lambda: len(tela.requests) == 1)
        assert tela.open_connections == 1
    _wait_until(lambda: tela.open_connections == 0)


def _wait_until(condition: object, limit: float = 5.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize("part", ["head", "body", "all"])
def test_a_drip_arrives_in_pieces(tela: Emulator, connect: Connect, part: str) -> None:
    """A dripped response takes its time, arrives in many pieces, and is the healthy response in the end."""
    run_id = tela.add_run()
    tela.inject(Drip(0.002, part=part, chunk=10))  # type: ignore[arg-type]
    pieces = []
    with connect() as connection:
        connection.sendall(request_bytes(run_id, extra="Connection: close\r\n"))
        while piece := connection.recv(65536):
            pieces.append(piece)
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    dripped = {"head": len(head), "body": len(body), "all": len(head) + len(body)}[part]
    assert len(pieces) > dripped / 10 / 2  # the kernel may join some
    assert f"content-length: {len(body)}" in head.decode()


def test_a_delayed_response_holds_up_no_other(tela: Emulator, http: httpx.Client) -> None:
    """`Delay` delays one response; meanwhile another request gets its own."""
    slow, quick = tela.add_run(), tela.add_run()
    tela.inject(Delay(1), run_id=slow)
    with socket.create_connection(("127.0.0.1", httpx.URL(tela.url).port or 0), timeout=5) as connection:
        started = time.monotonic()
        connection.sendall(request_bytes(slow))
        assert http.get(quick).status_code == 200
        assert time.monotonic() - started < 1
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        assert time.monotonic() - started >= 1


@pytest.mark.parametrize("code", [200, 204, 299, 304, 404, 429, 499, 503, 520, 599, 600, 799, 999])
def test_every_status_gets_through(tela: Emulator, http: httpx.Client, code: int) -> None:
    """Standard or not, a status arrives as it is."""
    tela.inject(Status(code))
    response = http.get("any")
    assert response.status_code == code
    if code not in (204, 304):
        assert response.json()["status"] == code


def test_a_fault_with_a_whole_response_keeps_the_connection(tela: Emulator, http: httpx.Client) -> None:
    """After a fault that leaves the connection open the next request goes over the same one."""
    run_id = tela.add_run()
    whole_raw = Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", close=False)
    faults = [Status(503), Status(799), Body(b"{}"), Headers({"A": "b"}), Drip(0), Delay(0), whole_raw]
    for fault in faults:
        tela.inject(fault)
    statuses = [http.get(run_id).status_code for _ in range(len(faults) + 1)]
    assert statuses == [503, 799, 200, 200, 200, 200, 200, 200]
    assert tela.total_connections == 1


def test_requests_follow_each_other_at_once(tela: Emulator, http: httpx.Client) -> None:
    """Responses are not held back to be sent in larger pieces (Nagle), which would take 40 ms each."""
    run_id = tela.add_run()
    started = time.monotonic()
    for _ in range(50):
        http.get(run_id)
    assert time.monotonic() - started < 1.5


def test_pipelined_requests_get_their_responses_in_order(tela: Emulator, connect: Connect) -> None:
    """A request that waits behind a faulty response is not lost."""
    run_id = tela.add_run()
    tela.inject(Status(503))
    with connect() as connection:
        connection.sendall(request_bytes(run_id) + request_bytes(run_id, extra="Connection: close\r\n"))
        responses = read_to_end(connection)
    assert responses.startswith(b"HTTP/1.1 503 ")
    assert responses.count(b"HTTP/1.1 200 OK") == 1


def test_a_client_that_asks_to_close_the_connection_has_it_closed(tela: Emulator, connect: Connect) -> None:
    """`Connection: close` ends the connection after a faulty response too."""
    tela.inject(Status(503, body=b"busy"))
    with connect() as connection:
        connection.sendall(request_bytes("any", extra="Connection: close\r\n"))
        assert read_to_end(connection).endswith(b"\r\n\r\nbusy")


def test_a_large_body_needs_little_memory(tela: Emulator, http: httpx.Client) -> None:
    """A body made in chunks is made as the client reads: 64 MiB pass with less than 8 MiB allocated."""
    chunk = b" " * 65536
    tela.inject(Body(lambda: (chunk for _ in range(1024))))
    tracemalloc.start()
    try:
        with http.stream("GET", "any") as response:
            size = sum(map(len, response.iter_raw()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == 64 * 2**20
    assert peak < 8 * 2**20


def test_a_body_made_in_chunks_is_sent_in_chunks(tela: Emulator, http: httpx.Client) -> None:
    """An empty chunk, which would end the body, is left out."""
    tela.inject(Body(lambda: [b"ab", b"", b"c"]))
    response = http.get("any")
    assert (response.headers["transfer-encoding"], response.content) == ("chunked", b"abc")


def test_headers_are_added_to_the_healthy_response(tela: Emulator, http: httpx.Client) -> None:
    """`Headers` replaces the server's own headers and may repeat a name."""
    run_id = tela.add_run()
    tela.inject(Headers([("Date", "yesterday"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]))
    response = http.get(run_id)
    assert response.headers.get_list("date") == ["yesterday"]
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert response.json()["id"] == run_id


def test_response_to_garbage_is_400(connect: Connect) -> None:
    """What is no HTTP gets a 400."""
    with connect() as connection:
        connection.sendall(b"\0\1\2\r\n\r\n")
        assert read_to_end(connection).startswith(b"HTTP/1.1 400 ")


def test_a_request_body_arrives_in_any_framing(tela: Emulator, connect: Connect) -> None:
    """With a length or in chunks, the body is read whole, on one connection."""
    head = b"POST /v2/chat/completions HTTP/1.1\r\nHost: test\r\n"
    with connect() as connection:
        connection.sendall(head + b"Content-Length: 4\r\n\r\nbody")
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
    assert [request.body for request in tela.requests] == [b"body"] * 2


def test_clients_that_break_off_leave_nothing_open(tela: Emulator, connect: Connect) -> None:
    """A connection that ends, in good order or by a reset, at any byte of a request is given up."""
    request = b"POST /v2/chat/completions HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbo"
    for size in range(len(request) + 1):
        with connect() as connection:
            connection.sendall(request[:size])
            if size % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    _wait_until(lambda: tela.total_connections == len(request) + 1)
    _wait_until(lambda: tela.open_connections == 0)
    assert tela.requests == []


def test_a_hook_hears_of_each_request(clock: HandClock) -> None:
    """`on_request` is called with each request and what came of it."""
    heard: queue.SimpleQueue[tuple[str, str | None, int | None, str | None]] = queue.SimpleQueue()

    def hear(request: Request) -> None:
        heard.put((request.method, request.run_id, request.status, request.fault))

    with Emulator(clock=clock, on_request=hear) as tela, httpx.Client(base_url=tela.url) as client:
        tela.inject(Status(503))
        tela.inject(Close())
        assert client.get("/v2/chat/completions/x").status_code == 503
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/v2/chat/completions/x")
        assert client.post("/").status_code == 404
        assert [heard.get(timeout=5) for _ in range(3)] == [
            ("GET", "x", 503, "Status"),
            ("GET", "x", None, "Close"),
            ("POST", None, 404, None),
        ]
