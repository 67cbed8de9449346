"""What the clients do, as a list of cases: each is run in every way to use them, and must send the same requests.

A case is a function of a server and a caller that asserts what comes back; ``requests`` is how many it sends. Waits
live in virtual time, so that sleeps are exact: 0.5 is drawn for each number at random.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen
from tela_runs import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    FixedPacing,
    InternalServerError,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    Run,
    RunFailedError,
    RunStatus,
    UnprocessableEntityError,
    UsageLimitError,
    WaitTimeoutError,
)
from tela_runs.emulator import Body, Close, Fault, Headers, Raw, Reset, Stall, Status

from .callers import Caller, VirtualTime, failure_of

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator

SAMPLE = json.loads((Path(__file__).parents[1] / "contract" / "reference_sample.json").read_text(encoding="utf-8"))

RUN_ID = "run-1"
RUN_NEEDS = {"id", "status"}
EVERY_SECOND = FixedPacing(1)

Scenario = Callable[["Emulator", Caller, VirtualTime], None]


@frozen
class Case:
    """One scenario, and how many requests it sends."""

    name: str
    scenario: Scenario
    requests: int


CASES: list[Case] = []


def case(requests: int, name: str = "") -> Callable[[Scenario], Scenario]:
    """Add a scenario to the list."""

    def adding(scenario: Scenario) -> Scenario:
        CASES.append(Case(name or scenario.__name__.strip("_"), scenario, requests))
        return scenario

    return adding


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
def _wait_through_passing_failures(server: Emulator, caller: Caller, time: VirtualTime) -> None:
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
def _hints_of_a_healthy_answer_come_before_the_pacing(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Headers({"Retry-After": "7"}))
    server.add_run(run_id=RUN_ID, statuses=["running", "succeeded"])
    assert caller.wait(RUN_ID, pacing=EVERY_SECOND).succeeded
    assert time.sleeps == [7.35]


@case(requests=1)
def _confirm(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run("genuine", run_id=RUN_ID, statuses=["succeeded"])
    forged = json.dumps({"id": RUN_ID, "status": "succeeded", "output_content": {"content": "forged"}})
    assert caller.confirm(forged.encode()).output == "genuine"


@case(requests=0)
def _confirm_what_is_no_run(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    failure_of(InvalidResponseError, caller.confirm, b"not json")
    failure_of(InvalidResponseError, caller.confirm, '{"id": 5, "status": "succeeded"}')
    failure_of(ConfigurationError, caller.confirm, b'{"id": "..", "status": "succeeded"}')


@case(requests=3)
def _retries_that_run_out(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Status(503), times=None)
    assert failure_of(InternalServerError, caller.retrieve, RUN_ID).status_code == 503
    assert time.sleeps == [0.25, 0.5]


@case(requests=3)
def _retries_that_help(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Reset())
    server.inject(Body(b"[]"))
    server.add_run(run_id=RUN_ID, statuses=["succeeded"])
    assert caller.retrieve(RUN_ID).succeeded


@case(requests=3)
def _connections_that_end_without_an_answer(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Close(), times=None)
    failure_of(APIConnectionError, caller.retrieve, RUN_ID)


@case(requests=3)
def _requests_that_time_out(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    caller.client._timeout = 0.1
    server.inject(Stall(), times=None)
    failure_of(APITimeoutError, caller.retrieve, RUN_ID)


def _refusal(status: int, kind: type[APIStatusError]) -> None:
    @case(requests=2, name=f"{status}_is_final")
    def scenario(server: Emulator, caller: Caller, time: VirtualTime) -> None:
        server.inject(Status(status, headers={"Location": server.url + "/elsewhere"}), times=None)
        assert failure_of(kind, caller.wait, RUN_ID).status_code == status
        assert failure_of(kind, caller.retrieve, RUN_ID).run_id == RUN_ID
        assert time.sleeps == []


for _status, _kind in (
    *((301, APIStatusError), (302, APIStatusError), (307, APIStatusError), (308, APIStatusError)),
    *((400, BadRequestError), (401, AuthenticationError), (402, UsageLimitError), (403, PermissionDeniedError)),
    *((404, NotFoundError), (410, APIStatusError), (422, UnprocessableEntityError), (499, APIStatusError)),
):
    _refusal(_status, _kind)


def _hint(name: str, headers: dict[str, str], slept: float) -> None:
    @case(requests=2, name=f"retry_after_{name}")
    def scenario(server: Emulator, caller: Caller, time: VirtualTime) -> None:
        server.inject(Status(429, headers=headers))
        server.add_run(run_id=RUN_ID, statuses=["succeeded"])
        assert caller.retrieve(RUN_ID).succeeded
        assert time.sleeps == [pytest.approx(slept)]


# By the server's clock, which is years behind.
_THERE = 1_700_000_000
_DATE = {"Date": formatdate(_THERE, usegmt=True)}
_hint("in_seconds", {"Retry-After": "10"}, 10.5)
_hint("of_a_fraction", {"Retry-After": " 0.5 "}, 0.525)
_hint("of_a_minute", {"Retry-After": "60"}, 60.5)
_hint("as_a_date", {**_DATE, "Retry-After": formatdate(_THERE + 20, usegmt=True)}, 20.5)
for _garbage in ("soon", "-5", "0", "nan", "inf", "1e999", "9" * 5000, "Thu, 99 Foo 2026", "\u00b2", "0x10", ""):
    # Our own back-off: half of the first half second.
    _hint(f"garbage_{_garbage[:8] or 'empty'}", {"Retry-After": _garbage}, 0.25)
_hint("in_the_past", {**_DATE, "Retry-After": formatdate(_THERE - 20, usegmt=True)}, 0.25)


def _long_hint(name: str, headers: dict[str, str], retry_after: float) -> None:
    @case(requests=1, name=f"retry_after_{name}")
    def scenario(server: Emulator, caller: Caller, time: VirtualTime) -> None:
        server.inject(Status(429, headers=headers), times=None)
        assert failure_of(RateLimitError, caller.retrieve, RUN_ID).retry_after == retry_after
        assert time.sleeps == []


_long_hint("longer_than_a_minute", {"Retry-After": "60.5"}, 60.5)
_long_hint("in_a_day", {**_DATE, "Retry-After": formatdate(_THERE + 86400, usegmt=True)}, 86400.0)


def _odd(name: str, payload: dict[str, Any], check: Callable[[Run], bool]) -> None:
    @case(requests=1, name=f"odd_{name}")
    def scenario(server: Emulator, caller: Caller, time: VirtualTime) -> None:
        body = {"id": RUN_ID, "status": "succeeded", **payload}
        server.inject(Body(json.dumps(body).encode()))
        run = caller.wait(RUN_ID)
        assert run.to_dict() == body
        assert run.data.to_dict() == body
        assert check(run)


_call = {"name": "f", "arguments": {"x": [1, None]}}
_odd("unknown_role", {"output_content": {"role": "oracle", "content": "yes"}}, lambda run: run.output == "yes")
_odd("nulls", {name: None for name in SAMPLE if name not in RUN_NEEDS}, lambda run: run.output is None)
_odd(
    "content_parts",
    {"input_content": {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}, None, 5]}]}},
    lambda run: run.output is None,
)
_odd("arguments_as_object", {"output_content": {"tool_calls": [_call]}}, lambda run: run.output is None)
_odd("list_for_object", {"output_content": [], "raw_input": "?"}, lambda run: run.canvas_id is None)
_odd("no_date", {"created_at": "yesterday", "updated_at": 5}, lambda run: run.created_at is None)


@case(requests=1)
def _an_answer_in_camel_case(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run({"total": 42}, run_id=RUN_ID, statuses=["succeeded"], camel_case=True)
    run = caller.wait(RUN_ID)
    assert (run.output, run.usage.output_tokens is None, run.canvas_id is None) == ({"total": 42}, False, False)


@case(requests=3)
def _bytes_that_are_no_http(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Raw(b"SSH-2.0-OpenSSH_9.6\r\n"), times=None)
    failure_of(APIConnectionError, caller.retrieve, RUN_ID)
