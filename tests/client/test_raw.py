"""`raw`: the generated client, ready to use, with the wrapper's key, base URL and connections."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import Literal

import anyio
import httpx
import pytest
from tela_api.api.runs import create_run, retrieve_run
from tela_api.models import CanvasRun, CreateRun
from tela_runs import AsyncRunsClient, RunsClient
from tela_runs.emulator import Drip, Emulator, Status

PARTS: tuple[Literal["head", "body"], ...] = ("head", "body")
TIMEOUT = 0.4
#: What a busy machine may add.
LENIENCE = 0.5


def test_raw_is_ready_to_use(server: Emulator) -> None:
    """The generated functions work with it; it is the same each time, and is closed with the client."""
    server.add_run("done", run_id="run-1", statuses=["succeeded"])
    with RunsClient(server.api_key, base_url=server.url) as runs:
        raw = runs.raw
        assert runs.raw is raw
        run = retrieve_run.sync(client=raw, id="run-1")
        http = raw.get_httpx_client()
    assert isinstance(run, CanvasRun)
    assert run.id == "run-1"
    assert http.is_closed


def test_raw_with_the_longest_timeout(server: Emulator) -> None:
    """A timeout above what locks and sockets can count to serves raw requests like any other."""
    server.add_run(run_id="run-1", statuses=["succeeded"])
    with RunsClient(server.api_key, base_url=server.url, timeout=1e10) as runs:
        run = retrieve_run.sync(client=runs.raw, id="run-1")
    assert isinstance(run, CanvasRun)


def test_raw_sends_to_the_host_of_the_base_url_alone(server: Emulator) -> None:
    """Its httpx client has the key in its headers: an absolute URL of another host gets nothing."""
    with Emulator() as other, RunsClient(server.api_key, base_url=server.url) as runs:
        with pytest.raises(RuntimeError, match="Attempted to send request"):
            runs.raw.get_httpx_client().get(other.url)
        assert not other.requests


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_raw_is_ready_to_use_asynchronously(server: Emulator, backend: str) -> None:
    """The same, on asyncio and trio."""
    server.add_run("done", run_id="run-1", statuses=["succeeded"])

    async def main() -> httpx.AsyncClient:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            run = await retrieve_run.asyncio(client=runs.raw, id="run-1")
            assert isinstance(run, CanvasRun)
            return runs.raw.get_async_httpx_client()

    assert anyio.run(main, backend=backend).is_closed


def test_raw_goes_through_the_callers_client(server: Emulator) -> None:
    """With a client of the caller's, `raw` goes through it, hooks included, and leaves it open."""
    server.add_run(run_id="run-1")
    seen: list[httpx.Request] = []
    with httpx.Client(event_hooks={"request": [seen.append]}, auth=("user", "password")) as theirs:
        with RunsClient(server.api_key, base_url=server.url, http_client=theirs) as runs:
            for _ in range(2):
                assert isinstance(retrieve_run.sync(client=runs.raw, id="run-1"), CanvasRun)
        assert not theirs.is_closed
    assert len(seen) == len(server.requests) == 2
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {server.api_key}"}


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_raw_goes_through_the_callers_async_client(server: Emulator, backend: str) -> None:
    """The same for an async client; a hook may read the response."""
    server.add_run(run_id="run-1")
    hooks = {"response": [httpx.Response.aread]}

    async def main() -> None:
        async with httpx.AsyncClient(auth=("user", "password"), event_hooks=hooks) as theirs:
            async with AsyncRunsClient(server.api_key, base_url=server.url, http_client=theirs) as runs:
                assert isinstance(await retrieve_run.asyncio(client=runs.raw, id="run-1"), CanvasRun)
            assert not theirs.is_closed

    anyio.run(main, backend=backend)
    assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {server.api_key}"]


def test_raw_follows_no_redirect(server: Emulator) -> None:
    """The raw client does not carry the key to where a redirect points."""
    server.inject(Status(302, headers={"Location": "http://127.0.0.1:1/"}))
    with RunsClient(server.api_key, base_url=server.url) as runs:
        assert retrieve_run.sync_detailed(client=runs.raw, id="run-1").status_code == 302
    assert len(server.requests) == 1


def test_raw_and_polls_share_one_connection(server: Emulator) -> None:
    """`runs.raw` is what the client itself uses: same connections, and same headers."""
    server.add_run(run_id="run-1", statuses=["succeeded"])
    with RunsClient(server.api_key, base_url=server.url) as runs:
        assert runs.retrieve("run-1").succeeded
        assert retrieve_run.sync_detailed("run-1", client=runs.raw).status_code == 200
        assert runs.wait("run-1").succeeded
    assert server.total_connections == 1
    first, second, third = [request.headers for request in server.requests]
    assert first == second == third


def test_deadline_holds_for_raw(server: Emulator) -> None:
    """A server that drips ends a raw request at the client's timeout, in the headers and in the body."""
    server.add_run(run_id="run-1", statuses=["succeeded"])
    with RunsClient(server.api_key, base_url=server.url, timeout=TIMEOUT) as runs:
        for part in PARTS:
            server.inject(Drip(0.02, part=part))
            started = time.monotonic()
            with pytest.raises(httpx.TimeoutException):
                retrieve_run.sync_detailed("run-1", client=runs.raw)
            assert TIMEOUT - 0.1 < time.monotonic() - started < TIMEOUT + LENIENCE
        assert retrieve_run.sync_detailed("run-1", client=runs.raw).status_code == 200


@pytest.mark.parametrize("over_http_client", [False, True])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_async_raw_shares_the_connection_and_the_deadline(
    server: Emulator, backend: str, *, over_http_client: bool
) -> None:
    """Both hold for an async client, also over one of the caller's."""
    server.add_run(run_id="run-1", statuses=["succeeded"])

    async def main() -> None:
        async with (
            httpx.AsyncClient() if over_http_client else nullcontext() as theirs,
            AsyncRunsClient(server.api_key, base_url=server.url, timeout=TIMEOUT, http_client=theirs) as runs,
        ):
            assert (await runs.retrieve("run-1")).succeeded
            assert (await retrieve_run.asyncio_detailed("run-1", client=runs.raw)).status_code == 200
            assert server.total_connections == 1
            for part in PARTS:
                server.inject(Drip(0.02, part=part))
                started = time.monotonic()
                with pytest.raises(httpx.TimeoutException):
                    await retrieve_run.asyncio_detailed("run-1", client=runs.raw)
                assert TIMEOUT - 0.1 < time.monotonic() - started < TIMEOUT + LENIENCE
            assert (await retrieve_run.asyncio_detailed("run-1", client=runs.raw)).status_code == 200

    anyio.run(main, backend=backend)


def test_raw_create_uses_no_connection_that_was_idle_for_long(
    server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of the wrapper: the server may just be closing it, and nobody would know whether a run was started."""
    now = 1000.0
    monkeypatch.setattr("tela_runs._http.transport.Timing.clock", staticmethod(lambda: now))
    server.add_canvas("canvas-1", output="done")
    with RunsClient(server.api_key, base_url=server.url) as runs:
        for _ in range(2):
            body = CreateRun(async_=True, canvas_id="canvas-1")
            assert create_run.sync_detailed(client=runs.raw, body=body).status_code < 300
            now += 5.1
    assert server.total_connections == 2
