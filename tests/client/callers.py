"""One blocking interface for the ways to use the clients: sync, async on asyncio, async on trio.

A case written against `Caller` runs in all of them. The async ones hold their client, like an application does, in one
event loop that lives as long as the caller.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from attrs import evolve
from tela_runs import AsyncRunsClient, FixedPacing, Outcome, Run, RunsClient
from tela_runs._config import Timing

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator

    import anyio
    from anyio.from_thread import BlockingPortal
    from tela_runs.emulator import Emulator

E = TypeVar("E", bound=BaseException)
C = TypeVar("C", RunsClient, AsyncRunsClient)

FLAVOURS = ("sync", "asyncio", "trio")
#: The same, sent by an httpx client of the caller's.
FLAVOURS_OVER_HTTP_CLIENT = tuple(f"{flavour} over http_client" for flavour in FLAVOURS)

#: For tests that live in real time.
QUICK = FixedPacing(0.05)


class VirtualTime(Timing):
    """Time that passes in sleeps alone; keeps the length of each. Each number drawn at random is 0.5."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []
        self.clock = lambda: self.now
        self.jitter = lambda: 0.5

    def sleep(self, seconds: float, waker: threading.Event) -> None:
        self._pass(seconds)

    async def sleep_async(self, seconds: float, waker: anyio.Event) -> None:
        self._pass(seconds)

    def _pass(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


class Jitter(Timing):
    """Real time, with this number for each drawn at random: 0 makes the back-off of `retrieve` take no time."""

    def __init__(self, number: float) -> None:
        self.jitter = lambda: number


def timed(kind: type[C], timing: Timing) -> type[C]:
    """A kind of client with another clock, jitter and sleep."""
    return type(kind.__name__, (kind,), {"_timing": timing})


class Caller(ABC):
    """A client of some flavour, with the same blocking methods for each."""

    client: RunsClient | AsyncRunsClient

    @abstractmethod
    def create(self, **arguments: Any) -> Run:
        """Call `create`."""

    @abstractmethod
    def create_and_wait(self, **arguments: Any) -> Run:
        """Call `create_and_wait`."""

    @abstractmethod
    def retrieve(self, run_id: str) -> Run:
        """Call `retrieve`."""

    @abstractmethod
    def wait(self, run_id: str, **options: Any) -> Run:
        """Call `wait`."""

    @abstractmethod
    def watch(self, run_id: str, **options: Any) -> list[Run]:
        """Collect what `watch` gives."""

    @abstractmethod
    def as_completed(self, ids: Iterable[str], **options: Any) -> list[Outcome]:
        """Collect what `as_completed` gives."""

    @abstractmethod
    def wait_all(self, ids: Iterable[str], **options: Any) -> dict[str, Outcome]:
        """Call `wait_all`."""

    @abstractmethod
    def confirm(self, body: bytes | str) -> Run:
        """Call `confirm`."""

    @abstractmethod
    def close(self) -> None:
        """Close the client."""


class SyncCaller(Caller):
    """A `RunsClient`."""

    def __init__(self, client: RunsClient) -> None:
        self.client: RunsClient = client

    def create(self, **arguments: Any) -> Run:
        return self.client.create(**arguments)

    def create_and_wait(self, **arguments: Any) -> Run:
        return self.client.create_and_wait(**arguments)

    def retrieve(self, run_id: str) -> Run:
        return self.client.retrieve(run_id)

    def wait(self, run_id: str, **options: Any) -> Run:
        return self.client.wait(run_id, **options)

    def watch(self, run_id: str, **options: Any) -> list[Run]:
        return list(self.client.watch(run_id, **options))

    def as_completed(self, ids: Iterable[str], **options: Any) -> list[Outcome]:
        return list(self.client.as_completed(ids, **options))

    def wait_all(self, ids: Iterable[str], **options: Any) -> dict[str, Outcome]:
        return self.client.wait_all(ids, **options)

    def confirm(self, body: bytes | str) -> Run:
        return self.client.confirm(body)

    def close(self) -> None:
        self.client.close()


class AsyncCaller(Caller):
    """An `AsyncRunsClient` in an event loop of its own, in another thread."""

    def __init__(self, client: AsyncRunsClient, portal: BlockingPortal) -> None:
        self.client: AsyncRunsClient = client
        self.portal = portal

    def create(self, **arguments: Any) -> Run:
        async def creating() -> Run:
            return await self.client.create(**arguments)

        return self.portal.call(creating)

    def create_and_wait(self, **arguments: Any) -> Run:
        async def creating() -> Run:
            return await self.client.create_and_wait(**arguments)

        return self.portal.call(creating)

    def retrieve(self, run_id: str) -> Run:
        return self.portal.call(self.client.retrieve, run_id)

    def wait(self, run_id: str, **options: Any) -> Run:
        async def waiting() -> Run:
            return await self.client.wait(run_id, **options)

        return self.portal.call(waiting)

    def watch(self, run_id: str, **options: Any) -> list[Run]:
        async def watching() -> list[Run]:
            return [run async for run in self.client.watch(run_id, **options)]

        return self.portal.call(watching)

    def as_completed(self, ids: Iterable[str], **options: Any) -> list[Outcome]:
        async def waiting() -> list[Outcome]:
            return [outcome async for outcome in self.client.as_completed(ids, **options)]

        return self.portal.call(waiting)

    def wait_all(self, ids: Iterable[str], **options: Any) -> dict[str, Outcome]:
        async def waiting() -> dict[str, Outcome]:
            return await self.client.wait_all(ids, **options)

        return self.portal.call(waiting)

    def confirm(self, body: bytes | str) -> Run:
        return self.portal.call(self.client.confirm, body)

    def close(self) -> None:
        self.portal.call(self.client.aclose)


@contextmanager
def calling(
    flavour: str,
    api_key: str,
    *,
    httpx_options: dict[str, Any] | None = None,
    timing: Timing | None = None,
    **settings: Any,
) -> Iterator[Caller]:
    """A caller of this flavour; with ``httpx_options``, over an httpx client of the test's own, made with them."""
    backend, _, over = flavour.partition(" over ")
    options = {} if over and httpx_options is None else httpx_options
    timing = timing or Timing()
    with ExitStack() as stack:
        caller: Caller
        if backend == "sync":
            if options is not None:
                settings["http_client"] = stack.enter_context(httpx.Client(**options))
            caller = SyncCaller(timed(RunsClient, timing)(api_key, **settings))
        else:
            portal = stack.enter_context(start_blocking_portal(backend))
            if options is not None:
                settings["http_client"] = httpx.AsyncClient(**options)
                stack.callback(portal.call, settings["http_client"].aclose)
            caller = AsyncCaller(timed(AsyncRunsClient, timing)(api_key, **settings), portal)
        if isinstance(timing, VirtualTime):
            # Requests take real time: one that a deadline of virtual time leaves a moment gets the client's timeout.
            sender: Any = caller.client._sender
            send = sender.send

            def send_in_real_time(step: Any, scope: Any = None) -> Any:
                more = max(0.0, caller.client._timeout - step.timeout)
                if backend != "sync":
                    scope.deadline += more
                return send(evolve(step, timeout=step.timeout + more), scope)

            sender.send = send_in_real_time
        stack.callback(caller.close)
        yield caller


@contextmanager
def calling_server(flavour: str, server: Emulator, **settings: Any) -> Iterator[Caller]:
    """A caller of an emulator."""
    with calling(flavour, server.api_key, base_url=server.url, **settings) as caller:
        yield caller


def failure_of(kind: type[E], function: Callable[..., object], *args: Any, **options: Any) -> E:
    """The error that a call ends with, which is of just this class."""
    with pytest.raises(kind) as caught:
        function(*args, **options)
    assert type(caught.value) is kind
    return caught.value
