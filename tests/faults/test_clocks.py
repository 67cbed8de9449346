"""Clocks that stop or jump under a test or on a machine: waits end all the same."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import freezegun
import pytest
from tela_runs import APITimeoutError, WaitTimeoutError
from tela_runs.emulator import Drip, Status

from tests.client.callers import QUICK, calling_server, failure_of

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator

TIMEOUT = 0.3
#: What a busy machine may add.
LENIENCE = 1.0
#: freezegun finds the functions of `time` wherever a module holds them; not this.
real_clock = partial(time.perf_counter)


@pytest.mark.parametrize("flavour", ["sync", "asyncio"])
@pytest.mark.parametrize("over", ["", " over http_client"])
def test_client_made_in_frozen_time_times_out(server: Emulator, flavour: str, over: str) -> None:
    """Freezegun stops the clock that it can reach; waits and requests end in time."""
    server.add_run(run_id="run-1", statuses=["running"])
    with (
        freezegun.freeze_time("2020-01-01", real_asyncio=True),
        calling_server(flavour + over, server, max_retries=0, timeout=TIMEOUT) as caller,
    ):
        started = real_clock()
        failure_of(WaitTimeoutError, caller.wait, "run-1", timeout=TIMEOUT, pacing=QUICK)
        outcomes = caller.wait_all(["run-1"], timeout=TIMEOUT, pacing=QUICK)
        assert type(outcomes["run-1"].error) is WaitTimeoutError
        server.inject(Drip(0.02, part="body"))
        failure_of(APITimeoutError, caller.retrieve, "run-1")
        assert 3 * TIMEOUT - 0.3 < real_clock() - started < 3 * TIMEOUT + LENIENCE


def test_wall_clock_that_jumps_changes_no_wait(server: Emulator, flavour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day forward at each reading of the wall clock: a wait takes what it takes, and a dated hint is the server's."""
    jumps = iter(range(10**9))
    genuine = time.time
    monkeypatch.setattr(time, "time", lambda: genuine() + 86400 * next(jumps))
    date = "Tue, 14 Nov 2023 22:13:20 GMT"
    server.inject(Status(503, headers={"Date": date, "Retry-After": date}))
    run_id = server.add_run(statuses=["running", "succeeded"])
    with calling_server(flavour, server) as caller:
        started = real_clock()
        assert caller.wait(run_id, timeout=10, pacing=QUICK).succeeded
        assert real_clock() - started < 5
