"""The pacings: exact delays of the simple ones; what the adaptive one learns, forgets, skips and costs."""

from __future__ import annotations

import copy
import math
import pickle
import random
import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tela_runs import _hazard
from tela_runs.errors import ConfigurationError
from tela_runs.pacing import AdaptivePacing, BackoffPacing, FixedPacing, Pacing

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_POSITIVE = [0, -1, 0.0, -0.5, 5e-324, math.nan, math.inf, -math.inf, 1e10, 10**400, True, "1", None]
WEIRD_AGES = [0, -0.0, -5.0, -math.inf, math.inf, math.nan, 5e-324, 1e308, 10**400, -(10**400)]

ages = st.one_of(st.floats(), st.integers(), st.floats(0, 1e5))
durations = st.lists(st.one_of(st.floats(), st.floats(0, 1e4)), max_size=40)


def dice(seed: int) -> random.Random:
    """A source of chance that gives the same in every run."""
    return random.Random(seed)  # noqa: S311


def looks(pacing: Pacing, count: int, key: str | None = None, age: float = 0.0) -> list[float]:
    """The ages of the next looks, each delay kept to exactly."""
    seen = []
    for _ in range(count):
        age += pacing.delay(age, key)
        seen.append(age)
    return seen


def follow(pacing: Pacing, duration: float, jitter: random.Random) -> tuple[int, float]:
    """Requests, the look at age 0 among them, and lag of one run, with the jitter of a wait."""
    age, requests = 0.0, 1
    while age < duration:
        age += pacing.delay(age) * jitter.uniform(0.9, 1.1)
        requests += 1
    return requests, age - duration


def taught(durations: list[float], thrift: float = 0.25, key: str | None = None) -> AdaptivePacing:
    """A pacing that has observed these durations, in seconds."""
    pacing = AdaptivePacing(thrift)
    for duration in durations:
        pacing.observe(duration, key)
    return pacing


def around(median: float, count: int, sigma: float = 0.25, seed: int = 1) -> list[float]:
    """So many log-normal durations around a median, in seconds."""
    rng = dice(seed)
    return [median * rng.lognormvariate(0, sigma) for _ in range(count)]


@pytest.mark.parametrize("value", NOT_POSITIVE)
@pytest.mark.parametrize(
    "make",
    [
        FixedPacing,
        lambda v: BackoffPacing(v, 1.5, 20.0),
        lambda v: BackoffPacing(1.0, v, 20.0),
        lambda v: BackoffPacing(1.0, 1.5, v),
        AdaptivePacing,
        lambda v: AdaptivePacing(typical=v),
        lambda v: AdaptivePacing(maximum=v),
        lambda v: AdaptivePacing(max_keys=v),
    ],
)
def test_settings_that_are_no_positive_number_are_refused(make: Callable[[Any], Pacing], value: Any) -> None:
    """A setting that is not a finite number above 0 is refused when the pacing is made, as a ValueError."""
    with pytest.raises(ConfigurationError) as caught:
        make(value)
    assert isinstance(caught.value, ValueError)
    assert "Give a number above 0" in str(caught.value)


def test_settings_that_contradict_each_other_are_refused() -> None:
    """A factor below 1, a maximum below the initial delay and half a key are refused."""
    with pytest.raises(ConfigurationError, match=r"factor is 0\.9"):
        BackoffPacing(1.0, 0.9, 20.0)
    with pytest.raises(ConfigurationError, match=r"maximum, 0\.5, is below"):
        BackoffPacing(1.0, 1.5, 0.5)
    with pytest.raises(ConfigurationError, match="whole number"):
        AdaptivePacing(max_keys=1.5)  # type: ignore[arg-type]


def test_fixed_pacing_is_the_same_at_every_age() -> None:
    """A fixed pacing returns its seconds for every age and key, whatever it observes."""
    pacing = FixedPacing(2)
    pacing.observe(100.0, "a")
    assert [pacing.delay(age, key) for age, key in [(0, None), (50.5, "a"), (math.nan, "b")]] == [2, 2, 2]


