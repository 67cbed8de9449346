"""A process that reads on its standard input what to measure, one JSON object a line, and writes what it took."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_single: dict[tuple[str, str, str], Callable[[int], int]] = {}
_models: dict[str, Callable[[], object]] = {}


def _timed(do: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = do()
    return result, {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def single(subject: str, url: str, run_id: str, count: int) -> dict[str, float]:
    """CPU and wall seconds of one request, on connections that are kept from call to call."""
    from .single import SUBJECTS

    batch = _single.get((subject, url, run_id))
    if batch is None:
        batch = _single[subject, url, run_id] = SUBJECTS[subject](url, run_id)
        batch(5)
    done, taken = _timed(lambda: batch(count))
    return {name: seconds / done for name, seconds in taken.items()}


def many(subject: str, url: str, runs: int, in_flight: int) -> dict[str, float]:
    """CPU and wall seconds of all runs, and percentiles of the seconds of one response."""
    from .many import SUBJECTS

    ids = [f"run-{number}" for number in range(runs)]
    latencies, taken = _timed(lambda: SUBJECTS[subject](url, ids, in_flight))
    if len(latencies) != runs:
        raise AssertionError(f"{subject}: {len(latencies)} responses for {runs} runs")
    latencies.sort()
    return {**taken, "p50": latencies[runs // 2], "p99": latencies[runs * 99 // 100]}


def models(subject: str, count: int) -> dict[str, float]:
    """CPU and wall seconds of reading one run."""
    from .models import SUBJECTS

    once = _models.get(subject) or _models.setdefault(subject, SUBJECTS[subject]())

    def batch() -> None:
        for _ in range(count):
            once()

    once()
    _, taken = _timed(batch)
    return {name: seconds / count for name, seconds in taken.items()}


def outstanding(**settings: Any) -> dict[str, Any]:
    """See `outstanding.take_stock`."""
    from .outstanding import take_stock

    return take_stock(**settings)


_COMMANDS: dict[str, Callable[..., dict[str, Any]]] = {
    "single": single,
    "many": many,
    "models": models,
    "outstanding": outstanding,
}


def main() -> None:
    """Obey until the input ends."""
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(_COMMANDS[order.pop("do")](**order)), flush=True)


if __name__ == "__main__":
    main()
