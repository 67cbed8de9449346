"""Retrieving and awaiting one run, as flows driven by hand: exact sleeps, exact timeouts, no clock but the test's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tela_runs import (
    APITimeoutError,
    NotFoundError,
    RateLimitError,
    RunFailedError,
    RunStatus,
    WaitTimeoutError,
)
from tela_runs._polling.single import retrieving, waiting, watching
from tela_runs._polling.state import Rate

from .by_hand import Clock, error_of, options, play, shown

if TYPE_CHECKING:
    from tela_runs import APIError


def test_wait_for_a_finished_run_polls_once() -> None:
    """It returns the run without a sleep."""
    clock = Clock()
    played = play(waiting("r1", options(clock), 600), clock, [shown("succeeded")])
    assert played.result.status is RunStatus.SUCCEEDED
    assert (played.timeouts, played.sleeps, played.reports) == ([30], [], ["succeeded"])


def test_each_change_of_status_is_reported_once() -> None:
    """Of created, running, running, succeeded three states are reported, and the pacing is slept in between."""
    clock = Clock()
    responses = [shown("created"), shown("running"), shown("running"), shown("succeeded")]
    played = play(watching("r1", options(clock), 600), clock, responses)
    assert played.reports == ["created", "running", "succeeded"]
    assert played.sleeps == [2, 2, 2]


def test_two_unknown_statuses_are_two_changes() -> None:
    """A change is one of the status as received, though both are UNKNOWN."""
    clock = Clock()
    played = play(watching("r1", options(clock), 600), clock, [shown("queued"), shown("warming"), shown("succeeded")])
    assert played.reports == ["queued", "warming", "succeeded"]


def test_failed_run_ends_a_wait_with_its_error_and_a_watch_without() -> None:
    """`wait` raises RunFailedError with the run; `watch` shows the failed run and ends."""
    clock = Clock()
    waited = play(waiting("r1", options(clock), 600), clock, [shown("failed")])
    watched = play(watching("r1", options(clock), 600), clock, [shown("failed")])
    assert isinstance(waited.error, RunFailedError)
    assert waited.error.run.failed
    assert (watched.error, watched.reports) == (None, ["failed"])


def test_wait_survives_an_outage() -> None:
    """A server that fails for 20 s within a wait of 60 s still yields the run."""
    clock = Clock()
    played = play(
        waiting("r1", options(clock), 60),
        clock,
        lambda _: error_of() if clock.now < 1020 else shown("succeeded"),
        latency=0.1,
    )
    assert played.result.succeeded
    assert played.ended_at < 1036


def test_consumer_that_takes_too_long_ends_the_watch() -> None:
    """If the deadline passes between two items, nothing more is sent."""
    clock = Clock()
    flow = watching("r1", options(clock), 10)
    next(flow)
    flow.send(shown("running"))  # the report
    clock.now += 11
    with pytest.raises(WaitTimeoutError):
        flow.send(None)


def test_retrieve_backs_off_with_full_jitter() -> None:
    """Before retries it sleeps for up to 0.5 s, 1 s, 2 s … 8 s; the last error is raised."""
    clock = Clock()
    played = play(retrieving("r1", options(clock, jitter=1.0), 6), clock, lambda _: error_of())
    assert played.sleeps == [0.5, 1, 2, 4, 8, 8]
    assert len(played.timeouts) == 7


def test_retrieve_does_not_retry_a_404_nor_anything_with_max_retries_0() -> None:
    """Each is raised after one request."""
    clock = Clock()
    missing = play(retrieving("r1", options(clock), 5), clock, [NotFoundError("no", status_code=404)])
    unretried = play(retrieving("r1", options(clock), 0), clock, [error_of()])
    assert isinstance(missing.error, NotFoundError)
    assert len(missing.steps) == len(unretried.steps) == 1


@pytest.mark.parametrize(("hint", "slept"), [(3, [3.15]), (60, [60.5]), (60.1, []), (86400, [])])
def test_retrieve_honours_a_retry_after_of_up_to_60_seconds(hint: float, slept: list[float]) -> None:
    """A longer one is raised at once, with the time on the error."""
    clock = Clock()
    failure: APIError = RateLimitError("slow", status_code=429, run_id="r1", retry_after=hint)
    played = play(retrieving("r1", options(clock), 1), clock, [failure, shown("running")])
    assert played.sleeps == slept
    if not slept:
        assert isinstance(played.error, RateLimitError)
        assert played.error.retry_after == hint


def test_max_rate_spaces_the_polls_of_a_client() -> None:
    """With 2 requests a second, the second poll waits for half a second, which counts against its timeout."""
    clock = Clock()
    shared = options(clock, rate=Rate(2))
    assert play(retrieving("r1", shared, 0), clock, [shown("running")]).sleeps == []
    played = play(retrieving("r1", shared, 0), clock, [shown("running")])
    assert (played.sleeps, played.timeouts) == ([0.5], [29.5])


def test_poll_that_max_rate_leaves_no_time_for_is_a_timeout() -> None:
    """Nothing is sent, and the error names max_rate."""
    clock = Clock()
    shared = options(clock, rate=Rate(0.01), timeout=5)
    play(retrieving("r1", shared, 0), clock, [shown("running")])
    played = play(retrieving("r1", shared, 0), clock, [])
    assert isinstance(played.error, APITimeoutError)
    assert "max_rate" in str(played.error)
    assert (played.sleeps, played.timeouts) == ([5], [])


def test_poll_that_max_rate_leaves_no_time_for_is_not_counted() -> None:
    """`WaitTimeoutError.polls` counts the requests that were sent, and `last_error` says why there were no more."""
    clock = Clock()
    shared = options(clock, rate=Rate(0.01), timeout=5)
    played = play(waiting("r1", shared, 60), clock, [shown("running")])
    assert isinstance(played.error, WaitTimeoutError)
    assert (played.error.polls, played.timeouts) == (1, [5])
    assert "max_rate" in str(played.error.last_error)
