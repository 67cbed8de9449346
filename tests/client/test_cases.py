"""The list of cases, run in every way to use the clients, and what both clients have in common."""

from __future__ import annotations

import inspect
import re

import pytest
from tela_runs import AsyncRunsClient, RunsClient
from tela_runs._create import CreateArguments
from tela_runs.emulator import Emulator

from . import response_cases, waiting_cases  # noqa: F401 - they add to the list
from .callers import FLAVOURS, VirtualTime, calling_server
from .listing import CASES, Case

Trace = list[tuple[str, str, dict[str, str], float]]

BY_NAME = {case.name: case for case in CASES}


def trace_of(case: Case, flavour: str) -> Trace:
    """Run a case; give the requests it sent, and when, where time is kept by the case."""
    time = VirtualTime()
    with (
        Emulator(clock=time.clock) if case.virtual else Emulator() as server,
        calling_server(flavour, server, timing=time if case.virtual else None) as caller,
    ):
        case.scenario(server, caller, time)
        port = server.url.rpartition(":")[2]
        return [
            (
                request.method,
                re.sub("crsv-[0-9a-z]+", "ID", request.path),  # the id of a run that was created
                {name: value.replace(port, "PORT") for name, value in request.headers.items()},
                request.at if case.virtual else 0.0,
            )
            for request in server.requests
        ]


@pytest.mark.parametrize("name", BY_NAME)
def test_case_comes_out_the_same_in_every_flavour(name: str) -> None:
    """A case comes out the same in every way to use the clients, with the same requests at the same times."""
    case = BY_NAME[name]
    traces = {flavour: trace_of(case, flavour) for flavour in FLAVOURS}
    assert len(traces["sync"]) == case.requests
    assert traces["asyncio"] == traces["sync"]
    assert traces["trio"] == traces["sync"]


def test_every_case_has_a_name_of_its_own() -> None:
    """No case hides another."""
    assert len(BY_NAME) == len(CASES)


def test_request_has_these_headers_and_no_others() -> None:
    """A request has these headers and no others."""
    ((method, path, headers, _),) = trace_of(BY_NAME["retrieve"], "sync")
    assert (method, path) == ("GET", "/v2/chat/completions/run-1")
    agent = headers.pop("user-agent")
    assert agent.startswith("tela-runs/")
    assert headers == {
        "host": "127.0.0.1:PORT",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "connection": "keep-alive",
        "authorization": "Bearer emulator-key",
    }


def test_both_clients_have_the_same_methods() -> None:
    """Public names, parameters and defaults are the same, but for the `a` of `aclose` and the kind of iterables."""
    sync = {name: member for name, member in vars(RunsClient).items() if not name.startswith("_")}
    asynchronous = {name: member for name, member in vars(AsyncRunsClient).items() if not name.startswith("_")}
    asynchronous["close"] = asynchronous.pop("aclose")
    assert sync.keys() == asynchronous.keys()
    for name in sync.keys() - {"raw"}:
        ours, theirs = inspect.signature(sync[name]), inspect.signature(asynchronous[name])
        assert _shape(ours) == _shape(theirs), name
    assert inspect.signature(RunsClient) == inspect.signature(AsyncRunsClient)


def _shape(signature: inspect.Signature) -> list[tuple[str, object, object]]:
    parameters = signature.parameters.values()
    shape: list[tuple[str, object, object]] = [(each.name, each.kind, each.default) for each in parameters]
    if shape[-1][:2] != ("arguments", inspect.Parameter.VAR_KEYWORD):
        return shape
    return shape[:-1] + [(name, inspect.Parameter.KEYWORD_ONLY, None) for name in CreateArguments.__annotations__]
