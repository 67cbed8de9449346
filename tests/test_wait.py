"""When a wait polls again, and for how long: driven by hand, with exact sleeps and timeouts."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tela_runs import BackoffPacing, FixedPacing, RateLimitError, WaitTimeoutError
from tela_runs._polling.single import waiting, watching

from .by_hand import Clock, error_of, options, play, shown

if TYPE_CHECKING:
    from tela_runs import APIError
    from tela_runs._polling.flow import PollResult


@pytest.mark.parametrize(("jitter", "slept"), [(0.0, 1.8), (0.5, 2.0), (0.999, 2.1996)])
def test_pacing_is_jittered_by_a_tenth(jitter: float, slept: float) -> None:
    """Jitter takes up to a tenth off the pacing's delay or adds it."""
    clock = Clock()
    played = play(watching("r1", options(clock, jitter=jitter), 600), clock, [shown("running"), shown("succeeded")])
    assert played.sleeps == [slept]


class Constant:
    """A pacing with the same delay each time, whatever that is."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def delay(self, age: float, key: str | None = None) -> float:
        return self._seconds

    def observe(self, duration: float, key: str | None = None) -> None: ...


@pytest.mark.parametrize(
    ("delay", "slept"),
    [(0.0, 0.05), (-5.0, 0.05), (math.nan, 0.05), (1e-9, 0.05), (math.inf, 3600.0), (86400.0, 3600.0)],
)
def test_no_pacing_can_spin_or_sleep_for_ever(delay: float, slept: float) -> None:
    """Whatever `delay` returns, a wait without a deadline sleeps between 0.05 s and an hour."""
    clock = Clock()
    played = play(
        watching("r1", options(clock, pacing=Constant(delay)), None), clock, [shown("running"), shown("succeeded")]
    )
    assert played.sleeps == [slept]


def test_delay_of_another_type_of_number_is_slept_as_a_float() -> None:
    """Such as `Decimal`. Over numpy's ``float32`` a sync wait raised a TypeError, and trio an internal error."""
    clock, pacing = Clock(), Constant(Decimal("2.5"))  # type: ignore[arg-type]
    played = play(watching("r1", options(clock, pacing=pacing), None), clock, [shown("running"), shown("succeeded")])
    assert played.sleeps == [2.5]


def test_retry_after_comes_before_the_pacing() -> None:
    """A Retry-After on a 200 replaces the delay of the pacing once, with up to a tenth added."""
    clock = Clock()
    responses = [shown("running", retry_after=7), shown("running"), shown("succeeded")]
    played = play(watching("r1", options(clock), 600), clock, responses)
    assert played.sleeps == [7.35, 2]


def test_retry_after_comes_before_the_back_off() -> None:
    """A Retry-After on an error replaces our back-off, and at most a second is added."""
    clock = Clock()
    played = play(
        watching("r1", options(clock, jitter=0.9), 600), clock, [error_of(retry_after=40), shown("succeeded")]
    )
    assert played.sleeps == [40.9]


def test_back_off_doubles_from_half_a_second_to_15_seconds() -> None:
    """Failed polls are 0.5 s apart, then 1 s … 15 s, less up to half; a poll that succeeds starts it anew."""
    clock = Clock()
    responses: list[PollResult | APIError] = [
        *(error_of() for _ in range(7)),
        shown("running"),
        error_of(),
        shown("succeeded"),
    ]
    played = play(watching("r1", options(clock, jitter=0.0), 600), clock, responses)
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
def test_backoff_after_failed_polls_starts_at_the_pacing_interval(pause: float, sleeps: list[float]) -> None:
    """Where the pacing is quicker, back-off grows from one of its intervals to sixteen, each at least the floor."""
    clock = Clock()
    responses: list[PollResult | APIError] = [*(error_of() for _ in range(7)), shown("succeeded")]
    played = play(watching("r1", options(clock, pacing=Constant(pause), jitter=0.0), 600), clock, responses)
    assert played.sleeps == sleeps


def test_last_poll_comes_just_before_the_deadline() -> None:
    """With instant responses it begins 0.05 s before the deadline, and the wait ends with it."""
    clock = Clock()
    played = play(waiting("r1", options(clock, pacing=FixedPacing(4)), 10), clock, lambda _: shown("running"))
    assert played.sleeps == [4, 4, 1.95]
    error = played.error
    assert isinstance(error, WaitTimeoutError)
    assert error.run is not None
    assert (error.run.status_text, error.polls, error.last_error) == ("running", 4, None)
    assert error.elapsed == pytest.approx(9.95)


