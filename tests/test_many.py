"""Many runs at once, over sockets: sync, on asyncio and on trio."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio
import pytest
from tela_runs import (
    AsyncRunsClient,
    NotFoundError,
    RunFailedError,
    WaitTimeoutError,
)
from tela_runs.emulator import Close, Delay, Emulator, Status

from .client.callers import QUICK, calling_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .client.callers import Caller


def test_outcomes_come_in_order_of_completion(server: Emulator, caller: Caller) -> None:
    """The run that ends first is handed over first, whatever the order of the ids."""
    ids = [server.add_run(output=n, created_for=0, running_for=seconds) for n, seconds in enumerate((1.2, 0.0, 0.6))]
    outcomes = caller.as_completed(ids, pacing=QUICK)
    assert [outcome.unwrap().output for outcome in outcomes] == [1, 2, 0]


def test_wait_all_returns_each_id_once_in_the_order_given(server: Emulator, caller: Caller) -> None:
    """Repeated ids are polled as one."""
    ids = [server.add_run(output=n, created_for=0, running_for=0) for n in range(5)]
    outcomes = caller.wait_all([*ids, *ids[::-1]])
    assert list(outcomes) == ids
    assert [outcome.unwrap().output for outcome in outcomes.values()] == [0, 1, 2, 3, 4]
    assert len(server.requests) == 5


def test_no_ids_give_no_outcomes(caller: Caller) -> None:
    """An empty iterable ends at once."""
    assert caller.wait_all([]) == {}
    assert list(caller.as_completed(iter(()))) == []


def test_failure_harms_no_other_run(server: Emulator, caller: Caller) -> None:
    """A failed run, a missing one and one that goes on are outcomes beside those that succeeded."""
    good = server.add_run(created_for=0, running_for=0.3)
    bad = server.add_run(created_for=0, running_for=0, fails=True)
    slow = server.add_run(running_for=600)
    outcomes = caller.wait_all([good, bad, "missing", slow], pacing=QUICK, timeout=1)
    errors = {run_id: type(outcome.error) for run_id, outcome in outcomes.items()}
    assert errors == {good: type(None), bad: RunFailedError, "missing": NotFoundError, slow: WaitTimeoutError}
    assert outcomes[slow].run is not None
    assert outcomes["missing"].run is None


def test_transient_errors_are_waited_through(server: Emulator, caller: Caller) -> None:
    """503s and lost connections in between change no outcome."""
    ids = [server.add_run(output=n, created_for=0, running_for=0.2) for n in range(4)]
    for fault in (Status(503), Close(), Status(500), Status(408)):
        server.inject(fault, times=2)
    assert [outcome.unwrap().output for outcome in caller.wait_all(ids, pacing=QUICK).values()] == [0, 1, 2, 3]


def test_changes_of_status_are_reported(server: Emulator, caller: Caller) -> None:
    """`on_update` is called with each run's first state and each change, in their order."""
    ids = [server.add_run(statuses=["created", "running", "running", "succeeded"]) for _ in range(3)]
    updates: list[tuple[str, str]] = []
    caller.wait_all(ids, pacing=QUICK, on_update=lambda run: updates.append((run.id, run.status_text)))
    for run_id in ids:
        assert [status for updated, status in updates if updated == run_id] == ["created", "running", "succeeded"]


def test_max_in_flight_bounds_requests_and_connections(server: Emulator, caller: Caller) -> None:
    """Connections are used again."""
    ids = [server.add_run(created_for=0, running_for=0) for _ in range(60)]
    server.inject(Delay(0.02), times=None)
    assert len(caller.wait_all(ids, max_in_flight=7)) == 60
    assert server.total_connections <= 7


def test_429_holds_the_whole_fleet(server: Emulator, caller: Caller) -> None:
    """After a Retry-After for one run, no run is polled until the time is over."""
    ids = [server.add_run(created_for=0, running_for=0) for _ in range(10)]
    server.inject(Status(429, headers={"Retry-After": "1"}))
    caller.wait_all(ids, max_in_flight=1)
    first, second, *_ = (request.at for request in server.requests)
    assert second - first >= 0.99


def test_max_rate_bounds_the_fleet(server: Emulator, flavour: str) -> None:
    """With 50 requests a second, 25 runs take close to half a second or longer."""
    ids = [server.add_run(created_for=0, running_for=0) for _ in range(25)]
    with calling_server(flavour, server, max_rate=50) as calling:
        calling.wait_all(ids)
    times = sorted(request.at for request in server.requests)
    assert times[-1] - times[0] >= 0.4


def test_max_in_flight_above_the_connections_of_a_client_counts_as_so_many(
    server: Emulator, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request waits for a connection that never comes."""
    monkeypatch.setattr("tela_runs._base.MAX_CONNECTIONS", 3)
    server.inject(Delay(0.02), times=None)
    ids = [server.add_run(created_for=0, running_for=0) for _ in range(30)]
    assert all(outcome.unwrap().succeeded for outcome in caller.wait_all(ids, max_in_flight=10_000).values())
    assert server.total_connections <= 3


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_ids_that_never_suspend_let_others_work(server: Emulator, backend: str) -> None:
    """An endless iterable that never suspends cannot hold the deadline up."""

    async def ids() -> AsyncIterator[str]:
        while True:
            yield "done"

    server.add_run(run_id="done", created_for=0, running_for=0)

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            began = time.monotonic()
            assert list(await runs.wait_all(ids(), timeout=0.5)) == ["done"]
            assert time.monotonic() - began < 3

    anyio.run(main, backend=backend)


def test_turns_of_max_rate_that_were_not_used_are_given_back(server: Emulator, flavour: str) -> None:
    """A fleet that is left early leaves the client's rate to the next one."""
    ids = [server.add_run(running_for=600) for _ in range(40)]
    with calling_server(flavour, server, max_rate=4) as calling:
        calling.wait_all(ids, timeout=0.5, max_in_flight=40)
        began = time.monotonic()
        calling.retrieve(ids[0])
        assert time.monotonic() - began < 2
