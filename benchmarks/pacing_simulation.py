"""Our pacing in simulation: single runs, the trade-off of requests against lag, and what learning is worth.

It is the shipped class that is asked for every delay, with the jitter and the floor of a wait.
"""

from __future__ import annotations

import math
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "wrapper"), str(ROOT / "generated")]

from pacing_model import BestPossible, Workload  # noqa: E402
from tela_runs.pacing import AdaptivePacing  # noqa: E402

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pacing_model import Floats

#: Not among the seeds on which the constants of the pacing were chosen.
SEED = 90_210
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
QUICK = Size(histories=10, runs=10, peer_runs=20_000, step=2.5, resamples=100)


def follow(pacing: AdaptivePacing, duration: float, jitter: random.Random) -> tuple[int, float]:
    """Wait for one run; return the requests after age 0 and the lag in seconds."""
    ages = ages_of_polls(pacing, duration, jitter)
    return len(ages) - 1, ages[-1] - duration


def ages_of_polls(pacing: AdaptivePacing, duration: float, jitter: random.Random) -> list[float]:
    """Wait for one run; return the ages of all polls, from that at age 0 to the one that sees it finished."""
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
        return float(np.exp(np.interp(math.log(wanted), np.log(means[:, 0]), np.log(means[:, 1]))))

    def ratio(self, requests: float, lag: float, size: Size) -> dict[str, Any]:
        """Return our lag over `lag` at the same `requests`, with its 95 % interval and the draws of the bootstrap."""
        rng = np.random.default_rng([SEED, 1])
        count = self.rows.shape[1]
        chosen = rng.integers(count, size=(size.resamples, count))
        draws = [self.lag(requests, which) / lag for which in chosen]
        low, high = np.percentile(draws, [2.5, 97.5])
        return {"ratio": self.lag(requests) / lag, "low": float(low), "high": float(high), "draws": draws}


def learning(workload: Workload, size: Size, seen: int, *, from_polls: bool = False) -> float:
    """Return the cost (thrift x requests + lag) with the default thrift over the least possible, after
    `seen` runs.

    With `from_polls`, when runs finished is not known, but between which two polls: the middle is observed.
    """
    rng = np.random.default_rng([SEED, 3, *workload.name.encode()])
    jitter = random.Random(SEED)
    cost, thrift = 0.0, AdaptivePacing().thrift
    for _ in range(size.histories):
        pacing = AdaptivePacing()
        for duration in workload.history(seen, rng):
            known = sum(ages_of_polls(pacing, duration, jitter)[-2:]) / 2 if from_polls else duration
            pacing.observe(known, KEY)
        for duration in workload.durations(size.runs, rng).tolist():
            requests, lag = follow(pacing, duration, jitter)
            cost += thrift * requests + lag
    return cost / (size.histories * size.runs) / BestPossible(workload).cost(thrift)
