"""Waits for many async runs at once: asks the `Fleet` which to poll, and polls, on one event loop.

The engine runs in a task of its own beside the consumer, so that runs are polled while the consumer is busy with an
outcome. That task is not the child of a task group around a ``yield``: a consumer may break out of its loop anywhere,
and a cancel scope that is left open across a ``yield`` breaks in both asyncio and trio. Its own scope ends it.

At most ``max_in_flight`` workers poll. A worker that has polled takes the next run that is due; one that finds none
parks until the dispatcher, which alone watches the clock, wakes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel

from tela_runs._generated import check_run_id
from tela_runs._http.transport import closed_error
from tela_runs._loop import scheduler, spawn
from tela_runs._polling.fleet import Fleet
from tela_runs.errors import ConfigurationError, TelaError
from tela_runs.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anyio.abc import TaskGroup

    from tela_runs._polling.state import Terms
    from tela_runs.run import Run

    from .one import AsyncDriver
    from .wakes import Wakes


async def outcomes_of(
    ids: Iterable[str] | AsyncIterable[str],
    terms: Terms,
    timeout: float | None,
    driver: Callable[[], AsyncDriver],
    wakes: Wakes,
    *,
    max_in_flight: int,
    on_update: Callable[[Run], object] | None = None,
) -> AsyncGenerator[Outcome, None]:
    """The outcome of every run, in order of completion. Closing the iterator ends every request.

    Raises:
        AuthenticationError: The key was rejected.
        TelaError: Somebody has cancelled the task that polls.
        Exception: What the iterable of ids raised, or ``on_update``.
    """
    fleet = Fleet(terms, timeout, max_in_flight)
    engine = _Engine(ids, fleet, driver, terms.clock, max_in_flight=max_in_flight, on_update=on_update)
    task = spawn(engine.run, engine.end)
    try:
        with wakes.fleet(engine.waker()):
            while True:
                while engine.ready:
                    yield engine.ready.popleft()
                if engine.over.is_set():
                    break
                engine.change = anyio.Event()
                await engine.change.wait()
        if engine.failure is not None:
            raise engine.failure
        if not engine.complete:
            raise TelaError("The task that polled the runs was cancelled from outside. Wait for the same ids again.")
        for outcome in engine.fleet.expire():
            yield outcome
    finally:
        engine.scope.cancel()
        with anyio.CancelScope(shield=True):
            await engine.over.wait()
        del task


@asynccontextmanager
async def left_closed(ids: AsyncIterable[str]) -> AsyncIterator[AsyncIterator[str]]:
    """The iterator of an async iterable; closed at the end, if it is one that can be."""
    iterator = aiter(ids)
    try:
        yield iterator
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


class _Engine:
    """The polling half; `outcomes_of` is the half that hands over."""

    def __init__(
        self,
        ids: Iterable[str] | AsyncIterable[str],
        fleet: Fleet,
        driver: Callable[[], AsyncDriver],
        clock: Callable[[], float],
        *,
        max_in_flight: int,
        on_update: Callable[[Run], object] | None,
    ) -> None:
        self.fleet = fleet
        self.ready: deque[Outcome] = deque()
        self.change = anyio.Event()
        self.over = anyio.Event()
        self.scope = anyio.CancelScope()
        self.failure: BaseException | None = None
        self.complete = False
        self._ids = ids
        self._rejected: set[str] = set()
        self._driver = driver
        self._clock = clock
        self._on_update = on_update
        self._vacancies = max_in_flight
        self._parked: list[anyio.Event] = []
        self._joining = True
        self._nudge = anyio.Event()
        self._wakes_at: float | None = None

    def waker(self) -> Callable[[str | None], bool]:
        """What wakes a run of the fleet, from any thread; given None, the client was closed."""
        soon = scheduler()

        def wake(run_id: str | None) -> bool:
            def on_the_loop() -> None:
                if run_id is None:
                    self._fail(closed_error())
                elif self.fleet.wake(run_id):
                    self._nudge.set()

            with suppress(RuntimeError):  # the event loop has ended, and with it the fleet
                soon(on_the_loop)
            return run_id is None or self.fleet.waits_for(run_id)

        return wake

    async def run(self) -> None:
        """Poll until every run has its outcome, the time is over, or something fails."""
        try:
            with self.scope:
                async with anyio.create_task_group() as group:
                    group.start_soon(self._join)
                    await self._dispatch(group)
                    self.complete = True
                    group.cancel_scope.cancel()
        finally:
            self.end()

    def end(self) -> None:
        """Nobody polls any more."""
        self.over.set()
        self.change.set()

    async def _join(self) -> None:
        """Add the runs as their ids come."""
        try:
            if isinstance(self._ids, AsyncIterable):
                async with left_closed(self._ids) as joining:
                    async for run_id in joining:
                        self._admit(run_id)
                        await anyio.lowlevel.checkpoint()  # an iterable that never waits would let nobody else work
            else:
                for run_id in self._ids:
                    self.fleet.add(run_id)
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:  # whatever the caller's iterable raises is the caller's to see
            self._fail(error)
        self._joining = False
        self._nudge.set()

    def _admit(self, run_id: str) -> None:
        try:
            check_run_id(run_id)
        except ConfigurationError as error:
            if not isinstance(run_id, str):
                raise
            if run_id in self._rejected:
                return
            self._rejected.add(run_id)
            self.ready.append(Outcome(run_id, None, error.with_traceback(None)))
            self.change.set()
        else:
            self.fleet.add(run_id)
            self._nudge.set()

    async def _dispatch(self, group: TaskGroup) -> None:
        """Wake a worker whenever a run is due."""
        while self.failure is None and (self.fleet.is_polling or not self.fleet.is_over):
            if not self._joining and self.fleet.is_empty:
                return
            due = self.fleet.next_due()
            # Once the time is over, the runs that are being polled are all there is to wait for.
            wait = None if due is None or self.fleet.is_over else due - self._clock()
            if wait is None or wait > 0:
                await self._pause(wait)
            elif self._parked:
                self._parked.pop().set()
                await anyio.lowlevel.checkpoint()
            elif self._vacancies:
                self._vacancies -= 1
                group.start_soon(self._work)
                await anyio.lowlevel.checkpoint()
            else:
                await self._pause(None)  # a worker that comes free takes the run by itself

    async def _pause(self, seconds: float | None) -> None:
        """Sleep, or until something has changed."""
        self._nudge = anyio.Event()
        self._wakes_at = None if seconds is None else self._clock() + seconds
        with anyio.move_on_after(seconds):
            await self._nudge.wait()

    async def _work(self) -> None:
        """Poll the runs that are due, one after the other."""
        driver = self._driver()
        while True:
            wait = self.fleet.take()
            if wait is None:
                park = anyio.Event()
                self._parked.append(park)
                due = self.fleet.next_due()
                if self.fleet.is_empty or due is None or self._wakes_at is None or due < self._wakes_at:
                    self._nudge.set()
                await park.wait()
                continue
            try:
                result = await driver.result(self.fleet.visiting(wait), self._on_update)
            except anyio.get_cancelled_exc_class():
                raise
            except BaseException as error:  # a rejected key, or what the caller's pacing or listener raises
                self._fail(error)
                return
            self.fleet.give_back(wait, result)
            if isinstance(result, Outcome):
                self.ready.append(result)
                self.change.set()

    def _fail(self, error: BaseException) -> None:
        if self.failure is None:
            # Ours come without their frames; those of the caller's code show where it failed.
            self.failure = error.with_traceback(None) if isinstance(error, TelaError) else error
        self._nudge.set()
