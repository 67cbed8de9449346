"""The scheduler of many runs, driven by hand: which run is polled next, and when."""

from __future__ import annotations

import heapq
import tracemalloc
from functools import partial
from math import inf
from typing import TYPE_CHECKING

import pytest
from tela_runs import (
    AuthenticationError,
    FixedPacing,
    NotFoundError,
    Outcome,
    RateLimitError,
    RunFailedError,
    WaitTimeoutError,
)
from tela_runs._polling.fleet import Fleet
from tela_runs._polling.flow import Done, Poll, Report, advance
from tela_runs._polling.state import Rate

from .by_hand import Clock, Played, due_run, error_of, options, play, shown

if TYPE_CHECKING:
    from tela_runs import APIError
    from tela_runs._polling.flow import Flow, PollResult
    from tela_runs._polling.state import Wait


def fleet_of(
    clock: Clock, *ids: str, timeout: float | None = 600, pacing: float = 2.0, max_in_flight: int = 20
) -> Fleet:
    """A fleet of these runs."""
    fleet = Fleet(options(clock, pacing=FixedPacing(pacing)), timeout, max_in_flight)
    for run_id in ids:
        fleet.add(run_id)
    return fleet


def poll_next(fleet: Fleet, clock: Clock, response: PollResult | APIError) -> tuple[Wait, Played]:
    """Take the next run, poll it once, and give it back."""
    wait = due_run(fleet)
    assert wait is not None
    played = play(fleet.polling(wait), clock, [response])
    if played.error is None:
        fleet.give_back(wait, played.result)
    return wait, played


def test_runs_are_first_polled_in_the_order_they_were_added() -> None:
    """All are due at once at first, and none is taken twice."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", "c", "a", "b")
    taken = [wait.run_id for wait in iter(partial(due_run, fleet), None)]
    assert taken == ["a", "b", "c"]
    assert not fleet.has_ended


def test_run_that_has_been_due_the_longest_is_next() -> None:
    """What was polled first comes first again, so that none starves when all are late."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    for run_id in "ab":
        poll_next(fleet, clock, shown("running", run_id=run_id))
        clock.now += 0.5
    assert due_run(fleet) is None
    assert fleet.next_due() == 1002
    clock.now += 60
    assert [wait.run_id for wait in iter(partial(due_run, fleet), None)] == ["a", "b"]


def test_succeeded_and_failed_runs_are_outcomes() -> None:
    """The first has its run, the second the error that `wait` would raise."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    _, good = poll_next(fleet, clock, shown("succeeded", run_id="a"))
    _, bad = poll_next(fleet, clock, shown("failed", run_id="b"))
    assert good.result.unwrap().succeeded
    assert isinstance(bad.result.error, RunFailedError)
    assert bad.result.run.failed
    with pytest.raises(RunFailedError):
        bad.result.unwrap()
    assert fleet.has_ended


def test_outcome_keeps_little_more_than_the_text_of_its_run() -> None:
    """The objects of a parsed run take several times as much as its text, and many outcomes may be kept."""
    clock = Clock()
    numbers = {str(number): [number] for number in range(10_000)}
    tracemalloc.start()
    try:
        seen = shown("succeeded", run_id="a", output_content={"content": numbers})
        outcome = poll_next(fleet_of(clock, "a"), clock, seen)[1].result
        del seen
        assert tracemalloc.get_traced_memory()[0] < 2 * len(outcome.run.to_json())
    finally:
        tracemalloc.stop()
    assert outcome.output == numbers


def test_permanent_error_is_the_outcome_of_its_run_alone() -> None:
    """A 404 for one leaves the others."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    _, missing = poll_next(fleet, clock, NotFoundError("no", status_code=404, run_id="a"))
    assert isinstance(missing.result, Outcome)
    assert isinstance(missing.result.error, NotFoundError)
    assert missing.result.error.__traceback__ is None
    assert not fleet.has_ended


def test_rejected_key_is_raised() -> None:
    """A 401 is not the outcome of one run: it concerns all."""
    clock = Clock()
    _, played = poll_next(fleet_of(clock, "a"), clock, AuthenticationError("no", status_code=401, run_id="a"))
    assert isinstance(played.error, AuthenticationError)


