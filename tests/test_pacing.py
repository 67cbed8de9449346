"""The pacings: exact delays of the simple ones, what settings they take, and what they survive."""

from __future__ import annotations

import copy
import math
import pickle
import threading
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tela_runs.errors import ConfigurationError
from tela_runs.pacing import AdaptivePacing, BackoffPacing, FixedPacing, Pacing

from .paced import around, polls, taught

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_POSITIVE = [0, -1, 0.0, -0.5, 5e-324, math.nan, math.inf, -math.inf, 1e10, 10**400, True, "1", None]
WEIRD_AGES = [0, -0.0, -5.0, -math.inf, math.inf, math.nan, 5e-324, 1e308, 10**400, -(10**400)]
ages = st.one_of(st.floats(), st.integers(), st.floats(0, 1e5))
durations = st.lists(st.one_of(st.floats(), st.floats(0, 1e4)), max_size=40)


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
def test_settings_that_are_not_a_positive_number_are_rejected(make: Callable[[Any], Pacing], value: Any) -> None:
    """A setting that is not a finite number above 0 is rejected when the pacing is made, as a ValueError."""
    with pytest.raises(ConfigurationError) as caught:
        make(value)
    assert isinstance(caught.value, ValueError)
    assert "Give a number above 0" in str(caught.value)


def test_settings_that_contradict_each_other_are_rejected() -> None:
    """A factor below 1, a maximum below the initial delay and half a key are rejected."""
    with pytest.raises(ConfigurationError, match=r"factor is 0\.9"):
        BackoffPacing(1.0, 0.9, 20.0)
    with pytest.raises(ConfigurationError, match=r"maximum, 0\.5, is below"):
        BackoffPacing(1.0, 1.5, 0.5)
    with pytest.raises(ConfigurationError, match="whole number"):
        AdaptivePacing(max_keys=1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "pacing",
    [FixedPacing(Decimal("1.5")), BackoffPacing(Decimal("1.5"), Fraction(1)), AdaptivePacing(Decimal("0.25"))],  # type: ignore[arg-type]
)
def test_settings_of_other_types_of_numbers_are_floats(pacing: Pacing) -> None:
    """They do not mix with floats; delays do, with the jitter."""
    assert type(pacing.delay(3.0)) is float


def test_fixed_pacing_is_the_same_at_every_age() -> None:
    """A fixed pacing returns its seconds for every age and key, whatever it observes."""
    pacing = FixedPacing(2)
    pacing.observe(100.0, "a")
    assert [pacing.delay(age, key) for age, key in [(0, None), (50.5, "a"), (math.nan, "b")]] == [2, 2, 2]


def test_backoff_takes_its_steps_from_age_zero() -> None:
    """Followed from age 0, the delays are initial, initial x factor, initial x factor^2, … up to the maximum."""
    ages = [0.0, *polls(BackoffPacing(1.0, 2.0, 10.0), 6)]
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
def test_an_older_run_is_polled_no_earlier(seen: list[float], one: float, other: float, thrift: float) -> None:
    """Of two runs, the older is not polled next at a younger age than the other."""
    pacing = taught(seen, thrift)
    young, old = sorted((one, other))
    assert young + pacing.delay(young) <= (old + pacing.delay(old)) * (1 + 1e-9) + 1e-3


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
    assert many._pool.weight == pytest.approx(50.0)


def test_delays_of_unknown_keys_keep_nothing() -> None:
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
    assert polls(again, 20, "a") == polls(pacing, 20, "a")
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
    assert polls(pacing, 3) == [10.0, 20.0, 30.0]


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
    assert pacing._pool.weight == pytest.approx(50 * (1 - 0.98**200))
