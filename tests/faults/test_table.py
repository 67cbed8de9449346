"""Every fault of the table: `retrieve` and `wait`, sync and async, and the client as good as new afterwards."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from tela_runs import APIStatusError, InvalidResponseError, RateLimitError, WaitTimeoutError

from tests.client.callers import FLAVOURS, FLAVOURS_OVER_HTTP_CLIENT, VirtualTime, calling_server, failure_of

from .table import ROWS, Row

if TYPE_CHECKING:
    from tela_runs import APIError
    from tela_runs.emulator import Emulator

#: Seconds given to a request that meets silence.
PATIENCE = 0.25
#: What a busy machine may add, far below what a missed deadline would.
LENIENCE = 1.5


pytestmark = pytest.mark.parametrize("flavour", FLAVOURS + FLAVOURS_OVER_HTTP_CLIENT)


def skip_what_httpx_does_not_bound(flavour: str, row: Row) -> None:
    """A caller's sync client bounds each read of the headers, not all of them: a documented exception."""
    if flavour == "sync over http_client" and row.name == "dripped headers":
        pytest.skip("httpx bounds each read alone")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_retrieve_gives_the_run_or_the_error_of_the_table(server: Emulator, flavour: str, row: Row) -> None:
    """`retrieve` gives the run or the error of the table in time, and afterwards the run."""
    skip_what_httpx_does_not_bound(flavour, row)
    server.add_run(run_id="run-1", statuses=["succeeded"])
    server.inject(row.fault, times=None)
    timeout = PATIENCE if row.silent else 30.0
    with calling_server(flavour, server, timeout=timeout, max_retries=0, **row.settings) as caller:
        started = time.monotonic()
        if row.error is None:
            assert caller.retrieve("run-1").succeeded
        else:
            check(failure_of(row.error, caller.retrieve, "run-1"), row)
        assert time.monotonic() - started < PATIENCE + LENIENCE
        server.heal()
        # A connection that the server is just closing may cost a try.
        caller.client._timeout, caller.client._max_retries = 30.0, 2
        assert caller.retrieve("run-1").succeeded


@pytest.mark.parametrize("row", [row for row in ROWS if not row.silent], ids=lambda row: row.name)
def test_wait_goes_through_transient_faults_to_its_deadline(server: Emulator, flavour: str, row: Row) -> None:
    """`wait` waits transient faults through to its deadline, is ended by the others, and can be repeated."""
    server.add_run(run_id="run-1", statuses=["succeeded"])
    server.inject(row.fault, times=None)
    with calling_server(flavour, server, timing=VirtualTime(), **row.settings) as caller:
        if row.error is None:
            assert caller.wait("run-1").succeeded
        elif row.ends_after:
            check(failure_of(row.error, caller.wait, "run-1"), row)
            assert len(server.requests) == row.ends_after
        else:
            error = failure_of(WaitTimeoutError, caller.wait, "run-1", timeout=4)
            assert type(error.last_error) is row.error
            check(error.last_error, row)
            # 0.375 + 0.75 + 1.5 seconds after the first poll, and just before the deadline; or as the server asked.
            assert error.polls == len(server.requests) == (2 if isinstance(error.last_error, RateLimitError) else 5)
            assert 3.7 < error.elapsed <= 4
        server.heal()
        assert caller.wait("run-1").succeeded


@pytest.mark.parametrize("row", [row for row in ROWS if row.silent], ids=lambda row: row.name)
def test_wait_ends_at_its_deadline_while_the_server_sends_nothing(server: Emulator, flavour: str, row: Row) -> None:
    """`wait` ends at its deadline when the server is silent."""
    server.add_run(run_id="run-1", statuses=["succeeded"])
    skip_what_httpx_does_not_bound(flavour, row)
    server.inject(row.fault, times=None)
    with calling_server(flavour, server) as caller:
        started = time.monotonic()
        error = failure_of(WaitTimeoutError, caller.wait, "run-1", timeout=PATIENCE)
        assert time.monotonic() - started < PATIENCE + LENIENCE
        assert type(error.last_error) is row.error
        check(error.last_error, row)
        assert PATIENCE - 0.08 < error.elapsed < PATIENCE + LENIENCE
        server.heal()
        assert caller.wait("run-1").succeeded


def check(error: APIError, row: Row) -> None:
    """The error says what it should."""
    assert row.message in str(error)
    assert error.run_id == "run-1"
    if isinstance(error, InvalidResponseError):
        assert error.status_code == 200
        assert len(error.body) <= 200
    if isinstance(error, APIStatusError):
        assert f"HTTP {error.status_code}" in str(error)
