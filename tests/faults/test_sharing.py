"""One client in many threads, tasks, processes and event loops."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from tela_runs import AsyncRunsClient, ConfigurationError, FixedPacing, RunsClient, TelaError
from tela_runs.emulator import Close, Delay, Reset, Stall, Status

from tests.client.callers import Jitter, calling_server, timed

from .servers import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tela_runs.emulator import Emulator

CLOSED = "This client is closed. Make a new one, or keep its `with` block open."
BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


def mistreat(server: Emulator, run_ids: list[str]) -> None:
    """Let the first requests about each run go wrong."""
    for run_id in run_ids:
        for fault in (Reset(), Status(503, headers={"Retry-After": "0.05"})):
            server.inject(fault, run_id=run_id)


def test_sixteen_threads_share_a_client(server: Emulator) -> None:
    """Sixteen threads wait for runs of their own at once over one client; each gets its own, whatever goes wrong."""
    ids = [server.add_run(number, created_for=0, running_for=0.1) for number in range(64)]
    mistreat(server, ids[:16])
    with timed(RunsClient, Jitter(1.0))(server.api_key, base_url=server.url, pacing=FixedPacing(0.05)) as runs:
        with ThreadPoolExecutor(16) as pool:
            assert [run.output for run in pool.map(runs.wait, ids)] == [*range(64)]
        assert server.open_connections <= 16
        assert server.total_connections <= 16 + 16  # each reset costs a connection
    settle(lambda: server.open_connections == 0)


def test_closing_the_client_ends_sync_waits(server: Emulator) -> None:
    """A client that is closed while other threads wait, in a pause of 30 s, ends their waits with one clear error.

    So it does where a Retry-After made the pause, that of a retrieve too, and where the response to a poll is awaited.
    """
    ids = [server.add_run(running_for=60) for _ in range(12)]
    for run_id in (*ids[1:3], ids[8]):
        server.inject(Status(503, headers={"Retry-After": "30"}), run_id=run_id)
    for run_id in ids[9:]:
        server.inject(Stall(), run_id=run_id)
    runs = RunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(30))
    with ThreadPoolExecutor(13) as pool:
        waits: list[Future[Any]] = [pool.submit(runs.wait, run_id) for run_id in ids[:8]]
        waits.append(pool.submit(lambda: list(runs.watch(ids[0]))))
        waits += [pool.submit(runs.retrieve, run_id) for run_id in ids[8:10]]
        waits += [pool.submit(runs.wait, ids[10]), pool.submit(runs.wait_all, ids[11:])]
        settle(lambda: len(server.requests) == 13)
        runs.close()
        errors = [wait.exception(timeout=10) for wait in waits]
    assert {(type(error), str(error)) for error in errors} == {(ConfigurationError, CLOSED)}
    settle(lambda: server.open_connections == 0)


@BACKENDS
def test_closing_the_client_ends_async_waits(server: Emulator, backend: str) -> None:
    """The same for tasks."""
    run_id, held, stalled = (server.add_run(running_for=60) for _ in range(3))
    server.inject(Status(503, headers={"Retry-After": "30"}), run_id=held, times=2)
    server.inject(Stall(), run_id=stalled, times=None)
    errors: list[tuple[type, str]] = []

    async def main() -> None:
        runs = AsyncRunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(30))

        async def failing(attempt: Callable[[], Awaitable[object]]) -> None:
            with pytest.raises(ConfigurationError) as caught:
                await attempt()
            errors.append((type(caught.value), str(caught.value)))

        async def watch() -> None:
            async for _ in runs.watch(run_id):
                pass

        async with anyio.create_task_group() as group:
            attempts = (
                *(lambda: runs.wait(run_id), lambda: runs.wait(held), lambda: runs.retrieve(held), watch),
                *(lambda: runs.wait_all([run_id]), lambda: runs.wait_all([stalled])),
                *(lambda: runs.wait(stalled), lambda: runs.retrieve(stalled)),
            )
            for attempt in attempts:
                group.start_soon(failing, attempt)
            while len(server.requests) < len(attempts):
                await anyio.sleep(0.01)
            await anyio.sleep(0.1)
            await runs.aclose()
            with anyio.fail_after(10):
                while len(errors) < len(attempts):
                    await anyio.sleep(0.01)

    anyio.run(main, backend=backend)
    assert errors == [(ConfigurationError, CLOSED)] * 8
    settle(lambda: server.open_connections == 0)


def test_create_that_is_in_flight_is_not_lost_where_the_client_is_closed(server: Emulator, flavour: str) -> None:
    """Its run is returned: it was started, and will be paid for."""
    server.add_canvas("canvas")
    server.inject(Delay(0.3), method="POST")
    with calling_server(flavour, server) as caller, ThreadPoolExecutor(1) as pool:
        creating = pool.submit(caller.create, canvas_id="canvas")
        settle(lambda: len(server.requests) == 1)
        caller.close()
        assert creating.result(timeout=10).status == "running"


@pytest.mark.parametrize("flavour", ["sync", "asyncio", "trio"])
def test_closing_the_client_ends_a_pause_of_max_rate(server: Emulator, flavour: str) -> None:
    """A request that waits for its turn is not sent, and says so at once."""
    run_id = server.add_run()
    if flavour == "sync":
        with RunsClient(server.api_key, base_url=server.url, max_rate=0.05) as runs, ThreadPoolExecutor(1) as pool:
            runs.retrieve(run_id)
            waiting = pool.submit(runs.retrieve, run_id)
            settle(waiting.running)
            runs.close()
            assert isinstance(waiting.exception(timeout=10), ConfigurationError)
        return

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url, max_rate=0.05) as runs:
            await runs.retrieve(run_id)
            with anyio.fail_after(10):
                async with anyio.create_task_group() as group:
                    group.start_soon(closing, runs)
                    with pytest.raises(ConfigurationError, match="closed"):
                        await runs.retrieve(run_id)

    async def closing(runs: AsyncRunsClient) -> None:
        await anyio.wait_all_tasks_blocked()
        await runs.aclose()

    anyio.run(main, backend=flavour)


@BACKENDS
def test_hundred_tasks_share_a_client(server: Emulator, backend: str) -> None:
    """A hundred tasks share one async client, whatever goes wrong."""
    ids = [server.add_run(number, created_for=0, running_for=0.1) for number in range(100)]
    mistreat(server, ids[:20])
    outputs: dict[str, object] = {}

    async def main() -> None:
        client = timed(AsyncRunsClient, Jitter(1.0))
        async with client(server.api_key, base_url=server.url, pacing=FixedPacing(0.05)) as runs:

            async def wait(run_id: str) -> None:
                outputs[run_id] = (await runs.wait(run_id)).output

            async with anyio.create_task_group() as group:
                for run_id in ids:
                    group.start_soon(wait, run_id)
            assert server.open_connections <= 100

    anyio.run(main, backend=backend)
    assert [outputs[run_id] for run_id in ids] == [*range(100)]


def test_requests_above_the_maximum_of_connections_queue(
    server: Emulator, flavour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more connections than the bound are open at once; what is beyond it queues."""
    monkeypatch.setattr("tela_runs._http.transport.MAX_CONNECTIONS", 4)
    ids = [server.add_run(number, created_for=0, running_for=0) for number in range(40)]
    with calling_server(flavour, server) as caller, ThreadPoolExecutor(20) as pool:
        assert [run.output for run in pool.map(caller.retrieve, ids)] == [*range(40)]
        assert server.total_connections <= 4


