"""`Outcome`: how the wait for a run ended, and that it travels as strictly valid JSON and back."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs import (
    APIConnectionError,
    AuthenticationError,
    ConfigurationError,
    InternalServerError,
    InvalidResponseError,
    OutputError,
    RateLimitError,
    Run,
    RunFailedError,
    TelaError,
    WaitTimeoutError,
    errors,
)
from tela_runs.outcome import Outcome

SUCCEEDED = Run.from_dict({"id": "r1", "status": "succeeded", "output_content": {"content": {"total": 3}}})
RUNNING = Run.from_dict({"id": "r1", "status": "running"})
FAILED = Run.from_dict({"id": "r1", "status": "failed"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
CLASSES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TelaError)]


def through_json(outcome: Outcome) -> Outcome:
    """The outcome, sent as strictly valid JSON and read again."""
    return Outcome.from_dict(json.loads(json.dumps(outcome.to_dict(), allow_nan=False)))


def test_outcome_of_a_succeeded_run_has_run_and_output() -> None:
    """It has the run and its output, and no error."""
    outcome = Outcome("r1", SUCCEEDED)
    assert outcome.succeeded
    assert outcome.output == {"total": 3}
    assert outcome.unwrap() is SUCCEEDED


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("r1", FAILED, RunFailedError(FAILED)),
        Outcome("r1", RUNNING, WaitTimeoutError("late", run_id="r1")),
        Outcome("r1", SUCCEEDED, OutputError("no fit", run_id="r1")),
        Outcome("r1", None, APIConnectionError("refused", run_id="r1")),
    ],
    ids=lambda outcome: type(outcome.error).__name__,
)
def test_outcome_with_an_error_has_no_output(outcome: Outcome) -> None:
    """`unwrap` raises the error."""
    assert not outcome.succeeded
    assert outcome.output is None
    with pytest.raises(TelaError) as caught:
        outcome.unwrap()
    assert caught.value is outcome.error


def test_outcome_with_neither_run_nor_error_is_not_a_success() -> None:
    """Only a caller can make one."""
    outcome = Outcome("r1")
    assert (outcome.succeeded, outcome.output) == (False, None)
    with pytest.raises(ValueError, match="neither a run nor an error"):
        outcome.unwrap()


def test_to_dict_of_a_success_has_the_run_as_received() -> None:
    """The run as received, and no error."""
    assert Outcome("r1", SUCCEEDED).to_dict() == {
        "run_id": "r1",
        "status": "succeeded",
        "run": SUCCEEDED.to_dict(),
        "error": None,
    }


def test_to_dict_of_an_error_has_type_message_and_hints() -> None:
    """Its type, message and what the server said."""
    error = RateLimitError(
        "slow", status_code=429, run_id="r1", code="RATE", request_id="q", retry_after=2.5, details={"a": 1}
    )
    assert Outcome("r1", None, error).to_dict() == {
        "run_id": "r1",
        "status": None,
        "run": None,
        "error": {
            "type": "RateLimitError",
            "message": "slow",
            "status_code": 429,
            "code": "RATE",
            "request_id": "q",
            "retry_after": 2.5,
        },
    }


def test_error_without_a_response_has_nulls() -> None:
    """The keys are always the same."""
    plain = Outcome("r1", None, APIConnectionError("refused", run_id="r1")).to_dict()
    assert plain["error"] == {
        "type": "APIConnectionError",
        "message": "refused",
        "status_code": None,
        "code": None,
        "request_id": None,
        "retry_after": None,
    }


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_comes_back_as_its_own_class(kind: type[TelaError]) -> None:
    """With its text and the run id; those that carry the run carry it again."""
    outcome = through_json(Outcome("r1", RUNNING, kind("what happened")))
    assert type(outcome.error) is kind
    assert str(outcome.error) == "what happened"
    assert outcome.error.run_id == "r1"
    assert outcome.run == RUNNING
    if isinstance(outcome.error, (RunFailedError, OutputError, WaitTimeoutError)):
        assert outcome.error.run == RUNNING


def test_what_the_server_said_comes_back() -> None:
    """Status, code, request id and Retry-After are on the error again."""
    error = InternalServerError("busy", status_code=503, code="X", request_id="q", retry_after=7.0)
    again = through_json(Outcome("r1", None, error)).error
    assert isinstance(again, InternalServerError)
    assert (again.status_code, again.code, again.request_id, again.retry_after) == (503, "X", "q", 7.0)
    assert again.is_transient


def test_error_of_a_newer_version_is_a_tela_error() -> None:
    """A message from a worker that knows more classes can be read; names that are not errors are not called."""
    for name in ("QuotaError", "Any", "annotations", "_rebuilt"):
        plain = {"run_id": "r1", "status": None, "run": None, "error": {"type": name, "message": "new"}}
        again = Outcome.from_dict(plain).error
        assert type(again) is TelaError
        assert (str(again), again.run_id) == ("new", "r1")


def test_round_trip_is_the_identity() -> None:
    """Of an outcome that came from JSON, `to_dict` gives the same JSON again."""
    for outcome in (
        Outcome("r1", SUCCEEDED),
        Outcome("r1", FAILED, RunFailedError(FAILED)),
        Outcome("r1", None, AuthenticationError("no", status_code=401, run_id="r1", request_id="q")),
    ):
        assert through_json(outcome).to_dict() == outcome.to_dict()


@given(JSON)
def test_any_output_is_strictly_valid_json(value: Any) -> None:
    """NaN and Infinity, which JSON does not have, become texts; what else there is stays as it is."""
    run = Run.from_dict({"id": "r1", "status": "succeeded", "output_content": {"content": value}})
    plain = Outcome("r1", run).to_dict()
    text = json.dumps(plain, allow_nan=False)
    assert Outcome.from_dict(json.loads(text)).to_dict() == plain
    named = json.loads(json.dumps(value), parse_constant=str)
    assert plain["run"]["output_content"]["content"] == named


def test_numbers_that_json_does_not_have_are_named() -> None:
    """As the json module would write them, in quotes."""
    run = Run.from_json('{"id": "r1", "status": "succeeded", "x": [NaN, Infinity, -Infinity, 1e999, 1.5]}')
    plain = Outcome("r1", run).to_dict()
    assert plain["run"]["x"] == ["NaN", "Infinity", "-Infinity", "Infinity", 1.5]


def nested(levels: int) -> dict[str, Any]:
    """An error whose last error has a last error, and so on."""
    text, error = "It took too long.", dict[str, Any](type="WaitTimeoutError")
    attributes = functools.reduce(lambda inner, _: {**error, "last_error": (text, inner)}, range(levels), error)
    return {"message": text, **attributes}


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"run_id": "r1"},
        {"run_id": "r1", "run": {"id": "r1"}, "error": None},
        {"run_id": "r1", "run": None, "error": {"message": "no type"}},
        {"run_id": "r1", "run": None, "error": "text"},
        {"run_id": 5, "run": None, "error": None},
        {"run_id": "r1", "run": None, "error": {"type": "TelaError", "message": 5}},
        {"run_id": "r1", "run": None, "error": nested(400)},
        [],
        None,
        "text",
    ],
    ids=lambda plain: str(plain)[:50],
)
def test_from_dict_rejects_what_is_not_an_outcome(plain: Any) -> None:
    """As a ConfigurationError that says what to pass."""
    with pytest.raises(ConfigurationError, match=r"Pass what Outcome\.to_dict gave") as caught:
        Outcome.from_dict(plain)
    assert caught.value.__context__ is None
    assert not isinstance(caught.value, InvalidResponseError)
