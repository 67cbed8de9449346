"""The scheduler of many runs, by hand: who is looked at next, and when nobody is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tela_runs import (
    AuthenticationError,
    FixedPacing,
    NotFoundError,
    Outcome,
    RateLimitError,
    Run,
    RunFailedError,
    WaitTimeoutError,
)
from tela_runs._answer import Seen
from tela_runs._fleet import Fleet, visiting

from .by_hand import Clock, Played, busy, play, terms

if TYPE_CHECKING:
    from tela_runs import APIError
    from tela_runs._polling import Wait


def state(run_id: str, status: str) -> Seen:
    """A look at this run that showed this status."""
    return Seen(Run.from_dict({"id": run_id, "status": status}))


def fleet_of(clock: Clock, *ids: str, timeout: float | None = 600, pacing: float = 2.0) -> Fleet:
    """A fleet of these runs."""
    fleet = Fleet(terms(clock, pacing=FixedPacing(pacing)), timeout)
    for run_id in ids:
        fleet.add(run_id)
    return fleet


def visit(fleet: Fleet, clock: Clock, answer: Seen | APIError) -> tuple[Wait, Played]:
    """Take the next run, look at it once, and give it back."""
    wait = fleet.take()
    assert wait is not None
    played = play(visiting(wait), clock, [answer])
    if played.error is None:
        fleet.give_back(wait, played.result)
    return wait, played


def test_runs_are_looked_at_in_the_order_they_joined() -> None:
    """All are due at once at first, and none is taken twice."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", "c", "a", "b")
    taken = [wait.run_id for wait in iter(fleet.take, None)]
    assert taken == ["a", "b", "c"]
    assert fleet.is_out
    assert not fleet.is_empty


def test_the_run_that_has_been_due_the_longest_is_next() -> None:
    """What was looked at first comes first again, so none starves when all are late."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    for run_id in "ab":
        visit(fleet, clock, state(run_id, "running"))
        clock.now += 0.5
    assert fleet.take() is None
    assert fleet.next_due() == 1002
    clock.now += 60
    assert [wait.run_id for wait in iter(fleet.take, None)] == ["a", "b"]


def test_a_succeeded_and_a_failed_run_are_outcomes() -> None:
    """The one has its run, the other the error that `wait` would raise too."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    _, good = visit(fleet, clock, state("a", "succeeded"))
    _, bad = visit(fleet, clock, state("b", "failed"))
    assert good.result.unwrap().succeeded
    assert isinstance(bad.result.error, RunFailedError)
    assert bad.result.run.failed
    with pytest.raises(RunFailedError):
        bad.result.unwrap()
    assert fleet.is_empty


def test_a_refusal_is_the_outcome_of_its_run_alone() -> None:
    """A 404 for one leaves the others."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    _, refused = visit(fleet, clock, NotFoundError("no", status_code=404, run_id="a"))
    assert isinstance(refused.result, Outcome)
    assert isinstance(refused.result.error, NotFoundError)
    assert refused.result.error.__traceback__ is None
    assert not fleet.is_empty


def test_a_refused_key_is_raised() -> None:
    """A 401 is no outcome of one run: it concerns all."""
    clock = Clock()
    _, played = visit(fleet_of(clock, "a"), clock, AuthenticationError("no", status_code=401, run_id="a"))
    assert isinstance(played.error, AuthenticationError)


def test_a_429_holds_the_whole_fleet() -> None:
    """After Retry-After: 5 for one run, none is taken for 5 s, though others are due."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    visit(fleet, clock, RateLimitError("slow", status_code=429, run_id="a", retry_after=5))
    assert fleet.take() is None
    assert fleet.next_due() == 1005
    clock.now = 1005
    wait = fleet.take()
    assert wait is not None
    assert wait.run_id == "b"


def test_429s_without_a_hint_hold_longer_each_time() -> None:
    """0.5 s, 1 s, 2 s; a look that succeeds starts it anew; answers to requests sent before a hold add nothing."""
    clock = Clock()
    fleet = fleet_of(clock, *(f"r{number}" for number in range(9)))
    slow = RateLimitError("slow", status_code=429)
    holds = []
    for _ in range(3):
        first, second = fleet.take(), fleet.take()
        assert first is not None
        assert second is not None
        for wait in (first, second):
            fleet.give_back(wait, play(visiting(wait), clock, [slow]).result)
        due = fleet.next_due()
        assert due is not None
        holds.append(due - clock.now)
        clock.now = due
    assert holds == [0.5, 1, 2]
    visit(fleet, clock, state("r6", "running"))
    visit(fleet, clock, slow)
    assert fleet.next_due() == clock.now + 0.5


def test_a_hold_ends_before_the_deadline() -> None:
    """A Retry-After of a day leaves time for the last looks."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", timeout=10)
    visit(fleet, clock, RateLimitError("slow", status_code=429, retry_after=86400))
    assert fleet.next_due() == pytest.approx(1009.9)


def test_other_failures_delay_their_run_alone() -> None:
    """A 503 for one run leaves the others due."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    visit(fleet, clock, busy())
    wait = fleet.take()
    assert wait is not None
    assert wait.run_id == "b"


def test_after_the_deadline_every_run_left_has_its_outcome() -> None:
    """None is looked at any more, and each has a WaitTimeoutError with what was last seen of it."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", timeout=3)
    visit(fleet, clock, state("a", "running"))
    assert fleet.next_due() == 1000
    clock.now = 1003
    assert fleet.is_over
    assert fleet.take() is None
    outcomes = {outcome.run_id: outcome for outcome in fleet.expire()}
    errors = [outcome.error for outcome in outcomes.values()]
    assert all(isinstance(error, WaitTimeoutError) for error in errors)
    assert outcomes["a"].run is not None
    assert outcomes["a"].run.status_text == "running"
    assert outcomes["b"].run is None
    assert fleet.is_empty


def test_an_idle_fleet_wakes_at_its_deadline_at_the_latest() -> None:
    """What is due after the deadline is not waited for."""
    clock = Clock()
    fleet = fleet_of(clock, "a", timeout=10, pacing=8)
    visit(fleet, clock, state("a", "running"))
    assert fleet.next_due() == 1008
    clock.now = 1008
    wait, _ = visit(fleet, clock, state("a", "running"))
    assert fleet.next_due() == pytest.approx(1009.95)
    assert wait.polls == 2
