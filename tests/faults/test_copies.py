"""Errors and runs that were really raised and received, sent to other processes and copied."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import tela_runs
from tela_runs import APIStatusError, ConfigurationError, Outcome, Run, RunsClient, TelaError
from tela_runs.emulator import Body, Close, Emulator, Status

from .servers import drain, listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ERROR = {"code": "C", "message": "M", "details": {"why": ["a", None, 1.5]}}


def real_errors(server: Emulator) -> Iterator[TelaError]:
    """Raise an error of every class by what really leads to it."""
    with RunsClient(server.api_key, base_url=server.url, timeout=10, max_retries=0) as runs:

        def failing(attempt: Callable[[], object]) -> TelaError:
            with pytest.raises(TelaError) as caught:
                attempt()
            return caught.value

        for status in (400, 401, 402, 403, 404, 409, 422, 429, 500, 999):
            server.inject(Status(status, headers={"Retry-After": "7.5"}, body=ERROR))
            yield failing(lambda: runs.retrieve("run-1"))
        for fault in (Close(), Body(b"<html>")):
            server.inject(fault)
            yield failing(lambda: runs.retrieve("run-1"))
        yield failing(lambda: runs.retrieve(".."))
        with listening(drain) as mute, RunsClient("key", base_url=mute.url, timeout=0.5, max_retries=0) as impatient:
            yield failing(lambda: impatient.create(canvas_id="canvas-1"))
            yield failing(lambda: impatient.retrieve("run-1"))
        yield failing(lambda: runs.retrieve("finished").output_as(int))
        yield failing(lambda: runs.wait("failed"))
        server.inject(Status(503, body=ERROR), times=None)
        yield failing(lambda: runs.wait("run-1", timeout=0.1))


@pytest.fixture(scope="module")
def errors() -> list[TelaError]:
    """An error of every class."""
    with Emulator() as server:
        server.add_run(run_id="failed", statuses=["failed"])
        server.add_run("a text", run_id="finished", statuses=["succeeded"])
        return list(real_errors(server))


def whole(error: BaseException) -> dict[str, Any]:
    """Give all there is to an error, in a form that can be compared."""
    state = {name: whole(value) if isinstance(value, TelaError) else value for name, value in vars(error).items()}
    return {"class": type(error), "text": str(error), "args": error.args, **state}


def test_errors_are_of_every_public_class(errors: list[TelaError]) -> None:
    """The errors of these tests are of all public classes but those that are only ever raised as a subclass."""
    things = [getattr(tela_runs, name) for name in tela_runs.__all__]
    public = {thing for thing in things if isinstance(thing, type) and issubclass(thing, TelaError)}
    assert {type(error) for error in errors} == public - {TelaError, tela_runs.APIError}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_errors_survive_pickle(errors: list[TelaError], protocol: int) -> None:
    """Every error is the same after pickling, notes included."""
    for error in errors:
        again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own
        assert whole(again) == whole(error)


def test_errors_survive_copying(errors: list[TelaError]) -> None:
    """Every error is the same after copying; a deep copy shares nothing that can be changed."""
    for error in errors:
        assert whole(copy.copy(error)) == whole(error)
        assert whole(copy.deepcopy(error)) == whole(error)
        if isinstance(error, APIStatusError):
            assert copy.deepcopy(error).details is not error.details


def test_notes_survive(errors: list[TelaError]) -> None:
    """What was added to an error is kept."""
    error = copy.deepcopy(errors[0])
    error.add_note("while looking for runs")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["while looking for runs"]  # noqa: S301 - our own


def test_errors_and_runs_go_whole_between_processes(errors: list[TelaError], server: Emulator) -> None:
    """Errors and runs that come back from a spawned process are whole."""
    server.add_run({"total": 42}, run_id="run-1", statuses=["succeeded"])
    with RunsClient(server.api_key, base_url=server.url) as runs:
        run = runs.retrieve("run-1")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(Outcome("run-1", run).unwrap).result(timeout=60) == run
        for error in errors:
            back = pool.submit(Outcome("run-1", None, error).unwrap).exception(timeout=60)
            assert isinstance(back, TelaError)
            assert {**whole(back), "__notes__": None} == {**whole(error), "__notes__": None}


def test_runs_survive_copying(server: Emulator) -> None:
    """A run is the same after copying and pickling, before its typed view was built and after."""
    server.add_run({"total": 42}, run_id="run-1", statuses=["succeeded"])
    with RunsClient(server.api_key, base_url=server.url) as runs:
        run = runs.retrieve("run-1")
    for _ in range(2):
        for again in (copy.copy(run), copy.deepcopy(run), pickle.loads(pickle.dumps(run))):  # noqa: S301 - our own
            assert again == run
            assert hash(again) == hash(run)
            assert again.to_dict() == run.to_dict()
        assert run.output == {"total": 42}


@pytest.mark.parametrize("name", ["id", "status", "new", "_json"])
def test_runs_cannot_be_changed(name: str) -> None:
    """No attribute of a run can be set or deleted, and what it gives out is the receiver's own."""
    run = Run.from_dict({"id": "run-1", "status": "succeeded", "output_content": {"content": [1]}})
    with pytest.raises(AttributeError):
        setattr(run, name, "x")
    with pytest.raises(AttributeError):
        delattr(run, name)
    run.to_dict()["output_content"]["content"].append(2)
    assert run.output == [1]


def test_errors_of_invalid_ids_are_pickled() -> None:
    """An id that no encoding can carry does not break the error that rejects it."""
    with RunsClient("key") as runs, pytest.raises(ConfigurationError) as caught:
        runs.retrieve("\ud800")
    assert whole(pickle.loads(pickle.dumps(caught.value))) == whole(caught.value)  # noqa: S301 - our own
