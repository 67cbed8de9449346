"""The tree of errors: its shape, what it carries, and that it travels whole."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
import tela_runs
from tela_runs import Run, TelaError, errors
from tela_runs.errors import class_for_status

if TYPE_CHECKING:
    from collections.abc import Callable

RUN = Run.from_dict({"id": "r1", "status": "failed"})
STATUS: dict[str, Any] = {
    "run_id": "r1",
    "retry_after": 2.5,
    "code": "X",
    "message": "m",
    "details": {"a": [1]},
    "request_id": "q",
    "body": {"code": "X"},
}
EXAMPLES: list[TelaError] = [
    errors.TelaError("m", run_id="r1"),
    errors.ConfigurationError("m", run_id="r1"),
    errors.APIError("m", run_id="r1", retry_after=1.0),
    errors.APIConnectionError("m", run_id="r1"),
    errors.APITimeoutError("m", run_id="r1"),
    errors.InvalidResponseError("m", run_id="r1", status_code=200, body="<", request_id="q"),
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
    errors.WaitTimeoutError(
        run_id="r1", run=RUN, elapsed=3.0, polls=4, last_error=errors.InternalServerError("m", status_code=503)
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
def test_every_error_travels_whole(error: TelaError, remake: Callable[[TelaError], TelaError]) -> None:
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


def test_the_built_in_kin() -> None:
    """Timeouts are TimeoutErrors and configuration errors ValueErrors, so that `except` clauses of old catch them."""
    assert issubclass(errors.APITimeoutError, TimeoutError)
    assert issubclass(errors.WaitTimeoutError, TimeoutError)
    assert issubclass(errors.ConfigurationError, ValueError)
    assert not issubclass(errors.WaitTimeoutError, errors.APIError)


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
    expected = named.get(status, errors.InternalServerError if status // 100 == 5 else errors.APIStatusError)
    kind, advice = class_for_status(status)
    assert kind is expected
    assert advice.endswith(".")


def test_a_timeout_tells_all_it_knows() -> None:
    """Its one text names the run, the time, the requests, the last state and the last failure, and what to do."""
    assert str(EXAMPLES[-1]) == (
        "Run 'r1' had not finished after 3.0 s and 4 requests (last seen as 'failed'). "
        "It goes on at Tela: wait for the same id again to get its result. The latest look failed: m"
    )


def test_a_timeout_claims_no_more_than_was_seen() -> None:
    """Of a run that no look has shown, it does not say that it goes on."""
    error = errors.WaitTimeoutError(run_id="r1", run=None, elapsed=3.0, polls=4, last_error=None)
    assert str(error) == (
        "Run 'r1' was not seen in 3.0 s and 4 requests. Wait for the same id again: if it runs at Tela, it goes on."
    )
