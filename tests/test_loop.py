"""A client belongs to the event loop that it was first used on, also where one is the guest of another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
import pytest
import trio
from tela_runs import AsyncRunsClient, ConfigurationError

if TYPE_CHECKING:
    from outcome import Outcome
    from tela_runs import Run
    from tela_runs.emulator import Emulator


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_client_of_another_event_loop_is_rejected(server: Emulator, backend: str) -> None:
    """Its connections live in the loop that first used it: one clear error, and nothing is sent."""
    run_id = server.add_run(created_for=0, running_for=0)
    runs = AsyncRunsClient(server.api_key, base_url=server.url)

    async def retrieve() -> None:
        await runs.retrieve(run_id)

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(retrieve())
        with pytest.raises(ConfigurationError, match="another event loop"):
            anyio.run(retrieve, backend=backend)
        assert len(server.requests) == 1
        loop.run_until_complete(runs.aclose())
    finally:
        loop.close()


@pytest.mark.parametrize("runs_many", [False, True])
def test_client_works_on_trio_as_a_guest_of_asyncio(server: Emulator, runs_many: bool) -> None:
    """The event loop of asyncio runs too, but it is trio that the client is called on."""
    server.add_run("done", run_id="run-1", statuses=["succeeded"])

    async def guest() -> Run:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            if runs_many:
                return (await runs.wait_all(["run-1"]))["run-1"].unwrap()
            return await runs.retrieve("run-1")

    async def host() -> Run:
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Outcome[Run]] = loop.create_future()
        trio.lowlevel.start_guest_run(
            guest, run_sync_soon_threadsafe=loop.call_soon_threadsafe, done_callback=ended.set_result
        )
        return (await ended).unwrap()

    assert asyncio.run(host()).output == "done"
