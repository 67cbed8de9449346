"""Which creates are sent again, as flows driven by hand: a run that may have been started is never started twice."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from tela_runs import AmbiguousCreateError, APITimeoutError, InvalidResponseError
from tela_runs._create import CreateBody, create_body
from tela_runs._polling.flow import Create
from tela_runs._polling.single import creating, watching
from tela_runs._polling.state import Rate

from .by_hand import Clock, Played, error_of, options, play, shown, unconnected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tela_runs import APIError
    from tela_runs._polling.flow import PollResult


def body() -> CreateBody:
    """The body of a create that can be sent."""
    made = create_body(canvas_id="c1", variables={"name": "Ada"})
    assert not isinstance(made, Exception)
    return made


def created(responses: Iterable[PollResult | APIError], *, max_retries: int = 2, jitter: float = 1.0) -> Played:
    """What a create does that gets these responses."""
    clock = Clock()
    return play(creating(body(), options(clock, jitter=jitter), max_retries), clock, responses)


def test_create_is_sent_once_and_returns_the_run() -> None:
    """One request, with the client's timeout, and no sleep."""
    sent = body()
    clock = Clock()
    played = play(creating(sent, options(clock), 2), clock, [shown("created")])
    assert played.steps == [Create(sent, 30.0)]
    assert played.result == shown("created")


@pytest.mark.parametrize(
    ("error", "slept"),
    [
        (unconnected(request_sent=False), 0.5),
        (APITimeoutError("connecting took too long", request_sent=False), 0.5),
        (error_of(429), 0.5),
        (error_of(429, retry_after=3), 3.3),
        (error_of(429, retry_after=60), 61),
        (error_of(503, retry_after=2), 2.2),
    ],
    ids=["refused", "connect timeout", "429", "429 with Retry-After", "429 at the limit", "503 with Retry-After"],
)
def test_create_that_started_no_run_is_sent_again(error: APIError, slept: float) -> None:
    """A failed connect, a 429 and a 503 with Retry-After, each after its pause."""
    played = created([error, shown("created")])
    assert played.result.run.id == "r1"
    assert (len(played.timeouts), played.sleeps) == (2, [slept])


@pytest.mark.parametrize(
    "error",
    [
        AmbiguousCreateError("no response", request_sent=True),
        AmbiguousCreateError("no response", request_sent=False, retry_after=1),
        unconnected(request_sent=True),
        unconnected(request_sent=False, is_permanent=True),
        APITimeoutError("no response", request_sent=True),
        InvalidResponseError("no run", status_code=200),
        InvalidResponseError("no run", status_code=200, retry_after=1),
        error_of(503),
        *(error_of(status) for status in (300, 307, 400, 401, 402, 403, 404, 422)),
        *(error_of(status, retry_after=1) for status in (408, 409, 425, 500, 502, 504, 599, 999)),
    ],
    ids=lambda error: f"{type(error).__name__}-{getattr(error, 'status_code', '')}",
)
@pytest.mark.parametrize("max_retries", [0, 2, 50])
def test_create_that_may_have_started_a_run_is_never_sent_again(error: APIError, max_retries: int) -> None:
    """With any max_retries, the error of the one request is raised at once."""
    played = created([error], max_retries=max_retries)
    assert played.error is error
    assert (len(played.timeouts), played.sleeps) == (1, [])


@pytest.mark.parametrize("error", [error_of(429, retry_after=60.1), error_of(503, retry_after=86400)], ids=str)
def test_retry_after_of_more_than_60_seconds_is_raised_at_once(error: APIError) -> None:
    """The time that the server asks for is on the error."""
    played = created([error])
    assert played.error is error
    assert played.sleeps == []


def test_back_off_of_a_create_doubles_up_to_8_seconds() -> None:
    """Full jitter below 0.5 s, 1 s, … 8 s; after max_retries the last error is raised."""
    errors = [unconnected() for _ in range(7)]
    played = created(errors, max_retries=6)
    assert played.sleeps == [0.5, 1, 2, 4, 8, 8]
    assert played.error is errors[-1]


def test_error_after_a_retry_is_judged_anew() -> None:
    """A create that was refused and then got no response is not sent a third time."""
    played = created([unconnected(), AmbiguousCreateError("no response"), shown("created")])
    assert isinstance(played.error, AmbiguousCreateError)
    assert len(played.timeouts) == 2


def test_create_that_max_rate_leaves_no_time_for_is_not_sent() -> None:
    """It is an APITimeoutError that says that nothing was sent, and names max_rate."""
    clock = Clock()
    shared = options(clock, rate=Rate(0.001), timeout=5)
    play(creating(body(), shared, 0), clock, [shown("created")])
    played = play(creating(body(), shared, 0), clock, [])
    assert isinstance(played.error, APITimeoutError)
    assert not played.error.request_sent
    assert str(played.error) == (
        "The create was not sent: max_rate left no turn for it within 5 s. Raise max_rate, or allow more time."
    )


def test_wait_for_a_created_run_reports_it_before_the_first_poll() -> None:
    """It is polled for the first time after a pause of the pacing, and not reported again until it changes."""
    clock = Clock()
    created = shown("created")
    flow = watching("r1", options(clock), 600, created)
    played = play(flow, clock, [shown("created"), shown("running"), shown("succeeded")])
    assert played.reports == ["created", "running", "succeeded"]
    assert played.steps[0].run is created.run  # type: ignore[union-attr]
    assert played.requested_at == [2, 4, 6]


def test_retry_after_of_the_response_to_a_create_comes_before_the_pacing() -> None:
    """The first poll is made then, not sooner, also where a wake comes before."""
    clock = Clock()
    flow = watching("r1", options(clock), 600, shown("created", retry_after=50))
    played = play(flow, clock, [shown("succeeded")], wakes=[10])
    assert played.requested_at == [50]


def test_wait_for_a_created_run_that_has_ended_polls_nothing() -> None:
    """Where the response to the create shows a finished run, that is all."""
    clock = Clock()
    played = play(watching("r1", options(clock), 600, shown("succeeded")), clock, [])
    assert played.result.succeeded
    assert (played.reports, played.requested_at, played.sleeps) == (["succeeded"], [], [])


def test_wait_for_a_created_run_that_times_out_has_seen_it() -> None:
    """The WaitTimeoutError carries the created run, though every poll failed."""
    clock = Clock()
    played = play(watching("r1", options(clock), 5, shown("created")), clock, lambda _: error_of())
    assert getattr(played.error, "run", None) == shown("created").run
    assert getattr(played.error, "run_id", None) == "r1"


def test_body_is_shown_nowhere() -> None:
    """Neither its repr nor that of the step has the user's data in it, and it is not pickled."""
    sent = body()
    assert b'"name":"Ada"' in b"".join(sent())
    assert "Ada" not in f"{sent!r} {Create(sent, 1.0)!r}"
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(sent)
