"""Cancelling, in every state a wait can be in: it returns at once, sends nothing more, and leaves the client usable."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from tela_runs import APIConnectionError, AsyncRunsClient, FixedPacing, RunsClient, WaitTimeoutError, _concurrency
from tela_runs.emulator import Delay, Emulator, Fault, Stall, Status

from .servers import drain, full_backlog, listening, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import FrameType

#: The promise is 0.1 s; the rest is what a busy machine may add.
AT_ONCE = 0.4

BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


async def cancelled(attempt: Callable[[], Coroutine[Any, Any, object]], ready: Callable[[], bool]) -> float:
    """Begin something, cancel it once it is where it should be, and give the seconds that took."""
    begun = time.monotonic()
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(attempt)
            while not ready():
                assert time.monotonic() - begun < 5
                await anyio.sleep(0.005)
            await anyio.sleep(0.02)
            started = time.monotonic()
            scope.cancel()
    return time.monotonic() - started


@BACKENDS
@pytest.mark.parametrize(
    "fault",
    [Stall(), Stall(after_bytes=20), Stall(after_bytes=400), Status(503, headers={"Retry-After": "30"})],
    ids=["before the headers", "in the headers", "in the body", "asleep after a failure"],
)
def test_cancelling_a_wait_ends_it_at_once(server: Emulator, backend: str, fault: Fault) -> None:
    """A wait that is cancelled in a request or between two ends at once; only its own connection is lost."""
    server.add_run(run_id="run-1", statuses=["succeeded"])
    server.inject(fault)

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            took = await cancelled(lambda: runs.wait("run-1"), lambda: len(server.requests) == 1)
            assert took < AT_ONCE
            await anyio.sleep(0.1)
            assert len(server.requests) == 1
            for _ in range(3):
                assert (await runs.wait("run-1")).succeeded
            assert server.total_connections <= 2

    anyio.run(main, backend=backend)
    assert len(server.requests) == 4
    settle(lambda: server.open_connections == 0)


@BACKENDS
def test_cancelling_between_two_polls_keeps_the_connection(server: Emulator, backend: str) -> None:
    """A wait that is cancelled while the run goes on keeps its connection for the next."""
    server.add_run(run_id="run-1", statuses=["running", "succeeded"])

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(30)) as runs:
            assert await cancelled(lambda: runs.wait("run-1"), lambda: len(server.requests) == 1) < AT_ONCE
            assert (await runs.wait("run-1")).succeeded

    anyio.run(main, backend=backend)
    assert server.total_connections == 1


@BACKENDS
def test_cancelling_while_queueing_for_a_connection_leaves_the_queue(
    server: Emulator, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that is cancelled while it queues for a connection leaves the queue, and takes no place of another."""
    monkeypatch.setattr("tela_runs._http.transport.MAX_CONNECTIONS", 1)
    server.add_run(run_id="run-1", statuses=["succeeded"])
    server.inject(Delay(0.4))

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs, anyio.create_task_group() as group:
            group.start_soon(runs.retrieve, "run-1")
            while not server.requests:  # trio starts tasks in any order, and this one is to have the connection
                await anyio.sleep(0.005)
            took = await cancelled(lambda: runs.retrieve("run-1"), lambda: True)
            assert took < AT_ONCE
            assert (await runs.retrieve("run-1")).succeeded

    anyio.run(main, backend=backend)
    assert (len(server.requests), server.total_connections) == (2, 1)


@BACKENDS
def test_cancelling_a_handshake_leaves_no_socket(backend: str) -> None:
    """A request that is cancelled while TLS is set up leaves no socket behind."""
    with listening(drain) as server:

        async def main() -> None:
            async with AsyncRunsClient("key", base_url=f"https://127.0.0.1:{server.port}") as runs:
                took = await cancelled(lambda: runs.retrieve("run-1"), lambda: server.connections == 1)
                assert took < AT_ONCE
                await anyio.sleep(0.05)
                assert server.still_open() == 0

        anyio.run(main, backend=backend)


@BACKENDS
def test_cancelling_while_connecting_ends_the_request_at_once(backend: str) -> None:
    """A request that is cancelled before the server has taken its connection ends at once."""
    with full_backlog() as (host, port):

        async def main() -> None:
            async with AsyncRunsClient("key", base_url=f"http://{host}:{port}") as runs:
                assert await cancelled(lambda: runs.retrieve("run-1"), lambda: True) < AT_ONCE

        anyio.run(main, backend=backend)


@BACKENDS
def test_cancelling_again_and_again_leaves_no_connection_taken(server: Emulator, backend: str) -> None:
    """Waits that are cancelled at any moment, over and over, leave no connection and no place taken."""
    server.add_run(run_id="run-1", statuses=["running"])

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(0.05)) as runs:
            for number in range(300):
                with anyio.move_on_after(number % 30 / 10_000):
                    await runs.wait("run-1")
            assert (await runs.retrieve("run-1")).status_text == "running"
            await anyio.sleep(0.05)
            assert server.open_connections <= 1

    anyio.run(main, backend=backend)
    settle(lambda: server.open_connections == 0)


