"""From an HTTP response to what it means: hints, a run, or an error; without a socket."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs import (
    AmbiguousCreateError,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    BadRequestError,
    ConfigurationError,
    InternalServerError,
    InvalidResponseError,
    RateLimitError,
    RunStatus,
    errors,
)
from tela_runs._http.response import Failure, Received, class_for_status, concluded

if TYPE_CHECKING:
    from tela_runs._polling.flow import PollResult

NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
RUN = b'{"id": "r1", "status": "succeeded"}'


def outcome_of(
    status: int = 200,
    body: bytes = RUN,
    failure: Failure | ConfigurationError | None = None,
    *,
    run_id: str | None = "r1",
    limit: int = 10**8,
    **headers: str,
) -> PollResult:
    """What came of a request that got this response at NOW; underscores in the names of headers stand for hyphens.

    It was a poll, or a create if ``run_id`` is None. A status of 0 is no response.
    """
    received = Received(run_id, httpx.URL("https://tela.test:8443/x"), 30.0, limit, bytes)
    if status:
        raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
        received.begin(status, raw)
        received.at = NOW
        received.feed(body)
    return concluded(received, failure)


def test_retry_after_as_a_date_is_read_by_the_servers_clock() -> None:
    """With a Date header, a local clock that is an hour off changes nothing."""
    hint = "Thu, 01 Jan 2026 01:00:09 GMT"
    assert outcome_of(date="Thu, 01 Jan 2026 01:00:00 GMT", retry_after=hint).retry_after == 9
    assert outcome_of(retry_after=hint).retry_after == 3609


@pytest.mark.parametrize("status", [200, 201, 203, 299])
def test_response_of_2xx_is_a_run_with_the_servers_hint(status: int) -> None:
    """Retry-After counts on it too."""
    result = outcome_of(status, retry_after="3")
    assert (result.run.id, result.run.status, result.retry_after) == ("r1", RunStatus.SUCCEEDED, 3)


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
        (b'{"id": 3, "status": "created"}', "its 'id' is not a string"),
        (b'{"id": "a", "status": null}', "its 'status' is not a string"),
    ],
)
def test_response_that_is_not_a_valid_run_is_an_error_with_an_excerpt(body: bytes, part: str) -> None:
    """It is an InvalidResponseError that says why, with the status, the run id and a short excerpt."""
    with pytest.raises(InvalidResponseError) as caught:
        outcome_of(body=body, x_request_id="req-1")
    assert part in str(caught.value)
    assert (caught.value.run_id, caught.value.status_code, caught.value.request_id) == ("r1", 200, "req-1")
    assert len(caught.value.body) <= 200
    assert caught.value.__context__ is None


def test_response_that_was_cut_short_is_not_read() -> None:
    """Though what arrived of it would be a run."""
    with pytest.raises(InvalidResponseError, match="it was cut short"):
        outcome_of(failure=Failure("peer closed connection", "RemoteProtocolError"))


@pytest.mark.parametrize(("size", "is_too_large"), [(len(RUN), False), (len(RUN) - 1, True)])
def test_response_above_the_limit_is_too_large(size: int, is_too_large: bool) -> None:
    """It is said, with the setting that would allow it."""
    if not is_too_large:
        assert outcome_of(limit=size).run.succeeded
        return
    with pytest.raises(InvalidResponseError, match=rf"larger than {size} bytes \(max_response_bytes\)") as caught:
        outcome_of(limit=size)
    assert caught.value.is_too_large
    assert not caught.value.is_transient


@pytest.mark.parametrize(
    ("body", "shows_end"),
    [
        (b'{"id":"a","status":"succeeded","n":' + b"[" * 300 + b"]" * 300 + b"}", True),
        (b'{"id":"a","status" : "failed","n":' + b"9" * 6000 + b"}", True),
        (b'{"id":"a","status":"running","n":' + b"9" * 6000 + b"}", False),
        (b'{"id":"a","status":"succeeded","n":', False),
        (b"<html>", False),
    ],
    ids=["too deep", "too long a number", "not final", "cut", "HTML"],
)
def test_final_status_is_seen_in_what_cannot_be_parsed(body: bytes, shows_end: bool) -> None:
    """Where valid JSON holds more than is accepted, and nowhere else."""
    with pytest.raises(InvalidResponseError) as caught:
        outcome_of(body=body)
    assert caught.value.shows_end is shows_end
    assert caught.value.is_transient


def test_documented_error_body_is_on_the_exception() -> None:
    """Its code, message and details are there, and the request id of the header."""
    body = {"code": "RATE", "message": "Slow down.", "status": 429, "name": "Error", "details": {"limit": 5}}
    with pytest.raises(RateLimitError) as caught:
        outcome_of(429, json.dumps(body).encode(), retry_after="2", x_request_id="req-2")
    error = caught.value
    assert (error.status_code, error.code, error.message, error.details) == (429, "RATE", "Slow down.", {"limit": 5})
    assert (error.request_id, error.run_id, error.retry_after, error.body) == ("req-2", "r1", 2, body)
    assert str(error) == (
        "The API responded with HTTP 429 for run 'r1': Slow down (see .details). "
        "The server asks to wait 2 s. Send fewer requests."
    )


def test_message_of_the_server_is_one_line_in_the_text_of_the_error() -> None:
    """Its line breaks would forge lines of a log, and its control characters reach a terminal; `message` is as sent."""
    message = "No.\nERROR forged \x1b[31m\ud800 " + "x" * 5000
    with pytest.raises(BadRequestError) as caught:
        outcome_of(400, json.dumps({"message": message}).encode())
    assert "No. ERROR forged [31m? xxx" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 800
    assert caught.value.message == message


def test_page_of_a_gateway_keeps_its_status() -> None:
    """HTML with a 502 is an InternalServerError whose message is the start of it."""
    with pytest.raises(InternalServerError) as caught:
        outcome_of(502, b"<html>\n  <h1>Bad Gateway</h1>" + b" " * 5000)
    assert caught.value.message == "<html> <h1>Bad Gateway</h1>"
    assert caught.value.body.startswith("<html>")
    assert caught.value.code is None


@given(st.integers(100, 999).filter(lambda status: not 200 <= status <= 299), st.binary(max_size=200))
def test_any_status_with_any_body_is_its_error(status: int, body: bytes) -> None:
    """Whatever comes with a status other than 2xx, the status is on an APIStatusError."""
    with pytest.raises(APIStatusError) as caught:
        outcome_of(status, body)
    assert caught.value.status_code == status
    assert caught.value.is_transient is (status in {408, 409, 425, 429} or not 300 <= status <= 499)
    assert not caught.value.may_have_started


@given(st.text(st.characters(max_codepoint=255), max_size=30))
def test_any_retry_after_leaves_an_error_that_can_be_used(value: str) -> None:
    """Garbage in the header is neither a hint nor a crash."""
    with pytest.raises(RateLimitError) as caught:
        outcome_of(429, retry_after=value)
    assert caught.value.retry_after is None or 0 < caught.value.retry_after < float("inf")


@pytest.mark.parametrize("status", range(100, 1000))
def test_every_status_has_its_class(status: int) -> None:
    """The documented ones their own, 5xx InternalServerError, all others APIStatusError."""
    named = {
        400: errors.BadRequestError,
        401: errors.AuthenticationError,
        402: errors.UsageLimitError,
        403: errors.PermissionDeniedError,
        404: errors.NotFoundError,
        409: errors.ConflictError,
        422: errors.UnprocessableEntityError,
        429: errors.RateLimitError,
    }
    kind, advice = class_for_status(status)
    assert kind is named.get(status, InternalServerError if status // 100 == 5 else APIStatusError)
    assert advice.endswith(".")


def test_headers_are_read_in_any_case_and_once() -> None:
    """Of a repeated header the first counts, and what nobody reads is not kept."""
    received = Received("r1", httpx.URL("https://tela.test:8443/x"), 30.0, 100, bytes)
    received.begin(200, [(b"Retry-After", b"1"), (b"RETRY-AFTER", b"2"), (b"CF-Ray", b"\xe4"), (b"X", b"3")])
    assert received.headers == {"retry-after": "1", "cf-ray": "ä"}


@pytest.mark.parametrize("was_sent", [True, False])
def test_failed_request_keeps_the_systems_reason(was_sent: bool) -> None:
    """An APIConnectionError of a poll, or an APITimeoutError, tells whether bytes may have been sent."""
    with pytest.raises(APIConnectionError, match=r"from tela.test:8443: Connection refused") as caught:
        outcome_of(0, failure=Failure("Connection refused", "ConnectError", was_sent=was_sent))
    assert "HTTPS_PROXY" in str(caught.value)  # whose host it may be that refused
    assert (type(caught.value), caught.value.request_sent) == (APIConnectionError, was_sent)
    with pytest.raises(APITimeoutError, match="within 30 s") as caught:
        outcome_of(0, failure=Failure(is_timeout=True, was_sent=was_sent))
    assert caught.value.request_sent is was_sent


def test_remedy_makes_a_failure_permanent() -> None:
    """What another try cannot mend says what can."""
    with pytest.raises(APIConnectionError, match="Set SSL_CERT_FILE") as caught:
        outcome_of(0, failure=Failure("certificate verify failed", "ConnectError", remedy="Set SSL_CERT_FILE."))
    assert caught.value.is_permanent
    assert not caught.value.is_transient


def test_misuse_is_raised_as_it_is() -> None:
    """A closed client is not a failure of the network."""
    error = ConfigurationError("closed")
    with pytest.raises(ConfigurationError) as caught:
        outcome_of(0, failure=error)
    assert caught.value is error


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (0, Failure("Connection reset by peer", "ReadError")),
        (0, Failure(is_timeout=True)),
        (200, Failure("peer closed connection", "RemoteProtocolError")),
        (500, Failure("peer closed connection", "RemoteProtocolError")),
        (200, Failure(is_timeout=True)),
    ],
)
def test_create_without_a_whole_response_is_ambiguous(status: int, failure: Failure) -> None:
    """With what is known: the status, where at least that came."""
    with pytest.raises(AmbiguousCreateError, match="A run may have been started") as caught:
        outcome_of(status, failure=failure, run_id=None, x_request_id="q")
    assert (caught.value.status_code, caught.value.request_id) == ((status, "q") if status else (None, None))
    assert not caught.value.is_transient


def test_create_that_was_not_sent_is_not_ambiguous() -> None:
    """Nothing can have been started."""
    with pytest.raises(APIConnectionError) as caught:
        outcome_of(0, failure=Failure("Connection refused", "ConnectError", was_sent=False), run_id=None)
    assert type(caught.value) is APIConnectionError


@pytest.mark.parametrize(("status", "may"), [(400, False), (408, True), (409, False), (429, False), (503, True)])
def test_error_of_a_create_says_whether_a_run_may_have_been_started(status: int, may: bool) -> None:
    """As an attribute, and in its message."""
    with pytest.raises(APIStatusError) as caught:
        outcome_of(status, b"{}", run_id=None)
    assert caught.value.may_have_started is may
    assert ("may have been started" in str(caught.value)) is may
    assert caught.value.run_id is None


@pytest.mark.parametrize(
    ("body", "kind", "part"),
    [
        (b"data: {}", "text/event-stream; charset=utf-8", "a stream of events"),
        (b'{"object": "chat.completion", "choices": []}', "", "a 'chat.completion'"),
        (b'{"id": "t1"}', "", "a task of an application"),
        (b"[]", "", "a JSON array, not an object"),
    ],
)
def test_response_to_a_create_that_is_not_a_run_is_named(body: bytes, kind: str, part: str) -> None:
    """A stream, a completion or a task is an InvalidResponseError that says what came."""
    with pytest.raises(InvalidResponseError, match=part):
        outcome_of(body=body, run_id=None, content_type=kind)
