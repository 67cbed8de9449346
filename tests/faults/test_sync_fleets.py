"""Sync fleets that are left while their workers are blocked: leaving returns at once and sends nothing more."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from tela_runs import ConfigurationError, FixedPacing, Outcome, Run, RunsClient, TelaError
from tela_runs._drivers.threads import _Threads
from tela_runs._polling.fleet import Fleet
from tela_runs.emulator import Delay

from .servers import drain, full_backlog, listening, read_headers, settle
from .table import JSON

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterator

    from tela_runs._polling.state import Wait
    from tela_runs.emulator import Emulator

    from .conftest import Names

#: The promise is 0.1 s; the rest is what a busy machine may add.
AT_ONCE = 0.4
WORKERS = 4
IDS = [f"run-{number}" for number in range(20)]


class OneResponse:
    """Responds to the first request on the first connection, and until `heal` is set nothing else."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests = 0
        self.heal = threading.Event()
        self._tls = tls
        self._lock = threading.Lock()
        self._connections = 0

    def __call__(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections += 1
            responds = self._connections == 1 or self.heal.is_set()
        if self._tls is not None:
            if not responds:
                drain(connection)
                return
            connection = self._tls.wrap_socket(connection.dup(), server_side=True)
        with connection:
            while read_headers(connection):
                with self._lock:
                    self.requests += 1
                if not responds:
                    drain(connection)
                    return
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(JSON), JSON))
                responds = self.heal.is_set()


@pytest.fixture(params=["receiving", "shaking hands", "connecting"])
def blocked(
    request: pytest.FixtureRequest, tls: ssl.SSLContext, names: Names, trusted: None
) -> Iterator[tuple[str, OneResponse, Callable[[], bool]]]:
    """A base URL, its server, and whether all the workers but one are blocked in a certain state."""
    encrypted = request.param == "shaking hands"
    handler = OneResponse(tls if encrypted else None)
    looked_up: list[str] = []
    with listening(handler) as server, ExitStack() as stack:
        if request.param == "connecting":
            stack.enter_context(full_backlog(("127.0.0.2", server.port)))

            def resolve(host: str) -> list[str]:
                looked_up.append(host)
                return ["127.0.0.1" if len(looked_up) == 1 or handler.heal.is_set() else "127.0.0.2"]

            names(resolve)
        else:
            names(lambda _host: ["127.0.0.1"])

        def is_ready() -> bool:
            return max(server.connections, len(looked_up)) >= WORKERS

        yield f"http{'s' if encrypted else ''}://tela.test:{server.port}", handler, is_ready


def test_closing_an_iterator_whose_workers_are_blocked_returns_at_once(blocked: Any) -> None:
    """Closing returns at once; nothing is sent after it, and the client goes on with another fleet."""
    url, server, is_ready = blocked
    with RunsClient("key", base_url=url, allow_http=True) as runs:
        outcomes = runs.as_completed(IDS, max_in_flight=WORKERS)
        next(outcomes)
        settle(is_ready)
        started = time.monotonic()
        outcomes.close()
        assert time.monotonic() - started < AT_ONCE
        time.sleep(0.05)
        sent = server.requests
        time.sleep(0.2)
        assert server.requests == sent
        server.heal.set()
        assert all(outcome.succeeded for outcome in runs.wait_all(IDS[:5]).values())


def test_closing_the_client_whose_workers_are_blocked(blocked: Any) -> None:
    """A fleet that is waited for ends at once when another thread closes the client."""
    url, _, is_ready = blocked
    runs = RunsClient("key", base_url=url, allow_http=True)
    outcomes = runs.as_completed(IDS, max_in_flight=WORKERS)
    next(outcomes)
    closed: list[float] = []

    def close() -> None:
        settle(is_ready)
        closed.append(time.monotonic())
        runs.close()

    thread = threading.Thread(target=close)
    thread.start()
    with pytest.raises(ConfigurationError, match="closed"):
        list(outcomes)
    assert time.monotonic() - closed[0] < AT_ONCE
    thread.join()


