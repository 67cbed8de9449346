"""How waiting for many runs ends before they do: over sockets, sync, on asyncio and on trio."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from tela_runs import (
    AsyncRunsClient,
    AuthenticationError,
    ConfigurationError,
    Run,
    RunsClient,
    WaitTimeoutError,
)
from tela_runs._config import Timing
from tela_runs.emulator import Emulator, Status

from .client.callers import QUICK, calling_server, failure_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .client.callers import Caller


def test_listener_that_raises_ends_the_wait(server: Emulator, caller: Caller) -> None:
    """Its error reaches the caller as it is."""

    def listener(run: Run) -> None:
        raise LookupError(run.id)

    run_id = server.add_run(running_for=600)
    with pytest.raises(LookupError, match=run_id):
        caller.wait_all([run_id], on_update=listener)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_coroutine_that_a_listener_returns_is_awaited_or_rejected(server: Emulator, caller: Caller) -> None:
    """The async client awaits it; the sync one says that it cannot, which is known when the first run is reported."""
    updates: list[str] = []

    async def note(run_id: str) -> None:
        updates.append(run_id)

    run_id = server.add_run(statuses=["succeeded"])
    calls: list[tuple[Callable[..., object], Any]] = [(caller.wait, run_id), (caller.wait_all, [run_id])]
    for function, ids in calls:
        if isinstance(caller.client, RunsClient):
            error = failure_of(ConfigurationError, function, ids, on_update=lambda run: note(run.id))
            assert (error.run_id, updates) == (run_id, [])
        else:
            function(ids, on_update=lambda run: note(run.id))
            assert updates.pop() == run_id


def test_future_that_a_listener_of_a_sync_client_returns_is_no_coroutine(server: Emulator) -> None:
    """What it stands for runs by itself, as a task of a loop that runs elsewhere does."""
    with RunsClient(server.api_key, base_url=server.url) as runs, closing(asyncio.new_event_loop()) as loop:
        assert runs.wait(server.add_run(statuses=["succeeded"]), on_update=lambda _: loop.create_future()).succeeded


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_listener_that_raised_is_not_called_again(backend: str) -> None:
    """Not even over a transport that never waits, where no cancellation comes in between."""
    calls: list[str] = []

    def listener(run: Run) -> None:
        calls.append(run.id)
        raise LookupError(run.id)

    def respond(request: httpx.Request) -> httpx.Response:
        run_id = request.url.path.rpartition("/")[2]
        return httpx.Response(200, json={"id": run_id, "status": "running"})

    async def main() -> None:
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http_client,
            AsyncRunsClient("key", http_client=http_client) as runs,
        ):
            await runs.wait_all([f"run-{number}" for number in range(9)], on_update=listener)

    with pytest.raises(LookupError):
        anyio.run(main, backend=backend)
    assert len(calls) == 1


def test_rejected_key_ends_the_wait_for_all(server: Emulator, caller: Caller) -> None:
    """One 401 is raised once, and no more than the requests in flight were sent."""
    ids = [server.add_run(running_for=600) for _ in range(50)]
    server.inject(Status(401), times=None)
    with pytest.raises(AuthenticationError):
        caller.wait_all(ids, max_in_flight=4)
    assert len(server.requests) <= 8


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_closing_the_async_iterator_ends_every_request(server: Emulator, backend: str) -> None:
    """After it is closed nothing more is sent, and the client can be used."""
    done = server.add_run(created_for=0, running_for=0)
    ids = [done, *(server.add_run(running_for=600) for _ in range(20))]

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            async with aclosing(runs.as_completed(ids, pacing=QUICK)) as outcomes:
                assert (await anext(outcomes)).run_id == done
            await anyio.sleep(0.2)  # what was on its way arrives
            sent = len(server.requests)
            await anyio.sleep(0.3)
            assert len(server.requests) == sent
            assert (await runs.retrieve(done)).succeeded

    anyio.run(main, backend=backend)


def test_deadline_holds_for_all_together(server: Emulator, caller: Caller) -> None:
    """Runs that do not end have their outcomes when the time is over."""
    ids = [server.add_run(running_for=600) for _ in range(40)]
    began = time.monotonic()
    outcomes = caller.wait_all(ids, timeout=0.8, pacing=QUICK)
    assert 0.6 < time.monotonic() - began < 1.8
    assert {type(outcome.error) for outcome in outcomes.values()} == {WaitTimeoutError}


def test_closed_client_rejects_every_call(server: Emulator, caller: Caller) -> None:
    """With one clear error, before anything is sent."""
    caller.close()
    with pytest.raises(ConfigurationError, match="closed"):
        caller.wait_all(["a"])
    assert server.requests == []


class CoarseClock(Timing):
    """A clock that moves every 15.6 ms, as that of Windows does."""

    def __init__(self) -> None:
        self.clock = lambda: time.monotonic() // 0.0156 * 0.0156


def test_fleet_ends_with_a_coarse_clock(server: Emulator, flavour: str) -> None:
    """Where the clock stands still for 15 ms at a time, a fleet ends with its last run all the same."""
    run_id = server.add_run(created_for=0, running_for=0.2)
    began = time.monotonic()
    with calling_server(flavour, server, timing=CoarseClock()) as caller:
        assert caller.wait_all([run_id], timeout=20, pacing=QUICK)[run_id].unwrap().succeeded
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_system_exit_of_a_listener_is_raised(server: Emulator, backend: str) -> None:
    """A BaseException, too, reaches the caller as it is."""

    def listener(run: Run) -> None:
        raise SystemExit(run.id)

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            with pytest.raises(SystemExit):
                await runs.wait_all([server.add_run(running_for=600)], on_update=listener)

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_error_of_the_iterable_of_ids_is_raised(server: Emulator, backend: str) -> None:
    """An error of the caller's own iterable ends the wait and reaches the caller as it is."""

    async def ids() -> AsyncIterator[str]:
        yield server.add_run(running_for=600)
        raise LookupError("the queue is gone")

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            with pytest.raises(LookupError, match="the queue is gone"):
                await runs.wait_all(ids())

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_cancelled_fleet_sends_nothing_more(server: Emulator, backend: str) -> None:
    """A cancelled task returns at once, and the client can be used."""
    ids = [server.add_run(running_for=600) for _ in range(20)]

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            began = time.monotonic()
            with anyio.move_on_after(0.3):
                await runs.wait_all(ids, pacing=QUICK)
            assert time.monotonic() - began < 1.3
            await anyio.sleep(0.2)  # what was on its way arrives
            sent = len(server.requests)
            await anyio.sleep(0.3)
            assert len(server.requests) == sent
            assert not (await runs.retrieve(ids[0])).is_finished

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_pacing_that_raises_ends_the_wait(server: Emulator, backend: str) -> None:
    """A fault in the caller's own pacing is not swallowed."""

    class Broken:
        def delay(self, age: float, key: str | None = None) -> float:
            raise ZeroDivisionError("policy")

        def observe(self, duration: float, key: str | None = None) -> None: ...

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            with pytest.raises(ZeroDivisionError):
                await runs.wait_all([server.add_run(running_for=600)], pacing=Broken())

    anyio.run(main, backend=backend)


def test_fleet_whose_task_never_began_ends(server: Emulator) -> None:
    """A program that ends at the moment at which a fleet is started ends."""
    run_id = server.add_run(running_for=600)

    async def consume() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            async for _ in runs.as_completed([run_id]):
                pass

    async def main() -> asyncio.Task[None]:
        return asyncio.create_task(consume())

    assert asyncio.run(main()).cancelled()
