"""When a wait looks again, and for how long it asks: driven by hand, with exact sleeps and timeouts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from tela_runs import (
    BackoffPacing,
    FixedPacing,
    WaitTimeoutError,
)
from tela_runs._polling import waiting, watching

from .by_hand import Clock, busy, play, seen, terms

if TYPE_CHECKING:
    from tela_runs import APIError
    from tela_runs._answer import Seen


@pytest.mark.parametrize(("jitter", "slept"), [(0.0, 1.8), (0.5, 2.0), (0.999, 2.1996)])
def test_the_pacing_is_jittered_by_a_tenth(jitter: float, slept: float) -> None:
    """Jitter takes up to a tenth off the pacing's delay or adds it."""
    clock = Clock()
    played = play(watching("r1", terms(clock, jitter=jitter), 600), clock, [seen("running"), seen("succeeded")])
    assert played.sleeps == [slept]


class Policy:
    """A pacing that says the same each time, whatever that is."""

    def __init__(self, says: float) -> None:
        self._says = says

    def delay(self, age: float, key: str | None = None) -> float:
        return self._says

    def observe(self, duration: float, key: str | None = None) -> None: ...


@pytest.mark.parametrize(
    ("delay", "slept"),
    [(0.0, 0.05), (-5.0, 0.05), (math.nan, 0.05), (1e-9, 0.05), (math.inf, 3600.0), (86400.0, 3600.0)],
)
def test_no_policy_can_spin_or_sleep_for_ever(delay: float, slept: float) -> None:
    """Whatever a policy returns, a wait without a deadline sleeps between 0.05 s and an hour."""
    clock = Clock()
    played = play(watching("r1", terms(clock, pacing=Policy(delay)), None), clock, [seen("running"), seen("succeeded")])
    assert played.sleeps == [slept]


def test_the_servers_hint_comes_before_the_pacing() -> None:
    """A Retry-After on a healthy answer replaces the delay of the pacing once, with up to a tenth added."""
    clock = Clock()
    answers = [seen("running", retry_after=7), seen("running"), seen("succeeded")]
    played = play(watching("r1", terms(clock), 600), clock, answers)
    assert played.sleeps == [7.35, 2]


def test_the_servers_hint_comes_before_the_back_off() -> None:
    """A Retry-After on an error replaces our back-off, and a second at the most is added."""
    clock = Clock()
    played = play(watching("r1", terms(clock, jitter=0.9), 600), clock, [busy(retry_after=40), seen("succeeded")])
    assert played.sleeps == [40.9]


def test_failures_back_off_by_themselves() -> None:
    """Failed looks are 0.5 s apart, then 1 s … 15 s, less up to half; a look that succeeds starts it anew."""
    clock = Clock()
    answers: list[Seen | APIError] = [*(busy() for _ in range(7)), seen("running"), busy(), seen("succeeded")]
    played = play(watching("r1", terms(clock, jitter=0.0), 600), clock, answers)
    assert played.sleeps == [0.5, 1, 2, 4, 8, 15, 15, 1.8, 0.5]


@pytest.mark.parametrize(
    ("pause", "sleeps"),
    [
        (0.9, [0.5, 1, 2, 4, 8, 14.4, 14.4]),
        (0.4, [0.4, 0.8, 1.6, 3.2, 6.4, 6.4, 6.4]),
        (0.0, [0.05, 0.1, 0.2, 0.4, 0.8, 0.8, 0.8]),
        (math.nan, [0.05, 0.1, 0.2, 0.4, 0.8, 0.8, 0.8]),
    ],
)
def test_who_looks_often_knows_soon_of_the_end_of_a_failure(pause: float, sleeps: list[float]) -> None:
    """The back-off grows from one pause of the pacing to sixteen, none of which counts for less than the floor."""
    clock = Clock()
    answers: list[Seen | APIError] = [*(busy() for _ in range(7)), seen("succeeded")]
    played = play(watching("r1", terms(clock, pacing=Policy(pause), jitter=0.0), 600), clock, answers)
    assert played.sleeps == sleeps


def test_the_deadline_comes_with_a_last_look_just_before_it() -> None:
    """With instant answers the last look begins 0.05 s before the deadline, and the wait ends with it."""
    clock = Clock()
    played = play(waiting("r1", terms(clock, pacing=FixedPacing(4)), 10), clock, lambda _: seen("running"))
    assert played.sleeps == [4, 4, 1.95]
    error = played.error
    assert isinstance(error, WaitTimeoutError)
    assert error.run is not None
    assert (error.run.status_text, error.polls, error.last_error) == ("running", 4, None)
    assert error.elapsed == pytest.approx(9.95)


