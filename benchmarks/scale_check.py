"""What `scale.py` works with, measured, and what it says checked: 100,000 outstanding runs on two workers and Redis."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen
from bench.payload import encoded, finished_run
from celery import Celery
from tela_runs import Outcome, Run, RunsClient
from tela_runs.celery import wait_all
from tela_runs.emulator import Emulator

from tests.distributed.brokers import redis

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
WORKERS, SLOTS, RATE = 2, 50, 300
SLICE = 240.0
#: Seconds after which every run was polled once, and those at the end of which the check ends.
WARM, END = 200.0, 320.0
#: Of the fleets with which the cost of a poll is measured: as busy as those of a worker of the check.
POLLS, IN_FLIGHT = 3_000, 4


@frozen
class Costs:
    """What things take, on this machine.

    Attributes:
        poll: Seconds of CPU of one poll, in a process with as many fleets as a worker has slots.
        outcome: Seconds of CPU of one call of `on_outcome`.
        run: Bytes of an outstanding run.
    """

    poll: float
    outcome: float
    run: float


def measure(polls: int, runs: int) -> Costs:
    """Poll in fresh processes, against a server that costs next to nothing; so many runs are outstanding at once."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "benchmarks"), *sys.path])}

    def printed(code: str) -> float:
        return float(subprocess.check_output([sys.executable, "-c", code], env=environment))

    with subprocess.Popen(
        [sys.executable, "-m", "bench.server", "0"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        stock = f"take_stock({url!r}, 'u-', {runs}, 20, sync=True, traced=False)['bytes_each']"
        run = printed(f"from bench.outstanding import take_stock; print({stock})")
        poll = printed(f"from scale_check import cost_of_a_poll; print(cost_of_a_poll({url!r}, {polls}))")
        server.kill()
    return Costs(poll, _cost_of_an_outcome(), run)


def cost_of_a_poll(url: str, polls: int) -> float:
    """Seconds of CPU, where a worker's slots are all taken and it polls at the rate of the check."""
    with RunsClient("key", base_url=url, max_rate=RATE) as runs:

        def poll(fleet: int) -> None:
            ids = [f"f-{fleet}-{number}" for number in range(polls // SLOTS)]
            for _ in runs.as_completed(ids, max_in_flight=IN_FLIGHT):
                pass

        poll(SLOTS)
        started = time.process_time()
        fleets = [threading.Thread(target=poll, args=(fleet,)) for fleet in range(SLOTS)]
        for fleet in fleets:
            fleet.start()
        for fleet in fleets:
            fleet.join()
        return (time.process_time() - started) / (polls // SLOTS * SLOTS)


def _cost_of_an_outcome(times: int = 500) -> float:
    app = Celery("scale", broker="memory://")

    @app.task(shared=False)
    def record(outcome: dict[str, Any]) -> None:
        """Stand for an application's task, whose own cost is its own."""

    outcome = Outcome("run-1", Run.from_json(encoded(finished_run())))
    started = time.process_time()
    for _ in range(times):
        record.s().apply((outcome.to_dict(),), throw=False).get()
    return (time.process_time() - started) / times


@contextmanager
def _worker(number: int, environment: dict[str, str], folder: Path) -> Iterator[tuple[int, Path]]:
    """A worker of many threads, its process id and its log."""
    options = ["--pool", "threads", "--concurrency", str(SLOTS), "--queues", "tela", "--hostname", f"w{number}@%h"]
    command = [sys.executable, "-m", "celery", "-A", "benchmarks.scale_app", "worker", *options, "--loglevel", "INFO"]
    log = folder / f"worker-{number}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        yield process.pid, log
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _taken(pid: int) -> tuple[float, int]:
    """Seconds of CPU and bytes of memory of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks, int(fields[21]) * os.sysconf("SC_PAGE_SIZE")


def check(runs: int, median: float) -> dict[str, float]:
    """Wait for so many runs, half of which take ``median`` seconds at most; what that took.

    The bound on the requests is far below what the runs would be polled at: it says how many polls there are and how
    late they come, the costs say what they take.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tela-runs-")))
        broker, tela = stack.enter_context(redis(folder)), stack.enter_context(Emulator())
        key = {"TELA_API_KEY": tela.api_key, "TELA_BASE_URL": tela.url}
        options = json.dumps({**broker.options, "visibility_timeout": 600})
        settings = {"BROKER": broker.url, "BROKER_OPTIONS": options, "OUTCOMES": str(folder / "outcomes")}
        settings |= {"RATE": str(RATE), "IN_FLIGHT": str(IN_FLIGHT), "SLICE": str(SLICE)}
        environment = {**os.environ, **settings, **key, "PYTHONPATH": os.pathsep.join(sys.path)}
        workers = [stack.enter_context(_worker(number, environment, folder)) for number in range(WORKERS)]
        chance = random.Random(1)
        lasting = [median * math.exp(chance.gauss(0, 0.5)) for _ in range(runs)]
        begun = time.time()
        ids = [tela.add_run(created_for=0, running_for=seconds) for seconds in lasting]
        time.sleep(10)  # for the workers to start
        idle = [_taken(pid) for pid, _ in workers]
        app = Celery("scale", broker=broker.url)
        app.conf.update(broker_transport_options=json.loads(options), task_routes={"tela_runs.*": {"queue": "tela"}})
        app.set_current()
        wait_all.delay(ids, timeout=3600, on_outcome=app.signature("tests.distributed.app.record"))
        called = time.monotonic()
        time.sleep(WARM)
        warm, polls = [_taken(pid) for pid, _ in workers], len(tela.requests)
        time.sleep(called + END - time.monotonic())
        end, polls = [_taken(pid) for pid, _ in workers], len(tela.requests) - polls
        handed = [json.loads(line) for line in (folder / "outcomes").read_text().splitlines()]
        back = sum(log.read_text().count("retry: Retry in 0s") for _, log in workers)
    ends = dict(zip(ids, (begun + seconds for seconds in lasting), strict=True))
    after = begun + WARM
    lags = [at - ends[run_id] for run_id, _, _, at in handed if ends[run_id] > after]
    cpu = sum(after_cpu - before_cpu for (after_cpu, _), (before_cpu, _) in zip(end, warm, strict=True))
    return {
        "polls_per_second": polls / (END - WARM),
        "cores": cpu / (END - WARM),
        "memory": sum(memory for _, memory in warm),
        "idle_memory": sum(memory for _, memory in idle) / WORKERS,
        "put_back": back,
        "outcomes_per_second": sum(at > after for *_, at in handed) / (END - WARM),
        "lag": statistics.mean(lags),
        "outstanding": statistics.mean(
            runs - sum(ended < after + t for ended in ends.values()) for t in range(0, 120, 10)
        ),
    }
