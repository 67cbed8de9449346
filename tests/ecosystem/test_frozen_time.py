"""Libraries that stop the time for a test: waits of the code under test end all the same."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import freezegun
import pytest
import time_machine
from tela_runs import APITimeoutError, WaitTimeoutError
from tela_runs.emulator import Drip

from tests.client.callers import QUICK, calling_server, failure_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tela_runs.emulator import Emulator

FREEZERS: dict[str, Callable[[], Any]] = {
    # asyncio itself stands still without this option.
    "freezegun": lambda: freezegun.freeze_time("2020-01-01", real_asyncio=True),
    "time-machine": lambda: time_machine.travel("2020-01-01", tick=False),
}


@pytest.mark.parametrize("freezer", FREEZERS.values(), ids=FREEZERS)
@pytest.mark.parametrize("flavour", ["sync", "asyncio"])
def test_deadlines_hold_in_frozen_time(server: Emulator, flavour: str, freezer: Callable[[], Any]) -> None:
    """Timeouts of waits, and of a request whose response drips, pass by a clock that nobody stops."""
    server.add_run(run_id="run-1", running_for=1000)
    with freezer():
        now = time.time()
        with calling_server(flavour, server, timeout=0.5, max_retries=0) as caller:
            error = failure_of(WaitTimeoutError, caller.wait, "run-1", timeout=0.3, pacing=QUICK)
            assert error.polls > 1
            server.inject(Drip(0.05), times=None)
            failure_of(APITimeoutError, caller.retrieve, "run-1")
        assert time.time() == now