def test_a_slow_servers_last_look_begins_earlier() -> None:
    """With answers that take 0.5 s, the last looks begin 1 s before the deadline and again, and are cut at it."""
    clock = Clock()
    played = play(
        waiting("r1", terms(clock, pacing=FixedPacing(60)), 10), clock, lambda _: seen("running"), latency=0.5
    )
    assert played.sleeps == [8.5, 0.05]
    assert played.timeouts == [10, 1, 0.45]
    assert played.ended_at - 1000 == pytest.approx(10)


def test_every_request_is_cut_to_what_is_left() -> None:
    """No look may take longer than the deadline leaves, nor than the client's own timeout."""
    clock = Clock()
    played = play(waiting("r1", terms(clock, timeout=3), 8), clock, lambda _: busy(), latency=60)
    assert played.timeouts[:2] == [3, 3]
    assert played.ended_at - 1000 <= 8
    assert isinstance(played.error, WaitTimeoutError)


def test_a_retry_after_of_a_day_is_cut_to_the_deadline() -> None:
    """The wait sleeps up to its last look and no further, whatever the server asks."""
    clock = Clock()
    played = play(waiting("r1", terms(clock), 60), clock, lambda _: busy(429, retry_after=86400))
    assert played.sleeps == [59.95]
    assert isinstance(played.error, WaitTimeoutError)
    assert played.error.last_error is not None
    assert played.error.last_error.retry_after == 86400


def test_without_a_deadline_a_day_is_an_hour() -> None:
    """A wait for ever looks once an hour at the least, whatever the server asks."""
    clock = Clock()
    played = play(waiting("r1", terms(clock), None), clock, [busy(429, retry_after=86400), seen("succeeded")])
    assert played.sleeps == [3600]


class Learning:
    """Notes what it is asked and told."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, str | None]] = []
        self.told: list[tuple[float, str | None]] = []

    def delay(self, age: float, key: str | None = None) -> float:
        self.asked.append((age, key))
        return 2.0

    def observe(self, duration: float, key: str | None = None) -> None:
        self.told.append((duration, key))


STAMPS: dict[str, Any] = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:01:30Z"}


def test_the_age_of_a_run_counts_from_its_creation_by_the_servers_clock() -> None:
    """The pacing is told the age by the answer's Date and the run's created_at, and the canvas as the key."""
    clock, pacing = Clock(), Learning()
    first = seen("running", created_at=STAMPS["created_at"], raw_input={"canvas_id": "c1"})
    first = type(first)(first.run, None, "Thu, 01 Jan 2026 00:00:40 GMT")
    play(watching("r1", terms(clock, pacing=pacing), 600), clock, [first, seen("running"), seen("succeeded")])
    assert pacing.asked == [(40, "c1"), (42, "c1")]


def test_the_age_counts_from_the_first_look_where_no_clock_tells() -> None:
    """Without stamps, age is the time since the wait began, and a run is taken to end midway between two looks."""
    clock, pacing = Clock(), Learning()
    answers = [seen("running"), seen("running"), seen("succeeded")]
    play(watching("r1", terms(clock, pacing=pacing), 600), clock, answers)
    assert pacing.asked == [(0, None), (2, None)]
    assert pacing.told == [(3, None)]


def test_the_length_of_a_run_is_learned_from_its_stamps() -> None:
    """A finished run teaches updated_at - created_at, even if it was finished at the first look."""
    clock, pacing = Clock(), Learning()
    play(watching("r1", terms(clock, pacing=pacing), 600), clock, [seen("succeeded", prompt_version_id="v7", **STAMPS)])
    assert pacing.told == [(90, "v7")]


def test_a_run_that_was_finished_at_the_first_look_and_tells_no_times_teaches_nothing() -> None:
    """How long it took cannot be known, so nothing is learned."""
    clock, pacing = Clock(), Learning()
    play(watching("r1", terms(clock, pacing=pacing), 600), clock, [seen("succeeded")])
    assert pacing.told == []


def test_a_resumed_wait_paces_by_the_age_of_the_run() -> None:
    """BackoffPacing is asked with the age of the run, not that of the wait."""
    clock = Clock()
    first = seen("running", created_at=STAMPS["created_at"])
    first = type(first)(first.run, None, "Thu, 01 Jan 2026 01:00:00 GMT")
    played = play(watching("r1", terms(clock, pacing=BackoffPacing(1, 2, 20)), 600), clock, [first, seen("succeeded")])
    assert played.sleeps == [20]
