"""Many runs on workers: each outcome is handed over, at least once, whatever happens on the way."""

from __future__ import annotations

import base64
import json
import logging
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from kombu import Queue
from tela_runs import AuthenticationError, ConfigurationError, RunsClient, TelaError
from tela_runs.celery import wait_all, wait_shard
from tela_runs.emulator import Status

from .conftest import body_of, queued, until, working

if TYPE_CHECKING:
    from celery import Celery
    from tela_runs.emulator import Emulator

    from .conftest import Handed


def shard(app: Celery, handed: Handed, runs: dict[str, int | None], **state: Any) -> None:
    """Queue a shard in any state."""
    usual = {"wait_id": "wait", "timeout": 60.0, "started": time.time(), "shard_size": 1000}
    wait_shard.apply_async((), {"runs": runs, "on_outcome": handed.task.s(), **usual, **state})


def test_every_run_has_its_outcome_once(tela: Emulator, app: Celery, handed: Handed) -> None:
    """Runs that succeed, that fail and that do not exist, over several slices; the result is ready when all ended."""
    ids = [tela.add_run(number, running_for=number / 10, fails=number % 5 == 0) for number in range(30)]
    with working(app):
        wait_all.delay([*ids, "run-absent"], timeout=60, on_outcome=handed.task.s(), shard_size=10).get(timeout=30)
    outcomes = handed.outcomes
    assert len(handed.calls) == len(outcomes) == 31
    assert {outcomes[run_id]["error"] and outcomes[run_id]["error"]["type"] for run_id in ids[::5]} == {
        "RunFailedError"
    }
    assert [outcomes[run_id]["run"]["output_content"]["content"] for run_id in ids[1:5]] == [1, 2, 3, 4]
    assert outcomes["run-absent"]["error"]["type"] == "NotFoundError"


def test_a_worker_may_split_the_ids_too(tela: Emulator, app: Celery, handed: Handed) -> None:
    """Where an application sends the task by its name alone."""
    ids = [tela.add_run(running_for=0) for _ in range(3)]
    with working(app):
        app.send_task("tela_runs.wait_all", (ids,), {"on_outcome": handed.task.s(), "shard_size": 2}).get(timeout=30)
        until(lambda: len(handed.calls) == 3)
    assert handed.outcomes.keys() == set(ids)


def test_in_eager_mode_all_is_done_when_delay_returns(tela: Emulator, app: Celery, handed: Handed) -> None:
    """Celery's mode for the tests of an application."""
    app.conf.update(task_always_eager=True)
    app.set_current()
    ids = [tela.add_run(running_for=number) for number in range(3)]
    wait_all.delay(ids, on_outcome=handed.task.s(), shard_size=2).get(timeout=1)
    assert handed.outcomes.keys() == set(ids)


def test_the_ids_are_split_by_the_caller(app: Celery, handed: Handed) -> None:
    """No message has more than a shard's ids, each id is there once, and none is delayed."""
    ids = [f"run-{number}" for number in range(25)]
    result = wait_all.apply_async(([*ids, *ids],), {"on_outcome": handed.task.s(), "shard_size": 10}, priority=3)
    messages = queued(app)
    assert [len(body_of(message)["runs"]) for message in messages] == [10, 10, 5]
    assert [run_id for message in messages for run_id in body_of(message)["runs"]] == ids
    assert {message["headers"]["task"] for message in messages} == {"tela_runs.wait_shard"}
    assert {message["headers"]["eta"] for message in messages} == {None}
    assert {message["properties"]["priority"] for message in messages} == {3}
    assert [child.id for child in result.results] == [message["headers"]["id"] for message in messages]


