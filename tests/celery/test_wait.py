"""One run on a worker: its outcome is the result, and our errors arrive at the caller as they were raised."""

from __future__ import annotations

from inspect import isclass
from typing import TYPE_CHECKING, Any

import pytest
import tela_runs
from tela_runs import (
    APIStatusError,
    ConfigurationError,
    NotFoundError,
    OutputError,
    Run,
    RunFailedError,
    TelaError,
    WaitTimeoutError,
)
from tela_runs.celery import wait

from .conftest import working

if TYPE_CHECKING:
    from celery import Celery
    from tela_runs.emulator import Emulator

RUN = Run.from_dict({"id": "run-1", "status": "failed", "output_content": None})
NAMES = [getattr(tela_runs, name) for name in tela_runs.__all__]
KINDS = [kind for kind in NAMES if isclass(kind) and issubclass(kind, TelaError)]


def raised(kind: type[TelaError]) -> TelaError:
    """An error of this kind, with all it carries."""
    if kind is RunFailedError:
        return RunFailedError(RUN)
    if kind is OutputError:
        return OutputError("It does not fit.", run_id="run-1", run=RUN, errors=["$.total: missing"])
    if kind is WaitTimeoutError:
        last = NotFoundError("It is not there.", run_id="run-1", status_code=404, code="not_found")
        return WaitTimeoutError(run_id="run-1", run=RUN, elapsed=2.5, polls=3, last_error=last)
    if issubclass(kind, APIStatusError):
        return kind("It said no.", run_id="run-1", status_code=499, code="no", request_id="req-1", details={"a": [1]})
    return kind("It went wrong.", run_id="run-1")


def plain(error: TelaError) -> tuple[Any, ...]:
    """All that an error says and carries."""
    return type(error), str(error), error.args


@pytest.mark.parametrize("serializer", ["json", "pickle"])
def test_every_error_arrives_through_the_result_backend(tela: Emulator, app: Celery, serializer: str) -> None:
    """With its type, its text, its run id and all else it carries; JSON is Celery's default."""
    app.conf.update(result_serializer=serializer, accept_content=["json", "pickle"])

    @app.task(shared=False)
    def fail(name: str) -> None:
        raise raised(getattr(tela_runs, name))

    assert len(KINDS) > 15
    with working(app):
        results = {kind: fail.delay(kind.__name__) for kind in KINDS}
        arrived = {kind: result.get(timeout=30, propagate=False) for kind, result in results.items()}
    assert {kind: plain(error) for kind, error in arrived.items()} == {kind: plain(raised(kind)) for kind in KINDS}
    assert {error.run_id for error in arrived.values()} == {"run-1"}


def test_the_result_is_the_outcome(tela: Emulator, app: Celery) -> None:
    """Of a run that takes several slices."""
    run_id = tela.add_run({"total": 42}, running_for=2.0)
    with working(app):
        result = wait.delay(run_id)
        outcome = tela_runs.Outcome.from_dict(result.get(timeout=30))
    assert (outcome.run_id, outcome.succeeded, outcome.output) == (run_id, True, {"total": 42})


def test_the_result_raises_what_a_wait_raises(tela: Emulator, app: Celery) -> None:
    """At whoever asks for it, with the run."""
    failing, running = tela.add_run(running_for=0, fails=True), tela.add_run(running_for=1000)
    with working(app):
        failed, timed_out, absent, bad, over = (
            wait.delay(failing),
            wait.delay(running, 2.0),
            wait.delay("absent"),
            wait.delay(""),
            wait.delay(running, 0),
        )
        with pytest.raises(RunFailedError) as failure:
            failed.get(timeout=30)
        with pytest.raises(NotFoundError) as no_run:
            absent.get(timeout=30)
        with pytest.raises(ConfigurationError):
            bad.get(timeout=30)
        with pytest.raises(ConfigurationError, match="timeout must be"):
            over.get(timeout=30)
        with pytest.raises(WaitTimeoutError) as timeout:
            timed_out.get(timeout=30)
    assert (failure.value.run_id, failure.value.run.status_text) == (failing, "failed")
    assert (no_run.value.run_id, no_run.value.status_code) == ("absent", 404)
    assert timeout.value.run_id == running
    assert timeout.value.elapsed >= 2.0
