"""The Celery app of the session, as its workers load it: `on_outcome` writes a line, whatever happens later."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import tela_runs.celery  # noqa: F401 - registers the tasks
from celery import Celery, Task

#: Where each outcome is a line: its run, the id of the task that was called with it, its status and when.
OUTCOMES = os.environ["OUTCOMES"]

app = Celery("distributed", broker=os.environ["BROKER"])
app.conf.update(
    broker_transport_options=json.loads(os.environ["BROKER_OPTIONS"]),
    broker_connection_retry_on_startup=True,
    task_routes={"tela_runs.*": {"queue": "tela"}},
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    tela_runs_slice=float(os.environ["SLICE"]),
)


@app.task(bind=True)
def record(self: Task[Any, Any], outcome: dict[str, Any], seconds: float = 0.0) -> None:
    """Append the outcome to a file, in one write, so that nothing is torn when the process is killed; then be slow."""
    line = json.dumps([outcome["run_id"], self.request.id, outcome["status"], time.time()])
    handle = os.open(OUTCOMES, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)
    time.sleep(seconds)
