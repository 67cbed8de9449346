"""What the settings bound: slices, requests at a time, requests per second, slots."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from celery.signals import task_retry
from celery.worker import state
from tela_runs.celery import wait_all

from .conftest import until, working

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery import Celery
    from tela_runs.emulator import Emulator

    from .conftest import Handed


@pytest.fixture
def put_back() -> Iterator[list[str]]:
    """The ids of tasks whose slice is over."""
    ids: list[str] = []

    def note(request: Any, **_: Any) -> None:
        ids.append(request.id)

    task_retry.connect(note)
    yield ids
    task_retry.disconnect(note)


def test_ten_shards_take_ten_slots_and_foreign_tasks_get_theirs(
    tela: Emulator, app: Celery, handed: Handed, put_back: list[str]
) -> None:
    """10,000 runs: ten tasks, each with its requests at a time; a foreign task starts when the first slice is over."""
    started: list[int] = []

    @app.task(shared=False)
    def foreign() -> None:
        started.append(len(put_back))

    app.conf.update(tela_runs_slice=5.0, tela_runs_max_in_flight=3)
    ids = [tela.add_run(running_for=1000) for _ in range(10_000)]
    with working(app, slots=10):
        wait_all.delay(ids, on_outcome=handed.task.s())
        until(lambda: len(state.active_requests) == 10)
        foreign.delay()
        connections = threads = tasks = 0
        while not started:
            connections = max(connections, tela.open_connections)
            threads = max(threads, sum(thread.name == "tela-runs" for thread in threading.enumerate()))
            tasks = max(tasks, len(state.active_requests))
            time.sleep(0.1)
    assert 10 < connections <= 30
    assert threads <= 30
    assert tasks == 10
    assert len(set(put_back[: started[0]])) == started[0] <= 10


def test_a_slice_is_shorter_than_the_visibility_timeout(
    tela: Emulator, app: Celery, handed: Handed, put_back: list[str]
) -> None:
    """Or the broker would deliver its message again meanwhile."""
    app.conf.update(tela_runs_slice=240, broker_transport_options={"visibility_timeout": 2.0, "polling_interval": 0.05})
    called = time.monotonic()
    with working(app):
        wait_all.delay([tela.add_run(running_for=1000)], on_outcome=handed.task.s())
        until(lambda: put_back)
    assert time.monotonic() - called < 20


def test_max_rate_bounds_all_shards_of_a_process(tela: Emulator, app: Celery, handed: Handed) -> None:
    """Not each by itself: 20 requests take 1.9 s then, 0.4 s otherwise, and the first may arrive late."""
    app.conf.update(tela_runs_slice=5.0, tela_runs_max_rate=10)
    with working(app):
        wait_all.delay([tela.add_run() for _ in range(40)], on_outcome=handed.task.s(), shard_size=10)
        until(lambda: len(tela.requests) >= 20)
    at = [request.at for request in tela.requests]
    assert at[19] - at[0] >= 1.2
