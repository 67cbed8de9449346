"""Performs a flow in the calling thread or task. One driver for sync code, one for async; what differs is ``await``."""

from __future__ import annotations

import threading
from contextlib import aclosing, closing, contextmanager, suppress
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from tela_runs._concurrency import Lock, scheduler
from tela_runs._polling.flow import Create, Done, Poll, Report, advance
from tela_runs.errors import APIError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterator

    from tela_runs._config import Timing
    from tela_runs._http.deadline import Canceller
    from tela_runs._http.send import AsyncSender, Sender
    from tela_runs._polling.flow import Flow, PollResult, Sleep
    from tela_runs.run import Run

T = TypeVar("T")


class Wakes:
    """The waits and the fleets of one client. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waits: dict[str, list[Callable[[], object]]] = {}
        self._fleets: list[Callable[[str | None], bool]] = []

    def wake(self, run_id: str) -> bool:
        """Wake all who wait for a run; whether there was one."""
        with self._lock:
            waits, fleets = list(self._waits.get(run_id, ())), list(self._fleets)
        for wake in waits:
            wake()
        woken = [wake(run_id) for wake in fleets]
        return any(woken) or bool(waits)

    def close(self) -> None:
        """Wake all: the client was closed, which ends them."""
        with self._lock:
            waits, fleets = [wake for wakes in self._waits.values() for wake in wakes], list(self._fleets)
        for wake in waits:
            wake()
        for wake_fleet in fleets:
            wake_fleet(None)

    @contextmanager
    def waiting(self, run_id: str | None, wake: Callable[[], object]) -> Iterator[None]:
        """Let a wait for one run be woken meanwhile."""
        if run_id is None:
            yield
            return
        with self._lock:
            self._waits.setdefault(run_id, []).append(wake)
        try:
            yield
        finally:
            with self._lock:
                self._waits[run_id].remove(wake)
                if not self._waits[run_id]:
                    del self._waits[run_id]

    @contextmanager
    def fleet(self, wake: Callable[[str | None], bool]) -> Iterator[None]:
        """Let a fleet be woken meanwhile."""
        with self._lock:
            self._fleets.append(wake)
        try:
            yield
        finally:
            with self._lock:
                self._fleets.remove(wake)


class Cancelled(BaseException):
    """Ends the thread that performs a flow."""


class Driver:
    """Performs flows in one thread, one at a time; a ``canceller`` ends that from another thread."""

    def __init__(self, sender: Sender, timing: Timing, wakes: Wakes, canceller: Canceller | None = None) -> None:
        self._canceller = canceller
        self._sender = sender
        self._timing = timing
        self._wakes = wakes
        self._woken = threading.Event()

    def result(self, flow: Flow[T], on_update: Callable[[Run], object] | None = None, run_id: str | None = None) -> T:
        """What a flow returns; each `Report` goes to ``on_update``. It may be woken by ``run_id``."""
        with closing(self._performed(flow, run_id)) as items:
            for item in items:
                if isinstance(item, Done):
                    return item.result
                if on_update is not None:
                    on_update(item)
        raise AssertionError("a flow ends with a result")

    def reports(self, flow: Flow[Any], run_id: str) -> Generator[Run, None, None]:
        """Each `Report` of a flow, as it comes."""
        with closing(self._performed(flow, run_id)) as items:
            for item in items:
                if not isinstance(item, Done):
                    yield item

    def _performed(self, flow: Flow[T], run_id: str | None) -> Generator[Run | Done[T], None, None]:
        try:
            with self._wakes.waiting(run_id, self._woken.set):
                step = advance(flow)
                while not isinstance(step, Done):
                    if isinstance(step, Report):
                        yield step.run
                        step = advance(flow)
                    else:
                        step = advance(flow, *self._perform(step))
                yield step
        finally:
            flow.close()

    def _perform(self, step: Poll | Create | Sleep) -> tuple[PollResult | bool | None, APIError | None]:
        try:
            match step:
                case Poll():
                    self._was_woken()  # whoever woke it is served by this poll
                    return self._sender.poll(step.run_id, step.timeout, self._canceller), None
                case Create():
                    return self._sender.create(step.order, step.timeout, self._canceller), None
        except APIError as error:
            self._check_cancelled()
            return None, error
        if not step.wakeable:
            self._timing.sleep(step.seconds, threading.Event() if self._canceller is None else self._canceller.waker)
            self._check_cancelled()
            return False, None
        self._timing.sleep(step.seconds, self._woken)
        return self._was_woken(), None

    def _was_woken(self) -> bool:
        """Whether the run was woken since this was asked before."""
        is_woken = self._woken.is_set()
        if is_woken:
            self._woken.clear()
        return is_woken

    def _check_cancelled(self) -> None:
        if self._canceller is not None and self._canceller.is_cancelled:
            raise Cancelled from None


class _AsyncWaker:
    """An event that is set from any thread, and can be cleared."""

    def __init__(self) -> None:
        self.is_set = False
        self._event: anyio.Event | None = None
        self._soon = scheduler()

    def set(self) -> None:
        with suppress(RuntimeError):  # the event loop has ended, and with it the wait
            self._soon(self._set)

    def _set(self) -> None:
        self.is_set = True
        if self._event is not None:
            self._event.set()

    def event(self) -> anyio.Event:
        """The event of one sleep."""
        self._event = anyio.Event()
        if self.is_set:
            self._event.set()
        return self._event


class AsyncDriver:
    """Performs flows in one task, one at a time."""

    def __init__(self, sender: AsyncSender, timing: Timing, wakes: Wakes) -> None:
        self._sender = sender
        self._timing = timing
        self._wakes = wakes

    async def result(
        self, flow: Flow[T], on_update: Callable[[Run], object] | None = None, run_id: str | None = None
    ) -> T:
        """As `Driver.result`; ``on_update`` may be a coroutine function."""
        async with aclosing(self._performed(flow, run_id)) as items:
            async for item in items:
                if isinstance(item, Done):
                    return item.result
                if on_update is not None:
                    told = on_update(item)
                    if isawaitable(told):
                        await told
        raise AssertionError("a flow ends with a result")

    async def reports(self, flow: Flow[Any], run_id: str) -> AsyncGenerator[Run, None]:
        """Each `Report` of a flow, as it comes."""
        async with aclosing(self._performed(flow, run_id)) as items:
            async for item in items:
                if not isinstance(item, Done):
                    yield item

    async def _performed(self, flow: Flow[T], run_id: str | None) -> AsyncGenerator[Run | Done[T], None]:
        waker = _AsyncWaker()
        try:
            with self._wakes.waiting(run_id, waker.set):
                step = advance(flow)
                while not isinstance(step, Done):
                    if isinstance(step, Report):
                        yield step.run
                        step = advance(flow)
                    else:
                        step = advance(flow, *await self._perform(step, waker))
                yield step
        finally:
            flow.close()

    async def _perform(
        self, step: Poll | Create | Sleep, waker: _AsyncWaker
    ) -> tuple[PollResult | bool | None, APIError | None]:
        try:
            match step:
                case Poll():
                    waker.is_set = False  # whoever woke the run is served by this poll
                    return await self._sender.poll(step.run_id, step.timeout), None
                case Create():
                    return await self._sender.create(step.order, step.timeout), None
        except APIError as error:
            return None, error
        event = waker.event() if step.wakeable else anyio.Event()
        await self._timing.sleep_async(step.seconds, event)
        woken, waker.is_set = event.is_set(), False
        return woken, None
