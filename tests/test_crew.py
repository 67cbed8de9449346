"""Who of a fleet's workers polls, watches the clock or sleeps: driven by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tela_runs import FixedPacing
from tela_runs._polling.fleet import Crew, Fleet, Follow, Lead

from .by_hand import Clock, options, play, shown

if TYPE_CHECKING:
    from tela_runs._polling.state import Wait


def fleet_of(clock: Clock, *ids: str, timeout: float | None = 600) -> Fleet:
    """A fleet of these runs, polled every 2 s."""
    fleet = Fleet(options(clock, pacing=FixedPacing(2)), timeout, 20)
    for run_id in ids:
        fleet.add(run_id)
    return fleet


def polls(step: Wait | Lead | Follow | None) -> Wait:
    """What a worker does is to poll this run."""
    assert step is not None
    assert not isinstance(step, (Lead, Follow))
    return step


def finish(fleet: Fleet, clock: Clock, wait: Wait, status: str = "running") -> None:
    """Poll the run, and give it back."""
    fleet.give_back(wait, play(fleet.visiting(wait), clock, [shown(status, run_id=wait.run_id)]).result)


def test_each_worker_hires_the_next_while_runs_are_due() -> None:
    """One after the other, up to the maximum; the last one sees that nobody can be had."""
    clock = Clock()
    crew = Crew(fleet_of(clock, "a", "b", "c"), most=3)
    reliefs = []
    for run_id in "abc":
        assert polls(crew.next()).run_id == run_id
        reliefs.append(crew.relief())
    assert reliefs == ["hire", "hire", None]


def test_one_idle_worker_leads_and_the_others_follow() -> None:
    """The leader watches the clock until the next run is due; nobody is hired while there is one."""
    clock = Clock()
    fleet = fleet_of(clock, "a")
    crew = Crew(fleet, most=20)
    wait = polls(crew.next())
    assert crew.relief() == "hire"
    assert crew.next() == Lead(1600.0)  # the deadline, for as long as the only run is polled
    finish(fleet, clock, wait)
    assert crew.next() == Follow(nudges=True)  # the run is due at 1002, long before the leader would wake
    crew.led()
    assert crew.next() == Lead(1002.0)
    assert crew.next() == Follow(nudges=False)


def test_leader_that_polls_calls_a_follower() -> None:
    """So that somebody watches the clock; a worker is hired only where nobody sleeps."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    crew = Crew(fleet, most=20)
    for wait in [polls(crew.next()), polls(crew.next())]:
        finish(fleet, clock, wait)
    assert crew.next() == Lead(1002.0)
    assert crew.next() == Follow(nudges=False)
    clock.now = 1002
    crew.led()
    assert polls(crew.next()).run_id == "a"
    assert crew.relief() == "call"
    assert polls(crew.next()).run_id == "b"
    assert crew.relief() == "hire"


def test_last_outcome_ends_the_crew() -> None:
    """Nothing is left to do, unless runs may still be added."""
    clock = Clock()
    fleet = fleet_of(clock, "a")
    crew = Crew(fleet, most=2, is_joining=True)
    finish(fleet, clock, polls(crew.next()), "succeeded")
    assert isinstance(crew.next(), Lead)
    crew.led()
    crew.is_joining = False
    assert crew.next() is None


@pytest.mark.parametrize("timeout", [5, None])
def test_deadline_ends_the_crew_once_no_run_is_polled(timeout: float | None) -> None:
    """A run that is polled at the deadline is waited for; without a deadline there is no end."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", timeout=timeout)
    crew = Crew(fleet, most=2)
    wait, other = polls(crew.next()), polls(crew.next())
    finish(fleet, clock, other)
    clock.now = 1006
    if timeout is None:
        assert polls(crew.next()).run_id == "b"
        return
    assert crew.next() == Lead(float("inf"))
    crew.led()
    fleet.give_back(wait, 2.0)
    assert crew.next() is None
