"""`Run.output_as`: the output as the user's type, or an error that keeps the run."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from pydantic import BaseModel
from tela_runs import Outcome, OutputError, Run, RunFailedError


class Invoice(BaseModel):
    """What a canvas is asked for."""

    number: str
    total: float


def run_with(content: Any, status: str = "succeeded") -> Run:
    """A run with this output."""
    return Run.from_dict({"id": "crsv-1", "status": status, "output_content": {"content": content}})


@pytest.mark.parametrize("content", [{"number": "A-1", "total": 2}, '{"number": "A-1", "total": 2}'])
def test_output_is_read_as_the_type(content: Any) -> None:
    """Whether it is structured, or text that holds JSON."""
    assert run_with(content).output_as(Invoice) == Invoice(number="A-1", total=2.0)


def test_output_that_does_not_fit_is_an_error_that_keeps_the_run() -> None:
    """The error names each path, the message the first three; the run was paid for, and is there."""
    run = run_with([{"number": 1}, {"total": 2}, 3])
    with pytest.raises(OutputError) as caught:
        run.output_as(list[Invoice])
    error = caught.value
    assert list(error.errors) == [
        "[0].number: Input should be a valid string",
        "[0].total: Field required",
        "[1].number: Field required",
        "[2]: Input should be an object",
    ]
    assert error.run is run
    assert error.run_id == "crsv-1"
    assert "[1].number: Field required; and 1 more" in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_keys_that_do_not_fit_are_one_line_in_the_text_of_the_error() -> None:
    """The model chose them: they could forge lines of a log. `errors` has them as they are."""
    with pytest.raises(OutputError) as caught:
        run_with({"a\nERROR \x1b[31m": "x", "k" * 5000: "y"}).output_as(dict[str, int])
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000
    assert caught.value.errors[0].startswith("a\nERROR")


def test_output_error_travels() -> None:
    """It pickles, copies, and comes back from the JSON of an outcome."""
    with pytest.raises(OutputError) as caught:
        run_with("none").output_as(Invoice)
    error = caught.value
    for same in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):  # noqa: S301
        assert (type(same), str(same), list(same.errors), same.run) == (
            OutputError,
            str(error),
            error.errors,
            error.run,
        )
    back = Outcome.from_dict(Outcome("crsv-1", error.run, error).to_dict()).error
    assert isinstance(back, OutputError)
    assert str(back) == str(error)


def test_failed_run_has_no_output_of_any_type() -> None:
    """Not even of one that allows None."""
    with pytest.raises(RunFailedError):
        run_with({"number": "A-1", "total": 2}, "failed").output_as(Invoice | None)


@pytest.mark.parametrize("status", ["created", "running", "succeeded"])
def test_run_without_output_fits_a_type_that_allows_none(status: str) -> None:
    """And no other; the error of a run that has not ended says that there is no output yet."""
    run = Run.from_dict({"id": "crsv-1", "status": status})
    assert run.output_as(Invoice | None) is None
    with pytest.raises(OutputError, match="output: Input should" if run.is_finished else "no output yet") as caught:
        run.output_as(Invoice)
    assert caught.value.errors[0].startswith("output: Input should be an object")
