"""Waits for many async runs at once, in tasks beside the caller's.

An async generator may not hold a task group or a cancel scope open across a ``yield``: leaving its loop would exit
scopes in the wrong order. So the task group runs in a task of its own, which the generator cancels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing, nullcontext, suppress
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
from attrs import define, field

from tela_runs._concurrency import on_loop, spawn
from tela_runs._http.transport import closed_error
from tela_runs._polling.state import Wait
from tela_runs.errors import TelaError
from tela_runs.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from anyio.abc import TaskGroup

    from tela_runs._polling.fleet import Fleet
    from tela_runs.run import Run

    from .one import AsyncDriver, Wakes


async def outcomes_of(
    ids: list[str] | Iterator[str] | AsyncIterable[str],
    new_fleet: Callable[[], Fleet],
    driver: AsyncDriver,
    wakes: Wakes,
    on_update: Callable[[Run], object] | None,
) -> AsyncGenerator[Outcome, None]:
    """The outcome of every run, in order of completion. Closing the iterator ends every request.

    Raises what ``ids`` and ``on_update`` raise, a rejected key, and use of a closed client.
    """
    fleet = new_fleet()
    tasks = _Tasks(ids, fleet, driver, on_update)
    task = spawn(tasks.run, tasks.end)
    try:
        with wakes.waiting(fleet.waits_for, on_loop(tasks.wake)):
            while (item := await tasks.next_item()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
                tasks.room.set()
        if not fleet.has_ended:
            raise TelaError("The task that polled the runs was cancelled from outside. Wait for the same ids again.")
        for outcome in fleet.expire():
            yield outcome
    finally:
        tasks.scope.cancel()
        with anyio.CancelScope(shield=True):
            await tasks.over.wait()
        del task


def closing_iterator(ids: AsyncIterable[str]) -> AbstractAsyncContextManager[AsyncIterator[str]]:
    """The iterator of an async iterable; an async generator is closed at the end."""
    iterator = aiter(ids)
    return aclosing(iterator) if isinstance(iterator, AsyncGenerator) else nullcontext(iterator)


async def _as_async(ids: Iterator[str]) -> AsyncIterator[str]:
    for run_id in ids:
        yield run_id


@define(eq=False, repr=False)
class _Tasks:
    """The tasks of one fleet, and what they share."""

    _ids: list[str] | Iterator[str] | AsyncIterable[str]
    _fleet: Fleet
    _driver: AsyncDriver
    _on_update: Callable[[Run], object] | None
    #: Outcomes in their order, and an error.
    _items: deque[Outcome | BaseException] = field(factory=deque)
    _item: anyio.Event = field(factory=anyio.Event)
    over: anyio.Event = field(factory=anyio.Event)
    scope: anyio.CancelScope = field(factory=anyio.CancelScope)
    room: anyio.Event = field(factory=anyio.Event)
    _change: anyio.Event = field(factory=anyio.Event)

    async def next_item(self) -> Outcome | BaseException | None:
        """Wait for an item; None at the end."""
        while not self._items and not self.over.is_set():
            self._item = anyio.Event()
            await self._item.wait()
        return self._items.popleft() if self._items else None

    def wake(self, run_id: str | None) -> None:
        """Poll a run soon. None: the client was closed."""
        if run_id is None:
            self._fail(closed_error())
        elif self._fleet.wake(run_id):
            self._change.set()

    async def run(self) -> None:
        """Poll until every run has its outcome, the time is over, or something fails."""
        try:
            with self.scope:
                async with anyio.create_task_group() as group:
                    if isinstance(self._ids, list):
                        for run_id in self._ids:
                            self._fleet.add(run_id)
                    else:
                        self._fleet.is_joining = True
                        group.start_soon(self._guarded, self._join, self._ids)
                    group.start_soon(self._guarded, self._work, group)
        finally:
            self.end()

    def end(self) -> None:
        self.over.set()
        self._item.set()

    async def _guarded(self, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        """What a task raises ends all of them: a rejected key, or what the caller's ids, pacing or listener raise."""
        try:
            await work(*arguments)
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:
            self._fail(error)

    async def _work(self, group: TaskGroup) -> None:
        """Poll runs and watch the clock, as the fleet says; a worker that sees the end cancels all."""
        fleet, step = self._fleet, None
        while not self.scope.cancel_called and (step := fleet.next_step(step)) is not None:
            if isinstance(step, Wait):
                if fleet.must_start:
                    group.start_soon(self._guarded, self._work, group)
                    fleet.is_watched = True
                result = await self._driver.performed(fleet.polling(step), self._on_update)
                fleet.give_back(step, result)
                if isinstance(result, Outcome):
                    self._hand_over(result)
            else:
                self._change = anyio.Event()
                with anyio.move_on_after(step):
                    await self._change.wait()
        if fleet.has_ended:
            self.scope.cancel()
        elif fleet.must_wake:
            self._change.set()

    async def _join(self, ids: Iterator[str] | AsyncIterable[str]) -> None:
        """Add the runs of an iterator, as there is room for them."""
        with suppress(StopAsyncIteration):
            async with closing_iterator(ids if isinstance(ids, AsyncIterable) else _as_async(ids)) as joining:
                while self._fleet.is_joining:
                    if not self._fleet.has_room(len(self._items)):
                        self.room = anyio.Event()
                        await self.room.wait()
                        continue
                    outcome = self._fleet.admit(await anext(joining))
                    if outcome is not None:
                        self._hand_over(outcome)
                    self._change.set()
                    await anyio.lowlevel.checkpoint()  # an iterable that never suspends would block every other task
        self._fleet.is_joining = False
        self._change.set()

    def _hand_over(self, item: Outcome | BaseException) -> None:
        self._items.append(item)
        self._item.set()

    def _fail(self, error: BaseException) -> None:
        # Our errors lose their frames; those of the caller's code keep them, to show where it failed.
        self._hand_over(error.with_traceback(None) if isinstance(error, TelaError) else error)
        self.scope.cancel()
