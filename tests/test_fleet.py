"""The scheduler of many runs, by hand: who is looked at next, and when nobody is."""

from __future__ import annotations

import heapq
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
from tela_runs._fleet import Fleet
from tela_runs._flow import Done, Look, Report, advance
from tela_runs._rate import Rate

from .by_hand import Clock, Played, busy, play, seen, terms

if TYPE_CHECKING:
    from tela_runs import APIError
    from tela_runs._flow import Flow
    from tela_runs._wait import Wait


def state(run_id: str, status: str) -> Seen:
    """A look at this run that showed this status."""
    return Seen(Run.from_dict({"id": run_id, "status": status}))


def fleet_of(
    clock: Clock, *ids: str, timeout: float | None = 600, pacing: float = 2.0, max_in_flight: int = 20
) -> Fleet:
    """A fleet of these runs."""
    fleet = Fleet(terms(clock, pacing=FixedPacing(pacing)), timeout, max_in_flight)
    for run_id in ids:
        fleet.add(run_id)
    return fleet


def visit(fleet: Fleet, clock: Clock, answer: Seen | APIError) -> tuple[Wait, Played]:
    """Take the next run, look at it once, and give it back."""
    wait = fleet.take()
    assert wait is not None
    played = play(fleet.visiting(wait), clock, [answer])
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
            fleet.give_back(wait, play(fleet.visiting(wait), clock, [slow]).result)
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


def simulate(
    fleet: Fleet, clock: Clock, max_in_flight: int, latency: float, answer: Seen | APIError
) -> tuple[list[Wait], list[Outcome]]:
    """Look at so many runs at a time, each for as long and with the same answer, until all have come to an end."""
    asked: dict[str, Wait] = {}
    outcomes = []
    flying: list[tuple[float, str, Wait, Flow[Outcome | float]]] = []
    while not fleet.is_empty and (flying or not fleet.is_over):
        while len(flying) < max_in_flight and (wait := fleet.take()):
            flow = fleet.visiting(wait)
            assert isinstance(advance(flow), Look)
            asked[wait.run_id] = wait
            heapq.heappush(flying, (clock.now + latency, wait.run_id, wait, flow))
        due = fleet.next_due() if len(flying) < max_in_flight and not fleet.is_over else None
        clock.now = min(time for time in (due, flying[0][0] if flying else None) if time is not None)
        while flying and flying[0][0] <= clock.now:
            _, _, wait, flow = heapq.heappop(flying)
            step = advance(flow, answer) if isinstance(answer, Seen) else advance(flow, None, answer)
            if isinstance(step, Report):
                step = advance(flow)
            assert isinstance(step, Done)
            fleet.give_back(wait, step.result)
            outcomes += [step.result] if isinstance(step.result, Outcome) else []
    return list(asked.values()), [*outcomes, *fleet.expire()]


@pytest.mark.parametrize(
    ("runs", "max_in_flight", "latency"),
    [(1, 20, 0.02), (20, 20, 0.02), (300, 20, 0.02), (300, 20, 1.0), (2000, 100, 0.1)],
)
def test_each_of_many_runs_has_its_last_look(runs: int, max_in_flight: int, latency: float) -> None:
    """More runs than can be looked at in the last moment take turns, as late as that can be."""
    clock = Clock()
    ids = [f"r{number}" for number in range(runs)]
    fleet = fleet_of(clock, *ids, timeout=60, pacing=600, max_in_flight=max_in_flight)
    waits, outcomes = simulate(fleet, clock, max_in_flight, latency, seen("running"))
    assert {outcome.run_id for outcome in outcomes} == set(ids)
    assert {(wait.polls, wait.last_error) for wait in waits} == {(2, None)}
    assert len(waits) == runs
    # A look takes `latency`, its reserve and what is left for turns are twice as much.
    assert 1060 - min(wait.asked for wait in waits) <= 0.05 + 2 * latency * (1 + runs / max_in_flight)


def test_after_a_hold_each_of_many_runs_has_its_last_look() -> None:
    """A 429 that asks for a day leaves the time to look at each."""
    clock = Clock()
    fleet = fleet_of(clock, *(f"r{number}" for number in range(300)), timeout=60, pacing=600)
    waits, _ = simulate(fleet, clock, 20, 0.02, RateLimitError("slow", status_code=429, retry_after=86400))
    assert len(waits) == 300
    assert sum(wait.polls for wait in waits) < 400
    assert min(wait.asked for wait in waits) > 1059


def test_a_bounded_rate_leaves_each_run_its_last_look() -> None:
    """Ten runs at two requests a second begin to take their turns ten seconds before the end."""
    clock = Clock()
    fleet = Fleet(terms(clock, pacing=FixedPacing(600), rate=Rate(2)), 60, 20)
    for number in range(10):
        fleet.add(f"r{number}")
    begun = []
    while not fleet.is_over:
        wait = fleet.take()
        if wait is None:
            clock.now = fleet.next_due() or 0.0
            continue
        played = play(fleet.visiting(wait), clock, [seen("running")])
        begun.append(played.ended_at)
        fleet.give_back(wait, played.result)
    assert len(begun) == 20
    assert begun[10] >= 1050


def test_a_run_that_had_its_turn_goes_on_at_its_own_pace() -> None:
    """Where the turns take long, runs that are looked at often are looked at until the end."""
    clock = Clock()
    fleet = fleet_of(clock, *(f"r{number}" for number in range(100)), timeout=60, pacing=3)
    waits, _ = simulate(fleet, clock, 20, 0.2, seen("running"))
    assert min(wait.asked for wait in waits) > 1056
    assert min(wait.polls for wait in waits) >= 18
