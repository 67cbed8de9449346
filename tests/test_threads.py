"""The worker threads of a sync fleet: how many there are, and how they end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import httpx
import pytest
from tela_runs import (
    ConfigurationError,
    FixedPacing,
    RunsClient,
    TelaError,
    WaitTimeoutError,
)
from tela_runs.emulator import Drip, Emulator

QUICK = FixedPacing(0.05)


def test_closing_the_iterator_ends_every_request(server: Emulator) -> None:
    """After it is closed nothing more is sent, and the client can be used."""
    done = server.add_run(created_for=0, running_for=0)
    ids = [done, *(server.add_run(running_for=600) for _ in range(20))]
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(ids, pacing=QUICK)
        assert next(outcomes).run_id == done
        began = time.monotonic()
        outcomes.close()
        assert time.monotonic() - began < 1
        time.sleep(0.2)  # what was on its way arrives
        sent = len(server.requests)
        time.sleep(0.3)
        assert len(server.requests) == sent
        assert runs.retrieve(done).succeeded


def settled(threads: int) -> bool:
    """Whether there are soon at most so many threads."""
    deadline = time.monotonic() + 5
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    return threading.active_count() <= threads


def test_fleet_has_at_most_max_in_flight_threads(server: Emulator) -> None:
    """However many runs are waited for; none is left when they have ended."""
    ids = [server.add_run(created_for=0, running_for=0.2 + n / 100) for n in range(100)]
    before = threading.active_count()
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(ids, pacing=QUICK, max_in_flight=7)
        most = max(threading.active_count() for _ in outcomes)
    assert before < most <= before + 7
    assert settled(before)


def test_idle_fleet_has_one_thread_that_watches_the_clock(server: Emulator) -> None:
    """Workers are started when there is something to poll: one run never needs two polls at a time."""
    run_id = server.add_run(created_for=0, running_for=0.5)
    before = threading.active_count()
    with RunsClient(server.api_key, base_url=server.url) as runs:
        updates: list[int] = []
        runs.wait_all([run_id], pacing=QUICK, on_update=lambda _: updates.append(threading.active_count()))
    assert max(updates) <= before + 2


def test_where_no_thread_can_be_started_the_error_names_the_other_client(
    server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a subinterpreter of Python 3.14 no number of them is few enough."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("daemon threads are disabled in this (sub)interpreter")

    with RunsClient(server.api_key, base_url=server.url) as runs:
        monkeypatch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(TelaError, match=r"daemon threads are disabled.*\. Use fewer threads, or AsyncRunsClient\."):
            runs.wait_all(["run-1"])


LEFT = """
import sys
from tela_runs import RunsClient

