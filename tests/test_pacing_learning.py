"""What the adaptive pacing learns, forgets and skips, and what that saves."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tela_runs import _hazard
from tela_runs.pacing import AdaptivePacing

from .paced import around, dice, follow, polls, taught


def test_cold_delays_are_those_of_the_prior() -> None:
    """With nothing seen, polls follow from Weibull durations of shape 0.75 and median 32 s, worked out by hand."""
    # The hazard 0.75 t^-0.25 / s^0.75 has phase t^0.875 / k with k = 0.875 s^0.375 sqrt(2 x 0.25 / 0.75).
    k = 0.875 * (32 / math.log(2) ** (4 / 3)) ** 0.375 * math.sqrt(0.5 / 0.75)
    for number, age in enumerate(polls(AdaptivePacing(), 60), 1):
        assert age == pytest.approx((number * k) ** (8 / 7), rel=0.01)


def test_ten_minutes_cold_are_cheap_and_seen_soon() -> None:
    """A run of 10 minutes, with the default settings and nothing seen: at most 90 requests, lag at most 5 %."""
    jitter = dice(7)
    outcomes = [follow(AdaptivePacing(), 600.0, jitter) for _ in range(40)]
    assert max(requests for requests, _ in outcomes) <= 90
    assert sum(lag for _, lag in outcomes) / len(outcomes) <= 0.05 * 600


def test_a_short_run_is_seen_soon_when_cold() -> None:
    """With nothing seen, a run of 3 s is seen within 3 s of its end."""
    assert next(age for age in polls(AdaptivePacing(), 9) if age >= 3) <= 6


def test_constant_hazard_gives_constant_delays() -> None:
    """For exponential durations of mean m, polls are sqrt(2 x thrift x m) apart, as the formula says."""
    schedule = _hazard.plan(_hazard.weibull(1.0, 40.0), thrift=0.2, exact=False)
    age = 0.0
    for _ in range(40):
        after = schedule.next_poll(age)
        assert after - age == pytest.approx(4.0, rel=1e-3)
        age = after


def test_four_times_the_thrift_is_half_the_polls() -> None:
    """With four times the thrift, every second poll is left out."""
    saving = polls(AdaptivePacing(1.0), 20)
    assert saving == pytest.approx(polls(AdaptivePacing(0.25), 40)[1::2], rel=0.02)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(1e-3, 1)), min_size=1, max_size=12), st.floats(0.01, 50))
def test_few_polls_are_the_best_there_are(steps: list[tuple[float, float]], thrift: float) -> None:
    """The dynamic programme costs what the best of all schedules costs, found by trying every one."""
    ages, finished = [0.0], [0.0]
    for wait, share in steps:
        ages.append(ages[-1] + wait)
        finished.append(finished[-1] + share)
    finished = [share / finished[-1] for share in finished]
    cells = list(zip(pairwise(ages), pairwise(finished), strict=True))

    def cost(a: int, b: int) -> float:
        lag = sum((ages[b] - (s + e) / 2) * (after - before) for (s, e), (before, after) in cells[a:b])
        return thrift * (1 - finished[a]) + lag

    last = len(steps)
    least = [0.0] * (last + 1)
    for a in range(last - 1, -1, -1):
        least[a] = min(cost(a, b) + least[b] for b in range(a + 1, last + 1))
    chosen = _hazard._best_polls(ages, finished, thrift)
    for a in range(last):
        total, k = 0.0, a
        while k != last:
            after = ages.index(chosen[k])
            total, k = total + cost(k, after), after
        assert total == pytest.approx(least[a], rel=1e-6, abs=1e-9)


def test_dead_zones_are_skipped() -> None:
    """After 30 runs of about a minute, the first poll is not made in the first 20 s, and polls are near a minute."""
    pacing = taught(around(60.0, 30))
    ages = polls(pacing, 40)
    assert ages[0] > 20
    assert sum(40 <= age <= 90 for age in ages) > 3 * sum(age < 40 for age in ages)


def test_two_humps_are_both_polled_and_the_gap_is_not() -> None:
    """With half the runs of about 6 s and half of about 60 s, there is at most one poll from 15 s to 35 s."""
    pacing = taught([d for pair in zip(around(6, 20), around(60, 20), strict=True) for d in pair], thrift=1.0)
    ages = polls(pacing, 12)
    assert sum(age < 15 for age in ages) >= 2
    assert sum(15 <= age <= 35 for age in ages) <= 1
    assert sum(40 <= age <= 90 for age in ages) >= 4


def test_a_handful_of_runs_is_enough_to_profit() -> None:
    """After five runs, the next ones cost less, in requests and lag, than they do cold."""
    warm, cold, jitter = taught(around(30.0, 5)), AdaptivePacing(), dice(3)

    def cost(pacing: AdaptivePacing) -> float:
        outcomes = [follow(pacing, duration, jitter) for duration in around(30.0, 200, seed=2)]
        return sum(pacing.thrift * requests + lag for requests, lag in outcomes)

    assert cost(warm) < 0.85 * cost(cold)


def test_durations_that_drift_are_followed() -> None:
    """When runs of 5 s turn into runs of 50 s, forty of these later the polls are near those of 50 s alone."""
    drifted = taught(around(5.0, 200) + around(50.0, 40, seed=2))
    settled = taught(around(50.0, 40, seed=2))
    jitter = dice(3)
    pairs = [(follow(drifted, d, jitter), follow(settled, d, jitter)) for d in around(50.0, 200, seed=4)]
    lag, settled_lag = (sum(pair[i][1] for pair in pairs) for i in (0, 1))
    requests, settled_requests = (sum(pair[i][0] for pair in pairs) for i in (0, 1))
    assert lag <= 1.5 * settled_lag
    assert requests <= 1.5 * settled_requests


@pytest.mark.parametrize("median", [0.5, 30.0])
def test_runs_known_from_polls_alone_do_nearly_as_well(median: float) -> None:
    """Taught the middle between the last two polls, the pacing costs a quarter more at most than taught the truth."""
    jitter = dice(5)
    blurred = AdaptivePacing()
    for duration in around(median, 60):
        ages = [0.0]
        while ages[-1] < duration:
            ages.append(ages[-1] + blurred.delay(ages[-1]) * jitter.uniform(0.9, 1.1))
        blurred.observe(sum(ages[-2:]) / 2)
    exact = taught(around(median, 60))

    def cost(pacing: AdaptivePacing) -> float:
        outcomes = [follow(pacing, duration, jitter) for duration in around(median, 300, seed=2)]
        return sum(pacing.thrift * requests + lag for requests, lag in outcomes)

    assert cost(blurred) <= 1.25 * cost(exact)


def test_keys_are_learned_apart() -> None:
    """What runs of one key took decides its own polls, and None is a key like any other."""
    pacing = AdaptivePacing()
    for quick, slow, other in zip(around(3, 30), around(300, 30), around(30, 30), strict=True):
        pacing.observe(quick, "quick")
        pacing.observe(slow, "slow")
        pacing.observe(other)
    assert pacing.delay(0, "quick") < pacing.delay(0) < pacing.delay(0, "slow")


def test_a_new_key_starts_from_the_others() -> None:
    """A key never seen profits from what the others took, but is not as sure of it."""
    pacing = AdaptivePacing()
    for number in range(20):
        for duration in around(300, 5, seed=number):
            pacing.observe(duration, str(number))
    assert AdaptivePacing().delay(0) * 2 < pacing.delay(0, "new") < pacing.delay(0, "0")
