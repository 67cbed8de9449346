"""What a fleet has its workers do: poll, watch the clock, start another worker, wake the one that watches, or end."""

from __future__ import annotations

from math import inf

import pytest
from tela_runs import FixedPacing
from tela_runs._polling.fleet import Fleet
from tela_runs._polling.state import Wait

from .by_hand import Clock, options, play, shown


def fleet_of(clock: Clock, *ids: str, timeout: float | None = 600, max_in_flight: int = 20) -> Fleet:
    """A fleet of these runs, polled every 2 s."""
    fleet = Fleet(options(clock, pacing=FixedPacing(2)), timeout, max_in_flight)
    for run_id in ids:
        fleet.add(run_id)
    return fleet


def taken(fleet: Fleet, last: Wait | float | None = None) -> Wait:
    """The run that a worker is to poll, which polled ``last``, or watched the clock, or was just started."""
    wait = fleet.next_step(last)
    assert isinstance(wait, Wait)
    return wait


def give_back(fleet: Fleet, clock: Clock, wait: Wait, status: str = "running") -> None:
    """Poll the run, and give it back."""
    fleet.give_back(wait, play(fleet.polling(wait), clock, [shown(status, run_id=wait.run_id)]).result)


def test_clock_is_watched_until_the_next_run_is_due() -> None:
    """Or until the deadline, where every run is being polled."""
    clock = Clock()
    fleet = fleet_of(clock, "a")
    wait = taken(fleet)
    assert fleet.next_step() == 600
    clock.now = 1003
    give_back(fleet, clock, wait)
    assert fleet.next_step(600.0) == 2
    clock.now = 1005
    assert taken(fleet, 2.0) is wait


def test_worker_that_polls_starts_another_one_to_watch_the_clock() -> None:
    """Unless one watches, or as many runs are polled as there may be workers."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", "c", max_in_flight=2)
    first = taken(fleet)
    assert fleet.must_start
    fleet.is_watched = True
    assert not fleet.must_start
    second = taken(fleet)
    assert (first.run_id, second.run_id) == ("a", "b")
    assert not fleet.must_start
    give_back(fleet, clock, first)
    assert taken(fleet, first).run_id == "c"
    assert not fleet.must_start


def test_worker_that_polled_watches_the_clock_unless_another_one_does() -> None:
    """With nothing to poll, the first takes over the watch, and the second ends."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", max_in_flight=2)
    first, second = taken(fleet), taken(fleet)
    give_back(fleet, clock, first)
    assert fleet.next_step(first) == 2
    give_back(fleet, clock, second)
    assert fleet.next_step(second) is None
    assert not fleet.must_wake
    clock.now = 1002
    assert taken(fleet, 2.0) is first
    assert fleet.must_start


def test_worker_that_polled_takes_over_what_the_one_that_was_started_has_not_begun() -> None:
    """Runs that are due are polled by whoever comes first; it starts no other worker in the meantime."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", max_in_flight=3)
    first = taken(fleet)
    fleet.is_watched = True
    give_back(fleet, clock, first)
    second = taken(fleet, first)
    assert second.run_id == "b"
    assert not fleet.must_start
    give_back(fleet, clock, second)
    assert fleet.next_step(second) is None
    assert fleet.next_step() == 2


def test_fleet_goes_on_without_a_worker_that_could_not_be_started() -> None:
    """The worker that polled goes on alone, and tries to start another one each time."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    first = taken(fleet)
    assert fleet.must_start
    give_back(fleet, clock, first)
    second = taken(fleet, first)
    assert fleet.must_start
    give_back(fleet, clock, second)
    assert fleet.next_step(second) == 2


def test_worker_that_watches_the_clock_is_woken_only_for_what_comes_before() -> None:
    """A worker that ends wakes it where a run is due sooner than it watches for."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    first, second = taken(fleet), taken(fleet)
    give_back(fleet, clock, second)
    assert fleet.next_step(second) == 2
    assert not fleet.must_wake
    clock.now = 1001
    give_back(fleet, clock, first)
    assert fleet.next_step(first) is None
    assert not fleet.must_wake
    fleet.add("c")
    assert fleet.must_wake


def test_fleet_has_ended_with_its_last_outcome() -> None:
    """Unless runs may still be added."""
    clock = Clock()
    fleet = fleet_of(clock, "a")
    fleet.is_joining = True
    wait = taken(fleet)
    give_back(fleet, clock, wait, "succeeded")
    assert not fleet.has_ended
    assert fleet.next_step(wait) == 600
    fleet.is_joining = False
    assert fleet.has_ended
    assert fleet.must_wake
    assert fleet.next_step(600.0) is None


@pytest.mark.parametrize("timeout", [5, None])
def test_fleet_has_ended_at_the_deadline_once_no_run_is_polled(timeout: float | None) -> None:
    """A run that is polled at the deadline is waited for; without a deadline there is no end."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", timeout=timeout)
    wait, other = taken(fleet), taken(fleet)
    give_back(fleet, clock, other)
    clock.now = 1006
    if timeout is None:
        assert taken(fleet, other).run_id == "b"
        return
    assert fleet.next_step(other) == inf
    assert not fleet.has_ended
    fleet.give_back(wait, 2.0)
    assert fleet.has_ended
    assert fleet.must_wake
    assert fleet.next_step(wait) is None
    assert fleet.next_step(inf) is None
