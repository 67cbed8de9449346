"""The tree of errors: its shape, what it carries, and that it survives pickle, copy and JSON whole."""

from __future__ import annotations

import copy
import importlib
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
import tela_runs
from hypothesis import given
from hypothesis import strategies as st
from tela_runs import Run, TelaError, errors

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
RUN = Run.from_dict({"id": "r1", "status": "failed"})
STATUS: dict[str, Any] = {
    "run_id": "r1",
    "retry_after": 2.5,
    "code": "X",
    "message": "m",
    "details": {"a": [1]},
    "request_id": "q",
    "body": {"code": "X"},
    "may_have_started": True,
}
EXAMPLES: list[TelaError] = [
    errors.TelaError("m", run_id="r1"),
    errors.ConfigurationError("m", run_id="r1"),
    errors.APIError("m", run_id="r1", retry_after=1.0),
    errors.APIConnectionError("m", run_id="r1", request_sent=False, is_permanent=True),
    errors.APITimeoutError("m", run_id="r1", request_sent=False),
    errors.AmbiguousCreateError("m", run_id="r1", status_code=200, request_id="q"),
    errors.InvalidResponseError(
        "m", run_id="r1", status_code=200, body="<", request_id="q", is_too_large=True, shows_end=True
    ),
    *(
        getattr(errors, name)("m", status_code=status, **STATUS)
        for name, status in {
            "APIStatusError": 418,
            "BadRequestError": 400,
            "AuthenticationError": 401,
            "UsageLimitError": 402,
            "PermissionDeniedError": 403,
            "NotFoundError": 404,
            "ConflictError": 409,
            "UnprocessableEntityError": 422,
            "RateLimitError": 429,
            "InternalServerError": 500,
        }.items()
    ),
    errors.RunFailedError(RUN),
    errors.OutputError("m", run_id="r1", run=RUN, errors=["a: no", "b: no"]),
    errors.WaitTimeoutError(
        run_id="r1",
        run=RUN,
        elapsed=3.0,
        polls=4,
        last_error=errors.InternalServerError("m", status_code=503, message="busy"),
    ),
]


def test_every_error_is_public_and_has_an_example_here() -> None:
    """What the module defines is exported, drawn in its docstring, and tried below."""
    defined = {
        name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, BaseException)
    }
    assert defined == {type(error).__name__ for error in EXAMPLES}
    assert defined <= set(tela_runs.__all__)
    assert all(name in (errors.__doc__ or "") for name in defined)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "remake",
    [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],  # noqa: S301
    ids=["copy", "deep", "pickle"],
)
def test_every_error_is_pickled_and_copied_whole(error: TelaError, remake: Callable[[TelaError], TelaError]) -> None:
    """Its class, text and every attribute survive copying and pickling, errors within errors too."""
    twin = remake(error)
    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert twin.args == error.args
    assert twin.run_id == "r1"
    inner = {key: value for key, value in vars(error).items() if key != "last_error"}
    assert {key: value for key, value in vars(twin).items() if key != "last_error"} == inner
    if isinstance(twin, errors.WaitTimeoutError):
        assert isinstance(twin.last_error, errors.InternalServerError)
        assert twin.last_error.status_code == 503


def as_celery_stores_it(error: TelaError) -> TelaError:
    """Through a JSON result of Celery: type, module and args, from which the class makes the error again.

    Source: celery.backends.base, ``Backend.prepare_exception`` and ``exception_to_python``.
    """
    kind = type(error)
    stored = json.loads(json.dumps([kind.__module__, kind.__qualname__, error.args], allow_nan=False))
    again = getattr(importlib.import_module(stored[0]), stored[1])(*stored[2])
    assert isinstance(again, TelaError)
    return again


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_survives_a_json_result_of_celery(error: TelaError) -> None:
    """Its type, text, run id and every attribute."""
    again = as_celery_stores_it(error)
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.run_id == error.run_id == "r1"
    assert again.args == error.args
    names = set(vars(error)) - {"last_error"}
    assert {name: getattr(again, name) for name in names} == {name: getattr(error, name) for name in names}


def test_every_error_of_an_error_survives_too() -> None:
    """The last error of a timeout is its own type again, with its attributes."""
    again = as_celery_stores_it(EXAMPLES[-1])
    assert isinstance(again, errors.WaitTimeoutError)
    assert isinstance(again.last_error, errors.InternalServerError)
    assert str(again.last_error) == "m"
    assert (again.last_error.status_code, again.last_error.message) == (503, "busy")
    assert again.run == RUN


@pytest.mark.parametrize("kind", [type(error) for error in EXAMPLES], ids=lambda kind: kind.__name__)
def test_every_class_is_made_of_a_text_alone(kind: type[TelaError]) -> None:
    """As tools that know nothing but a type and a message do; the attributes have their defaults."""
    error = kind("what happened")
    assert str(error) == "what happened"
    assert error.run_id is None
    assert repr(error) == f"{kind.__name__}('what happened')"
    json.dumps(error.args)


def test_attribute_that_a_class_does_not_have_is_rejected() -> None:
    """A slip in a name is a TypeError, not a lost value."""
    with pytest.raises(TypeError, match="APIError has no status"):
        errors.APIError("m", status=3)


@given(JSON)
def test_details_of_any_json_survive_a_json_result(details: Any) -> None:
    """As they are."""
    again = as_celery_stores_it(errors.BadRequestError("m", status_code=400, details=details))
    assert getattr(again, "details", None) == details


@pytest.mark.parametrize(
    ("number", "text"), [(float("nan"), "NaN"), (float("inf"), "Infinity"), (float("-inf"), "-Infinity")]
)
def test_numbers_that_json_does_not_have_become_text(number: float, text: str) -> None:
    """Wherever they stand."""
    again = as_celery_stores_it(errors.BadRequestError("m", status_code=400, details={"a": [number]}))
    assert getattr(again, "details", None) == {"a": [text]}


def test_errors_derive_from_the_built_in_ones() -> None:
    """Timeouts are TimeoutErrors and configuration errors ValueErrors, as `except` clauses expect."""
    assert issubclass(errors.APITimeoutError, TimeoutError)
    assert issubclass(errors.WaitTimeoutError, TimeoutError)
    assert issubclass(errors.ConfigurationError, ValueError)
    assert not issubclass(errors.WaitTimeoutError, errors.APIError)


def test_text_of_a_timeout_says_all_it_knows() -> None:
    """Its one text names the run, the time, the requests, the last state and the last failure, and what to do."""
    assert str(EXAMPLES[-1]) == (
        "Run 'r1' had not finished after 3.0 s and 4 requests (last seen as 'failed'). "
        "It goes on at Tela: wait for the same id again to get its result. The latest poll failed: m"
    )


def test_text_of_a_timeout_claims_no_more_than_was_seen() -> None:
    """Of a run that no poll has shown, it does not say that it goes on."""
    error = errors.WaitTimeoutError(run_id="r1", run=None, elapsed=3.0, polls=1, last_error=None)
    assert str(error) == (
        "Run 'r1' was not seen in 3.0 s and 1 request. Wait for the same id again: if it runs at Tela, it goes on."
    )
