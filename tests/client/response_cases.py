"""Cases of responses: rejected requests, retries, hints and odd runs."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from tela_runs import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InternalServerError,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    Run,
    RunStatus,
    UnprocessableEntityError,
    UsageLimitError,
)
from tela_runs.emulator import Body, Close, Raw, Reset, Stall, Status

from .callers import Caller, VirtualTime, failure_of
from .listing import EVERY_SECOND, RUN_ID, RUN_NEEDS, SAMPLE, case

if TYPE_CHECKING:
    from collections.abc import Callable

    from tela_runs.emulator import Emulator


@case(requests=1)
def _confirm(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run("genuine", run_id=RUN_ID, statuses=["succeeded"])
    forged = json.dumps({"id": RUN_ID, "status": "succeeded", "output_content": {"content": "forged"}})
    assert caller.confirm(forged.encode()).output == "genuine"


@case(requests=1)
def _confirm_what_has_an_id_alone(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run("genuine", run_id=RUN_ID, statuses=["succeeded"])
    assert caller.confirm(json.dumps({"id": RUN_ID, "state": "done"})).output == "genuine"


@case(requests=0)
def _confirm_an_invalid_payload(server: Emulator, caller: Caller, time: VirtualTime) -> None:
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
def _connections_that_end_without_a_response(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Close(), times=None)
    failure_of(APIConnectionError, caller.retrieve, RUN_ID)


@case(requests=3)
def _requests_that_time_out(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    caller.client._timeout = 0.1
    server.inject(Stall(), times=None)
    failure_of(APITimeoutError, caller.retrieve, RUN_ID)


def _permanent(status: int, kind: type[APIStatusError]) -> None:
    @case(requests=2, name=f"{status}_is_permanent")
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
    _permanent(_status, _kind)


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
def _response_in_camel_case(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_run({"total": 42}, run_id=RUN_ID, statuses=["succeeded"], camel_case=True)
    run = caller.wait(RUN_ID)
    assert (run.output, run.usage.output_tokens is None, run.canvas_id is None) == ({"total": 42}, False, False)


@case(requests=3)
def _bytes_that_are_not_http(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Raw(b"SSH-2.0-OpenSSH_9.6\r\n"), times=None)
    failure_of(APIConnectionError, caller.retrieve, RUN_ID)


@case(requests=1)
def _create(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_canvas("canvas-1", created_for=5, running_for=5)
    run = caller.create(canvas_id="canvas-1", variables={"a": [1, None]}, extra_body={"new": True})
    assert run.status is RunStatus.CREATED


@case(requests=2)
def _create_of_an_unknown_canvas(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    error = failure_of(NotFoundError, caller.create, canvas_id="canvas-1")
    assert (error.run_id, error.may_have_started) == (None, False)
    failure_of(NotFoundError, caller.create_and_wait, canvas_id="canvas-1")


@case(requests=3)
def _create_and_wait(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.add_canvas("canvas-1", output="done", created_for=1, running_for=1)
    updates: list[Run] = []
    run = caller.create_and_wait(canvas_id="canvas-1", pacing=EVERY_SECOND, on_update=updates.append)
    assert run.output == "done"
    assert [update.status_text for update in updates] == ["created", "running", "succeeded"]
    assert {update.id for update in updates} == {run.id}


@case(requests=1)
def _response_about_another_run(server: Emulator, caller: Caller, time: VirtualTime) -> None:
    server.inject(Body(json.dumps({"id": "RUN-1", "status": "succeeded"}).encode()))
    (outcome,) = caller.wait_all([RUN_ID]).values()
    assert (outcome.run_id, outcome.unwrap().id) == (RUN_ID, "RUN-1")
