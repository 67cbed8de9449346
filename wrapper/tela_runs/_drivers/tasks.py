"""Waits for many async runs at once, in tasks on one event loop. What each worker does is decided in `Crew`.

The workers run in a task of their own beside the consumer, so that runs are polled while the consumer is busy with an
outcome. That task is not the child of a task group around a ``yield``: a consumer may break out of its loop anywhere,
and a cancel scope that is left open across a ``yield`` breaks in both asyncio and trio. Its own scope ends it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
from attrs import define, field

from tela_runs._concurrency import scheduler, spawn
from tela_runs._generated import check_run_id
from tela_runs._http.transport import closed_error
from tela_runs._polling.fleet import Crew, Fleet, Follow, Lead
from tela_runs.errors import ConfigurationError, TelaError
from tela_runs.outcome import Outcome

from .one import FLEET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anyio.abc import TaskGroup

    from tela_runs._polling.state import Options, Wait
    from tela_runs.run import Run

    from .one import AsyncDriver, Wakes


async def outcomes_of(
    ids: Iterable[str] | AsyncIterable[str],
    options: Options,
    timeout: float | None,
    driver: Callable[[], AsyncDriver],
    wakes: Wakes,
    *,
    max_in_flight: int,
    on_update: Callable[[Run], object] | None = None,
) -> AsyncGenerator[Outcome, None]:
    """The outcome of every run, in order of completion. Closing the iterator ends every request.

    Raises what the iterable of ids or ``on_update`` raised, a rejected key, and that the client was closed.
    """
    fleet = Fleet(options, timeout, max_in_flight)
    crew = Crew(fleet, max_in_flight, is_joining=True)
    workers = _Workers(ids, fleet, crew, driver, options.clock, on_update)
    task = spawn(workers.run, workers.end)
    try:
        with wakes.waiting(FLEET, workers.waker()):
            while True:
                while workers.ready:
                    yield workers.ready.popleft()
                if workers.over.is_set():
                    break
                workers.item = anyio.Event()
                await workers.item.wait()
        if workers.failure is not None:
            raise workers.failure
        if not workers.complete:
            raise TelaError("The task that polled the runs was cancelled from outside. Wait for the same ids again.")
        for outcome in fleet.expire():
            yield outcome
    finally:
        workers.scope.cancel()
        with anyio.CancelScope(shield=True):
            await workers.over.wait()
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


@define(eq=False)
class _Workers:
    """The tasks of one fleet, and what they share."""

    _ids: Iterable[str] | AsyncIterable[str]
    _fleet: Fleet
    _crew: Crew
    _driver: Callable[[], AsyncDriver]
    _clock: Callable[[], float]
    _on_update: Callable[[Run], object] | None
    ready: deque[Outcome] = field(factory=deque)
    item: anyio.Event = field(factory=anyio.Event)
    over: anyio.Event = field(factory=anyio.Event)
    scope: anyio.CancelScope = field(factory=anyio.CancelScope)
    failure: BaseException | None = None
    complete: bool = False
    _rejected: set[str] = field(factory=set)
    _followers: list[anyio.Event] = field(factory=list)
    _change: anyio.Event = field(factory=anyio.Event)

    def waker(self) -> Callable[[str | None], bool]:
        """What wakes a run of the fleet, from any thread; given None, the client was closed."""
        soon = scheduler()

        def wake(run_id: str | None) -> bool:
            def on_the_loop() -> None:
                if run_id is None:
                    self._fail(closed_error())
                elif self._fleet.wake(run_id):
                    self._change.set()

            with suppress(RuntimeError):  # the event loop has ended, and with it the fleet
                soon(on_the_loop)
            return run_id is None or self._fleet.waits_for(run_id)

        return wake

    async def run(self) -> None:
        """Poll until every run has its outcome, the time is over, or something fails."""
        try:
            with self.scope:
                async with anyio.create_task_group() as group:
                    group.start_soon(self._join)
                    group.start_soon(self._work, group)
        finally:
            self.end()

    def end(self) -> None:
        self.over.set()
        self.item.set()

    async def _join(self) -> None:
        try:
            if isinstance(self._ids, AsyncIterable):
                async with left_closed(self._ids) as joining:
                    async for run_id in joining:
                        self._admit(run_id)
                        await anyio.lowlevel.checkpoint()  # an iterable that never waits would let nobody else work
            else:
                for run_id in self._ids:
                    self._fleet.add(run_id)
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:  # whatever the caller's iterable raises is the caller's to see
            self._fail(error)
        self._crew.is_joining = False
        self._change.set()

    def _admit(self, run_id: str) -> None:
        try:
            check_run_id(run_id)
        except ConfigurationError as error:
            if not isinstance(run_id, str):
                raise
            if run_id not in self._rejected:
                self._rejected.add(run_id)
                self._hand_over(Outcome(run_id, None, error.with_traceback(None)))
        else:
            self._fleet.add(run_id)
            self._change.set()

    def _hand_over(self, outcome: Outcome) -> None:
        self.ready.append(outcome)
        self.item.set()

    async def _work(self, group: TaskGroup) -> None:
        """Poll the runs that are due, one after the other; whoever sees the end ends all."""
        driver = self._driver()
        while not self.complete:
            match self._crew.next():
                case Lead(until):
                    self._change = anyio.Event()
                    with anyio.move_on_after(until - self._clock()):
                        await self._change.wait()
                    self._crew.led()
                case Follow(nudges):
                    if nudges:
                        self._change.set()
                    self._followers.append(event := anyio.Event())
                    await event.wait()
                case None:
                    self.complete = True
                    self.scope.cancel()
                case wait:
                    match self._crew.relief():
                        case "call":
                            self._followers.pop().set()
                        case "hire":
                            group.start_soon(self._work, group)
                    await self._poll(wait, driver)

    async def _poll(self, wait: Wait, driver: AsyncDriver) -> None:
        try:
            result = await driver.result(self._fleet.visiting(wait), self._on_update)
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:  # a rejected key, or what the caller's pacing or listener raises
            self._fail(error)
            return
        self._fleet.give_back(wait, result)
        if isinstance(result, Outcome):
            self._hand_over(result)

    def _fail(self, error: BaseException) -> None:
        if self.failure is None:
            # Ours come without their frames; those of the caller's code show where it failed.
            self.failure = error.with_traceback(None) if isinstance(error, TelaError) else error
        self.scope.cancel()
