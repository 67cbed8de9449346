"""Faults as values: their scripts, their arguments, their queue. No sockets here."""

from math import inf, nan

import pytest
from tela_runs.emulator import Body, Close, Delay, Drip, Fault, Headers, Raw, Reset, Stall, Status
from tela_runs.emulator.answer import Answer
from tela_runs.emulator.faults import End, Pause, Send, Step
from tela_runs.emulator.injection import FaultQueue

HEALTHY = Answer(200, (("content-type", "text/plain"),), b"abcde")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\n"


def _sent(steps: list[Step]) -> bytes:
    return b"".join(step.data for step in steps if isinstance(step, Send))


@pytest.mark.parametrize(
    ("fault", "steps"),
    [
        (Reset(), [End(reset=True)]),
        (Reset(after_bytes=8), [Send(b"HTTP/1.1"), End(reset=True)]),
        (Close(), [End(reset=False)]),
        (Close(len(HEAD) + 2), [Send(HEAD + b"ab"), End(reset=False)]),
        (Stall(), [Pause(None)]),
        (Stall(8), [Send(b"HTTP/1.1"), Pause(None)]),
        (Raw(b"\0\r\n"), [Send(b"\0\r\n"), End(reset=False)]),
        (Raw(b"x", close=False), [Send(b"x")]),
        (
            Raw(b"abc", interval=0.5),
            [Send(b"a"), Pause(0.5), Send(b"b"), Pause(0.5), Send(b"c"), End(reset=False)],
        ),
        (Raw(b"abc", interval=0.5, chunk=2), [Send(b"ab"), Pause(0.5), Send(b"c"), End(reset=False)]),
        (Delay(3), [Send(HEAD), Send(b"abcde")]),
        (Drip(1, part="body", chunk=3), [Send(HEAD), Send(b"abc"), Pause(1), Send(b"de")]),
    ],
)
def test_a_fault_is_a_script(fault: Fault, steps: list[Step]) -> None:
    """Each fault takes exactly these steps in place of the healthy answer."""
    assert list(fault.play(HEALTHY)) == steps


@pytest.mark.parametrize(("part", "pauses"), [("head", len(HEAD) - 1), ("body", 4), ("all", len(HEAD) + 3)])
def test_a_drip_sends_all_of_the_answer(part: str, pauses: int) -> None:
    """Whatever part is dripped, the bytes are those of the healthy answer, with a pause between each two."""
    steps = list(Drip(0.25, part=part).play(HEALTHY))  # type: ignore[arg-type]
    assert _sent(steps) == HEAD + b"abcde"
    assert steps.count(Pause(0.25)) == pauses


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
def test_a_fault_with_an_answer(fault: Fault, status: int, content_type: str, body: bytes) -> None:
    """Status, type and content of the answers that faults give."""
    reply = fault.reply(HEALTHY)
    assert reply is not None
    headers = {name.lower(): value for name, value in reply.headers}
    assert (reply.status, headers["content-type"], reply.body) == (status, content_type, body)


def test_only_whole_healthy_answers_move_a_run_on() -> None:
    """Drip, Delay and Headers deliver the healthy answer; no other fault does."""
    faults = [Status(500), Body(b""), Headers({}), Delay(0), Drip(), Stall(), Reset(), Close(), Raw(b"")]
    assert [type(fault).__name__ for fault in faults if fault.delivers] == ["Headers", "Delay", "Drip"]


@pytest.mark.parametrize("seconds", [-1, inf, nan])
def test_times_are_checked(seconds: float) -> None:
    """A negative or infinite number of seconds is refused by every fault that takes one."""
    for fault in (Delay, Drip, lambda value: Raw(b"", interval=value)):
        with pytest.raises(ValueError, match="finite number of seconds"):
            fault(seconds)


@pytest.mark.parametrize("code", [199, 1000, 0, -1])
def test_statuses_are_checked(code: int) -> None:
    """Only 200 to 999 are the statuses of an answer."""
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
    with pytest.raises(ValueError, match="cannot be sent as a header"):
        Headers({"X": "a\r\nSet-Cookie: b"})
    with pytest.raises(ValueError, match="latin-1"):
        Headers({"X": "€"})
    with pytest.raises(ValueError, match="JSON"):
        Status(500, body=object())


def test_faults_are_values() -> None:
    """Two faults made alike are equal, and neither can be changed."""
    assert Status(503, {"A": "1"}) == Status(503, [("A", "1")])
    with pytest.raises(AttributeError):
        Status(503).code = 500  # type: ignore[misc]


def test_the_queue_is_first_in_first_out() -> None:
    """Each request takes the first fault that matches it; when they are used up there is none."""
    queue = FaultQueue()
    queue.add(Reset(), times=2, run_id="a")
    queue.add(Stall(), times=1, run_id=None)
    queue.add(Close(), times=1, run_id=None)
    taken = [queue.take(run_id) for run_id in ("a", "b", "a", "a", "a")]
    assert taken == [Reset(), Stall(), Reset(), Close(), None]


def test_a_fault_can_be_for_ever() -> None:
    """`times=None` lasts until the queue is cleared."""
    queue = FaultQueue()
    queue.add(Reset(), times=None, run_id=None)
    assert {queue.take("a") for _ in range(1000)} == {Reset()}
    queue.clear()
    assert queue.take("a") is None


def test_the_queue_checks_its_arguments() -> None:
    """What is no fault, and fewer than one time, are refused."""
    queue = FaultQueue()
    with pytest.raises(ValueError, match="times must be 1 or more"):
        queue.add(Reset(), times=0, run_id=None)
    with pytest.raises(ValueError, match="takes a fault"):
        queue.add(Reset, times=1, run_id=None)  # type: ignore[arg-type]
