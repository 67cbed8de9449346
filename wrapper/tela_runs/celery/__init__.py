"""Waiting for runs on many machines, as Celery tasks: for any Celery app, on any broker and pool.

    from tela_runs.celery import wait, wait_all

    wait_all.delay(run_ids, timeout=3600, on_outcome=record.s())  # record(outcome.to_dict()) once each run has ended
    wait.delay(run_id).get()                                      # one run: its outcome, or our error

`wait_all` splits the ids into shards and queues one `tela_runs.wait_shard` each. A shard's task waits for its runs for
one *slice*, hands over what ended, and puts the rest back as a new message before its own is acknowledged: so a worker
that dies loses nothing, and no task holds a worker for longer than a slice.

Messages hold ids, times and the signature of ``on_outcome``. The key and the base URL come from the environment of the
worker (``TELA_API_KEY``, ``TELA_BASE_URL``). Settings of the Celery app, each for one worker process:

    tela_runs_slice            seconds of a slice (240); capped below the visibility timeout and the task's time limits
    tela_runs_max_in_flight    requests of one shard at a time (20)
    tela_runs_max_rate         requests per second of all its shards together (no bound)

Needs the extra `celery`: `pip install 'tela-runs[celery]'`.
"""

try:
    from ._tasks import wait, wait_all, wait_shard
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] not in {"celery", "kombu"}:
        raise
    raise ModuleNotFoundError(
        f"tela_runs.celery needs {error.name}; install it with: pip install 'tela-runs[celery]'", name=error.name
    ) from error

__all__ = ["wait", "wait_all", "wait_shard"]
