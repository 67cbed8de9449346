"""Creates against servers that fail: never sent twice once a run may have been started, and sent whole."""

from __future__ import annotations

import json
import logging
import socket
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tela_runs import (
    AmbiguousCreateError,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ConfigurationError,
    InternalServerError,
    InvalidResponseError,
    RateLimitError,
    Run,
)

from tests.client.callers import FLAVOURS, FLAVOURS_OVER_HTTP_CLIENT, Jitter, VirtualTime, calling, failure_of

from .servers import drain, full_backlog, listening, reset

if TYPE_CHECKING:
    from types import FrameType

    from tests.client.callers import Caller

pytestmark = pytest.mark.parametrize("flavour", FLAVOURS + FLAVOURS_OVER_HTTP_CLIENT)

CREATED = b'{"id": "run-1", "status": "created"}'
# Global, so that no frame of a test has it among its locals.
DATA = "a patient's name"


def response(status: int, body: bytes = CREATED, *headers: str) -> bytes:
    """A whole response."""
    head = "\r\n".join((f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers))
    return head.encode() + b"\r\n\r\n" + body


def read_request(connection: socket.socket) -> tuple[str, bytes]:
    """The lower-case headers and the body of a request; empty if the client has left."""
    data = b""
    while b"\r\n\r\n" not in data:
        received = connection.recv(65536)
        if not received:
            return "", b""
        data += received
    head, _, body = data.partition(b"\r\n\r\n")
    headers = head.decode().lower()
    length = int(headers.partition("content-length: ")[2].partition("\r\n")[0] or 0)
    while len(body) < length:
        body += connection.recv(65536)
    return headers, body


class Api:
    """Responds to each request with the next of these bytes, the last again and again, and keeps the requests.

    None ends the connection by a reset, b"" closes it, and "stall" is silence.
    """

    def __init__(self, *responses: bytes | str | None) -> None:
        self.requests: list[tuple[str, bytes]] = []
        self._responses = list(responses)
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket) -> None:
        while (request := read_request(connection)) != ("", b""):
            with self._lock:
                self.requests.append(request)
                reply = self._responses.pop(0) if len(self._responses) > 1 else self._responses[0]
            if reply is None:
                reset(connection)
                return
            if reply == "stall":
                drain(connection)
                return
            assert isinstance(reply, bytes)
            connection.sendall(reply)
            if not reply.startswith(b"HTTP/1.1 ") or b"\r\n\r\n" not in reply or reply == PART:
                return


PART = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + CREATED


def create(caller: Caller, **arguments: Any) -> Any:
    """Start a run with some data."""
    return caller.create(canvas_id="canvas-1", variables={"name": DATA}, **arguments)


@pytest.mark.parametrize(
    ("reply", "status"),
    [(None, None), (b"", None), (b"HTTP/1.1 20", None), (PART, 200), ("stall", None), (b"SSH-2.0-no HTTP\r\n", None)],
    ids=["reset", "closed", "cut in the headers", "cut in the body", "timeout", "not HTTP"],
)
def test_create_that_may_have_arrived_is_not_sent_again(flavour: str, reply: Any, status: int | None) -> None:
    """The server counts one create, however many retries there may be; the error says that there may be a run."""
    api = Api(reply)
    with (
        listening(api) as server,
        calling(flavour, "key", base_url=server.url, timeout=0.5, max_retries=5, timing=Jitter(0.0)) as caller,
    ):
        error = failure_of(AmbiguousCreateError, create, caller)
    assert len(api.requests) == 1
    assert error.status_code == status
    assert "may have been started" in str(error)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_create_whose_response_is_an_error_is_not_sent_again(flavour: str, status: int) -> None:
    """A 408 or 5xx came whole: it is its status error, which says that there may be a run all the same."""
    api = Api(response(status, b"{}"))
    with (
        listening(api) as server,
        calling(flavour, "key", base_url=server.url, max_retries=5, timing=Jitter(0.0)) as caller,
    ):
        error = failure_of(APIStatusError if status == 408 else InternalServerError, create, caller)
    assert len(api.requests) == 1
    assert (error.status_code, error.may_have_started) == (status, True)


@pytest.mark.parametrize("status", [429, 503])
def test_create_that_started_nothing_is_sent_again(flavour: str, status: int) -> None:
    """A 429, and a 503 with `Retry-After`, started nothing: the create is sent again after what the server asks for."""
    api, time = Api(response(status, b"{}", "Retry-After: 7"), response(201)), VirtualTime()
    with listening(api) as server, calling(flavour, "key", base_url=server.url, timing=time) as caller:
        assert create(caller).id == "run-1"
    assert len(api.requests) == 2
    assert time.sleeps == [7.35]


def test_create_with_a_long_retry_after_is_raised(flavour: str) -> None:
    """A `Retry-After` of more than a minute is the caller's to wait for."""
    api = Api(response(429, b"{}", "Retry-After: 86400"))
    with listening(api) as server, calling(flavour, "key", base_url=server.url) as caller:
        assert failure_of(RateLimitError, create, caller).retry_after == 86400
    assert len(api.requests) == 1


