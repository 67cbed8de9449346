"""Many finished runs at once: each subject gets them all, and notes how long each single answer took."""

from __future__ import annotations

import asyncio
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unittest import mock

from .single import KEY, PATH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_HEADERS = {"Authorization": f"Bearer {KEY}"}
#: Seconds; no peer is to fail for the time it takes.
_PATIENCE = 600.0


async def _gathered(get: Callable[[str], Awaitable[object]], ids: Sequence[str], in_flight: int) -> list[float]:
    """Get all, under a semaphore; the seconds that each took."""
    gate = asyncio.Semaphore(in_flight)

    async def one(run_id: str) -> float:
        async with gate:
            began = time.perf_counter()
            await get(run_id)
            return time.perf_counter() - began

    return await asyncio.gather(*map(one, ids))


def _httpx(library: str, *, raised: bool) -> Callable[[str, Sequence[str], int], list[float]]:
    """Get with httpx as it is, or with limits raised to the requests in flight."""

    async def run(url: str, ids: Sequence[str], in_flight: int) -> list[float]:
        httpx = import_module(library)
        limits = {"limits": httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)}
        options: dict[str, Any] = limits if raised else {}
        async with httpx.AsyncClient(headers=_HEADERS, timeout=_PATIENCE, **options) as client:

            async def get(run_id: str) -> object:
                return (await client.get(url + PATH + run_id)).json()

            return await _gathered(get, ids, in_flight)

    return lambda url, ids, in_flight: asyncio.run(run(url, ids, in_flight))


def _aiohttp(url: str, ids: Sequence[str], in_flight: int) -> list[float]:
    aiohttp = import_module("aiohttp")

    async def run() -> list[float]:
        connector = aiohttp.TCPConnector(limit=in_flight)
        async with aiohttp.ClientSession(headers=_HEADERS, connector=connector) as session:

            async def get(run_id: str) -> object:
                async with session.get(url + PATH + run_id) as response:
                    return await response.json()

            return await _gathered(get, ids, in_flight)

    return asyncio.run(run())


def _timed_looks() -> tuple[Any, list[float]]:
    """A patch that notes the seconds of each single look, which the public interface does not show."""
    exchange = import_module("tela_runs._exchange_async").AsyncExchange
    look, taken = exchange.look, []

    async def timed(self: Any, run_id: str, timeout: float) -> object:
        began = time.perf_counter()
        seen: object = await look(self, run_id, timeout)
        taken.append(time.perf_counter() - began)
        return seen

    return mock.patch.object(exchange, "look", timed), taken


def _as_completed(url: str, ids: Sequence[str], in_flight: int) -> list[float]:
    tela_runs = import_module("tela_runs")
    patch, taken = _timed_looks()

    async def run() -> None:
        async with tela_runs.AsyncRunsClient(KEY, base_url=url) as client:
            async for outcome in client.as_completed(ids, max_in_flight=in_flight):
                outcome.unwrap()

    with patch:
        asyncio.run(run())
    return taken


def _as_completed_sync(url: str, ids: Sequence[str], in_flight: int) -> list[float]:
    tela_runs = import_module("tela_runs")
    patch, taken = _timed_looks()
    with patch, tela_runs.RunsClient(KEY, base_url=url) as client:
        for outcome in client.as_completed(ids, max_in_flight=in_flight):
            outcome.unwrap()
    return taken


#: By name; each takes the server's URL, the ids and the requests in flight.
SUBJECTS: dict[str, Callable[[str, Sequence[str], int], list[float]]] = {
    "tela-runs": _as_completed,
    "tela-runs sync": _as_completed_sync,
    "aiohttp": _aiohttp,
    "httpx2": _httpx("httpx2", raised=False),
    "httpx2, limits raised": _httpx("httpx2", raised=True),
    "httpx": _httpx("httpx", raised=False),
    "httpx, limits raised": _httpx("httpx", raised=True),
}
