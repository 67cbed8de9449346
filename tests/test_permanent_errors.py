"""What ends a wait at once and what is waited through, as flows driven by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tela_runs import APIConnectionError, APIStatusError, APITimeoutError, InvalidResponseError, NotFoundError
from tela_runs._polling.single import retrieving, waiting

from .by_hand import Clock, Played, error_of, options, play, shown, unconnected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tela_runs import APIError
    from tela_runs._polling.flow import PollResult

#: The statuses of 4xx that say "not now" rather than "no".
TRANSIENT = {408, 409, 425, 429}


def unreadable(*, shows_end: bool = False, is_too_large: bool = False) -> InvalidResponseError:
    """A poll whose response is not a valid run."""
    return InvalidResponseError("no run", status_code=200, shows_end=shows_end, is_too_large=is_too_large)


def waited(responses: Iterable[PollResult | APIError], *, created_at: float | None = None) -> Played:
    """What a wait of 60 s does that gets these responses; the client created the run at ``created_at``, if ever."""
    clock = Clock()
    created = None if created_at is None else {"r1": created_at}
    return play(waiting("r1", options(clock, created=created), 60), clock, responses)


@pytest.mark.parametrize("status", [status for status in range(300, 500) if status not in TRANSIENT])
def test_permanent_status_ends_the_wait_at_once(status: int) -> None:
    """Any 3xx or 4xx but 408, 409, 425 and 429, also of a run that was seen before (but for 404)."""
    error = error_of(status)
    first = waited([error])
    assert first.error is error
    assert len(first.timeouts) == 1
    if status != 404:
        later = waited([shown("running"), error])
        assert later.error is error
        assert len(later.timeouts) == 2


@pytest.mark.parametrize("status", [100, 199, 201, 299, *TRANSIENT, *range(500, 600), 600, 999])
def test_transient_status_is_waited_through(status: int) -> None:
    """408, 409, 425, 429, 5xx, and numbers that HTTP does not have."""
    played = waited([error_of(status), error_of(status), shown("succeeded")])
    assert played.result.succeeded
    assert len(played.timeouts) == 3


@pytest.mark.parametrize(
    "error",
    [
        unconnected(),
        unconnected(request_sent=True),
        APITimeoutError("too slow"),
        unreadable(),
    ],
    ids=["refused", "reset", "timeout", "not JSON"],
)
def test_transient_error_is_waited_through(error: APIError) -> None:
    """However often it comes, as long as the deadline allows."""
    played = waited([error] * 5 + [shown("succeeded")])
    assert played.result.succeeded


@pytest.mark.parametrize("request_sent", [False, True])
def test_permanent_connection_error_ends_the_wait_at_once(request_sent: bool) -> None:
    """A certificate that does not verify, or a proxy that wants credentials."""
    played = waited([shown("running"), unconnected(request_sent=request_sent, is_permanent=True)])
    assert isinstance(played.error, APIConnectionError)
    assert len(played.timeouts) == 2


def test_response_that_is_too_large_ends_the_wait_at_once() -> None:
    """The next one would be as large."""
    played = waited([unreadable(is_too_large=True)])
    assert isinstance(played.error, InvalidResponseError)
    assert len(played.timeouts) == 1


def test_second_unreadable_response_of_a_finished_run_in_a_row_ends_the_wait() -> None:
    """The first may be an accident."""
    played = waited([unreadable(shows_end=True), unreadable(shows_end=True)])
    assert isinstance(played.error, InvalidResponseError)
    assert len(played.timeouts) == 2


@pytest.mark.parametrize("between", [shown("running"), error_of(), unreadable()], ids=["run", "503", "not JSON"])
def test_other_response_between_unreadable_ones_starts_the_count_anew(between: PollResult | APIError) -> None:
    """Only those in a row count."""
    end = unreadable(shows_end=True)
    assert waited([end, between, end, shown("succeeded")]).result.succeeded


def test_404_of_a_run_never_polled_before_ends_the_wait() -> None:
    """Nothing says that there is such a run."""
    played = waited([error_of(503), error_of(404)])
    assert isinstance(played.error, NotFoundError)
    assert len(played.timeouts) == 2


def test_404_of_a_created_run_is_waited_through_for_10_seconds() -> None:
    """Counted from when this client created it; the pauses are those of any failed poll."""
    played = waited(only_404s(), created_at=998)
    assert isinstance(played.error, NotFoundError)
    # Back-off of 0.5 s, 1 s, 2 s, … less a quarter, by the jitter of 0.5: the run is 10 s old at 1008.
    assert played.requested_at == [0, 0.375, 1.125, 2.625, 5.625, 11.625]


def only_404s() -> Iterable[APIError]:
    """Nothing but 404s."""
    return [error_of(404) for _ in range(20)]


def test_created_run_that_appears_is_waited_for() -> None:
    """404s in the first moments cost nothing but polls."""
    played = waited([error_of(404), error_of(404), shown("running"), shown("succeeded")], created_at=1000)
    assert played.result.succeeded


def test_404_of_a_run_polled_before_is_transient_three_times_in_a_row() -> None:
    """The fourth ends the wait."""
    played = waited([shown("running"), *only_404s()])
    assert isinstance(played.error, NotFoundError)
    assert len(played.timeouts) == 5


def test_other_response_between_404s_starts_the_count_anew() -> None:
    """Only those in a row count."""
    three = [error_of(404)] * 3
    assert waited(
        [shown("running"), *three, shown("running"), *three, error_of(503), *three, shown("succeeded")]
    ).result


def test_retrieve_retries_a_404_of_a_created_run() -> None:
    """For the 10 s after the create, and not longer."""
    clock = Clock()
    new, old = ({"r1": clock.now - age} for age in (9.0, 10.0))
    played = play(retrieving("r1", options(clock, created=new), 2), clock, [error_of(404), shown("created")])
    assert played.result.id == "r1"
    played = play(retrieving("r1", options(clock, created=old), 2), clock, [error_of(404)])
    assert isinstance(played.error, NotFoundError)


def test_error_that_ends_a_wait_carries_what_the_server_said() -> None:
    """It is the very error of the poll, raised as it is."""
    error = error_of(403)
    played = waited([error])
    assert isinstance(played.error, APIStatusError)
    assert (played.error.status_code, played.error.run_id) == (403, "r1")
