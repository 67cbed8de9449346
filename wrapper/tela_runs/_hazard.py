"""From durations seen to the ages at which to poll: the arithmetic behind `AdaptivePacing`.

1. `Durations` counts how long runs took, in bins that grow by a tenth, with exponential forgetting; `smoothed` spreads
   each count over its neighbours, so that thirty runs make a curve.
2. `plan` turns that curve (a probability per bin) into a `Schedule`. With h(t) the hazard rate and c the seconds of lag
   one poll is worth, polls that are sqrt(2c / h(t)) apart cost least (Keller, "Optimum checking schedules for systems
   subject to random failure", 1974). The integral of sqrt(h / 2c) is the number of polls due by an age: the *phase*.
   One more poll is due where it has grown by one, however long a stretch of no finishes lies between.
3. That formula assumes many polls per run. Where there are few, `_best_polls` computes the optimum itself, by
   dynamic programming (Barlow, Hunter and Proschan, "Optimum checking procedures", 1963).
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections import deque
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Bins: from 0 to 0.05 s, then each a tenth of an e-fold wide, up to 14 days.
_WIDTH: Final = 0.1
_FIRST: Final = 0.05
BINS: Final = 171
EDGES: Final = (0.0, *(_FIRST * math.exp(_WIDTH * k) for k in range(BINS)))
#: What one more observation leaves of the weight of those before: the weight tends to 50 runs.
_KEPT: Final = 0.98
#: A schedule is made anew when this share of what is remembered is new.
_STALE: Final = 1 / 16
#: Standard deviation of the smoothing of n runs, in e-folds: `_SPREAD * (30 / n) ** _SPREAD_POWER`, measured to serve
#: both few runs and many, narrow durations and broad (`benchmarks/pacing.py`).
_SPREAD: Final = 0.17
_SPREAD_POWER: Final = 0.2
#: No age is impossible: the least probability of a bin, which keeps hazard rates finite.
_LEAST: Final = 1e-100
#: Dynamic programming over this many ages, where it gives each poll a choice of four ages or more.
_AGES: Final = 256
_MOST_POLLS: Final = _AGES / 4
#: It ends at the age that this share of runs outlives; from there on the phase decides.
_OUTLIVED: Final = 1e-3


def weibull(shape: float, scale: float) -> array[float]:
    """Probability of each bin for Weibull durations; `scale` in seconds."""
    outlive = [math.exp(-((edge / scale) ** shape)) for edge in EDGES]
    return array("d", (max(a - b, _LEAST) for a, b in pairwise(outlive)))


@define(eq=False)
class Durations:
    """How long runs took, as weights of bins: the same memory for ten runs or a million."""

    weight: float = 0.0  # runs that are remembered, the older ones counting for less; tends to 50
    fresh: int = 0  # runs since the schedule was made
    schedule: Schedule | None = None  # what was planned for them; None when that is stale
    _bins: array[float] = field(factory=lambda: array("d", bytes(8 * BINS)))

    def add(self, duration: float) -> None:
        """Forget a fiftieth of what was known, and count a run of so many seconds."""
        self._bins = array("d", [count * _KEPT for count in self._bins])
        self.weight = self.weight * _KEPT + 1.0
        self.fresh += 1
        if self.fresh >= _STALE * self.weight:
            self.schedule = None
        # Shared between the two bins whose middles are nearest, so that nothing depends on where the edges are.
        place = math.log(max(duration, _FIRST) / _FIRST) / _WIDTH + 0.5
        place = min(place, BINS - 1.0)
        index = min(int(place), BINS - 2)
        self._bins[index] += 1.0 - (place - index)
        self._bins[index + 1] += place - index

    def smoothed(self, least_spread: float = 0.0) -> list[float]:
        """Return the weights, each spread over its neighbours, Gaussian in the log of the duration."""
        spread = max(_SPREAD * (30.0 / max(self.weight, 1.0)) ** _SPREAD_POWER, least_spread) / _WIDTH
        reach = math.ceil(4.0 * spread)
        scale = 1.0 / (spread * math.sqrt(2.0))
        below = [math.erf((k - 0.5) * scale) / 2.0 for k in range(-reach, reach + 2)]
        kernel = [b - a for a, b in pairwise(below)]
        total = [0.0] * (BINS + 2 * reach)
        for index, count in enumerate(self._bins):
            if count:
                for offset, share in enumerate(kernel, index):
                    total[offset] += count * share
        return total[reach : reach + BINS]


class Schedule:
    """At which age to poll next, given the age now. Never changes once made."""

    def __init__(self, phases: Sequence[float], ages: Sequence[float], polls: Sequence[float]) -> None:
        self._phases, self._ages, self._polls = (array("d", each) for each in (phases, ages, polls))

    def next_poll(self, age: float) -> float:
        """Return an age in seconds, above `age`."""
        if self._ages and age < self._ages[-1]:
            return _interpolate(age, self._ages, self._polls)
        return _interpolate(_interpolate(age, EDGES, self._phases) + 1.0, self._phases, EDGES)


def plan(probabilities: Sequence[float], thrift: float, *, exact: bool) -> Schedule:
    """The schedule for runs whose duration falls into each bin of `EDGES` with these (relative) probabilities.

    If ``exact``, few polls are placed by the optimum instead of the formula. That needs reliable probabilities: where
    they are a guess, the evenly spaced polls of the formula tolerate its being wrong.
    """
    outlive = list(accumulate(reversed(probabilities), initial=_LEAST * sum(probabilities)))
    outlive.reverse()
    hazards = [0.0, *accumulate(math.log(a / b) for a, b in pairwise(outlive))]
    steps = (
        math.sqrt((late - soon) * (end - start) / (2.0 * thrift))
        for (soon, late), (start, end) in zip(pairwise(hazards), pairwise(EDGES), strict=True)
    )
    phases = [0.0, *accumulate(steps)]
    last = _interpolate(-math.log(_OUTLIVED), hazards, phases)
    if not exact or last > _MOST_POLLS:
        return Schedule(phases, (), ())
    ages = [_interpolate(last * k / _AGES, phases, EDGES) for k in range(_AGES + 1)]
    finished = [-math.expm1(-_interpolate(age, EDGES, hazards)) for age in ages]
    return Schedule(phases, ages, _best_polls(ages, finished, thrift))


def _best_polls(ages: list[float], finished: list[float], thrift: float) -> list[float]:
    """Return for each of `ages` the later one at which to poll next, for the least expected cost.

    The cost of going on from age a, times the share S(a) that is unfinished there, is

        W(a) = thrift S(a) + min over b > a of [ b (F(b) - F(a)) - (M(b) - M(a)) + W(b) ]

    with F(t) the share `finished` by t and M(t) the mean duration of those. For each b that is a straight line in F(a),
    and lines and arguments both come in order, so the lower envelope of the lines is kept in a queue and all is done in
    one pass from the last age to the first.
    """
    means = [0.0]
    for (start, end), (before, after) in zip(pairwise(ages), pairwise(finished), strict=True):
        means.append(means[-1] + (after - before) * (start + end) / 2.0)
    polls = [ages[-1]] * len(ages)
    lines: deque[tuple[float, float]] = deque()  # (minus the slope, which is b itself; the intercept)
    cost = 0.0  # from the last age on it is the same for every choice of polls
    for k in range(len(ages) - 1, 0, -1):
        late, crossing = ages[k], cost + ages[k] * finished[k] - means[k]
        while len(lines) > 1:
            (b0, i0), (b1, i1) = lines[-2], lines[-1]
            if (i1 - crossing) * (b0 - b1) < (i0 - i1) * (b1 - late):
                break
            lines.pop()
        lines.append((late, crossing))
        share = finished[k - 1]
        while len(lines) > 1 and lines[1][1] - lines[1][0] * share <= lines[0][1] - lines[0][0] * share:
            lines.popleft()
        polls[k - 1], intercept = lines[0]
        cost = thrift * (1.0 - share) + means[k - 1] + intercept - polls[k - 1] * share
    return polls


def _interpolate(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """Read the line through the points (xs, ys) at `x`; beyond its end, along its last stretch."""
    k = min(bisect_right(xs, x), len(xs) - 1)
    x0, x1 = xs[k - 1], xs[k]
    return ys[k - 1] + (ys[k] - ys[k - 1]) * ((x - x0) / (x1 - x0))
