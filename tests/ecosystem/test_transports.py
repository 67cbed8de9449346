"""Other transports beneath a client that is passed, other event loops, and recorded responses."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvloop
import vcr  # type: ignore[import-untyped]
from httpx_aiohttp import AiohttpTransport, HttpxAiohttpClient
from pyreqwest.client import ClientBuilder, SyncClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport, SyncHttpxTransport
from tela_runs import (
    AmbiguousCreateError,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncRunsClient,
    RunsClient,
    TelaError,
    WaitTimeoutError,
)
from tela_runs.emulator import Close, Drip, Raw, Reset, Status

from tests.client.callers import QUICK, failure_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tela_runs.emulator import Emulator

RUN = {"id": "run-1", "status": "succeeded", "output_content": {"content": "done"}}


async def whole_job(runs: AsyncRunsClient, server: Emulator) -> None:
    """A create with a body, a wait through a failure, and a fleet."""
    run = await runs.create(canvas_id="canvas-1", variables={"name": "ação"})
    server.inject(Status(503, headers={"Retry-After": "0.05"}))
    assert (await runs.wait(run.id, pacing=QUICK)).output == {"name": "ação"}
    ids = [server.add_run(number, created_for=0, running_for=0.05) for number in range(30)]
    outcomes = await runs.wait_all(ids, pacing=QUICK)
    assert [outcome.output for outcome in outcomes.values()] == list(range(30))


@pytest.fixture
def canvas(server: Emulator) -> Emulator:
    """A server with a canvas that gives its variables back."""
    server.add_canvas("canvas-1", output=lambda body: body["variables"], created_for=0, running_for=0.05)
    return server


ASYNC_CLIENTS: dict[str, Callable[[], httpx.AsyncClient]] = {
    "httpx-aiohttp, transport": lambda: httpx.AsyncClient(transport=AiohttpTransport()),
    "httpx-aiohttp, client": HttpxAiohttpClient,
    "pyreqwest": lambda: httpx.AsyncClient(transport=HttpxTransport()),
}


@pytest.mark.parametrize("make", ASYNC_CLIENTS.values(), ids=ASYNC_CLIENTS)
def test_async_transports_of_other_libraries_serve_the_whole_job(
    canvas: Emulator, make: Callable[[], httpx.AsyncClient]
) -> None:
    """They start runs and wait for them as the default transport does."""

    async def main() -> None:
        async with make() as client, AsyncRunsClient(canvas.api_key, base_url=canvas.url, http_client=client) as runs:
            await whole_job(runs, canvas)

    asyncio.run(main())


def test_pyreqwests_sync_transport_serves_creates_and_fleets(canvas: Emulator) -> None:
    """It starts runs and waits for them as the default transport does, a fleet's threads included."""
    with (
        httpx.Client(transport=SyncHttpxTransport()) as client,
        RunsClient(canvas.api_key, base_url=canvas.url, http_client=client) as runs,
    ):
        run = runs.create(canvas_id="canvas-1", variables={"name": "ação"})
        assert runs.wait(run.id, pacing=QUICK).output == {"name": "ação"}
        ids = [canvas.add_run(number, created_for=0, running_for=0.05) for number in range(30)]
        assert [outcome.output for outcome in runs.wait_all(ids, pacing=QUICK).values()] == list(range(30))


