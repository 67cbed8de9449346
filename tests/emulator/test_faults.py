"""Faults as values: what they do to a connection, their arguments, their queue."""

import asyncio
from math import inf, nan
from typing import Any

import httpx
import pytest
from tela_runs.emulator import Body, Close, Delay, Drip, Emulator, Fault, Headers, Raw, Reset, Stall, Status
from tela_runs.emulator.connection import Response

HEALTHY = Response(200, (("content-type", "text/plain"),), b"abcde")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\n"


class Recorded:
    """Keeps what a fault does to its connection, and how it asks the API for the healthy response."""

    def __init__(self, fault: Fault) -> None:
        self.steps: list[Any] = []
        self.asked: list[bool] = []
        asyncio.run(fault.play(self, self._healthy))  # type: ignore[arg-type]

    def _healthy(self, whole: bool) -> Response:
        self.asked.append(whole)
        return HEALTHY

    async def send(self, data: Response | bytes) -> None:
        self.steps.append(data)

    async def pause(self, seconds: float | None = None) -> None:
        self.steps.append(("pause", seconds))

    async def close(self) -> None:
        self.steps.append("close")

    async def reset(self) -> None:
        self.steps.append("reset")


@pytest.mark.parametrize(
    ("fault", "steps"),
    [
        (Reset(), [b"", "reset"]),
        (Reset(after_bytes=8), [b"HTTP/1.1", "reset"]),
        (Close(), [b"", "close"]),
        (Close(len(HEAD) + 2), [HEAD + b"ab", "close"]),
        (Stall(), [b"", ("pause", None)]),
        (Stall(8), [b"HTTP/1.1", ("pause", None)]),
        (Raw(b"\0\r\n"), [b"\0\r\n", "close"]),
        (Raw(b"x", close=False), [b"x"]),
        (Delay(3), [("pause", 3), HEALTHY]),
        (Drip(1, part="body", chunk=3), [HEAD, b"abc", ("pause", 1), b"de"]),
    ],
)
def test_a_fault_takes_its_steps(fault: Fault, steps: list[Any]) -> None:
    """Each fault takes exactly these steps in place of sending the healthy response."""
    assert Recorded(fault).steps == steps


@pytest.mark.parametrize(("part", "pauses"), [("head", len(HEAD) - 1), ("body", 4), ("all", len(HEAD) + 3)])
def test_a_drip_sends_all_of_the_response(part: str, pauses: int) -> None:
    """Whatever part is dripped, the bytes are those of the healthy response, with a pause between each two."""
    steps = Recorded(Drip(0.25, part=part)).steps  # type: ignore[arg-type]
    assert b"".join(step for step in steps if isinstance(step, bytes)) == HEAD + b"abcde"
    assert steps.count(("pause", 0.25)) == pauses


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "body"),
    [
        (Status(503, body=b"<html>"), 503, "text/html; charset=utf-8", b"<html>"),
        (Status(502, body="é"), 502, "text/html; charset=utf-8", "é".encode()),
        (Status(429, body={"code": "X"}), 429, "application/json", b'{"code": "X"}'),
        (Status(500, {"Content-Type": "a/b"}, b""), 500, "a/b", b""),
        (Status(304), 304, "application/json", b""),
        (Body(b"{", status=201), 201, "application/json", b"{"),
        (Headers({"Content-Type": "c/d"}), 200, "c/d", b"abcde"),
    ],
)
def test_a_fault_with_a_response_has_its_status_type_and_content(
    fault: Fault, status: int, content_type: str, body: bytes
) -> None:
    """Status, type and content of the responses that faults give."""
    (response,) = Recorded(fault).steps
    assert isinstance(response, Response)
    headers = {name.lower(): value for name, value in response.headers}
    assert (response.status, headers["content-type"], response.body) == (status, content_type, body)


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        *((fault, [True]) for fault in (Headers({}), Drip(0))),
        *((fault, [False]) for fault in (Reset(), Close(), Stall())),
        *((fault, []) for fault in (Status(503), Body(b""), Raw(b""))),
        (Delay(0), [False, True]),
    ],
)
def test_a_fault_gets_from_the_api_what_it_sends(fault: Fault, asked: list[bool]) -> None:
    """What replaces the API's response never reaches the API; what cuts it off tells it that it is not sent whole."""
    assert Recorded(fault).asked == asked


@pytest.mark.parametrize("seconds", [-1, inf, nan])
def test_times_are_checked(seconds: float) -> None:
    """A negative or infinite number of seconds is refused by every fault that takes one."""
    for fault in (Delay, Drip):
        with pytest.raises(ValueError, match=r"seconds|interval"):
            fault(seconds)


@pytest.mark.parametrize("code", [199, 1000, 0, -1])
def test_statuses_are_checked(code: int) -> None:
    """Only 200 to 999 are the statuses of a response."""
    with pytest.raises(ValueError, match="code"):
        Status(code)


def test_other_arguments_are_checked() -> None:
    """Unknown parts, empty chunks, negative counts and what cannot be sent are refused at once."""
    with pytest.raises(ValueError, match="part"):
        Drip(part="tail")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="chunk"):
        Drip(chunk=0)
    with pytest.raises(ValueError, match="after_bytes"):
        Reset(-1)
    with pytest.raises(ValueError, match="latin-1"):
        Headers({"X": "€"})
    with pytest.raises(TypeError, match="content"):
        Body("null")  # type: ignore[arg-type]


def test_faults_are_values() -> None:
    """Two faults made alike are equal, and neither can be changed."""
    assert Status(503, {"A": "1"}) == Status(503, [("A", "1")])
    with pytest.raises(AttributeError):
        Status(503).code = 500  # type: ignore[misc]


def test_faults_wait_in_a_queue(tela: Emulator, http: httpx.Client) -> None:
    """Each request takes the first fault that matches it; when they are used up there is none."""
    tela.inject(Status(501), times=2, run_id="a")
    tela.inject(Status(502))
    tela.inject(Status(503))
    assert [http.get(run_id).status_code for run_id in ("a", "b", "a", "a", "a")] == [501, 502, 501, 503, 404]


def test_a_fault_can_be_for_ever(tela: Emulator, http: httpx.Client) -> None:
    """`times=None` lasts until `heal`."""
    tela.inject(Status(503), times=None)
    assert {http.get("a").status_code for _ in range(100)} == {503}
    tela.heal()
    assert http.get("a").status_code == 404


def test_what_is_injected_is_checked() -> None:
    """What is not a fault, fewer than one time, and a method that no request has, are rejected."""
    with pytest.raises(ValueError, match="'times' must be >= 1"):
        Emulator().inject(Reset(), times=0)
    with pytest.raises(TypeError, match=r"'fault' must be .*Fault"):
        Emulator().inject(Reset)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'method' must be in"):
        Emulator().inject(Reset(), method="post")