def test_429_holds_the_whole_fleet() -> None:
    """After Retry-After: 5 for one run, none is polled for 5 s, though others are due."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    poll_next(fleet, clock, RateLimitError("slow", status_code=429, run_id="a", retry_after=5))
    assert due_run(fleet) is None
    assert fleet.next_due() == 1005
    clock.now = 1005
    wait = due_run(fleet)
    assert wait is not None
    assert wait.run_id == "b"


def test_429s_without_retry_after_hold_the_fleet_longer_each_time() -> None:
    """0.5 s, 1 s, 2 s; a poll that succeeds starts it anew; responses to polls begun before a hold add nothing."""
    clock = Clock()
    fleet = fleet_of(clock, *(f"r{number}" for number in range(9)))
    slow = RateLimitError("slow", status_code=429)
    holds = []
    for _ in range(3):
        first, second = due_run(fleet), due_run(fleet)
        assert first is not None
        assert second is not None
        for wait in (first, second):
            fleet.give_back(wait, play(fleet.polling(wait), clock, [slow]).result)
        due = fleet.next_due()
        holds.append(due - clock.now)
        clock.now = due
    assert holds == [0.5, 1, 2]
    poll_next(fleet, clock, shown("running", run_id="r6"))
    poll_next(fleet, clock, slow)
    assert fleet.next_due() == clock.now + 0.5


def test_hold_ends_before_the_deadline() -> None:
    """A Retry-After of a day leaves time for the last polls."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", timeout=10)
    poll_next(fleet, clock, RateLimitError("slow", status_code=429, retry_after=86400))
    assert fleet.next_due() == pytest.approx(1009.9)


def test_other_errors_delay_their_run_alone() -> None:
    """A 503 for one run leaves the others due."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    poll_next(fleet, clock, error_of())
    wait = due_run(fleet)
    assert wait is not None
    assert wait.run_id == "b"


def test_every_run_that_is_left_at_the_deadline_times_out() -> None:
    """None is polled any more, and each outcome has a WaitTimeoutError with the run as last seen."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b", timeout=3)
    poll_next(fleet, clock, shown("running", run_id="a"))
    assert fleet.next_due() == 1000
    clock.now = 1003
    assert fleet.has_ended
    assert due_run(fleet) is None
    outcomes = {outcome.run_id: outcome for outcome in fleet.expire()}
    errors = [outcome.error for outcome in outcomes.values()]
    assert all(isinstance(error, WaitTimeoutError) for error in errors)
    assert outcomes["a"].run is not None
    assert outcomes["a"].run.status_text == "running"
    assert outcomes["b"].run is None


def test_last_poll_of_a_fleet_comes_just_before_the_deadline() -> None:
    """A run that its pacing would poll after the deadline is polled just before it."""
    clock = Clock()
    fleet = fleet_of(clock, "a", timeout=10, pacing=8)
    poll_next(fleet, clock, shown("running", run_id="a"))
    assert fleet.next_due() == 1008
    clock.now = 1008
    wait, _ = poll_next(fleet, clock, shown("running", run_id="a"))
    assert fleet.next_due() == pytest.approx(1009.95)
    assert wait.polls == 2


def simulate(
    fleet: Fleet, clock: Clock, max_in_flight: int, latency: float, error: APIError | None = None
) -> tuple[list[Wait], list[Outcome]]:
    """Poll at most so many runs at a time, each for ``latency`` seconds, until the fleet has ended.

    Each poll fails with ``error``, if it is given, or shows the run as running.
    """
    polled: dict[str, Wait] = {}
    outcomes = []
    in_flight: list[tuple[float, str, Wait, Flow[Outcome | float]]] = []
    while not fleet.has_ended:
        while len(in_flight) < max_in_flight and (wait := due_run(fleet)):
            flow = fleet.polling(wait)
            assert isinstance(advance(flow), Poll)
            polled[wait.run_id] = wait
            heapq.heappush(in_flight, (clock.now + latency, wait.run_id, wait, flow))
        due = fleet.next_due() if len(in_flight) < max_in_flight else inf
        clock.now = min(due, in_flight[0][0] if in_flight else inf)
        while in_flight and in_flight[0][0] <= clock.now:
            _, _, wait, flow = heapq.heappop(in_flight)
            result = shown("running", run_id=wait.run_id) if error is None else None
            step = advance(flow, result, error)
            if isinstance(step, Report):
                step = advance(flow)
            assert isinstance(step, Done)
            fleet.give_back(wait, step.result)
            outcomes += [step.result] if isinstance(step.result, Outcome) else []
    return list(polled.values()), [*outcomes, *fleet.expire()]


