"""Workers as processes, with each pool, on a broker of files: what a signal, a lost process and a time limit do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery, signature
from tela_runs.celery import wait_all

from .conftest import body_of, queued, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tela_runs.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
RECORD = "tests.distributed.app.record"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def outcomes(tmp_path: Path) -> Path:
    """Where the workers write a line for each outcome."""
    path = tmp_path / "outcomes"
    path.touch()
    return path


@pytest.fixture
def app(tmp_path: Path, outcomes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """An app whose messages are files, and which the workers find in the environment."""
    folders = {name: str(tmp_path / name) for name in ("queue", "control", "processed")}
    for folder in folders.values():
        Path(folder).mkdir()
    options = {
        "data_folder_in": folders["queue"],
        "data_folder_out": folders["queue"],
        "control_folder": folders["control"],
        "processed_folder": folders["processed"],
    }
    celery = Celery("pools", broker="filesystem://")
    celery.conf.update(broker_transport_options=options, task_default_queue="tela")
    monkeypatch.setenv("BROKER", "filesystem://")
    monkeypatch.setenv("BROKER_OPTIONS", json.dumps(options))
    monkeypatch.setenv("OUTCOMES", str(outcomes))
    monkeypatch.setenv("SLICE", "120")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    celery.set_current()
    yield celery
    celery.close()


@contextmanager
def worker(pool: str, folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of one slot; its log is shown where the test fails."""
    command = [sys.executable, "-m", "celery", "-A", "tests.distributed.app", "worker", "--pool", pool, "-Q", "tela"]
    slots = ["--concurrency", "1", "--without-gossip", "--without-mingle", "--loglevel", "INFO", *options]
    log = folder / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen([*command, *slots], cwd=ROOT, stdout=output, stderr=output, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        print(log.read_text())


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """The pool processes of a worker."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def lines(path: Path) -> list[Any]:
    """The outcomes that were written: run id, task id, status and time."""
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("pool", ["prefork", "threads", "gevent", "solo"])
def test_a_warm_shutdown_ends_the_slices_and_puts_the_rest_back(
    tela: Emulator, app: Celery, outcomes: Path, tmp_path: Path, pool: str
) -> None:
    """Within seconds, of slices of two minutes; what ended before was handed over."""
    ended, running = tela.add_run(running_for=0), [tela.add_run(running_for=1000) for _ in range(40)]
    wait_all.delay([ended, *running], on_outcome=signature(RECORD), shard_size=41)
    with worker(pool, tmp_path) as process:
        until(lambda: lines(outcomes) and len(tela.requests) > 40)
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    (message,) = queued(app)
    assert body_of(message)["runs"].keys() == set(running)
    assert [run_id for run_id, *_ in lines(outcomes)] == [ended]


def test_the_runs_of_a_pool_process_that_is_killed_are_polled_by_another(
    tela: Emulator, app: Celery, outcomes: Path, tmp_path: Path
) -> None:
    """Its message goes back to the queue."""
    run_id = tela.add_run(running_for=6.0)
    wait_all.delay([run_id], on_outcome=signature(RECORD))
    with worker("prefork", tmp_path) as process:
        until(lambda: tela.requests)
        for pid in children(process):
            os.kill(pid, signal.SIGKILL)
        until(lambda: lines(outcomes))
    assert [(line[0], line[2]) for line in lines(outcomes)] == [(run_id, "succeeded")]


def test_a_soft_time_limit_ends_a_slice_and_puts_the_rest_back(
    tela: Emulator, app: Celery, outcomes: Path, tmp_path: Path
) -> None:
    """Also amid an `on_outcome` that takes too long: its run stays, and is handed over again under the same task id."""
    run_id = tela.add_run(running_for=0)
    wait_all.delay([run_id], on_outcome=signature(RECORD, kwargs={"seconds": 60.0}))
    with worker("prefork", tmp_path, "--soft-time-limit", "2"):
        until(lambda: len(lines(outcomes)) >= 2)
    assert len({(line[0], line[1]) for line in lines(outcomes)}) == 1


def test_slices_are_shorter_than_the_time_limits(tela: Emulator, app: Celery, outcomes: Path, tmp_path: Path) -> None:
    """So that no limit, and no visibility timeout, ends a task that waits."""
    run_id = tela.add_run(running_for=8.0)
    wait_all.apply_async(([run_id],), {"on_outcome": signature(RECORD)}, soft_time_limit=4, time_limit=5)
    with worker("prefork", tmp_path):
        until(lambda: lines(outcomes))
    log = (tmp_path / "worker.log").read_text()
    assert log.count("retry: Retry in 0s") >= 2
    assert "time limit" not in log.lower()
