"""Measure the lag of `AdaptivePacing` against other clients' schedules, at the same mean number of requests.

    python benchmarks/pacing.py [--quick] [--plot]

For each workload and each other client, the thrift is set so that both make the same mean number of
requests; then the mean lags (from a run's end to the look that sees it) are compared. Warm: 30 runs of the
canvas were seen before.
Cold: none. Ours is the shipped class, asked for every delay, with the +-10 % jitter of the wait. Each
history of 30 runs is drawn anew; intervals are 95 % ones, by bootstrap over the histories. The constants of
the pacing were chosen on other seeds than the one used here.

Writes `benchmarks/results/pacing.json` (not with --quick), and with --plot `docs/images/pacing.svg`.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "wrapper"), str(ROOT / "generated")]

from pacing_model import PEERS, WORKLOADS, BestPossible, Workload  # noqa: E402
from tela_runs.pacing import AdaptivePacing  # noqa: E402

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pacing_model import Floats

SEED = 20_261
PLOT = ROOT / "docs" / "images" / "pacing.svg"
RESULTS = ROOT / "benchmarks" / "results" / "pacing.json"
#: Means of requests that differ by less than this share count as equal.
TOLERANCE = 0.002
KEY = "canvas"


@dataclass(frozen=True)
class Size:
    """How much is simulated."""

    histories: int
    runs: int
    peer_runs: int
    step: float
    resamples: int


FULL = Size(histories=120, runs=25, peer_runs=200_000, step=1.5, resamples=400)
QUICK = Size(histories=12, runs=10, peer_runs=20_000, step=2.5, resamples=100)


def follow(pacing: AdaptivePacing, duration: float, jitter: random.Random) -> tuple[int, float]:
    """Wait for one run; return the requests after age 0 and the lag in seconds."""
    ages = ages_of_looks(pacing, duration, jitter)
    return len(ages) - 1, ages[-1] - duration


def ages_of_looks(pacing: AdaptivePacing, duration: float, jitter: random.Random) -> list[float]:
    """Wait for one run; return the ages of all looks, from that at age 0 to the one that sees it finished."""
    ages = [0.0]
    while ages[-1] < duration:
        ages.append(ages[-1] + max(pacing.delay(ages[-1], KEY) * jitter.uniform(0.9, 1.1), 0.05))
    return ages


class Tradeoff:
    """Requests and lag of our pacing on one workload, over a range of thrifts."""

    def __init__(self, workload: Workload, seen: int, size: Size, reach: tuple[float, float]) -> None:
        rng = np.random.default_rng([SEED, seen, *workload.name.encode()])
        histories = [workload.history(seen, rng) for _ in range(size.histories)]
        durations = [workload.durations(size.runs, rng).tolist() for _ in histories]
        thrift = 1e7
        rows: list[Floats] = []
        fewest, most = reach
        while True:
            row = np.array([self._means(thrift, *pair) for pair in zip(histories, durations, strict=True)])
            requests = row[:, 0].mean()
            # Of the thrifts whose requests are all alike, the least is the one that counts.
            rows = [r for r in rows if r[:, 0].mean() < requests * (1 - 1e-9)] + [row]
            if requests > most:
                break
            thrift /= size.step if requests > fewest * 0.95 else 10.0
        self.rows = np.array(rows)  # thrift, history, (requests, lag)

    @staticmethod
    def _means(thrift: float, history: list[float], durations: list[float]) -> tuple[float, float]:
        pacing = AdaptivePacing(thrift)
        for duration in history:
            pacing.observe(duration, KEY)
        jitter = random.Random(f"{SEED}/{durations[0]}")
        outcomes = [follow(pacing, duration, jitter) for duration in durations]
        requests, lags = zip(*outcomes, strict=True)
        return sum(requests) / len(requests), sum(lags) / len(lags)

    def means(self, chosen: NDArray[np.int64] | None = None) -> Floats:
        """Return rows of mean requests and mean lag, the fewest requests first."""
        rows = self.rows if chosen is None else self.rows[:, chosen]
        means = np.asarray(rows.mean(axis=1))
        return np.asarray(means[np.argsort(means[:, 0])])

    def lag(self, requests: float, chosen: NDArray[np.int64] | None = None) -> float:
        """Return the mean lag at a mean number of requests, over all histories or the chosen ones."""
        means = self.means(chosen)
        wanted = requests * (1 + TOLERANCE)
        if wanted < means[0, 0]:
            return math.nan
        return math.exp(np.interp(math.log(wanted), np.log(means[:, 0]), np.log(means[:, 1])))

    def ratio(self, requests: float, lag: float, size: Size) -> dict[str, float]:
        """Return our lag over `lag` at the same `requests`, with its 95 % interval."""
        rng = np.random.default_rng([SEED, 1])
        count = self.rows.shape[1]
        draws = [
            self.lag(requests, rng.integers(count, size=count, dtype=np.int64)) / lag for _ in range(size.resamples)
        ]
        low, high = np.percentile(draws, [2.5, 97.5]) if all(map(math.isfinite, draws)) else (math.nan,) * 2
        return {"ratio": self.lag(requests) / lag, "low": float(low), "high": float(high)}


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
            # The same, but with our look at age 0 charged to us even where the peer makes none.
            row[f"{name}_first_look_charged"] = curve.lag(requests - (not peer.looks_first)) / lag
        if workload.growth == 1.0:
            row["warm_over_best"] = curves["warm"].lag(requests) / best.lag(requests * (1 + TOLERANCE))
        rows.append(row)
    return rows


def ten_minutes(runs: int) -> dict[str, float]:
    """A run of 10 minutes, cold, with the default settings; the first look counts."""
    jitter = random.Random(SEED)
    outcomes = [follow(AdaptivePacing(), 600.0, jitter) for _ in range(runs)]
    requests = [count + 1 for count, _ in outcomes]
    return {
        "requests_mean": sum(requests) / runs,
        "requests_most": max(requests),
        "lag_share": sum(lag for _, lag in outcomes) / runs / 600.0,
    }


def learning(workload: Workload, size: Size, seen: int, *, from_looks: bool = False) -> float:
    """Return the cost (thrift x requests + lag) with the default thrift over the least possible, after
    `seen` runs.

    With `from_looks`, when runs finished is not known, but between which two looks: the middle is observed.
    """
    rng = np.random.default_rng([SEED, 3, *workload.name.encode()])
    jitter = random.Random(SEED)
    cost, thrift = 0.0, AdaptivePacing().thrift
    for _ in range(size.histories):
        pacing = AdaptivePacing()
        for duration in workload.history(seen, rng):
            known = sum(ages_of_looks(pacing, duration, jitter)[-2:]) / 2 if from_looks else duration
            pacing.observe(known, KEY)
        for duration in workload.durations(size.runs, rng).tolist():
            requests, lag = follow(pacing, duration, jitter)
            cost += thrift * requests + lag
    return cost / (size.histories * size.runs) / BestPossible(workload).cost(thrift)


def summarise(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Boil the comparisons down to the figures that are promised."""

    def mean(name: str, field: str | None = None) -> float:
        ratios = [row[name] if field is None else row[name][field] for row in rows if row["growing"]]
        return math.exp(sum(map(math.log, ratios)) / len(ratios))

    def worst(name: str) -> float:
        charged = name.endswith("charged")
        return max(r for row in rows if not math.isnan(r := row[name] if charged else row[name]["ratio"]))

    return {
        "warm_against_growing_geometric_mean": mean("warm", "ratio"),
        "warm_against_growing_geometric_mean_first_look_charged": mean("warm_first_look_charged"),
        "warm_worst": worst("warm"),
        "warm_worst_first_look_charged": worst("warm_first_look_charged"),
        "cold_worst": worst("cold"),
        "cold_worst_first_look_charged": worst("cold_first_look_charged"),
        "warm_over_best_worst": max(row["warm_over_best"] for row in rows if "warm_over_best" in row),
    }


