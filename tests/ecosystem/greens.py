"""Fleets, waits and wakes under gevent, in a process of their own: run by `test_gevent.py`."""

from gevent import monkey  # type: ignore[import-untyped]

monkey.patch_all()

import sys  # noqa: E402 - the patches come before everything else, as gevent asks for
from threading import Event  # noqa: E402

import gevent  # noqa: E402
from tela_runs import FixedPacing, RunsClient  # noqa: E402

url, key, *ids = sys.argv[1:]
SLOW = FixedPacing(60)


def in_greenlets(runs: RunsClient) -> None:
    """Waits in greenlets share a client, and wait side by side."""
    waits = [gevent.spawn(runs.wait, run_id, timeout=20) for run_id in ids]
    assert [wait.get().output for wait in waits] == list(range(len(ids)))


def left_early(runs: RunsClient) -> None:
    """A fleet that is left early hinders no other one."""
    for outcome in runs.as_completed(ids):
        assert outcome.succeeded
        break
    outcomes = runs.wait_all(ids)
    assert [outcome.output for outcome in outcomes.values()] == list(range(len(ids)))


def woken(runs: RunsClient) -> None:
    """A wake from another greenlet ends the pause of a wait, and that of a fleet."""
    for run_id, wait in (
        ("slow-1", runs.wait),
        ("slow-2", lambda run_id, **options: runs.wait_all([run_id], **options)),
    ):
        polled = Event()
        waiting = gevent.spawn(wait, run_id, pacing=SLOW, on_update=lambda _run, polled=polled: polled.set())
        polled.wait()
        assert runs.wake(run_id)
        waiting.get(timeout=30)


def not_blocking(runs: RunsClient) -> None:
    """While one greenlet waits, the others go on."""
    ticks = 0
    wait = gevent.spawn(runs.wait_all, ["never"], timeout=0.5)
    while not wait.ready():
        gevent.sleep(0.01)
        ticks += 1
    assert ticks > 5


with RunsClient(key, base_url=url) as client:
    for claim in (in_greenlets, left_early, woken, not_blocking):
        claim(client)
        print(claim.__name__, flush=True)