def test_messages_are_small_and_hold_no_key(tela: Emulator, app: Celery, handed: Handed) -> None:
    """Those of the call, and those that are put back, with the times of all runs."""
    ids = [tela.add_run(running_for=1000) for _ in range(1000)]
    wait_all.delay(ids, on_outcome=handed.task.s())
    (first,) = queued(app)
    shard(app, handed, {**dict.fromkeys(ids, int(time.time())), ids[7]: None})
    app.conf.tela_runs_slice = 5.0  # the worker takes no message again before it has stopped
    with working(app, slots=1):
        until(lambda: tela.requests)
    (back,) = queued(app)
    assert body_of(back)["runs"].keys() == body_of(first)["runs"].keys() == set(ids)
    assert time.time() - 60 < body_of(back)["runs"][ids[7]] <= time.time()
    for message in (first, back):
        assert len(json.dumps(message)) < 100_000
        assert tela.api_key not in json.dumps(message)
        assert tela.api_key not in base64.b64decode(message["body"]).decode()


def test_an_on_outcome_that_raises_is_called_again(
    tela: Emulator, app: Celery, handed: Handed, caplog: pytest.LogCaptureFixture
) -> None:
    """With the same task id; it is logged, and the other runs are not concerned."""
    ids = [tela.add_run(running_for=0) for _ in range(3)]
    handed.raises.add(ids[1])
    with working(app):
        wait_all.delay(ids, on_outcome=handed.task.s()).get(timeout=30)
    assert [len(handed.task_ids(run_id)) for run_id in ids] == [1, 2, 1]
    assert len(set(handed.task_ids(ids[1]))) == 1
    assert len({handed.task_ids(run_id)[0] for run_id in ids}) == 3
    assert f"on_outcome failed for run {ids[1]!r}" in caplog.text


def test_on_outcome_may_be_a_chain(tela: Emulator, app: Celery, handed: Handed) -> None:
    """It asks for the results of its tasks, which Celery forbids within a task: it failed, and was called for ever."""

    @app.task(shared=False)
    def same(outcome: dict[str, Any]) -> dict[str, Any]:
        return outcome

    run_id = tela.add_run(running_for=0)
    with working(app):
        wait_all.delay([run_id], on_outcome=same.s() | handed.task.s()).get(timeout=20)
    assert len(handed.task_ids(run_id)) == 1


def test_the_timeout_counts_from_the_call(tela: Emulator, app: Celery, handed: Handed) -> None:
    """Over the slices; what has not ended by then has an outcome that tells the time of the whole wait."""
    run_id = tela.add_run(running_for=1000)
    with working(app):
        wait_all.delay([run_id], timeout=2.5, on_outcome=handed.task.s()).get(timeout=30)
    ((_, outcome),) = handed.calls
    assert outcome["error"]["type"] == "WaitTimeoutError"
    assert float(outcome["error"]["message"].partition("after ")[2].partition(" s")[0]) >= 2.5
    assert outcome["status"] == "running"


def test_a_shard_that_comes_back_after_its_deadline_polls_each_run_once_more(
    tela: Emulator, app: Celery, handed: Handed
) -> None:
    """What ended meanwhile has that outcome."""
    ended, running = tela.add_run("Done.", running_for=0), tela.add_run(running_for=1000)
    shard(app, handed, {ended: 1, running: 1}, started=time.time() - 100, timeout=50.0)
    with working(app):
        until(lambda: len(handed.calls) >= 2)
    assert handed.outcomes[ended]["status"] == "succeeded"
    assert handed.outcomes[running]["error"]["type"] == "WaitTimeoutError"


