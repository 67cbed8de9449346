"""The thread behind a sync fleet: one for all runs, and nothing waits for it that must not."""

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
    WaitTimeoutError,
)
from tela_runs.emulator import Drip, Emulator

QUICK = FixedPacing(0.05)


def test_leaving_the_loop_ends_every_request(server: Emulator) -> None:
    """After the sync iterator is closed nothing more is sent, and the client goes on."""
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


def test_the_sync_form_takes_one_thread_however_many_runs(server: Emulator) -> None:
    """While 100 runs are waited for there is one thread more than before, and none after."""
    ids = [server.add_run(created_for=0, running_for=0.2 + n / 100) for n in range(100)]
    before = threading.active_count()
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(ids, pacing=QUICK, max_in_flight=20)
        next(outcomes)
        assert threading.active_count() <= before + 1
        assert len(list(outcomes)) == 99
    assert threading.active_count() == before


LEFT = """
import sys
from tela_runs import RunsClient

runs = RunsClient("emulator-key", base_url=sys.argv[1])
outcomes = runs.as_completed(["done", "slow"], timeout=None)
print(next(outcomes).run_id)
{end}
"""


@pytest.mark.parametrize("end", ["", "raise LookupError", "import os, signal; os.kill(os.getpid(), signal.SIGINT)"])
def test_a_process_may_end_with_an_iterator_left_open(server: Emulator, end: str) -> None:
    """Nothing waits for the background thread when the interpreter exits, in order or by an error."""
    server.add_run(run_id="done", created_for=0, running_for=0)
    server.add_run(run_id="slow", running_for=600)
    command = [sys.executable, "-c", LEFT.format(end=end), server.url]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.stdout == "done\n"
    assert (ended.returncode == 0) is (end == "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_may_leave_the_loop(server: Emulator) -> None:
    """In the child the iterator says whose it is, and can be closed; in the parent it goes on."""
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


def test_a_dropped_iterator_ends_its_thread(server: Emulator) -> None:
    """Nobody need close it: the thread ends soon after it is gone."""
    server.add_run(run_id="done", created_for=0, running_for=0)
    server.add_run(run_id="slow", running_for=600)
    before = threading.active_count()
    with RunsClient(server.api_key, base_url=server.url) as runs:
        assert next(runs.as_completed(["done", "slow"])).run_id == "done"
        deadline = time.monotonic() + 5
        while threading.active_count() > before:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_closing_the_client_ends_a_fleet_that_runs(server: Emulator) -> None:
    """Its next look is refused like any other of a closed client's."""
    server.add_run(run_id="done", created_for=0, running_for=0)
    server.add_run(run_id="slow", running_for=600)
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(["done", "slow"], pacing=QUICK)
        assert next(outcomes).run_id == "done"
    with pytest.raises(ConfigurationError, match="closed"):
        next(outcomes)


def test_an_iterator_of_a_client_that_was_closed_sends_nothing(server: Emulator) -> None:
    """It refuses like the client."""
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(["a"])
    with pytest.raises(ConfigurationError, match="closed"):
        next(outcomes)
    assert server.requests == []


def test_the_deadline_of_a_fleet_over_the_callers_own_client(server: Emulator) -> None:
    """A server that drips its headers holds a thread, and not the fleet."""
    run_id = server.add_run(created_for=0, running_for=0)
    server.inject(Drip(interval=0.05, part="head"), times=None)
    with (
        httpx.Client() as http,
        RunsClient(server.api_key, base_url=server.url, http_client=http) as runs,
    ):
        began = time.monotonic()
        outcomes = runs.wait_all([run_id], timeout=1)
        assert time.monotonic() - began < 3
        server.heal()
    assert isinstance(outcomes[run_id].error, WaitTimeoutError)


def test_the_sync_form_over_the_callers_own_client(server: Emulator) -> None:
    """A sync httpx client serves a fleet too, from threads."""
    ids = [server.add_run(output=n, created_for=0, running_for=0.1) for n in range(10)]
    hooked: list[str] = []
    with (
        httpx.Client(event_hooks={"request": [lambda request: hooked.append(request.url.path)]}) as http,
        RunsClient(server.api_key, base_url=server.url, http_client=http) as runs,
    ):
        outcomes = runs.wait_all(ids, pacing=QUICK, max_in_flight=3)
    assert [outcome.unwrap().output for outcome in outcomes.values()] == list(range(10))
    assert len(hooked) == len(server.requests)


def test_two_threads_share_an_iterator(server: Emulator) -> None:
    """Each run goes to one of them, and both come to the end."""
    ids = [server.add_run(created_for=0, running_for=0) for _ in range(20)]
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes, taken = runs.as_completed(ids), []

        def take() -> None:
            for outcome in iter(lambda: next(outcomes, None), None):
                taken.append(outcome.run_id)  # noqa: PERF401 - as they come

        next(outcomes)
        threads = [threading.Thread(target=take, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)
        assert not any(thread.is_alive() for thread in threads)
    assert len(set(taken)) == len(taken) == 19


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_lock_that_another_thread_held_at_a_fork() -> None:
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