def test_backoff_takes_its_steps_from_age_zero() -> None:
    """Followed from age 0, the delays are initial, initial x factor, initial x factor^2, … up to the maximum."""
    ages = [0.0, *looks(BackoffPacing(1.0, 2.0, 10.0), 6)]
    assert [b - a for a, b in pairwise(ages)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_backoff_goes_on_where_it_was() -> None:
    """The delay depends on the age alone, so a resumed wait goes on with the step of that age."""
    pacing = BackoffPacing(1.0, 2.0, 60.0)
    pacing.observe(3.0)
    assert pacing.delay(7.0) == 8.0
    assert pacing.delay(0.0) == 1.0


def test_backoff_of_factor_one_is_fixed() -> None:
    """A factor of 1 never grows, not even at infinite age."""
    assert [BackoffPacing(3, 1, 3).delay(age) for age in (0, 100, math.inf)] == [3, 3, 3]


@pytest.mark.parametrize("age", WEIRD_AGES)
@pytest.mark.parametrize(
    "pacing", [FixedPacing(1), BackoffPacing(1, 1e9, 1e9), AdaptivePacing(), taught([30.0] * 9)], ids=repr
)
def test_weird_ages_give_usable_delays(pacing: Pacing, age: float) -> None:
    """An age that is negative, NaN, infinite or beyond a float never raises and gives a finite delay above 0."""
    assert 0 < pacing.delay(age) <= 1e9


@settings(max_examples=60, deadline=None)
@given(durations, ages, st.floats(1e-6, 1e6))
def test_adaptive_delays_are_always_usable(seen: list[float], age: float, thrift: float) -> None:
    """Whatever was observed, whatever the age and the thrift, the delay is above 0 and at most the maximum."""
    pacing = taught(seen, thrift)
    assert 0 < pacing.delay(age) <= pacing.maximum


@settings(max_examples=60, deadline=None)
@given(durations, ages, st.tuples(*[st.sampled_from([1e-9, 1e-3, 1.0, 1e9])] * 3))
def test_extreme_settings_give_usable_delays(
    seen: list[float], age: float, extremes: tuple[float, float, float]
) -> None:
    """With the least and the greatest settings that are accepted, delays are above 0 and at most the maximum."""
    thrift, typical, maximum = extremes
    pacing = AdaptivePacing(thrift, typical=typical, maximum=maximum)
    for duration in seen:
        pacing.observe(duration)
    assert 0 < pacing.delay(age) <= maximum


@settings(max_examples=60, deadline=None)
@given(durations, st.floats(0, 1e4), st.floats(0, 1e4), st.floats(1e-3, 1e3))
def test_an_older_run_is_looked_at_no_earlier(seen: list[float], one: float, other: float, thrift: float) -> None:
    """Of two runs, the older is not looked at next at a younger age than the other."""
    pacing = taught(seen, thrift)
    young, old = sorted((one, other))
    assert young + pacing.delay(young) <= (old + pacing.delay(old)) * (1 + 1e-9) + 1e-3


def test_cold_delays_are_those_of_the_prior() -> None:
    """With nothing seen, looks follow from Weibull durations of shape 0.75 and median 32 s, worked out by hand."""
    # The hazard 0.75 t^-0.25 / s^0.75 has phase t^0.875 / k with k = 0.875 s^0.375 sqrt(2 x 0.25 / 0.75).
    k = 0.875 * (32 / math.log(2) ** (4 / 3)) ** 0.375 * math.sqrt(0.5 / 0.75)
    for number, age in enumerate(looks(AdaptivePacing(), 60), 1):
        assert age == pytest.approx((number * k) ** (8 / 7), rel=0.01)


def test_ten_minutes_cold_are_cheap_and_seen_soon() -> None:
    """A run of 10 minutes, with the default settings and nothing seen: at most 90 requests, lag at most 5 %."""
    jitter = dice(7)
    outcomes = [follow(AdaptivePacing(), 600.0, jitter) for _ in range(40)]
    assert max(requests for requests, _ in outcomes) <= 90
    assert sum(lag for _, lag in outcomes) / len(outcomes) <= 0.05 * 600


def test_a_short_run_is_seen_soon_when_cold() -> None:
    """With nothing seen, a run of 3 s is seen within 3 s of its end."""
    assert next(age for age in looks(AdaptivePacing(), 9) if age >= 3) <= 6


def test_constant_hazard_gives_constant_delays() -> None:
    """For exponential durations of mean m, looks are sqrt(2 x thrift x m) apart, as the formula says."""
    schedule = _hazard.plan(_hazard.weibull(1.0, 40.0), thrift=0.2, exact=False)
    age = 0.0
    for _ in range(40):
        after = schedule.next_look(age)
        assert after - age == pytest.approx(4.0, rel=1e-3)
        age = after


def test_four_times_the_thrift_is_half_the_looks() -> None:
    """With four times the thrift, every second look is left out."""
    saving = looks(AdaptivePacing(1.0), 20)
    assert saving == pytest.approx(looks(AdaptivePacing(0.25), 40)[1::2], rel=0.02)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(1e-3, 1)), min_size=1, max_size=12), st.floats(0.01, 50))
def test_few_looks_are_the_best_there_are(steps: list[tuple[float, float]], thrift: float) -> None:
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
    chosen = _hazard._best_looks(ages, finished, thrift, 0.0)
    for a in range(last):
        total, k = 0.0, a
        while k != last:
            after = ages.index(chosen[k])
            total, k = total + cost(k, after), after
        assert total == pytest.approx(least[a], rel=1e-6, abs=1e-9)