@pytest.mark.parametrize(
    ("runs", "max_in_flight", "latency"),
    [(1, 20, 0.02), (20, 20, 0.02), (300, 20, 0.02), (300, 20, 1.0), (2000, 100, 0.1)],
)
def test_each_of_many_runs_has_its_last_poll(runs: int, max_in_flight: int, latency: float) -> None:
    """More runs than can be polled in the last moment take turns, as late as that can be."""
    clock = Clock()
    ids = [f"r{number}" for number in range(runs)]
    fleet = fleet_of(clock, *ids, timeout=60, pacing=600, max_in_flight=max_in_flight)
    waits, outcomes = simulate(fleet, clock, max_in_flight, latency)
    assert {outcome.run_id for outcome in outcomes} == set(ids)
    assert {(wait.polls, wait.last_error) for wait in waits} == {(2, None)}
    assert len(waits) == runs
    # A poll takes `latency`, its reserve and what is left for turns are twice as much.
    assert 1060 - min(wait.polled_at for wait in waits) <= 0.05 + 2 * latency * (1 + runs / max_in_flight)


def test_each_of_many_runs_has_its_last_poll_after_a_hold() -> None:
    """A 429 that asks for a day leaves the time to poll each."""
    clock = Clock()
    fleet = fleet_of(clock, *(f"r{number}" for number in range(300)), timeout=60, pacing=600)
    waits, _ = simulate(fleet, clock, 20, 0.02, RateLimitError("slow", status_code=429, retry_after=86400))
    assert len(waits) == 300
    assert sum(wait.polls for wait in waits) < 400
    assert min(wait.polled_at for wait in waits) > 1059


def test_each_run_has_its_last_poll_under_max_rate() -> None:
    """Ten runs at two requests a second begin to take their turns ten seconds before the deadline."""
    clock = Clock()
    fleet = Fleet(options(clock, pacing=FixedPacing(600), rate=Rate(2)), 60, 20)
    for number in range(10):
        fleet.add(f"r{number}")
    begun = []
    while not fleet.has_ended:
        wait = due_run(fleet)
        if wait is None:
            clock.now = fleet.next_due()
            continue
        played = play(fleet.polling(wait), clock, [shown("running", run_id=wait.run_id)])
        begun.append(played.ended_at)
        fleet.give_back(wait, played.result)
    assert len(begun) == 20
    assert begun[10] >= 1050


def test_run_that_had_its_turn_is_polled_on_at_its_own_pace() -> None:
    """Where the turns take long, runs that are polled often are polled until the end."""
    clock = Clock()
    fleet = fleet_of(clock, *(f"r{number}" for number in range(100)), timeout=60, pacing=3)
    waits, _ = simulate(fleet, clock, 20, 0.2)
    assert min(wait.polled_at for wait in waits) > 1056
    assert min(wait.polls for wait in waits) >= 18


def test_run_that_joins_too_late_to_be_polled_times_out() -> None:
    """An iterator may take so long to give its next run that no worker is left; the run still has an outcome."""
    fleet = fleet_of(clock := Clock(), "r1", timeout=10)
    fleet.is_joining = True
    assert fleet.has_room()
    clock.now += 9.98
    poll_next(fleet, clock, shown("running"))
    assert fleet.has_ended
    assert fleet.admit("r2") is None
    assert fleet.has_ended
    assert due_run(fleet) is None
    assert [(outcome.run_id, type(outcome.error)) for outcome in fleet.expire()] == [("r2", WaitTimeoutError)]
