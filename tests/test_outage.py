"""What is logged of failed polls: a WARNING once, an INFO on recovery, the rest at DEBUG."""

from __future__ import annotations

import logging
from math import inf
from typing import TYPE_CHECKING

import pytest
from tela_runs import FixedPacing, TelaError
from tela_runs._polling.fleet import Fleet
from tela_runs._polling.single import Outage, waiting, watching
from tela_runs._polling.state import Wait
from tela_runs.emulator import Status

from .by_hand import Clock, due_run, error_of, options, play, shown
from .client.callers import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tela_runs import APIError
    from tela_runs._polling.flow import PollResult
    from tela_runs.emulator import Emulator

    from .client.callers import Caller


@pytest.fixture(autouse=True)
def _all_levels(caplog: pytest.LogCaptureFixture) -> None:
    """Capture what the package logs, from DEBUG on."""
    caplog.set_level(logging.DEBUG, "tela_runs")


def levels(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The levels of the records, in their order."""
    return [record.levelname for record in caplog.records]


def wait_with(responses: Iterable[PollResult | APIError], timeout: float | None = 600) -> None:
    """A wait that gets these responses."""
    clock = Clock()
    play(waiting("r1", options(clock), timeout), clock, responses)


def test_wait_without_failures_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Polls that succeed are not logged above DEBUG."""
    wait_with([shown("running"), shown("succeeded")])
    assert caplog.records == []


def test_first_failed_poll_of_a_wait_is_a_warning_with_what_comes_next(caplog: pytest.LogCaptureFixture) -> None:
    """It names the run, the error and the seconds until the next poll; further failures are logged at DEBUG."""
    wait_with([shown("running"), error_of(503), error_of(503), error_of(429, retry_after=7), shown("succeeded")])
    assert levels(caplog) == ["WARNING", "DEBUG", "DEBUG", "INFO"]
    assert [record.getMessage() for record in caplog.records] == [
        "A poll of run 'r1' failed: no The wait goes on: the next poll is in 0.375 s.",
        "A poll of run 'r1' failed: no The wait goes on: the next poll is in 0.75 s.",
        "A poll of run 'r1' failed: no The wait goes on: the next poll is in 7.35 s.",
        "Polls succeed again: run 'r1'.",
    ]


def test_records_carry_the_run_id_and_the_error(caplog: pytest.LogCaptureFixture) -> None:
    """A log handler finds both as attributes, the error without a traceback."""
    error = error_of(503)
    wait_with([error, shown("succeeded")])
    warning, info = caplog.records
    assert (vars(warning)["run_id"], vars(warning)["error"]) == ("r1", error)
    assert (vars(info)["run_id"], vars(info)["error"]) == ("r1", None)
    assert warning.exc_info is None


def test_wait_warns_once_however_many_outages(caplog: pytest.LogCaptureFixture) -> None:
    """The recovery of each is logged at INFO."""
    wait_with([error_of(), shown("running"), error_of(), error_of(), shown("running"), shown("succeeded")])
    assert levels(caplog) == ["WARNING", "INFO", "DEBUG", "DEBUG", "INFO"]


def test_error_that_ends_the_wait_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """It is raised, which is enough."""
    wait_with([error_of(403)])
    assert caplog.records == []


def test_last_failed_poll_before_the_deadline_promises_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """Of three failed polls of a wait of 1 s, the last ends it."""
    clock = Clock()
    played = play(watching("r1", options(clock), 1), clock, lambda _: error_of())
    assert isinstance(played.error, TelaError)
    assert len(played.timeouts) == 3
    assert levels(caplog) == ["WARNING", "DEBUG"]


def fleet_polls(*polls: tuple[str, int | str], timeout: float = 600) -> None:
    """A fleet of the runs of these polls, which come in this order: each shows a status, or fails with a number."""
    clock = Clock()
    fleet = Fleet(options(clock, pacing=FixedPacing(2)), timeout, 20)
    for run_id, _ in polls:
        fleet.add(run_id)
    for expected, response in polls:
        clock.now = max(clock.now, fleet.next_due())
        wait = due_run(fleet)
        assert wait is not None
        assert wait.run_id == expected
        result = shown(response, run_id=expected) if isinstance(response, str) else error_of(response, run_id=expected)
        fleet.give_back(wait, play(fleet.polling(wait), clock, [result]).result)


def test_fleet_warns_once_per_outage_with_the_number_of_runs(caplog: pytest.LogCaptureFixture) -> None:
    """The outage is over when every run that failed was polled with success; the next one warns again."""
    fleet_polls(
        *(("a", 503), ("b", 503), ("c", "running")),
        *(("a", "running"), ("b", "running")),
        *(("c", 500), ("a", "running"), ("b", "running"), ("c", "succeeded")),
    )
    assert levels(caplog) == ["WARNING", "DEBUG", "INFO", "WARNING", "INFO"]
    assert caplog.records[0].getMessage() == (
        "A poll of run 'a' failed (3 runs are waited for): no The wait goes on: the next poll is in 0.375 s."
    )
    assert [vars(record)["run_id"] for record in caplog.records] == ["a", "b", "b", "c", "c"]


def test_failed_poll_of_a_run_that_has_had_its_turn_promises_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """At the deadline of a fleet: an infinite pause is not logged as a number of seconds."""
    Outage(of_fleet=True).polled(Wait("a", options(Clock()), 0.0, failures=1), inf, 2)
    assert [record.getMessage().partition("): ")[2] for record in caplog.records] == [
        "None No time is left for another."
    ]


def test_permanent_error_of_one_run_leaves_no_outage(caplog: pytest.LogCaptureFixture) -> None:
    """A 404 of one run is its outcome, and not logged; the failure of another one is, and its recovery."""
    fleet_polls(("a", 404), ("b", 503), ("b", "succeeded"))
    assert levels(caplog) == ["WARNING", "INFO"]
    assert {vars(record)["run_id"] for record in caplog.records} == {"b"}


def test_outage_ends_with_the_runs_that_failed(caplog: pytest.LogCaptureFixture) -> None:
    """The recovery of those that are left is logged, and after an outage of which none is left the next one warns."""
    fleet_polls(("a", 503), ("b", 503), ("a", 404), ("b", "running"))
    assert levels(caplog) == ["WARNING", "DEBUG", "INFO"]
    caplog.clear()
    fleet_polls(("a", 503), ("b", "running"), ("a", 404), ("b", 503))
    assert levels(caplog) == ["WARNING", "WARNING"]


def test_outage_of_a_real_server_is_logged_once(
    server: Emulator, caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    """For a wait and for a fleet, in each form."""
    run_id = server.add_run(statuses=["running", "succeeded"])
    server.inject(Status(503), times=3)
    caller.wait(run_id, pacing=QUICK)
    server.inject(Status(503), times=6)
    caller.wait_all([server.add_run(created_for=0, running_for=0) for _ in range(5)], pacing=QUICK)
    logged = [record for record in caplog.records if record.levelno > logging.DEBUG]
    assert [record.levelname for record in logged] == ["WARNING", "INFO", "WARNING", "INFO"]
    assert vars(logged[0])["run_id"] == run_id
    assert "HTTP 503" in str(vars(logged[0])["error"])
    assert "5 runs are waited for" in logged[2].getMessage()
