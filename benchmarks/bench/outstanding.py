"""Thousands of runs that do not end, waited for at once: what they take of memory, threads and sockets."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
import tracemalloc
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .single import KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAGE = os.sysconf("SC_PAGE_SIZE")


class _AllSeenError(Exception):
    """Every run was polled once: the end of the measurement."""


def _memory() -> int:
    """Bytes in use: as Python counts them where it does, else those of the process."""
    gc.collect()
    if tracemalloc.is_tracing():
        return tracemalloc.get_traced_memory()[0]
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def _connections() -> int:
    """Open TCP sockets; the pair by which an event loop wakes itself is none."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError), socket.socket(fileno=os.dup(int(entry.name))) as opened:
            count += opened.family == socket.AF_INET
    return count


class _Census:
    """A pacing that polls at each run once and takes stock as it is asked when to poll again."""

    def __init__(self, runs: int) -> None:
        self._runs = runs
        self._asked = 0
        self.memory = 0
        self.threads = 0
        self.sockets = 0

    def delay(self, age: float, key: str | None = None) -> float:  # noqa: ARG002
        self._asked += 1
        if self._asked % (self._runs // 10) == 0:
            self.threads = max(self.threads, threading.active_count())
            self.sockets = max(self.sockets, _connections())
        if self._asked == self._runs:
            self.memory = _memory()
            raise _AllSeenError
        return 3000.0

    def observe(self, duration: float, key: str | None = None) -> None:
        """Learn nothing."""


def _wait_sync(url: str, ids: Sequence[str], in_flight: int, census: _Census) -> int:
    with import_module("tela_runs").RunsClient(KEY, base_url=url) as client:
        client.wait_all(["warm"])
        idle = _memory()
        try:
            client.wait_all(ids, max_in_flight=in_flight, pacing=census)
        except _AllSeenError:
            return idle
    raise AssertionError("the runs ended")


async def _wait_async(url: str, ids: Sequence[str], in_flight: int, census: _Census) -> int:
    async with import_module("tela_runs").AsyncRunsClient(KEY, base_url=url) as client:
        await client.wait_all(["warm"])
        idle = _memory()
        try:
            await client.wait_all(ids, max_in_flight=in_flight, pacing=census)
        except _AllSeenError:
            return idle
    raise AssertionError("the runs ended")


def _wait_async_to_the_end(url: str, ids: Sequence[str], in_flight: int, census: _Census) -> int:
    return asyncio.run(_wait_async(url, ids, in_flight, census))


def take_stock(url: str, kind: str, runs: int, in_flight: int, *, sync: bool, traced: bool) -> dict[str, Any]:
    """Wait for so many unfinished runs until each was seen once.

    Args:
        url: The server's.
        kind: The beginning of the ids, which says what the server sends.
        runs: How many.
        in_flight: Requests at a time.
        sync: Whether with the sync client.
        traced: Whether to count what Python allocates, rather than what the process takes.
    """
    ids = [f"{kind}{number}" for number in range(runs)]
    census = _Census(runs)
    if traced:
        tracemalloc.start()
    waiting = _wait_sync if sync else _wait_async_to_the_end
    idle = waiting(url, ids, in_flight, census)
    return {
        "bytes_each": (census.memory - idle) / runs,
        "threads": census.threads,
        "sockets": census.sockets,
        "in_flight": in_flight,
    }
