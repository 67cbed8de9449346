"""Wait for thousands of runs with three Celery workers, kill two, restart the broker, shut down, and judge what came.

    python -m tests.distributed --broker redis

Fails if a run has no outcome, a wrong one, or a repeat that cannot be recognised; if a warm shutdown takes longer than
a slice's end may; and if what it puts back is not all there, or holds the key. A message that Redis lost, which is said
in the docs and proved by its own file, is no failure if waiting for the same runs again has their outcomes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from tela_runs.emulator import Emulator

from .brokers import rabbitmq, redis
from .workers import Worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .brokers import Broker

BROKERS = {"redis": redis, "rabbitmq": rabbitmq}
#: Another one each time: chance decides when workers are killed.
chance = SystemRandom()
WORKERS, SLOTS = 3, 4
SLICE = 6.0
SHARD_SIZE = 500
#: Seconds that a run takes, at the most, and within which two workers are killed.
LONGEST, KILLED_WITHIN = 45.0, (8.0, 30.0)
TIMEOUT = 150.0
#: Of two workers and the broker. Each may lose a message; more than that were taken by a fault of ours.
INTERRUPTIONS = 3
#: Seconds in which a warm shutdown ends: 5 for the slices, the rest for Celery.
SHUTDOWN = 12.0


def outcomes(path: Path) -> list[tuple[str, str, str, float]]:
    """What was handed over until now."""
    return [tuple(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def wait_for_all(tela: Emulator, runs: int, workers: list[Worker], broker: Broker, path: Path) -> list[str]:
    """Wait for runs, killing two workers and restarting the broker; what is wrong with the outcomes."""
    from tela_runs.celery import wait_all  # noqa: PLC0415 - the app first

    from .app import record  # noqa: PLC0415 - which reads the environment

    ends = {}
    for number in range(runs):
        seconds, fails = chance.uniform(1.0, LONGEST), number % 10 == 0
        run_id = tela.add_run(created_for=0.5, running_for=seconds - 0.5, fails=fails)
        ends[run_id] = (time.time() + seconds, "failed" if fails else "succeeded")
    started = time.monotonic()
    waiting = wait_all.delay(list(ends), timeout=TIMEOUT, on_outcome=record.s(), shard_size=SHARD_SIZE)
    for worker, at in zip(workers, sorted(chance.uniform(*KILLED_WITHIN) for _ in range(2)), strict=False):
        time.sleep(max(0.0, started + at - time.monotonic()))
        worker.kill()
        print(f"killed a worker after {at:.1f} s, with {len(outcomes(path))} outcomes")
    broker.stop()
    time.sleep(2.0)
    broker.start()
    print(f"restarted the broker, with {len(outcomes(path))} outcomes")
    if missing := handed_over(path, ends, started + TIMEOUT + 60, workers[-1]):
        lost = {run_id for body in broker.lost()[:INTERRUPTIONS] for run_id in json.loads(body)[1]["runs"]} & missing
        print(f"{len(lost)} runs were in messages that the broker lost: they are waited for again")
        wait_all.apply_async((list(lost),), {"timeout": TIMEOUT, "on_outcome": record.s()}, task_id=waiting.id)
        handed_over(path, lost, time.monotonic() + 60, workers[-1])
    return report(outcomes(path), ends, tela)


def handed_over(path: Path, run_ids: Iterable[str], until: float, worker: Worker) -> set[str]:
    """Wait until each run has its outcome; those that have none then."""
    while missing := {*run_ids} - {run_id for run_id, *_ in outcomes(path)}:
        if time.monotonic() > until:
            break
        time.sleep(1.0)
        worker.start_again_if_ended()
    return missing


def report(
    handed: list[tuple[str, str, str, float]], ends: Mapping[str, tuple[float, str]], tela: Emulator
) -> list[str]:
    """Print the figures; what is wrong."""
    task_ids: dict[str, set[str]] = {}
    first: dict[str, float] = {}
    for run_id, task_id, _, at in handed:
        task_ids.setdefault(run_id, set()).add(task_id)
        first.setdefault(run_id, at)
    lags = sorted(at - ends[run_id][0] for run_id, at in first.items())
    print(f"outcomes              {len(first)} of {len(ends)}, and {len(handed) - len(first)} repeats")
    print(f"statuses              {dict(Counter(status for _, _, status, _ in handed))}")
    print(f"polls per run         {len(tela.requests) / len(ends):.1f}")
    if lags:
        print(f"lag, median and p95   {statistics.median(lags):.2f} s, {lags[int(0.95 * len(lags))]:.2f} s")
    found = [f"{len(ends) - len(first)} runs have no outcome"] if len(first) < len(ends) else []
    if wrong := sum(status != ends[run_id][1] for run_id, _, status, _ in handed):
        found.append(f"{wrong} outcomes have a wrong status")
    if any(len(ids) > 1 for ids in task_ids.values()) or len(set.union(set(), *task_ids.values())) < len(first):
        found.append("a repeat has another task id, or two runs have the same")
    return found


def shut_down(tela: Emulator, worker: Worker) -> list[str]:
    """Shut a worker down amid its slices; what is wrong with what is left."""
    from tela_runs.celery import wait_all  # noqa: PLC0415 - as above

    from .app import app, record  # noqa: PLC0415 - as above

    ids = [tela.add_run(running_for=600.0) for _ in range(SLOTS * SHARD_SIZE)]
    polled = len(tela.requests) + len(ids)
    wait_all.delay(ids, timeout=600, on_outcome=record.s(), shard_size=SHARD_SIZE)
    until = time.monotonic() + 60
    while len(tela.requests) < polled and time.monotonic() < until:
        time.sleep(0.2)
    took = worker.shut_down()
    bodies: list[Any] = []
    with app.connection() as connection, connection.channel() as channel:
        queue = app.amqp.queues["tela"].bind(channel)
        while (message := queue.get(no_ack=True)) is not None:
            bodies.append(message.body)
    left = Counter(run_id for body in bodies for run_id in json.loads(body)[1]["runs"])
    print(f"warm shutdown         {took:.1f} s; {left.total()} runs put back in {len(bodies)} messages")
    found = [f"The warm shutdown took {took:.1f} s"] if took > SHUTDOWN else []
    if set(left) != set(ids):
        found.append(f"{len(set(ids) - set(left))} runs were not put back")
    if any(tela.api_key in str(body) for body in bodies):
        found.append("A message holds the key")
    return found


def main() -> None:
    """Run it, report and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.distributed", description=__doc__)
    parser.add_argument("--broker", choices=BROKERS, default="redis")
    parser.add_argument("--runs", type=int, default=5000)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tela-runs-")))
        try:
            broker = stack.enter_context(BROKERS[options.broker](folder))
        except FileNotFoundError as error:
            print(f"Skipped: there is no {error} here. Install the package {options.broker}-server.")
            return
        tela = stack.enter_context(Emulator())
        key = {"TELA_API_KEY": tela.api_key, "TELA_BASE_URL": tela.url}
        path = folder / "outcomes"
        shared = {**broker.environment, "OUTCOMES": str(path), "SLICE": str(SLICE)}
        os.environ.update(shared)
        environment = {**os.environ, **key}
        workers = [Worker(number, SLOTS, environment, folder) for number in range(WORKERS)]
        for worker in workers:
            worker.start()
            stack.callback(worker.kill)
        found = wait_for_all(tela, options.runs, workers, broker, path)
        found += shut_down(tela, workers[-1])
        if found:
            for log in sorted(folder.glob("*.log")):
                print(f"--- {log.name}\n{log.read_text()[-3000:]}")
            raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
