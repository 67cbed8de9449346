"""The flows of one run, driven by hand: exact sleeps, exact timeouts, no clock but the test's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tela_runs import (
    APITimeoutError,
    AuthenticationError,
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


@pytest.mark.parametrize("refusal", [AuthenticationError, NotFoundError])
def test_a_refusal_ends_the_wait_at_once(refusal: type[AuthenticationError]) -> None:
    """A 401 or a 404 is raised after one look."""
    clock = Clock()
    status = 401 if refusal is AuthenticationError else 404
    played = play(waiting("r1", terms(clock), 600), clock, [refusal("no", status_code=status, run_id="r1")])
    assert type(played.error) is refusal
    assert len(played.steps) == 1


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
