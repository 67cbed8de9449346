"""The flows of one run, driven by hand: exact sleeps, exact timeouts, no clock but the test's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from tela_runs import (
    APITimeoutError,
    AuthenticationError,
    BackoffPacing,
    FixedPacing,
    NotFoundError,
    RateLimitError,
    RunFailedError,
    RunStatus,
    WaitTimeoutError,
)
from tela_runs._polling import retrieving, waiting, watching
from tela_runs._rate import Rate

from .by_hand import Clock, busy, play, seen, terms

if TYPE_CHECKING:
    from tela_runs import APIError
    from tela_runs._answer import Seen


def test_a_run_that_has_ended_is_seen_with_one_look() -> None:
    """A wait for a succeeded run looks once and does not sleep."""
    clock = Clock()
    played = play(waiting("r1", terms(clock), 600), clock, [seen("succeeded")])
    assert played.result.status is RunStatus.SUCCEEDED
    assert (played.timeouts, played.sleeps, played.reports) == ([30], [], ["succeeded"])


def test_each_change_of_status_is_reported_once() -> None:
    """Of created, running, running, succeeded three states are reported, and the pacing is slept in between."""
    clock = Clock()
    answers = [seen("created"), seen("running"), seen("running"), seen("succeeded")]
    played = play(watching("r1", terms(clock), 600), clock, answers)
    assert played.reports == ["created", "running", "succeeded"]
    assert played.sleeps == [2, 2, 2]


def test_two_unknown_statuses_are_two_changes() -> None:
    """A change is one of the status as received, though both are UNKNOWN."""
    clock = Clock()
    played = play(watching("r1", terms(clock), 600), clock, [seen("queued"), seen("warming"), seen("succeeded")])
    assert played.reports == ["queued", "warming", "succeeded"]


def test_a_failed_run_ends_a_wait_with_its_error_and_a_watch_without() -> None:
    """`wait` raises RunFailedError with the run; `watch` shows the failed run and ends."""
    clock = Clock()
    waited = play(waiting("r1", terms(clock), 600), clock, [seen("failed")])
    watched = play(watching("r1", terms(clock), 600), clock, [seen("failed")])
    assert isinstance(waited.error, RunFailedError)
    assert waited.error.run.failed
    assert (watched.error, watched.reports) == (None, ["failed"])


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


@pytest.mark.parametrize("refusal", [AuthenticationError, NotFoundError])
def test_a_refusal_ends_the_wait_at_once(refusal: type[AuthenticationError]) -> None:
    """A 401 or a 404 is raised after one look."""
    clock = Clock()
    status = 401 if refusal is AuthenticationError else 404
    played = play(waiting("r1", terms(clock), 600), clock, [refusal("no", status_code=status, run_id="r1")])
    assert type(played.error) is refusal
    assert len(played.steps) == 1


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


def test_a_wait_outlives_an_outage() -> None:
    """A server that fails for 20 s within a wait of 60 s still yields the run."""
    clock = Clock()
    played = play(
        waiting("r1", terms(clock), 60), clock, lambda _: busy() if clock.now < 1020 else seen("succeeded"), latency=0.1
    )
    assert played.result.succeeded
    assert played.ended_at < 1036


def test_a_consumer_that_takes_too_long_ends_the_watch() -> None:
    """If the deadline passes while a state is being looked at, nothing more is sent."""
    clock = Clock()
    flow = watching("r1", terms(clock), 10)
    next(flow)
    flow.send(seen("running"))  # the report
    clock.now += 11
    with pytest.raises(WaitTimeoutError):
        flow.send(None)


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


def test_retrieve_asks_again_with_full_jitter() -> None:
    """Between retries there are up to 0.5 s, 1 s, 2 s … 8 s, and the last failure is raised."""
    clock = Clock()
    played = play(retrieving("r1", terms(clock, jitter=1.0), 6), clock, lambda _: busy())
    assert played.sleeps == [0.5, 1, 2, 4, 8, 8]
    assert len(played.timeouts) == 7


def test_retrieve_raises_the_first_refusal_and_retries_nothing_at_all_when_told_so() -> None:
    """A 404 is not asked again; with max_retries=0 neither is a 503."""
    clock = Clock()
    refused = play(retrieving("r1", terms(clock), 5), clock, [NotFoundError("no", status_code=404)])
    unretried = play(retrieving("r1", terms(clock), 0), clock, [busy()])
    assert isinstance(refused.error, NotFoundError)
    assert len(refused.steps) == len(unretried.steps) == 1


@pytest.mark.parametrize(("hint", "slept"), [(3, [3.15]), (60, [60.5]), (60.1, []), (86400, [])])
def test_retrieve_honours_a_retry_after_of_up_to_a_minute(hint: float, slept: list[float]) -> None:
    """A longer one is raised at once, with the time on the error."""
    clock = Clock()
    failure: APIError = RateLimitError("slow", status_code=429, run_id="r1", retry_after=hint)
    played = play(retrieving("r1", terms(clock), 1), clock, [failure, seen("running")])
    assert played.sleeps == slept
    if not slept:
        assert isinstance(played.error, RateLimitError)
        assert played.error.retry_after == hint


def test_a_rate_spaces_the_looks_of_a_client() -> None:
    """With 2 requests a second, the second look waits half a second for its turn, within its own timeout."""
    clock = Clock()
    shared = terms(clock, rate=Rate(2))
    assert play(retrieving("r1", shared, 0), clock, [seen("running")]).sleeps == []
    played = play(retrieving("r1", shared, 0), clock, [seen("running")])
    assert (played.sleeps, played.timeouts) == ([0.5], [29.5])


def test_a_turn_beyond_the_timeout_is_a_timeout() -> None:
    """If the rate leaves no turn in time, nothing is sent and the error says so."""
    clock = Clock()
    shared = terms(clock, rate=Rate(0.01), timeout=5)
    play(retrieving("r1", shared, 0), clock, [seen("running")])
    played = play(retrieving("r1", shared, 0), clock, [])
    assert isinstance(played.error, APITimeoutError)
    assert "max_rate" in str(played.error)
    assert (played.sleeps, played.timeouts) == ([5], [])


def test_a_look_that_got_no_turn_is_no_request() -> None:
    """A wait that the rate leaves no turn counts the requests that were sent, and knows why there are no more."""
    clock = Clock()
    shared = terms(clock, rate=Rate(0.01), timeout=5)
    played = play(waiting("r1", shared, 60), clock, [seen("running")])
    assert isinstance(played.error, WaitTimeoutError)
    assert (played.error.polls, played.timeouts) == (1, [5])
    assert "max_rate" in str(played.error.last_error)