def test_create_after_a_refused_connection_is_sent_again(flavour: str) -> None:
    """A connection that was refused carried nothing, so every retry is made."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    time = VirtualTime()
    with calling(flavour, "key", base_url=f"http://127.0.0.1:{port}", max_retries=3, timing=time) as caller:
        error = failure_of(APIConnectionError, create, caller)
    assert "Connection refused" in str(error)
    assert time.sleeps == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_create_that_finds_no_connection_in_time_is_sent_again(flavour: str, scheme: str) -> None:
    """A connect, or a TLS handshake, that took up all the time carried nothing of the create."""
    if scheme == "https" and "http_client" in flavour:
        pytest.skip("httpx leaves a handshake that is cancelled to the garbage collector")
    time = VirtualTime()
    with full_backlog() as (_, full), listening(drain) as silent:
        port = full if scheme == "http" else silent.port
        url = f"{scheme}://127.0.0.1:{port}"
        with calling(flavour, "key", base_url=url, timeout=0.3, max_retries=1, timing=time) as caller:
            error = failure_of(APITimeoutError, create, caller)
    assert not error.request_sent
    assert time.sleeps == [0.25]


@pytest.mark.parametrize("run_id", ["..", "\ud800"])
def test_created_run_with_an_id_that_no_url_holds_is_handed_over(flavour: str, run_id: str) -> None:
    """It cannot be waited for, which is a ConfigurationError with the id, but `on_update` gets it before."""
    api = Api(response(201, json.dumps({"id": run_id, "status": "created"}).encode()))
    updates: list[Run] = []
    with listening(api) as server, calling(flavour, "key", base_url=server.url, timing=VirtualTime()) as caller:
        error = failure_of(ConfigurationError, caller.create_and_wait, canvas_id="c", on_update=updates.append)
    assert [run.id for run in updates] == [error.run_id] == [run_id]
    assert len(api.requests) == 1


FAILING = {
    "reset": None,
    "part": PART,
    "400": response(400, b'{"message": "no"}'),
    "503": response(503, b"{}"),
    "stream": response(200, b"data: {}\n\n"),
    "stall": "stall",
}


def our_frames(error: BaseException) -> list[FrameType]:
    """The frames of the package that an error came through."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return [frame for frame in frames if "tela_runs" in Path(frame.f_code.co_filename).parts]


@pytest.mark.parametrize("kind", FAILING)
def test_errors_of_creates_do_not_show_the_data(flavour: str, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """No frame of ours, no chain, and no log at DEBUG shows what was sent."""
    caplog.set_level(logging.DEBUG)
    with (
        listening(Api(FAILING[kind])) as server,
        calling(flavour, "key", base_url=server.url, timeout=0.3, max_retries=0) as caller,
        pytest.raises(Exception) as caught,  # noqa: PT011 - which one is tested elsewhere
    ):
        create(caller)
    ours = our_frames(caught.value)
    assert len(ours) > 3
    assert all(DATA not in repr(frame.f_locals) for frame in ours)
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    assert all(DATA not in record.getMessage() for record in caplog.records)


def test_unknown_argument_is_a_type_error_that_does_not_show_the_data(flavour: str) -> None:
    """Where Python itself does not see it, nobody's frame has the other arguments."""
    with calling(flavour, "key") as caller, pytest.raises(TypeError, match="no argument 'canvas'") as caught:
        caller.create_and_wait(canvas="c", variables={"name": DATA})
    assert all(DATA not in repr(frame.f_locals) for frame in our_frames(caught.value))


@pytest.mark.parametrize(
    ("body", "content_type", "part"),
    [
        (b'{"object": "chat.completion", "choices": []}', "application/json", "chat.completion"),
        (b'{"id": "task-1", "state": "queued"}', "application/json", "a task"),
        (b"data: {}\n\n", "text/event-stream", "a stream of events"),
        (b"<html>", "text/html", "not readable as JSON"),
    ],
    ids=["completion", "task", "stream", "html"],
)
def test_create_whose_response_is_not_a_run_says_what_came(
    flavour: str, body: bytes, content_type: str, part: str
) -> None:
    """A completion, a task or a stream in place of a run is named."""
    api = Api(response(200, body, f"Content-Type: {content_type}"))
    with listening(api) as server, calling(flavour, "key", base_url=server.url) as caller:
        assert part in str(failure_of(InvalidResponseError, create, caller))
    assert len(api.requests) == 1


def test_create_uses_no_connection_that_was_idle_for_long(flavour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A create takes a connection that was idle for less than 5 s, else a new one; a poll takes any of 30 s."""
    if "http_client" in flavour:
        pytest.skip("the connections are the caller's own")
    now = 1000.0
    monkeypatch.setattr("tela_runs._http.transport.Timing.clock", staticmethod(lambda: now))
    with listening(Api(response(200))) as server, calling(flavour, "key", base_url=server.url) as caller:
        create(caller)
        now += 4.9
        create(caller)
        assert server.connections == 1
        now += 5.1
        caller.retrieve("run-1")
        assert server.connections == 1
        now += 5.1
        create(caller)
        assert server.connections == 2


def test_created_run_may_be_shown_late(flavour: str) -> None:
    """A 404 in the first 10 s of a run that this client created is waited through, at first and amid polling."""
    missing, running = response(404, b"{}"), response(200, b'{"id": "run-1", "status": "running"}')
    ended = response(200, b'{"id": "run-1", "status": "succeeded"}')
    api = Api(response(201), missing, running, missing, missing, missing, ended)
    updates: list[str] = []
    with listening(api) as listened, calling(flavour, "key", base_url=listened.url, timing=VirtualTime()) as caller:
        run = caller.create_and_wait(canvas_id="c", on_update=lambda run: updates.append(run.status_text))
    assert run.succeeded
    assert updates == ["created", "running", "succeeded"]
