"""Performs a flow in the calling thread or task. One driver for sync code, one for async; what differs is ``await``."""

from __future__ import annotations

import threading
from contextlib import aclosing, closing, contextmanager, nullcontext, suppress
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeVar

import anyio
from attrs import frozen

from tela_runs._concurrency import Lock, scheduler
from tela_runs._http.transport import closed_error
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


#: What fleets are woken by: an id that no run has.
FLEET = ""


class Wakes:
    """Who waits for which run through one client, so that `wake` finds them. Safe to use from any thread."""

    def __init__(self) -> None:
        self._is_closed = False
        self._lock = Lock()
        self._wakes: dict[str, list[Callable[[str | None], bool | None]]] = {}

    def wake(self, run_id: str) -> bool:
        """Wake all who wait for a run; whether there was one."""
        with self._lock:
            wakes = [*self._wakes.get(run_id, ()), *self._wakes.get(FLEET, ())]
        return any([wake(run_id) is not False for wake in wakes])  # noqa: C419 - all are to be woken

    def close(self) -> None:
        """Wake all: the client was closed, which ends them."""
        self._is_closed = True
        with self._lock:
            wakes = [wake for some in self._wakes.values() for wake in some]
        for wake in wakes:
            wake(None)

    def check_open(self) -> None:
        """See that the client was not closed meanwhile: else a wait would first keep a ``Retry-After``."""
        if self._is_closed:
            raise closed_error()

    @contextmanager
    def waiting(self, run_id: str, wake: Callable[[str | None], bool | None]) -> Iterator[None]:
        """Let a wait be woken meanwhile.

        ``wake`` gets the id of the run, or None when the client was closed; it gives False where the run is unknown.
        """
        with self._lock:
            self._wakes.setdefault(run_id, []).append(wake)
        try:
            yield
        finally:
            with self._lock:
                self._wakes[run_id].remove(wake)
                if not self._wakes[run_id]:
                    del self._wakes[run_id]


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
        results: list[T] = []
        with closing(self.reports(flow, run_id, results)) as reports:
            for run in reports:
                if on_update is not None:
                    on_update(run)
        return results[0]

    def reports(self, flow: Flow[T], run_id: str | None, results: list[T] | None = None) -> Generator[Run, None, None]:
        """Each `Report` of a flow, as it comes; what it returns is put into ``results``."""
        try:
            with self._wakes.waiting(run_id, lambda _: self._woken.set()) if run_id else nullcontext():
                step = advance(flow)
                while not isinstance(step, Done):
                    if isinstance(step, Report):
                        yield step.run
                        step = advance(flow)
                    else:
                        step = advance(flow, *self._perform(step))
                if results is not None:
                    results.append(step.result)
        finally:
            flow.close()

    def _perform(self, step: Poll | Create | Sleep) -> tuple[PollResult | bool | None, APIError | None]:
        try:
            match step:
                case Poll():
                    self._woken.clear()  # whoever woke the run is served by this poll
                    return self._sender.poll(step.run_id, step.timeout, self._canceller), None
                case Create():
                    return self._sender.create(step.body, step.timeout, self._canceller), None
        except APIError as error:
            self._check_cancelled()
            return None, error
        if not step.wakeable:
            self._timing.sleep(step.seconds, threading.Event() if self._canceller is None else self._canceller.waker)
            self._check_cancelled()
            return False, None
        self._timing.sleep(step.seconds, self._woken)
        self._wakes.check_open()
        if woken := self._woken.is_set():
            self._woken.clear()
        return woken, None

    def _check_cancelled(self) -> None:
        if self._canceller is not None and self._canceller.is_cancelled:
            raise Cancelled from None


class _AsyncWaker:
    """An event that any thread can set."""

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


@frozen
class AsyncDriver:
    """Performs flows in one task, one at a time."""

    _sender: AsyncSender
    _timing: Timing
    _wakes: Wakes

    async def result(
        self, flow: Flow[T], on_update: Callable[[Run], object] | None = None, run_id: str | None = None
    ) -> T:
        """As `Driver.result`; ``on_update`` may be a coroutine function."""
        results: list[T] = []
        async with aclosing(self.reports(flow, run_id, results)) as reports:
            async for run in reports:
                if on_update is not None:
                    told = on_update(run)
                    if isawaitable(told):
                        await told
        return results[0]

    async def reports(
        self, flow: Flow[T], run_id: str | None, results: list[T] | None = None
    ) -> AsyncGenerator[Run, None]:
        """As `Driver.reports`."""
        waker = _AsyncWaker()
        try:
            with self._wakes.waiting(run_id, lambda _: waker.set()) if run_id else nullcontext():
                step = advance(flow)
                while not isinstance(step, Done):
                    if isinstance(step, Report):
                        yield step.run
                        step = advance(flow)
                    else:
                        step = advance(flow, *await self._perform(step, waker))
                if results is not None:
                    results.append(step.result)
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
                    return await self._sender.create(step.body, step.timeout), None
        except APIError as error:
            return None, error
        event = waker.event() if step.wakeable else anyio.Event()
        await self._timing.sleep_async(step.seconds, event)
        self._wakes.check_open()
        woken, waker.is_set = event.is_set(), False
        return woken, None