def test_last_poll_of_a_slow_server_begins_earlier() -> None:
    """With responses that take 0.5 s, it begins 1 s before the deadline; one more follows, and is cut at it."""
    clock = Clock()
    played = play(
        waiting("r1", options(clock, pacing=FixedPacing(60)), 10), clock, lambda _: shown("running"), latency=0.5
    )
    assert played.sleeps == [8.5, 0.05]
    assert played.timeouts == [10, 1, 0.45]
    assert played.ended_at - 1000 == pytest.approx(10)


def test_timeout_of_a_poll_is_what_the_deadline_leaves() -> None:
    """No poll may take longer than that, nor than the client's own timeout."""
    clock = Clock()
    played = play(waiting("r1", options(clock, timeout=3), 8), clock, lambda _: error_of(), latency=60)
    assert played.timeouts[:2] == [3, 3]
    assert played.ended_at - 1000 <= 8
    assert isinstance(played.error, WaitTimeoutError)


def test_retry_after_of_a_day_is_cut_to_the_deadline() -> None:
    """The wait sleeps up to its last poll, whatever the server asks."""
    clock = Clock()
    played = play(waiting("r1", options(clock), 60), clock, lambda _: error_of(429, retry_after=86400))
    assert played.sleeps == [59.95]
    assert isinstance(played.error, WaitTimeoutError)
    assert isinstance(played.error.last_error, RateLimitError)
    assert played.error.last_error.retry_after == 86400


def test_retry_after_of_a_day_without_a_deadline_is_cut_to_an_hour() -> None:
    """A wait with timeout=None polls at least once an hour, whatever the server asks."""
    clock = Clock()
    played = play(waiting("r1", options(clock), None), clock, [error_of(429, retry_after=86400), shown("succeeded")])
    assert played.sleeps == [3600]


class Learning:
    """A pacing that keeps its arguments."""

    def __init__(self) -> None:
        self.ages: list[tuple[float, str | None]] = []
        self.durations: list[tuple[float, str | None]] = []

    def delay(self, age: float, key: str | None = None) -> float:
        self.ages.append((age, key))
        return 2.0

    def observe(self, duration: float, key: str | None = None) -> None:
        self.durations.append((duration, key))


STAMPS: dict[str, Any] = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:01:30Z"}


def test_age_of_a_run_counts_from_its_creation_by_the_servers_clock() -> None:
    """The pacing gets the age by the response's Date and the run's created_at, and the canvas as the key."""
    clock, pacing = Clock(), Learning()
    first = shown("running", created_at=STAMPS["created_at"], raw_input={"canvas_id": "c1"})
    first = type(first)(first.run, None, "Thu, 01 Jan 2026 00:00:40 GMT")
    play(watching("r1", options(clock, pacing=pacing), 600), clock, [first, shown("running"), shown("succeeded")])
    assert pacing.ages == [(40, "c1"), (42, "c1")]


def test_age_counts_from_the_start_of_the_wait_where_the_run_has_no_time() -> None:
    """Without stamps, a run is taken to have ended midway between the last two polls."""
    clock, pacing = Clock(), Learning()
    responses = [shown("running"), shown("running"), shown("succeeded")]
    play(watching("r1", options(clock, pacing=pacing), 600), clock, responses)
    assert pacing.ages == [(0, None), (2, None)]
    assert pacing.durations == [(3, None)]


def test_duration_of_a_run_is_learned_from_its_timestamps() -> None:
    """A finished run teaches updated_at - created_at, even if it was finished at the first poll."""
    clock, pacing = Clock(), Learning()
    play(
        watching("r1", options(clock, pacing=pacing), 600),
        clock,
        [shown("succeeded", prompt_version_id="v7", **STAMPS)],
    )
    assert pacing.durations == [(90, "v7")]


def test_finished_run_without_timestamps_teaches_nothing_at_the_first_poll() -> None:
    """How long it took cannot be known."""
    clock, pacing = Clock(), Learning()
    play(watching("r1", options(clock, pacing=pacing), 600), clock, [shown("succeeded")])
    assert pacing.durations == []


def test_resumed_wait_is_paced_by_the_age_of_the_run() -> None:
    """BackoffPacing gets the age of the run, not that of the wait."""
    clock = Clock()
    first = shown("running", created_at=STAMPS["created_at"])
    first = type(first)(first.run, None, "Thu, 01 Jan 2026 01:00:00 GMT")
    played = play(
        watching("r1", options(clock, pacing=BackoffPacing(1, 2, 20)), 600), clock, [first, shown("succeeded")]
    )
    assert played.sleeps == [20]