@BACKENDS
def test_closing_an_async_iterator_sends_nothing_more(server: Emulator, backend: str) -> None:
    """A watch that is closed between two items sends nothing more."""
    server.add_run(run_id="run-1", statuses=["created", "running", "succeeded"])

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(0.05)) as runs:
            async with aclosing(runs.watch("run-1")) as watch:
                async for run in watch:
                    assert run.status_text == "created"
                    break
            await anyio.sleep(0.2)

    anyio.run(main, backend=backend)
    assert len(server.requests) == 1


def test_closing_an_iterator_sends_nothing_more(server: Emulator) -> None:
    """A watch that is closed, or was never begun, sends nothing more."""
    server.add_run(run_id="run-1", statuses=["created", "running", "succeeded"])
    with RunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(0.05)) as runs:
        runs.watch("run-1").close()
        watch = runs.watch("run-1")
        assert next(watch).status_text == "created"
        watch.close()
        assert list(watch) == []
        time.sleep(0.2)
        assert len(server.requests) == 1
        assert runs.retrieve("run-1").status_text == "running"


def test_error_of_a_callback_ends_the_wait(server: Emulator) -> None:
    """What `on_update` raises ends the wait, and comes out as it is."""
    server.add_run(run_id="run-1", statuses=["created", "running", "succeeded"])

    def fail(_run: object) -> None:
        raise LookupError("enough")

    with RunsClient(server.api_key, base_url=server.url) as runs:
        with pytest.raises(LookupError, match="enough"):
            runs.wait("run-1", on_update=fail)
        assert runs.retrieve("run-1").status_text == "running"


INTERRUPTED = """
import sys
from tela_runs import FixedPacing, RunsClient

with RunsClient("emulator-key", base_url=sys.argv[1], pacing=FixedPacing(float(sys.argv[2]))) as runs:
    try:
        runs.wait("run-1")
    except KeyboardInterrupt:
        print("interrupted")
    print(runs.retrieve("run-2").status_text)
"""


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
@pytest.mark.parametrize("fault", [None, Stall(), Stall(after_bytes=400)], ids=["asleep", "stalled", "in the body"])
def test_ctrl_c_ends_a_wait_at_once(server: Emulator, fault: Fault | None) -> None:
    """Ctrl-C ends a wait at once, as `KeyboardInterrupt`, and the client goes on working."""
    server.add_run(run_id="run-1", statuses=["running"])
    server.add_run(run_id="run-2", statuses=["succeeded"])
    if fault is not None:
        server.inject(fault, run_id="run-1")
    command = [sys.executable, "-W", "error", "-c", INTERRUPTED, server.url, "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        settle(lambda: len(server.requests) == 1)
        time.sleep(0.05)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
    assert (output, errors) == ("interrupted\nsucceeded\n", "")
    assert time.monotonic() - started < 2
    assert len(server.requests) == 2


def interrupted_at(target: int, function: Callable[[], object]) -> bool:
    """Whether Ctrl-C came while this thread called a function: at one line of what has to do with threads."""
    lines = itertools.count(1)

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if event == "line" and next(lines) == target:
            raise KeyboardInterrupt
        return trace if frame.f_code.co_filename in (threading.__file__, _concurrency.__file__) else None

    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def test_ctrl_c_in_the_bookkeeping_of_a_request_leaves_no_lock_taken(server: Emulator) -> None:
    """Ctrl-C leaves no lock taken, of the standard library or of ours, whichever line is interrupted."""
    server.add_run(run_id="run-1", statuses=["succeeded"])
    # In a thread of its own: where a tracer raises amid an `except`, Python leaves that exception the current one.
    with (
        RunsClient(server.api_key, base_url=server.url, max_rate=1e6) as runs,
        ThreadPoolExecutor(1) as interrupted,
    ):
        number = 1
        while interrupted.submit(interrupted_at, number, partial(runs.wait, "run-1")).result():
            thread = threading.Thread(target=runs.wait, args=["run-1"], daemon=True)
            thread.start()
            thread.join(5)
            assert not thread.is_alive()
            number += 1


def test_ctrl_c_while_runs_join_a_fleet_leaves_no_thread(server: Emulator) -> None:
    """Whichever line is interrupted: closing the iterator ends its threads."""
    slow = server.add_run(running_for=600)
    with RunsClient(server.api_key, base_url=server.url) as runs, ThreadPoolExecutor(1) as interrupted:

        def join_more() -> bool:
            outcomes = runs.as_completed(iter(["\n", slow, "\r"]), pacing=FixedPacing(0.05))
            next(outcomes)  # starts its first thread
            try:
                return interrupted_at(number, lambda: next(outcomes))
            finally:
                outcomes.close()

        interrupted.submit(int).result()  # starts its thread
        number, threads = 1, len(sys._current_frames())
        while interrupted.submit(join_more).result():
            settle(lambda: len(sys._current_frames()) <= threads)
            number += 1


def test_wait_that_timed_out_can_be_repeated(server: Emulator) -> None:
    """A deadline loses nothing: the same wait again gives the run, also after the server was away."""
    run_id = server.add_run("done", created_for=0, running_for=0.3)
    with RunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(0.05), max_retries=0) as runs:
        with pytest.raises(WaitTimeoutError):
            runs.wait(run_id, timeout=0.1)
        server.stop()
        with pytest.raises(APIConnectionError):
            runs.retrieve(run_id)
        server.start()
        assert runs.wait(run_id, timeout=20).output == "done"
