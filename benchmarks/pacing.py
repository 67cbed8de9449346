"""Measure the lag of `AdaptivePacing` against other clients' schedules, at the same mean number of requests.

    python benchmarks/pacing.py [--quick] [--plot]

For each workload and each other client, the thrift is set so that both make the same mean number of requests (to
within 0.2 %); then the mean lags, from a run's end to the poll that sees it, are compared. Warm: 30 runs of the canvas
were seen before. Cold: none. Requests are counted after age 0; "first poll charged" counts our poll at age 0 as well,
against clients that sleep first too, wherever equality is possible then. Each history of 30 runs is drawn anew;
intervals are 95 % ones, by bootstrap over the histories. The constants of the pacing were chosen on other seeds.

Writes `benchmarks/results/pacing.json` (not with --quick), and with --plot `docs/images/pacing.svg`.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import random
import time
from typing import Any

import numpy as np
from pacing_model import PEERS, WORKLOADS, BestPossible, Workload
from pacing_simulation import FULL, QUICK, ROOT, SEED, TOLERANCE, Size, Tradeoff, follow, learning
from tela_runs.pacing import AdaptivePacing

PLOT = ROOT / "docs" / "images" / "pacing.svg"
RESULTS = ROOT / "benchmarks" / "results" / "pacing.json"


def compare(workload: Workload, size: Size) -> list[dict[str, Any]]:
    """Compare our pacing with every peer, and with the best there can be, on one workload."""
    rng = np.random.default_rng([SEED, 2, *workload.name.encode()])
    durations = workload.durations(size.peer_runs, rng)
    peers = [(peer, *peer.outcome(durations, rng)) for peer in PEERS]
    counts = [requests for _, requests, _ in peers]
    reach = (max(min(counts) - 1.0, 1.0), max(counts))
    best = BestPossible(workload)
    curves = {"warm": Tradeoff(workload, 30, size, reach), "cold": Tradeoff(workload, 0, size, reach)}
    rows = []
    for peer, requests, lag in peers:
        row = {
            "workload": workload.name,
            "peer": peer.name,
            "growing": peer.growing,
            "requests": requests,
            "lag": lag,
        }
        for name, curve in curves.items():
            row[name] = curve.ratio(requests, lag, size)
            # The same, but with our poll at age 0 charged to us even where the peer makes none.
            row[f"{name}_first_poll_charged"] = curve.lag(requests - (not peer.polls_first)) / lag
        if workload.growth == 1.0:
            row["warm_over_best"] = curves["warm"].lag(requests) / best.lag(requests * (1 + TOLERANCE))
        rows.append(row)
    return rows


def ten_minutes(runs: int) -> dict[str, float]:
    """A run of 10 minutes, cold, with the default settings; the first poll counts."""
    jitter = random.Random(SEED)
    outcomes = [follow(AdaptivePacing(), 600.0, jitter) for _ in range(runs)]
    requests = [count + 1 for count, _ in outcomes]
    return {
        "requests_mean": sum(requests) / runs,
        "requests_most": max(requests),
        "lag_share": sum(lag for _, lag in outcomes) / runs / 600.0,
    }


def summarise(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Boil the comparisons down to the figures that are promised."""

    def mean(name: str, field: str | None = None) -> float:
        ratios = [row[name] if field is None else row[name][field] for row in rows if row["growing"]]
        return float(np.exp(np.mean(np.log(ratios))))

    def worst(name: str) -> float:
        charged = name.endswith("charged")
        ratios = [float(row[name] if charged else row[name]["ratio"]) for row in rows]
        return max(ratio for ratio in ratios if not math.isnan(ratio))

    draws = np.array([row["warm"]["draws"] for row in rows if row["growing"]])
    low, high = np.percentile(np.exp(np.log(draws).mean(axis=0)), [2.5, 97.5])
    return {
        "warm_against_growing_geometric_mean": mean("warm", "ratio"),
        "warm_against_growing_geometric_mean_low": float(low),
        "warm_against_growing_geometric_mean_high": float(high),
        "warm_against_growing_geometric_mean_first_poll_charged": mean("warm_first_poll_charged"),
        "warm_worst": worst("warm"),
        "warm_worst_first_poll_charged": worst("warm_first_poll_charged"),
        "cold_worst": worst("cold"),
        "cold_worst_first_poll_charged": worst("cold_first_poll_charged"),
        "warm_over_best_worst": max(row["warm_over_best"] for row in rows if "warm_over_best" in row),
    }


def show(rows: list[dict[str, Any]]) -> None:
    """Print the comparisons as a table."""
    print(" " * 57 + "ours / peer, [95 % interval]".ljust(44) + "warm /  first poll charged")
    print(
        f"{'workload':11} {'peer':21} {'requests':>8} {'lag, s':>7}     "
        f"{'warm':19}  {'cold':19}  {'best':6}  {'warm':4} {'cold':4}"
    )
    for row in rows:
        cells = "  ".join(
            f"{row[n]['ratio']:5.2f} ({row[n]['low']:.2f}-{row[n]['high']:.2f})".ljust(19) for n in ("warm", "cold")
        )
        print(
            f"{row['workload']:11} {row['peer']:21} {row['requests']:8.2f} {row['lag']:7.2f}   {cells}  "
            f"{row.get('warm_over_best', math.nan):4.2f}  "
            f"{row['warm_first_poll_charged']:.2f} {row['cold_first_poll_charged']:.2f}"
        )


def measure(size: Size) -> dict[str, Any]:
    """Run everything and return it."""
    rows = [row for workload in WORKLOADS for row in compare(workload, size)]
    show(rows)
    still = [workload for workload in WORKLOADS if workload.growth == 1.0]
    results: dict[str, Any] = {
        "seed": SEED,
        "size": vars(size),
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "workloads": {w.name: {"parts": w.parts, "growth": w.growth} for w in WORKLOADS},
        "summary": summarise(rows),
        "ten_minutes_cold": ten_minutes(20 * size.runs),
        "cost_over_best_by_runs_seen": {
            w.name: {n: learning(w, size, n) for n in (0, 1, 3, 10, 30, 100)} for w in still
        },
        "cost_over_best_after_30_runs_known_from_polls": {
            w.name: learning(w, size, 30, from_polls=True) for w in still
        },
        "comparisons": rows,
    }
    for title in ("summary", "ten_minutes_cold", "cost_over_best_by_runs_seen",
                  "cost_over_best_after_30_runs_known_from_polls"):  # fmt: skip
        print(f"\n{title.replace('_', ' ')}")
        for name, value in results[title].items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            print(f"  {name.replace('_', ' ')}:", *(f"{part} {figure:.3f} " for part, figure in parts))
    return results


def main() -> None:
    """Parse the command line and do as asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a rough figure in seconds; writes nothing")
    parser.add_argument("--plot", action="store_true", help="draw docs/images/pacing.svg (with matplotlib)")
    options = parser.parse_args()
    started = time.monotonic()
    results = measure(QUICK if options.quick else FULL)
    if not options.quick:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(_rounded(results), indent=1, allow_nan=False)
        RESULTS.write_text(text + "\n", encoding="utf-8")
    if options.plot:
        from pacing_plot import draw

        draw(PLOT, QUICK if options.quick else FULL)
    print(f"\n{time.monotonic() - started:.0f} s")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _rounded(item) for key, item in value.items() if key != "draws"}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


if __name__ == "__main__":
    main()