def show(rows: list[dict[str, Any]]) -> None:
    """Print the comparisons as a table."""
    print(" " * 57 + "ours / peer, [95 % interval]".ljust(44) + "warm /  first look charged")
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
            f"{row['warm_first_look_charged']:.2f} {row['cold_first_look_charged']:.2f}"
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
        "cost_over_best_after_30_runs_known_from_looks": {
            w.name: learning(w, size, 30, from_looks=True) for w in still
        },
        "comparisons": rows,
    }
    for title in ("summary", "ten_minutes_cold", "cost_over_best_by_runs_seen",
                  "cost_over_best_after_30_runs_known_from_looks"):  # fmt: skip
        print(f"\n{title.replace('_', ' ')}")
        for name, value in results[title].items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            print(f"  {name.replace('_', ' ')}:", *(f"{part} {figure:.3f} " for part, figure in parts))
    return results


def main() -> None:
    """Parse the command line and do as asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a rough look in seconds; writes nothing")
    parser.add_argument("--plot", action="store_true", help="draw docs/images/pacing.svg (with matplotlib)")
    options = parser.parse_args()
    started = time.monotonic()
    results = measure(QUICK if options.quick else FULL)
    if not options.quick:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(_rounded(results), indent=1, allow_nan=False)
        RESULTS.write_text(text + "\n", encoding="utf-8")
    if options.plot:
        plot(FULL if not options.quick else QUICK)
    print(f"\n{time.monotonic() - started:.0f} s")


def plot(size: Size) -> None:
    """Draw the figure of the documentation, with what is simulated at this size."""
    from pacing_plot import draw

    def learned(workload: Workload, seen: int) -> AdaptivePacing:
        pacing = AdaptivePacing()
        for duration in workload.history(seen, np.random.default_rng(SEED)):
            pacing.observe(duration, KEY)
        return pacing

    def curve(workload: Workload, seen: int) -> Floats:
        return Tradeoff(workload, seen, size, (1.2, 50.0)).means()

    draw(PLOT, learned, curve)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


if __name__ == "__main__":
    main()
