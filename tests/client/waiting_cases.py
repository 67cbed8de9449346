"""Cases of waiting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tela_runs import (
    NotFoundError,
    RateLimitError,
    Run,
    RunFailedError,
    RunStatus,
    WaitTimeoutError,
)
from tela_runs.emulator import Body, Close, Fault, Headers, Reset, Stall, Status

from .callers import Caller, VirtualTime, failure_of
from .listing import EVERY_SECOND, RUN_ID, SAMPLE, case

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator


@case(requests=1)
def _retrieve(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run({"total": 42}, run_id=RUN_ID, statuses=["succeeded"])
    run = caller.retrieve(RUN_ID)
    assert (run.id, run.status, run.output) == (RUN_ID, RunStatus.SUCCEEDED, {"total": 42})
    assert time.sleeps == []


@case(requests=4)
def _wait(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run("done", run_id=RUN_ID, statuses=["created", "running", "running", "succeeded"])
    updates: list[Run] = []
    run = caller.wait(RUN_ID, pacing=EVERY_SECOND, on_update=updates.append)
    assert (run.succeeded, run.output) == (True, "done")
    assert [update.status_text for update in updates] == ["created", "running", "succeeded"]
    assert updates[-1] == run
    assert time.sleeps == [1.0, 1.0, 1.0]


@case(requests=4)
def _watch(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run(run_id=RUN_ID, statuses=["created", "running", "running", "succeeded"])
    seen = caller.watch(RUN_ID, pacing=EVERY_SECOND)
    assert [run.status_text for run in seen] == ["created", "running", "succeeded"]


@case(requests=2)
def _watch_a_failing_run(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run(run_id=RUN_ID, statuses=["running", "failed"])
    assert [run.status for run in caller.watch(RUN_ID)] == [RunStatus.RUNNING, RunStatus.FAILED]


@case(requests=2)
def _wait_for_a_failing_run(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run(run_id=RUN_ID, statuses=["running", "failed"])
    error = failure_of(RunFailedError, caller.wait, RUN_ID)
    assert (error.run.id, error.run.failed, error.run_id) == (RUN_ID, True, RUN_ID)


@case(requests=3)
def _wait_through_an_unknown_status(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run(run_id=RUN_ID, statuses=["queued-for-review", "queued-for-review", "succeeded"])
    seen = caller.watch(RUN_ID)
    assert [run.status for run in seen] == [RunStatus.UNKNOWN, RunStatus.SUCCEEDED]
    assert (seen[0].status_text, seen[0].is_finished) == ("queued-for-review", False)


@case(requests=1)
def _the_documentations_own_sample(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Body(json.dumps(SAMPLE).encode()))
    run = caller.retrieve(RUN_ID)
    assert run.to_dict() == SAMPLE
    assert run.data.to_dict() == SAMPLE


@case(requests=11)
def _wait_through_transient_errors(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    faults: list[Fault] = [
        *(Status(code) for code in (503, 500, 408, 409, 425, 429, 520)),
        *(Reset(), Close(after_bytes=40), Body(b"<html>")),
    ]
    for fault in faults:
        server.inject(fault)
    server.add_run(run_id=RUN_ID, statuses=["succeeded"])
    assert caller.wait(RUN_ID).succeeded
    # 0.5 s, doubled up to 15 s, less a quarter: half of the half that jitter may take.
    assert time.sleeps == [0.375, 0.75, 1.5, 3.0, 6.0, *[11.25] * 5]


@case(requests=2)
def _wait_through_a_timeout(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Stall(after_bytes=30))
    server.add_run(run_id=RUN_ID, statuses=["succeeded"])
    caller.client._timeout = 0.25
    assert caller.wait(RUN_ID, timeout=60).succeeded


@case(requests=3)
def _wait_to_the_deadline(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run(run_id=RUN_ID, statuses=["running"])
    error = failure_of(WaitTimeoutError, caller.wait, RUN_ID, timeout=1.5, pacing=EVERY_SECOND)
    assert error.run is not None
    assert (error.run.status_text, error.polls, error.last_error) == ("running", 3, None)
    assert time.sleeps == [1.0, pytest.approx(0.45)]
    assert error.elapsed == pytest.approx(1.45)


@case(requests=2)
def _wait_for_a_day_long_retry_after(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Status(429, headers={"Retry-After": "86400"}), times=None)
    error = failure_of(WaitTimeoutError, caller.wait, RUN_ID, timeout=100)
    assert isinstance(error.last_error, RateLimitError)
    assert (error.last_error.retry_after, error.run) == (86400.0, None)
    assert time.sleeps == [pytest.approx(99.95, abs=0.01)]


@case(requests=61)
def _wait_through_half_a_minute_of_503(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Status(503, headers={"Retry-After": "0.5"}), times=60)
    server.add_run(run_id=RUN_ID, statuses=["succeeded"])
    assert caller.wait(RUN_ID, timeout=60).succeeded
    assert sum(time.sleeps) == pytest.approx(60 * 0.525)


@case(requests=2)
def _retry_after_of_a_valid_response_comes_before_the_pacing(
    server: Emulator, caller: Caller, time: VirtualTime
) -> None:
    server.inject(Headers({"Retry-After": "7"}))
    server.add_run(run_id=RUN_ID, statuses=["running", "succeeded"])
    assert caller.wait(RUN_ID, pacing=EVERY_SECOND).succeeded
    assert time.sleeps == [7.35]


@case(requests=5, virtual=False)
def _many_at_once(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    for number, end in enumerate(["succeeded", "failed", "succeeded"]):
        server.add_run(number, run_id=f"run-{number}", statuses=[end])
    server.inject(Status(503, headers={"Retry-After": "0.05"}), run_id="run-0")
    outcomes = caller.wait_all(["run-2", "run-1", "nowhere", "run-0"], max_in_flight=1)
    assert [*outcomes] == ["run-2", "run-1", "nowhere", "run-0"]
    assert [type(outcome.error) for outcome in outcomes.values()] == [
        *(type(None), RunFailedError, NotFoundError, type(None)),
    ]
    assert outcomes["run-0"].unwrap().output == 0
