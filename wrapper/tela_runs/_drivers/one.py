"""Perform a flow in the calling thread or task: a driver for sync code, one for async; they differ in ``await``."""

from __future__ import annotations

import os
import threading
from contextlib import closing, contextmanager
from functools import partial
from inspect import isawaitable, iscoroutine
from operator import eq
from typing import TYPE_CHECKING, TypeVar

import anyio
from attrs import define, field

from tela_runs._concurrency import on_loop
from tela_runs._http.connection import Canceller
from tela_runs._http.transport import closed_error
from tela_runs._polling.flow import Create, Done, Report, Sleep, advance
from tela_runs.errors import APIError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterator

    from tela_runs._config import Timing
    from tela_runs._http.send import AsyncSender, Sender
    from tela_runs._polling.flow import Flow, Poll, PollResult
    from tela_runs.run import Run

T = TypeVar("T")


class Wakes:
    """The waits, watches and fleets of one client, for `wake` and `close` to reach. Safe to use from any thread."""

    def __init__(self) -> None:
        self.is_closed = False
        #: Each with its process: a forked child has its parent's sockets and locks, but not the threads that wait.
        self._waiting: set[tuple[int, Callable[[str], bool], Callable[[str | None], object]]] = set()

    @contextmanager
    def waiting(self, waits_for: Callable[[str], bool], wake: Callable[[str | None], object]) -> Iterator[None]:
        """Within the block, ``wake`` is called with runs that ``waits_for`` is true of, and with None on closing."""
        self._waiting.add(entry := (os.getpid(), waits_for, wake))
        try:
            yield
        finally:
            self._waiting.discard(entry)

    def wake(self, run_id: str) -> bool:
        """Wake everything that waits for a run; True if there was anything."""
        woken = [wake for pid, waits_for, wake in list(self._waiting) if pid == os.getpid() and waits_for(run_id)]
        for wake in woken:
            wake(run_id)
        return bool(woken)

    def close(self) -> None:
        """Mark the client as closed and wake everything, which ends it."""
        self.is_closed = True
        for pid, _, wake in list(self._waiting):
            if pid == os.getpid():
                wake(None)

    def check_open(self) -> None:
        """Called before a request, and after a poll and a sleep: what waits ends with its client."""
        if self.is_closed:
            raise closed_error()


def tell(on_update: Callable[[Run], object] | None, run: Run) -> None:
    """Call the listener of a sync client, if there is one; nothing would await what a coroutine function returns."""
    if on_update is not None and iscoroutine(on_update(run)):
        raise ConfigurationError("on_update returned a coroutine. Use AsyncRunsClient to await it.", run_id=run.id)


class Cancelled(BaseException):
    """Ends the worker thread that performs a flow."""


@define(eq=False, repr=False)
class Driver:
    """Performs flows. One serves one `result` or `reports`, or all the threads of a fleet, which call `performed`."""

    _sender: Sender
    _timing: Timing
    _wakes: Wakes
    canceller: Canceller = field(factory=Canceller)
    _woken: threading.Event = field(factory=threading.Event)

    def result(self, flow: Flow[T], on_update: Callable[[Run], object] | None = None, run_id: str = "") -> T:
        """As `performed`; a wake of ``run_id`` wakes the flow, and closing the client ends it."""
        with self._wakes.waiting(partial(eq, run_id), self._wake):
            return self.performed(flow, on_update)

    def performed(self, flow: Flow[T], on_update: Callable[[Run], object] | None) -> T:
        """What a flow returns; each `Report` goes to ``on_update``."""
        with closing(flow):
            while isinstance(step := self._next(flow), Report):
                tell(on_update, step.run)
            return step.result

    def reports(self, flow: Flow[T], run_id: str) -> Generator[Run, None, None]:
        """Each `Report` of a flow, as it comes."""
        with closing(flow), self._wakes.waiting(partial(eq, run_id), self._wake):
            while isinstance(step := self._next(flow), Report):
                yield step.run

    def _next(self, flow: Flow[T]) -> Report | Done[T]:
        step = advance(flow)
        while not isinstance(step, (Report, Done)):
            came = self._perform(step)
            if not isinstance(step, Create):  # a run that is started is not to be lost
                self._wakes.check_open()
                if self.canceller.is_cancelled:
                    raise Cancelled
            step = advance(flow, *came)
        return step

    def _perform(self, step: Poll | Create | Sleep) -> tuple[PollResult | bool | None, APIError | None]:
        if isinstance(step, Sleep):
            self._timing.sleep(step.seconds, self._woken if step.wakeable else self.canceller.waker)
            woken = step.wakeable and self._woken.is_set()
            self._woken.clear()
            return woken, None
        self._wakes.check_open()
        self._woken.clear()  # this poll serves the wakes that came before it
        try:
            return self._sender.send(step, None if isinstance(step, Create) else self.canceller), None
        except APIError as error:
            return None, error

    def _wake(self, _: str | None) -> None:
        if self._wakes.is_closed:
            self.canceller.cancel()
        self._woken.set()


@define(eq=False, repr=False)
class AsyncDriver:
    """As `Driver`, with tasks in place of threads; their cancel scopes cancel them."""

    _sender: AsyncSender
    _timing: Timing
    _wakes: Wakes
    _is_woken: bool = False
    _sleep: tuple[Sleep, anyio.Event] | None = None
    _poll: anyio.CancelScope | None = None

    async def result(self, flow: Flow[T], on_update: Callable[[Run], object] | None = None, run_id: str = "") -> T:
        """As `Driver.result`; ``on_update`` may be a coroutine function."""
        with self._wakes.waiting(partial(eq, run_id), on_loop(self._wake)):
            return await self.performed(flow, on_update)

    async def performed(self, flow: Flow[T], on_update: Callable[[Run], object] | None) -> T:
        """As `Driver.performed`; ``on_update`` may be a coroutine function."""
        with closing(flow):
            while isinstance(step := await self._next(flow), Report):
                if on_update is not None and isawaitable(returned := on_update(step.run)):
                    await returned
            return step.result

    async def reports(self, flow: Flow[T], run_id: str) -> AsyncGenerator[Run, None]:
        """As `Driver.reports`."""
        with closing(flow), self._wakes.waiting(partial(eq, run_id), on_loop(self._wake)):
            while isinstance(step := await self._next(flow), Report):
                yield step.run

    async def _next(self, flow: Flow[T]) -> Report | Done[T]:
        step = advance(flow)
        while not isinstance(step, (Report, Done)):
            came = await self._perform(step)
            if not isinstance(step, Create):
                self._wakes.check_open()
            step = advance(flow, *came)
        return step

    async def _perform(self, step: Poll | Create | Sleep) -> tuple[PollResult | bool | None, APIError | None]:
        if isinstance(step, Sleep):
            if not (step.wakeable and self._is_woken):
                self._sleep = step, (waker := anyio.Event())
                await self._timing.sleep_async(step.seconds, waker)
            woken, self._is_woken = step.wakeable and self._is_woken, False
            return woken, None
        self._wakes.check_open()
        self._is_woken = False  # this poll serves the wakes that came before it
        scope = anyio.move_on_after(step.timeout)
        self._poll = None if isinstance(step, Create) else scope
        try:
            return await self._sender.send(step, scope), None
        except APIError as error:
            return None, error

    def _wake(self, _: str | None) -> None:
        self._is_woken = True
        if self._sleep is not None and (self._sleep[0].wakeable or self._wakes.is_closed):
            self._sleep[1].set()
        if self._poll is not None and self._wakes.is_closed:
            self._poll.cancel()
