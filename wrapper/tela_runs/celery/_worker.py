"""What a worker process has once: its client, and the knowledge that the worker shuts down."""

from __future__ import annotations

import mmap
import os
import time
from threading import Lock, Thread
from typing import TYPE_CHECKING

from celery.signals import worker_process_shutdown, worker_shutdown, worker_shutting_down

from tela_runs import RunsClient

if TYPE_CHECKING:
    from celery import Celery

#: Seconds between two checks whether the worker shuts down.
_TICK = 0.5

#: One byte that the main process shares with the pool processes it forks: it alone learns of a shutdown.
_stopping = mmap.mmap(-1, 1)
_lock = Lock()
#: By process, so that a forked one makes its own, and by base URL, which differs from test to test of an application.
_clients: dict[tuple[int, str | None], RunsClient] = {}


def is_stopping() -> bool:
    """Whether the worker shuts down."""
    return _stopping[0] != 0


def pause(seconds: float) -> None:
    """Sleep, but no longer once the worker shuts down."""
    until = time.monotonic() + seconds
    while not is_stopping() and time.monotonic() < until:
        time.sleep(_TICK)


def client_of(app: Celery) -> RunsClient:
    """The client of this process, of its environment; made when first asked for."""
    place = (os.getpid(), os.environ.get("TELA_BASE_URL"))
    with _lock:
        runs = _clients.get(place)
        if runs is None:
            runs = _clients[place] = RunsClient(max_rate=app.conf.get("tela_runs_max_rate"))
            Thread(target=_close_when_stopping, args=(runs,), name="tela-runs-shutdown", daemon=True).start()
        return runs


def _close_when_stopping(runs: RunsClient) -> None:
    """End the waits of this process when the worker shuts down: a closed client ends them at once."""
    while not is_stopping():
        time.sleep(_TICK)
    runs.close()


@worker_shutting_down.connect
def _stop(**_: object) -> None:
    # In a signal handler, where no lock may be taken.
    _stopping[0] = 1


@worker_process_shutdown.connect
@worker_shutdown.connect
def _close(**_: object) -> None:
    for place in [place for place in _clients if place[0] == os.getpid()]:
        _clients.pop(place).close()