def test_a_rejected_key_ends_the_wait_and_is_logged_once(
    tela: Emulator, app: Celery, handed: Handed, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever has the result gets the error; no run is handed over, and nothing is put back."""
    tela.inject(Status(401), times=None)
    ids = [tela.add_run() for _ in range(6)]
    with working(app):
        result: Any = wait_all.delay(ids, on_outcome=handed.task.s(), shard_size=2)
        with pytest.raises(AuthenticationError):
            result.get(timeout=30)
        for child in result.results:
            child.get(timeout=30, propagate=False)
    assert handed.calls == []
    assert queued(app) == []
    critical = [record.getMessage() for record in caplog.records if record.levelno == logging.CRITICAL]
    assert len(critical) == 1
    assert critical[0].startswith(f"The wait {result.id} ends, with 2 runs of this shard left: ")


def test_small_shards_of_one_wait_become_one(tela: Emulator, app: Celery, handed: Handed) -> None:
    """Behind a small shard, those of its wait are taken off the queue as far as there is room, and no others."""
    ids = [tela.add_run(running_for=1000) for _ in range(6)]
    for run_id in ids[:3]:
        shard(app, handed, {run_id: None}, shard_size=4)
    shard(app, handed, dict.fromkeys(ids[3:5]), shard_size=4)
    shard(app, handed, {ids[5]: None}, shard_size=4, wait_id="another")
    app.conf.tela_runs_slice = 5.0
    with working(app, slots=1):
        until(lambda: len(tela.requests) >= 6)
    shards = [sorted(body_of(message)["runs"]) for message in queued(app)]
    assert sorted(shards) == sorted([sorted(ids[:3]), sorted(ids[3:5]), [ids[5]]])


def test_a_run_that_an_earlier_slice_saw_is_not_lost_to_one_404(tela: Emulator, app: Celery, handed: Handed) -> None:
    """It is polled again in the next slice; the second 404 in a row is the outcome."""
    back, gone = tela.add_run("Done.", running_for=0), "run-deleted"
    tela.inject(Status(404), run_id=back)
    shard(app, handed, {back: 1, gone: 1})
    with working(app, slots=1):
        until(lambda: len(handed.calls) >= 2)
    assert handed.outcomes[back]["status"] == "succeeded"
    assert handed.outcomes[gone]["error"]["type"] == "NotFoundError"
    assert [request.run_id for request in tela.requests].count(gone) == 2


@pytest.mark.parametrize(
    ("ids", "arguments", "words"),
    [
        (["run-1"], {"on_outcome": print}, "Pass the signature of a task"),
        (["run-1"], {"shard_size": 0}, "shard_size is 0"),
        (["run-1", ""], {}, "run id"),
        ("run-1", {}, "not str"),
        (b"run-1", {}, "not bytes"),
        (7, {}, "not int"),
        (["run-1"], {"timeout": -1}, "timeout"),
    ],
)
def test_what_cannot_be_waited_for_is_rejected_before_anything_is_queued(
    app: Celery, handed: Handed, ids: Any, arguments: dict[str, Any], words: str
) -> None:
    """By the caller, who needs no key for that."""
    with pytest.raises(ConfigurationError, match=words):
        wait_all.delay(ids, **{"on_outcome": handed.task.s(), **arguments})
    assert queued(app) == []


@pytest.mark.parametrize("timeout", [np.float32(60), Decimal(60)], ids=repr)
def test_timeout_of_another_type_of_number_is_sent_as_a_float(app: Celery, handed: Handed, timeout: Any) -> None:
    """A message held no float32; Decimal came through, and failed in the worker."""
    wait_all.delay(["run-1"], timeout=timeout, on_outcome=handed.task.s())
    (message,) = queued(app)
    assert body_of(message)["timeout"] == 60.0
    assert isinstance(body_of(message)["timeout"], float)


def failing_once(function: Any, error: Exception) -> Any:
    """A function that raises an error when it is first called."""
    errors = [error]

    def call(*args: Any, **options: Any) -> Any:
        if errors:
            raise errors.pop()
        return function(*args, **options)

    return call


def test_an_unexpected_error_loses_no_runs(
    tela: Emulator, app: Celery, handed: Handed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A slice that fails is logged, and its runs are put back; a shard that cannot be merged is polled as it is."""
    no_thread = TelaError("No thread can be started.")
    monkeypatch.setattr(RunsClient, "as_completed", failing_once(RunsClient.as_completed, no_thread))
    monkeypatch.setattr(Queue, "get", failing_once(Queue.get, OSError("The connection is lost.")))
    run_id = tela.add_run(running_for=0)
    with working(app):
        shard(app, handed, {run_id: None})
        until(lambda: handed.calls)
    assert handed.outcomes[run_id]["status"] == "succeeded"
    assert "Small shards were not merged: OSError" in caplog.text
    assert "A slice of tela_runs.wait_shard failed. Its runs are put back." in caplog.text