@pytest.mark.parametrize("make", ASYNC_CLIENTS.values(), ids=ASYNC_CLIENTS)
def test_failures_of_other_transports_become_our_errors(
    server: Emulator, make: Callable[[], httpx.AsyncClient]
) -> None:
    """What goes wrong is an error of ours, and deadlines hold, with any transport."""

    async def failures() -> list[type[BaseException]]:
        failures = []
        async with make() as client:
            options: dict[str, Any] = {"base_url": server.url, "http_client": client, "max_retries": 0}
            runs = AsyncRunsClient(server.api_key, timeout=0.5, **options)
            for attempt in (runs.retrieve("run-1"), runs.retrieve("run-1"), runs.wait("run-1", timeout=0.2)):
                with pytest.raises(TelaError) as caught:
                    await attempt
                failures.append(caught.type)
            server.stop()
            with pytest.raises(TelaError) as caught:
                await runs.retrieve("run-1")
        return [*failures, caught.type]

    server.add_run(run_id="run-1")
    server.inject(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: all\r\n\r\n"))
    server.inject(Drip(0.05), times=None)
    expected = [APIConnectionError, APITimeoutError, WaitTimeoutError, APIConnectionError]
    assert asyncio.run(failures()) == expected


@pytest.mark.parametrize("name", ASYNC_CLIENTS)
def test_a_create_is_sent_once_with_other_transports(canvas: Emulator, name: str) -> None:
    """A connection that is lost after the body was sent makes a create ambiguous, whatever the transport says of it."""

    async def create() -> None:
        async with ASYNC_CLIENTS[name]() as client:
            runs = AsyncRunsClient(canvas.api_key, base_url=canvas.url, http_client=client)
            await runs.create(canvas_id="canvas-1", variables={"name": "ação"})

    for fault in (Close(), Reset()):
        canvas.inject(fault, times=None)
        failure_of(AmbiguousCreateError, asyncio.run, create())
        canvas.heal()
    assert [request.method for request in canvas.requests] == ["POST"] * 2
    canvas.stop()
    failure_of(APIConnectionError, asyncio.run, create())


def test_a_create_is_sent_once_with_pyreqwests_sync_transport(canvas: Emulator) -> None:
    """The same, synchronously."""
    with httpx.Client(transport=SyncHttpxTransport()) as client:
        runs = RunsClient(canvas.api_key, base_url=canvas.url, http_client=client)
        for fault in (Close(), Reset()):
            canvas.inject(fault, times=None)
            failure_of(AmbiguousCreateError, runs.create, canvas_id="canvas-1", variables={})
            canvas.heal()
        assert [request.method for request in canvas.requests] == ["POST"] * 2
        canvas.stop()
        # This transport takes the body before it connects, and does not tell a refused connection from a lost one.
        failure_of(AmbiguousCreateError, runs.create, canvas_id="canvas-1", variables={})


@pytest.mark.parametrize("create", [False, True])
def test_pyreqwest_can_be_kept_from_following_redirects(server: Emulator, create: bool) -> None:
    """With the option that the docs name, a redirect is the error that it is with other transports."""
    server.inject(Status(302, headers={"Location": f"{server.url}/elsewhere"}), times=None)
    builder, sync_builder = ClientBuilder().follow_redirects(False), SyncClientBuilder().follow_redirects(False)

    async def main() -> None:
        async with httpx.AsyncClient(transport=HttpxTransport(builder.build())) as client:
            runs = AsyncRunsClient(server.api_key, base_url=server.url, http_client=client)
            await (runs.create(canvas_id="canvas-1") if create else runs.wait("run-1"))

    assert failure_of(APIStatusError, asyncio.run, main()).status_code == 302
    with httpx.Client(transport=SyncHttpxTransport(sync_builder.build())) as client:
        runs = RunsClient(server.api_key, base_url=server.url, http_client=client)
        with pytest.raises(APIStatusError, match="302"):
            runs.create(canvas_id="canvas-1") if create else runs.wait("run-1")
    assert len(server.requests) == 2


def test_asgi_transport_needs_no_socket() -> None:
    """`httpx.ASGITransport` has an application respond without a socket, as tests of web services do."""

    async def application(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]) -> None:
        assert dict(scope["headers"])[b"authorization"] == b"Bearer key"
        run = {**RUN, "id": scope["path"].rpartition("/")[2]}
        if scope["method"] == "POST":
            body = json.loads((await receive())["body"])
            run.update(id="run-2", status="created", variables=body["variables"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(run).encode()})

    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application)) as client:
            runs = AsyncRunsClient("key", http_client=client)
            created = await runs.create(canvas_id="canvas-1", variables={"name": "ação"})
            assert created.to_dict()["variables"] == {"name": "ação"}
            assert (await runs.wait(created.id)).output == "done"

    asyncio.run(main())


def test_default_client_works_on_uvloop(canvas: Emulator) -> None:
    """The default async client works on uvloop, which also has a cancelled connection closed."""

    async def main() -> None:
        async with AsyncRunsClient(canvas.api_key, base_url=canvas.url) as runs:
            await whole_job(runs, canvas)
            canvas.inject(Drip(0.05), times=None)
            ids = [canvas.add_run() for _ in range(5)]
            outcomes = await runs.wait_all(ids, timeout=0.3)
            assert [type(outcome.error).__name__ for outcome in outcomes.values()] == ["WaitTimeoutError"] * 5

    uvloop.run(main())


def test_vcrpy_records_and_plays_back(server: Emulator, tmp_path: Path) -> None:
    """A cassette has each request once, and serves them without the server; the key can be kept out of it."""
    server.add_run("done", run_id="run-1", statuses=["running", "succeeded"])
    recorder = vcr.VCR(filter_headers=["authorization"], record_mode="once")
    cassette = tmp_path / "cassette.yaml"

    def wait() -> str:
        with recorder.use_cassette(str(cassette)), httpx.Client() as client:
            runs = RunsClient(server.api_key, base_url=server.url, http_client=client)
            return str(runs.wait("run-1", pacing=QUICK).output)

    assert wait() == "done"
    assert len(server.requests) == 2
    server.stop()
    assert wait() == "done"
    assert len(server.requests) == 2
    assert server.api_key not in cassette.read_text(encoding="utf-8")