def test_fleets_left_early_take_nothing_from_those_after_them(server: Emulator) -> None:
    """A loop that is left at its first outcome takes nothing from the fleets after it, and leaves no thread."""
    ids = [server.add_run(number, created_for=0, running_for=0.01 * number) for number in range(20)]
    before = threading.active_count()
    with RunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(0.05)) as runs:
        for _ in range(5):
            for outcome in runs.as_completed(ids):
                assert outcome.succeeded
                break
        assert [outcome.output for outcome in runs.wait_all(ids).values()] == [*range(20)]
    settle(lambda: threading.active_count() <= before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_child_cannot_use_its_parents_iterator(server: Emulator) -> None:
    """It gets one clear error, and the parent's iterator goes on."""
    ids = [server.add_run(created_for=0, running_for=0.1 * number) for number in range(4)]
    with RunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(0.05)) as runs:
        outcomes = runs.as_completed(ids)
        next(outcomes)
        child = os.fork()
        if child == 0:
            is_named = False
            try:
                next(outcomes)
            except ConfigurationError as error:
                is_named = "process" in str(error)
            finally:
                os._exit(0 if is_named else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert len(list(outcomes)) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("where", ["iterator", "listener"])
def test_child_forked_within_a_fleet_gets_an_error(server: Emulator, where: str) -> None:
    """It has no threads that would ever bring it an outcome; the parent goes on."""
    children: list[int] = []

    def fork(*_: object) -> str:
        if not children:
            children.append(os.fork())
            if children[0] == 0:
                threading.Timer(5, os._exit, [2]).start()  # should it hang
        return run_id

    run_id = server.add_run(created_for=0, running_for=0.5)
    with RunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(0.05)) as runs:
        ids, listener = ([run_id], fork) if where == "listener" else ((fork() for _ in range(1)), None)
        code = 1
        try:
            outcomes = list(runs.as_completed(ids, on_update=listener))
        except ConfigurationError as error:
            code = 0 if "process" in str(error) else 1
        finally:
            if children == [0]:
                os._exit(code)
    assert [outcome.succeeded for outcome in outcomes] == [True]
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_child_may_wake_a_run_of_its_parents_fleet(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does nothing there, even if a thread of the parent held the lock of the fleet at the fork."""
    holds, may_go_on, give_back = threading.Event(), threading.Event(), Fleet.give_back

    def give_back_later(self: Fleet, wait: Wait, result: Outcome | float) -> None:
        holds.set()
        may_go_on.wait(10)
        give_back(self, wait, result)

    monkeypatch.setattr(Fleet, "give_back", give_back_later)
    run_id = server.add_run()
    with RunsClient(server.api_key, base_url=server.url) as runs, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(runs.wait_all, [run_id], timeout=1)
        assert holds.wait(5)
        child = os.fork()
        if child == 0:
            signal.alarm(5)  # should it hang
            runs.wake(run_id)
            os._exit(0)
        may_go_on.set()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        waiting.result()


def test_worker_that_starts_while_the_iterator_is_closed_sends_nothing(
    server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that was started, but has not begun to work, ends with the others."""
    begins, work, workers = threading.Event(), _Threads._work, []

    def work_later(self: _Threads) -> None:
        workers.append(threading.current_thread())
        begins.wait(5)
        work(self)

    monkeypatch.setattr(_Threads, "_work", work_later)
    ids = iter([server.add_run(), "\n"])
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(ids)
        assert next(outcomes).run_id == "\n"
        settle(lambda: bool(workers))
        outcomes.close()
        begins.set()
        workers[0].join(5)
    assert server.requests == []


def test_closing_a_fleet_leaves_other_requests_of_the_client_alone(server: Emulator) -> None:
    """A connection that the fleet used before may serve another thread by then, which may start a run with it."""
    server.add_canvas("canvas-1", output=1)
    ids = [server.add_run(created_for=0, running_for=seconds) for seconds in (600, 0)]
    created: list[Run | TelaError] = []
    with RunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(600)) as runs:

        def create() -> None:
            try:
                created.append(runs.create(canvas_id="canvas-1", variables={}))
            except TelaError as error:
                created.append(error)

        outcomes = runs.as_completed(ids, max_in_flight=1)
        assert next(outcomes).run_id == ids[1]
        server.inject(Delay(0.3), method="POST")
        thread = threading.Thread(target=create)
        thread.start()
        settle(lambda: server.requests[-1].method == "POST")
        outcomes.close()
        thread.join()
        assert server.open_connections == 1  # it was the same one
    assert isinstance(created[0], Run), created
