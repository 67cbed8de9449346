"""Wait, for as long as asked, for runs of a server on which anything goes wrong, and judge what came of it.

    python -m tests.soak --seconds 60

Fails if a run was lost, doubled or confused, a deadline missed, or memory or sockets grew. Linux only.
"""

from __future__ import annotations

import argparse
import gc
import logging
import time

import anyio
from anyio.to_thread import run_sync
from tela_runs import AsyncRunsClient, RunsClient

from .faulty_server import Server, serving
from .figures import Figures
from .load import (
    NOWHERE,
    against_deadlines,
    against_deadlines_sync,
    many,
    single,
    single_sync,
    watch_the_process,
    watch_the_timer,
)

LONGEST = 3.0  # seconds that a deadline is away at most; 1.75 on average
DEADLINES = 200
BATCHES = 5  # of a hundred runs each, at any time


async def soak(server: Server, stalling: Server, figures: Figures, seconds: float) -> None:
    """Do all of it at once."""
    until = time.monotonic() + seconds
    tasks = max(4, round(DEADLINES * 1.75 / seconds / 3))  # of each of three kinds
    each = -(-DEADLINES // (3 * tasks))
    async with (
        AsyncRunsClient(server.api_key, base_url=server.url) as runs,
        AsyncRunsClient(server.api_key, base_url=server.url) as singles,
    ):
        with RunsClient(server.api_key, base_url=server.url) as sync_runs:
            async with anyio.create_task_group() as watchers:
                watchers.start_soon(watch_the_timer, figures)
                watchers.start_soon(watch_the_process, figures)
                async with anyio.create_task_group() as group:
                    for _ in range(BATCHES):
                        group.start_soon(many, runs, server, figures, until)
                    group.start_soon(single, singles, server, figures, until)
                    group.start_soon(run_sync, single_sync, sync_runs, server, figures, until)
                    for _ in range(tasks):
                        for url in (stalling.url, NOWHERE):
                            group.start_soon(against_deadlines, url, stalling.api_key, figures, each, LONGEST)
                        group.start_soon(
                            run_sync, against_deadlines_sync, stalling.url, stalling.api_key, figures, each, LONGEST
                        )
                watchers.cancel_scope.cancel()


def main() -> None:
    """Soak, report and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: %(default)s)")
    parser.add_argument("--backend", choices=["asyncio", "trio"], default="asyncio")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    figures = Figures()
    with serving("transient", share=0.3) as server, serving("stalling", share=0.95) as stalling:
        figures.sample()
        started = time.monotonic()
        anyio.run(soak, server, stalling, figures, options.seconds, backend=options.backend)
        gc.collect()
        figures.sample()
        ended = time.monotonic()
    print(f"soaked                {ended - started:.0f} s on {options.backend}")
    print(f"requests              {server.requests + stalling.requests}")
    print(figures.report())
    if found := figures.judge():
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
