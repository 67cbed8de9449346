"""What a fleet gives its workers: when to poll next, and when all has ended."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import pytest
from tela_runs import FixedPacing
from tela_runs._polling.fleet import Fleet

from .by_hand import Clock, options, play, shown

if TYPE_CHECKING:
    from tela_runs._polling.state import Wait


def fleet_of(clock: Clock, *ids: str, timeout: float | None = 600) -> Fleet:
    """A fleet of these runs, polled every 2 s."""
    fleet = Fleet(options(clock, pacing=FixedPacing(2)), timeout, 20)
    for run_id in ids:
        fleet.add(run_id)
    return fleet


def taken(fleet: Fleet) -> Wait:
    """The run that is due."""
    wait = fleet.take()
    assert wait is not None
    return wait


def give_back(fleet: Fleet, clock: Clock, wait: Wait, status: str = "running") -> None:
    """Poll the run, and give it back."""
    fleet.give_back(wait, play(fleet.polling(wait), clock, [shown(status, run_id=wait.run_id)]).result)


def test_clock_is_watched_until_the_next_run_is_due() -> None:
    """Or until the deadline, where every run is being polled."""
    clock = Clock()
    fleet = fleet_of(clock, "a")
    assert fleet.plan() == 1000
    wait = taken(fleet)
    assert fleet.plan() == 1600
    give_back(fleet, clock, wait)
    assert fleet.plan() == 1002


def test_worker_on_the_clock_is_woken_only_for_what_comes_before_its_plan() -> None:
    """A worker that ends wakes it where a run is due sooner than was planned."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    first = taken(fleet)
    give_back(fleet, clock, taken(fleet))
    assert fleet.plan() == 1002
    assert not fleet.must_wake
    clock.now = 1001
    give_back(fleet, clock, first)
    assert not fleet.must_wake
    fleet.add("c")
    assert fleet.must_wake


def test_fleet_has_ended_with_its_last_outcome() -> None:
    """Unless runs may still be added."""
    clock = Clock()
    fleet = fleet_of(clock, "a")
    fleet.is_joining = True
    give_back(fleet, clock, taken(fleet), "succeeded")
    assert not fleet.has_ended
    fleet.is_joining = False
    assert fleet.has_ended


@pytest.mark.parametrize("timeout", [5, None])
def test_fleet_has_ended_at_the_deadline_once_no_run_is_polled(timeout: float | None) -> None:
    """A run that is polled at the deadline is waited for; without a deadline there is no end."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", timeout=timeout)
    wait, other = taken(fleet), taken(fleet)
    give_back(fleet, clock, other)
    clock.now = 1006
    if timeout is None:
        assert taken(fleet).run_id == "b"
        return
    assert fleet.take() is None
    assert not fleet.has_ended
    assert fleet.plan() == inf
    fleet.give_back(wait, 2.0)
    assert fleet.plan() <= clock.now  # whoever saw the end not yet is not to sleep
    assert fleet.has_ended