runs = RunsClient("emulator-key", base_url=sys.argv[1])
outcomes = runs.as_completed(["done", "slow"], timeout=None)
print(next(outcomes).run_id)
{end}
"""


@pytest.mark.parametrize("end", ["", "raise LookupError", "import os, signal; os.kill(os.getpid(), signal.SIGINT)"])
def test_process_may_end_with_an_iterator_left_open(server: Emulator, end: str) -> None:
    """Nothing waits for the threads when the interpreter exits, in order or by an error."""
    server.add_run(run_id="done", created_for=0, running_for=0)
    server.add_run(run_id="slow", running_for=600)
    command = [sys.executable, "-c", LEFT.format(end=end), server.url]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.stdout == "done\n"
    assert (ended.returncode == 0) is (end == "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_child_may_close_the_iterator(server: Emulator) -> None:
    """In the child the iterator raises an error, and can be closed; in the parent it goes on."""
    server.add_run(run_id="done", created_for=0, running_for=0)
    late = server.add_run(created_for=0, running_for=0.5)
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(["done", late], pacing=QUICK)
        assert next(outcomes).run_id == "done"
        child = os.fork()
        if child == 0:
            try:
                next(outcomes)
            except ConfigurationError:
                outcomes.close()
                os._exit(7)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert [outcome.run_id for outcome in outcomes] == [late]


def test_dropped_iterator_ends_its_threads(server: Emulator) -> None:
    """It need not be closed: they end soon after it is collected."""
    server.add_run(run_id="done", created_for=0, running_for=0)
    server.add_run(run_id="slow", running_for=600)
    before = threading.active_count()
    with RunsClient(server.api_key, base_url=server.url) as runs:
        assert next(runs.as_completed(["done", "slow"])).run_id == "done"
        assert settled(before)


def test_closing_the_client_ends_a_fleet(server: Emulator) -> None:
    """The iterator raises as every call of a closed client does."""
    server.add_run(run_id="done", created_for=0, running_for=0)
    server.add_run(run_id="slow", running_for=600)
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(["done", "slow"], pacing=QUICK)
        assert next(outcomes).run_id == "done"
    with pytest.raises(ConfigurationError, match="closed"):
        next(outcomes)


def test_iterator_of_a_closed_client_sends_nothing(server: Emulator) -> None:
    """It raises as every call of a closed client does."""
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(["a"])
    with pytest.raises(ConfigurationError, match="closed"):
        next(outcomes)
    assert server.requests == []


def test_deadline_of_a_fleet_over_the_callers_own_client(server: Emulator) -> None:
    """A body that comes byte by byte is left at the next chunk: httpx's own timeouts are for each read."""
    run_id = server.add_run(created_for=0, running_for=0)
    server.inject(Drip(interval=0.05, part="body"), times=None)
    with (
        httpx.Client() as http,
        RunsClient(server.api_key, base_url=server.url, http_client=http) as runs,
    ):
        began = time.monotonic()
        outcomes = runs.wait_all([run_id], timeout=1)
        assert time.monotonic() - began < 3
        server.heal()
    assert isinstance(outcomes[run_id].error, WaitTimeoutError)


def test_fleet_goes_through_the_callers_own_client(server: Emulator) -> None:
    """An httpx.Client serves a fleet from its threads, and its hooks see each request."""
    ids = [server.add_run(output=n, created_for=0, running_for=0.1) for n in range(10)]
    hooked: list[str] = []
    with (
        httpx.Client(event_hooks={"request": [lambda request: hooked.append(request.url.path)]}) as http,
        RunsClient(server.api_key, base_url=server.url, http_client=http) as runs,
    ):
        outcomes = runs.wait_all(ids, pacing=QUICK, max_in_flight=3)
    assert [outcome.unwrap().output for outcome in outcomes.values()] == list(range(10))
    assert len(hooked) == len(server.requests)


def test_failed_worker_ends_the_fleet(server: Emulator) -> None:
    """What the caller's pacing raises in a worker thread is raised where the outcomes are taken."""

    class Broken:
        def delay(self, age: float, key: str | None = None) -> float:
            raise ZeroDivisionError("policy")

        def observe(self, duration: float, key: str | None = None) -> None: ...

    with (
        RunsClient(server.api_key, base_url=server.url) as runs,
        pytest.raises(ZeroDivisionError, match="policy"),
    ):
        runs.wait_all([server.add_run(running_for=600)], pacing=Broken())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_lock_that_another_thread_held_at_a_fork_is_free_in_the_child() -> None:
    """A forked child can use what its parent's threads were using."""
    script = """
import os, threading, warnings
from tela_runs import AdaptivePacing
warnings.simplefilter("ignore", DeprecationWarning)
pacing = AdaptivePacing()
held, go_on = threading.Event(), threading.Event()
def hold():
    with pacing._lock:
        held.set()
        go_on.wait(30)
threading.Thread(target=hold).start()
held.wait(30)
child = os.fork()
if child == 0:
    os._exit(0 if pacing.delay(1.0) > 0 else 1)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
go_on.set()
raise SystemExit(code)
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=30, check=False).returncode == 0
