"""Deadlines of random length against servers that stall, drip, flood, refuse and put off.

`python -m tests.soak` does the same for longer, and measures.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.soak.faulty_server import Server, serving
from tests.soak.figures import Figures
from tests.soak.load import NOWHERE, against_deadlines, against_deadlines_sync

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 1.2
#: The promise is 0.1 s, which the soak measures; the rest is what a busy machine may add.
LENIENCE = 0.6


@pytest.fixture(scope="module")
def stalling() -> Iterator[Server]:
    """A server that fails in many ways."""
    with serving("stalling", share=0.95) as server:
        yield server


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_async_waits_end_at_their_deadlines(stalling: Server, backend: str) -> None:
    """Sixty waits with random deadlines end in time, whatever the server does or if there is none."""
    figures = Figures()

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for url in [stalling.url] * 15 + [NOWHERE] * 5:
                group.start_soon(against_deadlines, url, stalling.api_key, figures, 3, LONGEST)

    anyio.run(main, backend=backend)
    assert len(figures.overshoots) == 60
    assert min(figures.overshoots) > -0.1
    assert max(figures.overshoots) < LENIENCE


def test_sync_waits_end_at_their_deadlines(stalling: Server) -> None:
    """The same in threads."""
    figures = Figures()
    with ThreadPoolExecutor(20) as pool:
        for url in [stalling.url] * 15 + [NOWHERE] * 5:
            pool.submit(against_deadlines_sync, url, stalling.api_key, figures, 3, LONGEST)
    assert len(figures.overshoots) == 60
    assert min(figures.overshoots) > -0.1
    assert max(figures.overshoots) < LENIENCE