def test_dead_zones_are_skipped() -> None:
    """After 30 runs of about a minute, the first look is not made in the first 20 s, and looks are near a minute."""
    pacing = taught(around(60.0, 30))
    ages = looks(pacing, 40)
    assert ages[0] > 20
    assert sum(40 <= age <= 90 for age in ages) > 3 * sum(age < 40 for age in ages)


def test_two_humps_are_both_looked_at_and_the_gap_is_not() -> None:
    """With half the runs of about 6 s and half of about 60 s, there is at most one look from 15 s to 35 s."""
    pacing = taught([d for pair in zip(around(6, 20), around(60, 20), strict=True) for d in pair], thrift=1.0)
    ages = looks(pacing, 12)
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
    """When runs of 5 s turn into runs of 50 s, forty of these later the looks are near those of 50 s alone."""
    drifted = taught(around(5.0, 200) + around(50.0, 40, seed=2))
    settled = taught(around(50.0, 40, seed=2))
    jitter = dice(3)
    pairs = [(follow(drifted, d, jitter), follow(settled, d, jitter)) for d in around(50.0, 200, seed=4)]
    lag, settled_lag = (sum(pair[i][1] for pair in pairs) for i in (0, 1))
    requests, settled_requests = (sum(pair[i][0] for pair in pairs) for i in (0, 1))
    assert lag <= 1.5 * settled_lag
    assert requests <= 1.5 * settled_requests


@pytest.mark.parametrize("median", [0.5, 30.0])
def test_runs_known_from_looks_alone_do_nearly_as_well(median: float) -> None:
    """Taught the middle between the last two looks, the pacing costs a quarter more at most than taught the truth."""
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
    """What runs of one key took decides its own looks, and None is a key like any other."""
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


def test_nonsense_durations_are_ignored() -> None:
    """Durations that are negative, NaN, infinite or beyond 30 years change nothing."""
    pacing = taught(around(30.0, 10))
    before = pickle.dumps(pacing)
    for duration in (-1.0, -math.inf, math.inf, math.nan, 1e10, 10**400):
        pacing.observe(duration)
    assert pickle.dumps(pacing) == before


def test_memory_is_bounded() -> None:
    """Only the keys used last are kept, a key costs the same after 50 runs or 5,000, and weights tend to 50 runs."""
    pacing = AdaptivePacing(max_keys=3)
    for number in range(10):
        pacing.observe(1.0 + number, str(number))
        pacing.delay(0, "0")
    assert list(pacing._keys) == ["8", "9", "0"]
    few, many = taught([30.0] * 50), taught([30.0] * 5000)
    assert len(pickle.dumps(few)) == pytest.approx(len(pickle.dumps(many)), abs=64)
    assert many._pool.durations.weight == pytest.approx(50.0)


def test_asking_about_unknown_keys_keeps_nothing() -> None:
    """Delays for keys that never finish leave no trace."""
    pacing = AdaptivePacing()
    for number in range(2000):
        pacing.delay(1.0, str(number))
    assert len(pacing._keys) == 0


@pytest.mark.parametrize(
    "pacing", [FixedPacing(2), BackoffPacing(1, 2, 30), taught(around(30.0, 30), key="a")], ids=repr
)
@pytest.mark.parametrize("through", [lambda p: pickle.loads(pickle.dumps(p)), copy.deepcopy])  # noqa: S301
def test_pacings_survive_pickle_and_copy(pacing: Pacing, through: Callable[[Pacing], Pacing]) -> None:
    """A pickled or copied pacing has the same settings and has learned the same, and goes on learning."""
    again = through(pacing)
    assert repr(again) == repr(pacing)
    assert looks(again, 20, "a") == looks(pacing, 20, "a")
    again.observe(5.0, "a")
    assert again.delay(1.0, "a") > 0


def test_reprs_show_the_settings() -> None:
    """The repr is how to make the pacing."""
    assert repr(FixedPacing(2)) == "FixedPacing(seconds=2)"
    assert repr(BackoffPacing(1, 2, 30)) == "BackoffPacing(initial=1, factor=2, maximum=30)"
    assert repr(AdaptivePacing()) == "AdaptivePacing(thrift=0.25, typical=32.0, maximum=600.0, max_keys=1024)"


def test_delays_are_capped_at_the_maximum() -> None:
    """No delay exceeds the maximum, even across a dead zone."""
    pacing = AdaptivePacing(maximum=10.0)
    for duration in around(300.0, 30):
        pacing.observe(duration)
    assert looks(pacing, 3) == [10.0, 20.0, 30.0]


def test_threads_lose_no_observation() -> None:
    """Four threads that observe and ask at once lose nothing and break nothing."""
    pacing = AdaptivePacing(max_keys=4)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(50):
                pacing.observe(10.0 + step, str(number))
                assert pacing.delay(float(step), str(step % 6)) > 0
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert pacing._pool.durations.weight == pytest.approx(50 * (1 - 0.98**200))
