"""From an answer to what it means: hints, runs, errors; pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tela_runs import APIStatusError, InternalServerError, InvalidResponseError, RateLimitError, RunStatus
from tela_runs._answer import Answer, headers_of, read, retry_after_seconds

from .by_hand import payload

NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def answer(status: int = 200, body: bytes = payload(), flaw: str = "", **headers: str) -> Answer:
    """An answer that arrived at NOW; underscores in the names of headers stand for hyphens."""
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, flaw, NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0.25", 0.25),
        ("86400", 86400.0),
        ("1e3", 1000.0),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Thursday, 01-Jan-26 00:01:00 GMT", 60.0),
        ("Thu Jan  1 00:01:00 2026", 60.0),
        ("Thu, 01 Jan 2026 01:01:00 +0100", 60.0),
    ],
)
def test_a_retry_after_that_makes_sense(value: str, seconds: float) -> None:
    """Seconds, fractions and HTTP dates of all three forms are understood."""
    assert retry_after_seconds(value, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    [
        *("", "0", "-5", "nan", "inf", "-inf", "1e999", "soon", "1_000", "٣", "0x10", "5 s", "5, 6"),
        *("Thu, 99 Foo 2026", "Wed, 31 Dec 2025 23:59:59 GMT", "Thu, 01 Jan 99999 00:00:00 GMT"),
        "Thu, 01 Jan 2026 00:00:00 +9999",
    ],
)
def test_a_retry_after_that_makes_none(value: str) -> None:
    """Garbage, zero, the past, negative, infinite and overflowing values ask for nothing."""
    assert retry_after_seconds(value, NOW) is None


@given(st.text())
@example("Thu, 01 Jan 2026 00:00:00 +99999999999999999999")
def test_no_retry_after_crashes(value: str) -> None:
    """Any text gives seconds above 0, or nothing."""
    seconds = retry_after_seconds(value, NOW)
    assert seconds is None or 0 < seconds < float("inf")


@given(st.integers(1, 10**8))
def test_dates_and_seconds_agree(seconds: int) -> None:
    """A date that many seconds ahead asks for just as long."""
    date = format_datetime(datetime.fromtimestamp(NOW + seconds, UTC), usegmt=True)
    assert retry_after_seconds(date, NOW) == retry_after_seconds(str(seconds), NOW) == seconds


def test_a_dated_hint_is_taken_by_the_servers_own_clock() -> None:
    """With a Date header, a local clock that is an hour off changes nothing."""
    hint = "Thu, 01 Jan 2026 01:00:09 GMT"
    assert read(answer(date="Thu, 01 Jan 2026 01:00:00 GMT", retry_after=hint), "r1").retry_after == 9
    assert read(answer(retry_after=hint), "r1").retry_after == 3609


def test_a_healthy_answer_is_a_run_with_the_servers_hint() -> None:
    """A 200 gives the run, and Retry-After counts on it too."""
    seen = read(answer(retry_after="3"), "r1")
    assert (seen.run.id, seen.run.status, seen.retry_after) == ("r1", RunStatus.SUCCEEDED, 3)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"", "not readable as JSON"),
        (b"<html>", "not readable as JSON"),
        (b"\xff\xfe\xff", "not readable as JSON"),
        (b"[" * 200_000, "nested more than 200 levels deep"),
        (b'{"id":"a","status":"running","x":[' + b"[]," * 1_000_000 + b"1]}", "more than 1,000,000 values"),
        (b"[" + b'"a",' * 3_000_000 + b"1]", "more than 1,000,000 values"),
        (b'{"id":"a","status":"created","n":' + b"9" * 6000 + b"}", "not readable as JSON"),
        (b'{"id":"a","status":"created","n":' + b"[" * 300 + b"]" * 300 + b"}", "nested more than 200 levels"),
        (b"null", "a JSON null, not an object"),
        (b"[]", "a JSON array, not an object"),
        (b"3", "a JSON number, not an object"),
        (b"{}", "no 'id'"),
        (b'{"id": "a"}', "no 'status'"),
        (b'{"id": 3, "status": "created"}', "its 'id' is no text"),
        (b'{"id": "a", "status": null}', "its 'status' is no text"),
    ],
)
def test_an_answer_that_is_no_run(body: bytes, part: str) -> None:
    """It is an InvalidResponseError that says why, with the status, the run id and a short excerpt."""
    with pytest.raises(InvalidResponseError) as caught:
        read(answer(body=body, x_request_id="req-1"), "r1")
    assert part in str(caught.value)
    assert (caught.value.run_id, caught.value.status_code, caught.value.request_id) == ("r1", 200, "req-1")
    assert len(caught.value.body) <= 200
    assert caught.value.__context__ is None


def test_an_answer_that_is_not_whole() -> None:
    """What the transport found wrong is the reason, though the part that arrived may be read."""
    with pytest.raises(InvalidResponseError, match="it was cut short"):
        read(answer(flaw="it was cut short"), "r1")


def test_the_documented_error_body_is_on_the_exception() -> None:
    """Its code, message and details are there, and the request id of the header."""
    body = {"code": "RATE", "message": "Slow down.", "status": 429, "name": "Error", "details": {"limit": 5}}
    with pytest.raises(RateLimitError) as caught:
        read(answer(429, json.dumps(body).encode(), retry_after="2", x_request_id="req-2"), "r1")
    error = caught.value
    assert (error.status_code, error.code, error.message, error.details) == (429, "RATE", "Slow down.", {"limit": 5})
    assert (error.request_id, error.run_id, error.retry_after, error.body) == ("req-2", "r1", 2, body)
    assert str(error) == (
        "The API answered HTTP 429 for run 'r1': Slow down. The server asks to wait 2 s. Ask less often."
    )


def test_a_gateways_page_keeps_its_status() -> None:
    """HTML with a 502 is an InternalServerError whose message is the start of it."""
    with pytest.raises(InternalServerError) as caught:
        read(answer(502, b"<html>\n  <h1>Bad Gateway</h1>" + b" " * 5000), "r1")
    assert caught.value.message == "<html> <h1>Bad Gateway</h1>"
    assert caught.value.body.startswith("<html>")
    assert caught.value.code is None


@given(st.integers(100, 999).filter(lambda status: status != 200), st.binary(max_size=200))
def test_any_status_with_any_body_is_its_error(status: int, body: bytes) -> None:
    """Whatever comes with a status other than 200, the status is on an APIStatusError."""
    with pytest.raises(APIStatusError) as caught:
        read(answer(status, body), "r1")
    assert caught.value.status_code == status
    transient = status in {408, 409, 425, 429} or not 300 <= status <= 499
    assert caught.value.is_transient is transient


def test_headers_are_read_by_any_case_and_once() -> None:
    """Names are folded, the first of a repeated header counts, and what nobody looks at is left."""
    raw = [(b"Retry-After", b"1"), (b"RETRY-AFTER", b"2"), (b"CF-Ray", b"\xe4"), (b"X", b"3")]
    assert headers_of(raw) == {"retry-after": "1", "cf-ray": "ä"}