def test_closed_client_is_a_configuration_error(server: Emulator, flavour: str) -> None:
    """A closed client rejects everything with one clear error, and may be closed again."""
    with calling_server(flavour, server) as caller:
        caller.close()
        caller.close()
        for attempt in (caller.retrieve, caller.wait, caller.watch):
            with pytest.raises(ConfigurationError, match="This client is closed"):
                attempt("run-1")
        with pytest.raises(ConfigurationError, match="This client is closed"):
            caller.confirm(b'{"id": "run-1", "status": "succeeded"}')
    assert server.requests == []


@BACKENDS
def test_another_event_loop_is_a_configuration_error(server: Emulator, backend: str) -> None:
    """An async client rejects any event loop but its first with one clear error, to use it and to close it."""
    server.add_run(run_id="run-1")
    client = AsyncRunsClient(server.api_key, base_url=server.url)
    own_is_done = threading.Event()
    other_is_done = threading.Event()
    errors: list[str] = []

    async def other() -> None:
        for attempt in (lambda: client.retrieve("run-1"), lambda: client.wait("run-1"), client.aclose):
            try:
                await attempt()
            except TelaError as error:
                errors.append(str(error))

    def in_another_thread() -> None:
        own_is_done.wait(10)
        anyio.run(other, backend="asyncio")
        other_is_done.set()

    async def own() -> None:
        async with client:
            await client.retrieve("run-1")
            own_is_done.set()
            await anyio.to_thread.run_sync(other_is_done.wait, 10)
            await client.retrieve("run-1")

    thread = threading.Thread(target=in_another_thread)
    thread.start()
    anyio.run(own, backend=backend)
    thread.join()
    assert errors == ["This AsyncRunsClient belongs to another event loop. Make one in each event loop."] * 3
    assert (len(server.requests), server.total_connections) == (2, 1)


def test_second_asyncio_run_is_a_configuration_error(server: Emulator) -> None:
    """The second of two `asyncio.run` gets the same clear error."""
    server.inject(Close())
    client = AsyncRunsClient(server.api_key, base_url=server.url, max_retries=0)
    with pytest.raises(TelaError):
        asyncio.run(client.retrieve("run-1"))
    with pytest.raises(ConfigurationError, match="another event loop"):
        asyncio.run(client.retrieve("run-1"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_child_opens_its_own_connections(server: Emulator) -> None:
    """After a fork, with connections idle, parent and child each go on with connections of their own."""
    server.add_run(run_id="run-1", statuses=["succeeded"])
    with RunsClient(server.api_key, base_url=server.url) as runs:
        runs.retrieve("run-1")
        child = os.fork()
        if child == 0:
            succeeded = False
            try:
                succeeded = all(runs.retrieve("run-1").succeeded for _ in range(2))
            finally:
                os._exit(0 if succeeded else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert runs.retrieve("run-1").succeeded
    assert (len(server.requests), server.total_connections) == (4, 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_closing_the_client_in_a_forked_child_leaves_the_parents_poll_alone(server: Emulator) -> None:
    """The child shares the sockets of its parent, and has none of its waits."""
    server.add_run(run_id="run-1", statuses=["succeeded"])
    server.inject(Delay(0.5), run_id="run-1")
    with RunsClient(server.api_key, base_url=server.url) as runs, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(runs.wait, "run-1")
        settle(lambda: len(server.requests) == 1)
        child = os.fork()
        if child == 0:
            was_woken = runs.wake("run-1")
            runs.close()
            os._exit(1 if was_woken else 0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert waiting.result().succeeded
    assert len(server.requests) == 1
