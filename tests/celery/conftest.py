"""An emulator that the environment names, and a Celery app on the in-memory broker, with a queue of its own."""

from __future__ import annotations

import base64
import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from attrs import field, frozen
from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.worker import state
from tela_runs.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Task


@pytest.fixture
def tela(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator that the environment names."""
    with Emulator() as emulator:
        monkeypatch.setenv("TELA_API_KEY", emulator.api_key)
        monkeypatch.setenv("TELA_BASE_URL", emulator.url)
        yield emulator


@frozen
class Handed:
    """The outcomes that an `on_outcome` task was called with, and the ids of the tasks."""

    task: Task[Any, Any]
    calls: list[tuple[str, dict[str, Any]]] = field(factory=list)
    raises: set[str] = field(factory=set)

    @property
    def outcomes(self) -> dict[str, dict[str, Any]]:
        """By run id."""
        return {outcome["run_id"]: outcome for _, outcome in self.calls}

    def task_ids(self, run_id: str) -> list[str]:
        """The ids of the tasks that were called for a run."""
        return [task_id for task_id, outcome in self.calls if outcome["run_id"] == run_id]


@pytest.fixture
def app() -> Iterator[Celery]:
    """A Celery app with slices of a second."""
    celery = Celery("tests", broker="memory://", backend="cache+memory://")
    celery.conf.update(
        broker_transport_options={"polling_interval": 0.05},
        task_default_queue=str(uuid4()),
        tela_runs_slice=1.0,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
    )
    yield celery
    celery.close()


@pytest.fixture
def handed(app: Celery) -> Handed:
    """An `on_outcome` task that notes what it is called with, and fails once for the ids in `raises`."""

    @app.task(bind=True, name="record", shared=False)
    def record(self: Task[Any, Any], outcome: dict[str, Any]) -> None:
        noted.calls.append((str(self.request.id), outcome))
        if outcome["run_id"] in noted.raises:
            noted.raises.remove(outcome["run_id"])
            raise OSError("The database is down.")

    noted = Handed(record)
    return noted


@contextmanager
def working(app: Celery, slots: int = 4, **options: Any) -> Iterator[None]:
    """A worker of the app, in threads of this process. At its end the slices that have begun go on to theirs."""
    options |= {"loglevel": "WARNING", "perform_ping_check": False, "shutdown_timeout": 30.0}
    with start_worker(app, slots, "threads", **options):
        yield
    until(lambda: not state.active_requests)


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is so."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "It did not become so."
        time.sleep(0.05)


def queued(app: Celery) -> list[dict[str, Any]]:
    """The messages on the app's queue, as the broker has them; they are taken off it."""
    messages = []
    channel: Any
    with app.connection() as connection, connection.channel() as channel:
        queue = app.amqp.queues[app.conf.task_default_queue].bind(channel)
        queue.declare()
        while channel._size(queue.name):
            messages.append(channel._get(queue.name))
    return messages


def body_of(message: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments in a message."""
    _, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    assert isinstance(kwargs, dict)
    return kwargs
