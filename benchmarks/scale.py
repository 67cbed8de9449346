"""How far `tela_runs.celery` goes: polls, workers, memory, messages and lag for 10⁴ to 10⁶ outstanding runs.

    python benchmarks/scale.py [--quick] [--check]

A run is followed, in simulation, by the shipped pacing after it has seen fifty runs of the canvas, through slices whose
ends are polls as well. That gives polls a run and the lag. The costs of a poll, an outcome and an outstanding run are
measured, and the rest is arithmetic. `--check` also waits for 100,000 runs on two workers and Redis, for six minutes,
and puts what was measured beside what this says. Writes `results/scale.json`, and the tables and the plot of
`docs/celery.md`; with `--quick` nothing.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from pathlib import Path
from statistics import mean
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "wrapper"), str(ROOT / "generated")]

from bench.readme import fill  # noqa: E402
from bench.results import read, write  # noqa: E402
from scale_check import POLLS, RATE, SLICE, WORKERS, Costs, check, measure  # noqa: E402
from tela_runs import AdaptivePacing  # noqa: E402

PAGE, PLOT = ROOT / "docs" / "celery.md", ROOT / "docs" / "images" / "scale.svg"
RUNS = (10_000, 100_000, 1_000_000)
#: Medians of the durations, in seconds; their spread is that of the workload "broad" of `pacing.py` and narrower.
MEDIANS, SPREAD = (10.0, 60.0, 600.0, 3600.0), 0.5
SHARD = 1000
#: What of a core is planned with, and bytes of a worker process before it waits for anything.
BUSY = 0.7
CHECKED = (100_000, 300.0)


def follow(pacing: AdaptivePacing, duration: float, chance: random.Random) -> tuple[int, float]:
    """Wait for one run in slices; the polls, and the lag in seconds."""
    age, polls, over = 0.0, 1, chance.uniform(0, SLICE)
    while age < duration:
        due = age + max(pacing.delay(age, "canvas") * chance.uniform(0.9, 1.1), 0.05)
        if due >= over:  # the last poll of a slice, and the first of the next
            due, over, polls = over, over + SLICE, polls + 1
        age, polls = due, polls + 1
    return polls, age - duration


def followed(median: float, histories: int, runs: int) -> dict[str, float]:
    """Polls of a run, its duration and its lag, on average."""
    chance = random.Random(int(median))

    def lasting() -> float:
        return median * math.exp(chance.gauss(0.0, SPREAD))

    polls, lags, durations = [], [], []
    for _ in range(histories):
        pacing = AdaptivePacing()
        for _ in range(50):
            pacing.observe(lasting(), "canvas")
        for _ in range(runs):
            durations.append(lasting())
            count, lag = follow(pacing, durations[-1], chance)
            polls.append(count)
            lags.append(lag)
    return {"polls": mean(polls), "duration": mean(durations), "lag": mean(lags)}


def plan(runs: int, each: dict[str, float], costs: Costs, process: float) -> dict[str, float]:
    """What so many outstanding runs take, new ones coming as others end."""
    ended = runs / (each["duration"] + each["lag"])
    polls = ended * each["polls"]
    cores = polls * costs.poll + ended * costs.outcome
    processes = math.ceil(cores / BUSY)
    return {
        "runs": runs,
        "polls_per_second": polls,
        "processes": processes,
        "shards": math.ceil(runs / SHARD),
        "memory": processes * process + runs * costs.run,
        "messages_per_minute": 60 * (runs / SHARD / SLICE + ended / SHARD),
        "lag": each["lag"],
    }


def expected(measured: dict[str, float], costs: Costs) -> dict[str, float]:
    """What the model says of the checked wait, whose polls are bounded by its rate."""
    polls = float(WORKERS * RATE)
    runs = CHECKED[0]
    return {
        "polls_per_second": polls,
        "cores": polls * costs.poll + measured["outcomes_per_second"] * costs.outcome,
        "memory": WORKERS * measured["idle_memory"] + runs * costs.run,
        "put_back": runs / SHARD,
        "lag": measured["outstanding"] / polls / 2,
    }


def table(figures: dict[str, Any]) -> str:
    """The tables of the page."""
    head = "| outstanding | durations, median | polls/s | worker processes | slots | memory | messages a minute | lag |"
    rows = [head, "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    rows += [
        f"| {row['runs']:,} | {row['median']:g} s | {row['polls_per_second']:,.0f} | {row['processes']:,} | "
        f"{row['shards']:,} | {row['memory'] / 1e9:,.1f} GB | {row['messages_per_minute']:,.0f} | {row['lag']:.1f} s |"
        for row in figures["plans"]
    ]
    costs = figures["costs"]
    rows += [
        "",
        f"A poll takes {costs['poll'] * 1e3:.2f} ms of CPU, an outcome {costs['outcome'] * 1e3:.2f} ms, an outstanding "
        f"run {costs['run'] / 1e3:.1f} KB; a process is planned with {BUSY:.0%} of a core.",
    ]
    if "measured" in figures:
        rows += ["", f"| {CHECKED[0]:,} runs on {WORKERS} workers, {RATE} polls/s each | measured | model |"]
        rows += ["| --- | ---: | ---: |"]
        for name, words, scale in (
            ("polls_per_second", "polls/s", 1),
            ("cores", "cores", 1),
            ("memory", "memory, MB", 1e6),
            ("put_back", "shards put back after the first slice", 1),
            ("lag", "mean lag, s", 1),
        ):
            measured, model = figures["measured"][name] / scale, figures["expected"][name] / scale
            rows.append(f"| {words} | {measured:.3g} | {model:.3g} |")
    return "\n".join(rows)


def sections() -> dict[str, str]:
    """What stands in the page, from the results on disk."""
    kept = read("scale")
    return {} if kept is None else {"scale": table(kept["figures"])}


def main() -> None:
    """Measure, simulate, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see that it runs, write nothing")
    parser.add_argument("--check", action="store_true", help="wait for 100,000 runs, too")
    options = parser.parse_args()
    kept = (read("scale") or {"figures": {}})["figures"]
    costs = measure(500, 2_000) if options.quick else measure(POLLS, 50_000)
    measured = check(*CHECKED) if options.check else kept.get("measured")
    process = measured["idle_memory"] if measured else 80e6
    size = (4, 10) if options.quick else (40, 50)
    each = {median: followed(median, *size) for median in MEDIANS}
    plans = [{"median": median, **plan(runs, each[median], costs, process)} for runs in RUNS for median in MEDIANS]
    figures: dict[str, Any] = {
        "costs": {"poll": costs.poll, "outcome": costs.outcome, "run": costs.run},
        "plans": plans,
    }
    if measured:
        figures |= {"measured": measured, "expected": expected(measured, costs)}
    print(table(figures))
    if not options.quick:
        write("scale", figures)
        fill(PAGE, sections())
        from scale_plot import draw  # matplotlib is wanted here alone

        draw(PLOT, figures)


if __name__ == "__main__":
    main()
