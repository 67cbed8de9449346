"""Many finished runs at once: each subject gets them all, and notes how long each single response took."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unittest import mock

from .single import KEY, PATH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

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


@contextmanager
def _timed_polls(*, is_async: bool) -> Iterator[list[float]]:
    """The seconds of each single poll, which the public interface does not show."""
    send = import_module("tela_runs._http.send")
    sender, taken = send.AsyncSender if is_async else send.Sender, []
    poll = sender.send

    async def timed_async(self: Any, *arguments: Any) -> object:
        began = time.perf_counter()
        result: object = await poll(self, *arguments)
        taken.append(time.perf_counter() - began)
        return result

    def timed(self: Any, *arguments: Any) -> object:
        began = time.perf_counter()
        result: object = poll(self, *arguments)
        taken.append(time.perf_counter() - began)
        return result

    with mock.patch.object(sender, "send", timed_async if is_async else timed):
        yield taken


async def _outcomes(url: str, ids: Sequence[str], in_flight: int, **options: Any) -> None:
    async with import_module("tela_runs").AsyncRunsClient(KEY, base_url=url, **options) as client:
        async for outcome in client.as_completed(ids, max_in_flight=in_flight):
            outcome.unwrap()


def _as_completed(url: str, ids: Sequence[str], in_flight: int) -> list[float]:
    with _timed_polls(is_async=True) as taken:
        asyncio.run(_outcomes(url, ids, in_flight))
    return taken


def _as_completed_on_aiohttp(url: str, ids: Sequence[str], in_flight: int) -> list[float]:
    httpx = import_module("httpx")
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)

    async def run() -> None:
        transport = import_module("httpx_aiohttp").AiohttpTransport(limits=limits)
        async with httpx.AsyncClient(transport=transport) as client:
            await _outcomes(url, ids, in_flight, http_client=client)

    with _timed_polls(is_async=True) as taken:
        asyncio.run(run())
    return taken


def _as_completed_sync(url: str, ids: Sequence[str], in_flight: int) -> list[float]:
    tela_runs = import_module("tela_runs")
    with _timed_polls(is_async=False) as taken, tela_runs.RunsClient(KEY, base_url=url) as client:
        for outcome in client.as_completed(ids, max_in_flight=in_flight):
            outcome.unwrap()
    return taken


#: By name; each takes the server's URL, the ids and the requests in flight.
SUBJECTS: dict[str, Callable[[str, Sequence[str], int], list[float]]] = {
    "tela-runs": _as_completed,
    "tela-runs sync": _as_completed_sync,
    "tela-runs on httpx-aiohttp": _as_completed_on_aiohttp,
    "aiohttp": _aiohttp,
    "httpx2": _httpx("httpx2", raised=False),
    "httpx2, limits raised": _httpx("httpx2", raised=True),
    "httpx": _httpx("httpx", raised=False),
    "httpx, limits raised": _httpx("httpx", raised=True),
}
