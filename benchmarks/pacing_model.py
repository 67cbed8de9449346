"""What the pacing is measured on and against: workloads, the schedules of other clients, and the best there
can be.

Requests are counted after age 0: every schedule starts from a run known to be unfinished at age 0.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_erf = np.vectorize(math.erf, otypes=[float])


@dataclass(frozen=True)
class Workload:
    """Durations of runs: a mixture of log-normal ones, whose medians may grow from run to run.

    Attributes:
        name: As in the tables.
        parts: Weight, median in seconds and sigma (of the logarithm) of each component.
        growth: What the medians are multiplied by from one run to the next; those of `parts` are reached by
            the runs measured.
    """

    name: str
    parts: tuple[tuple[float, float, float], ...]
    growth: float = 1.0

    def durations(self, count: int, rng: np.random.Generator) -> Floats:
        """Draw durations of `count` runs, in seconds."""
        weights, medians, sigmas = np.array(self.parts).T
        part = rng.choice(len(self.parts), size=count, p=weights)
        return np.asarray(medians[part] * np.exp(sigmas[part] * rng.standard_normal(count)))

    def history(self, count: int, rng: np.random.Generator) -> list[float]:
        """Draw the durations of the `count` runs that came before, in their order."""
        ago = np.arange(count, 0, -1)
        return [float(d) for d in self.durations(count, rng) * self.growth**-ago]

    def finished(self, ages: Floats) -> tuple[Floats, Floats]:
        """Return the share of runs finished by each age, and the mean of their durations times that share."""
        share, mean = np.zeros(len(ages)), np.zeros(len(ages))
        with np.errstate(divide="ignore"):
            logs = np.log(ages)
        for weight, median, sigma in self.parts:
            z = (logs - math.log(median)) / sigma
            share += weight * 0.5 * (1 + _erf(z / math.sqrt(2)))
            mean += weight * median * math.exp(sigma**2 / 2) * 0.5 * (1 + _erf((z - sigma) / math.sqrt(2)))
        return share, mean


WORKLOADS = (
    Workload("short", ((1.0, 3.0, 0.5),)),
    Workload("broad", ((1.0, 30.0, 0.8),)),
    Workload("long", ((1.0, 600.0, 0.5),)),
    Workload("narrow", ((1.0, 30.0, 0.25),)),
    Workload("two-humped", ((0.5, 6.0, 0.25), (0.5, 60.0, 0.25))),
    Workload("drifting", ((1.0, 30.0, 0.35),), growth=1.02),
)


@dataclass(frozen=True)
class Peer:
    """The schedule of another client, read in its released source.

    Attributes:
        name: The client and its version.
        polls_first: Whether it polls at age 0, before its first delay.
        growing: Whether its delays grow.
        delays: The delays before poll number k (from 0), one per run.
    """

    name: str
    polls_first: bool
    growing: bool
    delays: Callable[[int, int, np.random.Generator], Floats]

    def outcome(self, durations: Floats, rng: np.random.Generator) -> tuple[float, float]:
        """Return the mean number of requests after age 0, and the mean lag in seconds."""
        age, lag, requests, k = np.zeros(len(durations)), 0.0, 0, 0
        waiting = durations
        while len(waiting):
            age = age + self.delays(k, len(waiting), rng)
            requests += len(waiting)
            done = age >= waiting
            lag += float((age - waiting)[done].sum())
            age, waiting, k = age[~done], waiting[~done], k + 1
        return requests / len(durations), lag / len(durations)


PEERS = (
    Peer("openai 3.54", True, False, lambda _k, n, _rng: np.full(n, 1.0)),
    Peer("google-api-core 2.44", True, True, lambda k, n, rng: rng.uniform(0, min(20, 1.5 ** min(k, 9)), n)),
    Peer("llama-cloud 2.19", False, True, lambda k, n, _rng: np.full(n, min(1.0 + k, 5.0))),
    Peer("runwayml 5.24", False, False, lambda _k, n, rng: rng.uniform(4.5, 7.5, n)),
    Peer("azure-core 1.41", False, False, lambda _k, n, _rng: np.full(n, 30.0)),
)


class BestPossible:
    """The least mean lag for a mean number of requests, by dynamic programming on the true distribution.

    Written apart from the pacing's own dynamic programme, so that an error there shows here.
    """

    def __init__(self, workload: Workload, points: int = 6000) -> None:
        low = min(median * math.exp(-5 * sigma) for _, median, sigma in workload.parts)
        high = max(median * math.exp(5 * sigma) for _, median, sigma in workload.parts)
        ages = np.concatenate([[0.0], np.geomspace(low, high, points)])
        share, mean = workload.finished(ages)
        share[-1] = 1.0
        self._ages, self._share, self._mean = ages.tolist(), share.tolist(), mean.tolist()

    def lag(self, requests: float) -> float:
        """Return the least mean lag; between two optimal schedules, that of choosing one at random."""
        costs = [1e-6, 1e8]
        (most, low_lag), (fewest, high_lag) = map(self._outcome, costs)
        for _ in range(40):
            cost = math.sqrt(costs[0] * costs[1])
            count, lag = self._outcome(cost)
            if count > requests:
                costs[0], most, low_lag = cost, count, lag
            else:
                costs[1], fewest, high_lag = cost, count, lag
        if most == fewest:
            return low_lag
        return high_lag + (low_lag - high_lag) * (requests - fewest) / (most - fewest)

    def cost(self, thrift: float) -> float:
        """Return the least mean of `thrift` x requests + lag."""
        requests, lag = self._outcome(thrift)
        return thrift * requests + lag

    def _outcome(self, cost: float) -> tuple[float, float]:
        ages, share, mean = self._ages, self._share, self._mean
        last = len(ages) - 1
        following, value = [last] * len(ages), 0.0
        lines: deque[tuple[float, float, int]] = deque()
        for k in range(last, 0, -1):
            slope, crossing = ages[k], ages[k] * share[k] - mean[k] + value
            while len(lines) > 1 and (lines[-1][1] - crossing) * (lines[-2][0] - lines[-1][0]) >= (
                lines[-2][1] - lines[-1][1]
            ) * (lines[-1][0] - slope):
                lines.pop()
            lines.append((slope, crossing, k))
            at = share[k - 1]
            while len(lines) > 1 and lines[1][1] - lines[1][0] * at <= lines[0][1] - lines[0][0] * at:
                lines.popleft()
            slope, crossing, following[k - 1] = lines[0]
            value = cost * (1 - at) + mean[k - 1] + crossing - slope * at
        requests, lag, k = 0.0, 0.0, 0
        while k != last:
            after = following[k]
            requests += 1 - share[k]
            lag += ages[after] * (share[after] - share[k]) - (mean[after] - mean[k])
            k = after
        return requests, lag
