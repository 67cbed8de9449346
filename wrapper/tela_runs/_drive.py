"""Performs flows: the only place that waits. One driver for sync code, one for async; what differs is ``await``."""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ._flow import Done, Look, Report, advance
from .errors import APIError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

    from ._answer import Seen
    from ._flow import Flow, Sleep
    from .run import Run

T = TypeVar("T")


class Looker(Protocol):
    """What a driver asks for runs."""

    def look(self, run_id: str, timeout: float) -> Seen:
        """Ask for a run once, for at most ``timeout`` seconds; raise an `APIError` if that does not bring it."""
        ...


class AsyncLooker(Protocol):
    """What an async driver asks for runs."""

    async def look(self, run_id: str, timeout: float) -> Seen:
        """Ask for a run once, for at most ``timeout`` seconds; raise an `APIError` if that does not bring it."""
        ...


class Driver:
    """Performs flows in the calling thread."""

    def __init__(self, looker: Looker, sleep: Callable[[float], object]) -> None:
        self._looker = looker
        self._sleep = sleep

    def result(self, flow: Flow[T], on_update: Callable[[Run], object] | None = None) -> T:
        """What a flow returns; each `Report` goes to ``on_update``."""
        try:
            step = advance(flow)
            while not isinstance(step, Done):
                if not isinstance(step, Report):
                    step = advance(flow, *self._perform(step))
                    continue
                if on_update is not None:
                    on_update(step.run)
                step = advance(flow)
            return step.result
        finally:
            flow.close()

    def reports(self, flow: Flow[Any]) -> Generator[Run, None, None]:
        """Each `Report` of a flow, as it comes."""
        try:
            step = advance(flow)
            while not isinstance(step, Done):
                if not isinstance(step, Report):
                    step = advance(flow, *self._perform(step))
                    continue
                yield step.run
                step = advance(flow)
        finally:
            flow.close()

    def _perform(self, step: Look | Sleep) -> tuple[Seen | None, APIError | None]:
        if not isinstance(step, Look):
            self._sleep(step.seconds)
            return None, None
        try:
            return self._looker.look(step.run_id, step.timeout), None
        except APIError as error:
            return None, error


class AsyncDriver:
    """Performs flows in the calling task."""

    def __init__(self, looker: AsyncLooker, sleep: Callable[[float], Awaitable[object]]) -> None:
        self._looker = looker
        self._sleep = sleep

    async def result(self, flow: Flow[T], on_update: Callable[[Run], object] | None = None) -> T:
        """What a flow returns; each `Report` goes to ``on_update``, which may be a coroutine function."""
        try:
            step = advance(flow)
            while not isinstance(step, Done):
                if not isinstance(step, Report):
                    step = advance(flow, *await self._perform(step))
                    continue
                if on_update is not None:
                    told = on_update(step.run)
                    if isawaitable(told):
                        await told
                step = advance(flow)
            return step.result
        finally:
            flow.close()

    async def reports(self, flow: Flow[Any]) -> AsyncGenerator[Run, None]:
        """Each `Report` of a flow, as it comes."""
        try:
            step = advance(flow)
            while not isinstance(step, Done):
                if not isinstance(step, Report):
                    step = advance(flow, *await self._perform(step))
                    continue
                yield step.run
                step = advance(flow)
        finally:
            flow.close()

    async def _perform(self, step: Look | Sleep) -> tuple[Seen | None, APIError | None]:
        if not isinstance(step, Look):
            await self._sleep(step.seconds)
            return None, None
        try:
            return await self._looker.look(step.run_id, step.timeout), None
        except APIError as error:
            return None, error
