"""The bound on a client's requests per second."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tela_runs._polling.state import Rate


def test_times_are_handed_out_evenly() -> None:
    """With 4 a second, requests that come at once are sent a quarter of a second apart."""
    rate = Rate(4)
    assert [rate.reserve(10, 60) for _ in range(4)] == [0, 0.25, 0.5, 0.75]


def test_a_time_that_comes_too_late_is_not_taken() -> None:
    """A request that cannot wait that long leaves its time to the next one."""
    rate = Rate(1)
    assert rate.reserve(0, 60) == 0
    assert rate.reserve(0, 0.5) is None
    assert rate.reserve(0, 60) == 1


@given(st.floats(0.1, 1000), st.lists(st.floats(0, 5), min_size=2, max_size=50))
def test_no_two_requests_are_closer_than_the_rate_allows(per_second: float, gaps: list[float]) -> None:
    """Whenever requests come, the times given to them are at least 1/rate apart."""
    rate, now, times = Rate(per_second), 0.0, []
    for gap in gaps:
        now += gap
        pause = rate.reserve(now, 1e9)
        assert pause is not None
        assert pause >= 0
        times.append(now + pause)
    assert all(later - earlier >= 1 / per_second - 1e-6 for earlier, later in pairwise(times))
