"""Which event loop runs, also where one is the guest of another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import trio
from tela_runs import AsyncRunsClient
from tela_runs._loop import LoopGuard, asyncio_loop

if TYPE_CHECKING:
    from outcome import Outcome
    from tela_runs import Run
    from tela_runs.emulator import Emulator


def test_the_loop_that_runs() -> None:
    """In a task of asyncio it is known, elsewhere there is none."""

    async def on_asyncio() -> bool:
        return asyncio_loop() is asyncio.get_running_loop()

    async def on_trio() -> bool:
        LoopGuard().refuse_another()
        return asyncio_loop() is None

    assert asyncio.run(on_asyncio())
    assert trio.run(on_trio)
    assert asyncio_loop() is None


@pytest.mark.parametrize("runs_many", [False, True])
def test_trio_as_a_guest(server: Emulator, runs_many: bool) -> None:
    """Where trio runs as the guest of asyncio's event loop, the client works on trio."""
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
