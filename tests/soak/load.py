"""What a soak does: it waits for many runs at once, for one after the other, and against deadlines."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import anyio
from tela_runs import AsyncRunsClient, FixedPacing, RunsClient, WaitTimeoutError

if TYPE_CHECKING:
    from .faulty_server import Server
    from .figures import Figures

#: A port on which nobody listens.
NOWHERE = "http://127.0.0.1:9"


async def many(runs: AsyncRunsClient, server: Server, figures: Figures, until: float) -> None:
    """Wait for batches of runs at once: each is reported once, with its own output."""
    while time.monotonic() < until:
        ids = server.add_runs(100, seconds=1)
        left = {run_id: number for number, run_id in enumerate(ids)}
        async for outcome in runs.as_completed(ids, timeout=60, max_in_flight=50):
            if outcome.run_id not in left:
                figures.faults.append("a run was reported twice")
            elif outcome.unwrap().output != left.pop(outcome.run_id):
                figures.faults.append("a run came with the output of another")
            figures.outcomes["as_completed"] += 1
        if left:
            figures.faults.append("a run was not reported")


async def single(runs: AsyncRunsClient, server: Server, figures: Figures, until: float) -> None:
    """Wait for one run after the other, and cancel some of the waits: the next wait for the run returns it."""
    chance = random.Random(0)  # noqa: S311 - no secret
    while time.monotonic() < until:
        for number, run_id in enumerate(server.add_runs(10, seconds=0.5)):
            with anyio.move_on_after(chance.random() / 2):
                await runs.wait(run_id)
                figures.outcomes["wait"] += 1
                continue
            figures.outcomes["cancelled"] += 1
            if (await runs.wait(run_id, timeout=60)).output != number:
                figures.faults.append("a run came with the output of another")
            figures.outcomes["wait"] += 1


def single_sync(runs: RunsClient, server: Server, figures: Figures, until: float) -> None:
    """Wait for one run after the other, in a thread."""
    while time.monotonic() < until:
        for number, run_id in enumerate(server.add_runs(10, seconds=0.5)):
            if runs.wait(run_id, timeout=60).output != number:
                figures.faults.append("a run came with the output of another")
            figures.outcomes["wait, sync"] += 1


async def against_deadlines(url: str, key: str, figures: Figures, waits: int, longest: float) -> None:
    """Wait for what never comes, and record how much later than its deadline each wait ends."""
    chance = random.Random(waits)  # noqa: S311 - no secret
    async with AsyncRunsClient(key, base_url=url, pacing=FixedPacing(0.1)) as runs:
        for _ in range(waits):
            timeout = longest * (1 + 5 * chance.random()) / 6
            started = time.monotonic()
            try:
                await runs.wait("never", timeout=timeout)
            except WaitTimeoutError:
                figures.overshoots.append(time.monotonic() - started - timeout)
            figures.outcomes["against deadlines"] += 1


def against_deadlines_sync(url: str, key: str, figures: Figures, waits: int, longest: float) -> None:
    """The same in a thread."""
    chance = random.Random(waits)  # noqa: S311 - no secret
    with RunsClient(key, base_url=url, pacing=FixedPacing(0.1)) as runs:
        for _ in range(waits):
            timeout = longest * (1 + 5 * chance.random()) / 6
            started = time.monotonic()
            try:
                runs.wait("never", timeout=timeout)
            except WaitTimeoutError:
                figures.overshoots.append(time.monotonic() - started - timeout)
            figures.outcomes["against deadlines, sync"] += 1


async def watch_the_timer(figures: Figures) -> None:
    """Take note of how late a bare timer of this event loop is."""
    while True:
        due = time.monotonic() + 0.05
        await anyio.sleep(0.05)
        figures.lags.append(time.monotonic() - due)


async def watch_the_process(figures: Figures) -> None:
    """Take note of memory and sockets."""
    while True:
        figures.sample()
        await anyio.sleep(0.5)
