"""Performs flows: the only place that waits. One driver for sync code, one for async; what differs is ``await``."""

from __future__ import annotations

from contextlib import aclosing
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar

from ._flow import Done, Look, Report, Sleep, advance
from .errors import APIError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

    from ._answer import Seen
    from ._exchange import AsyncExchange, Exchange
    from ._flow import Flow
    from .run import Run

T = TypeVar("T")


class Driver:
    """Performs flows in the calling thread."""

    def __init__(self, exchange: Exchange, sleep: Callable[[float], None]) -> None:
        self._exchange = exchange
        self._sleep = sleep

    def result(self, flow: Flow[T], on_update: Callable[[Run], object] | None = None) -> T:
        """What a flow returns; each `Report` goes to ``on_update``."""
        steps = self._steps(flow)
        try:
            for step in steps:
                if isinstance(step, Done):
                    return step.result
                if on_update is not None:
                    on_update(step.run)
        finally:
            steps.close()
        raise AssertionError("a flow ends with Done")

    def reports(self, flow: Flow[Any]) -> Generator[Run, None, None]:
        """Each `Report` of a flow, as it comes."""
        steps = self._steps(flow)
        try:
            for step in steps:
                if isinstance(step, Report):
                    yield step.run
        finally:
            steps.close()

    def _steps(self, flow: Flow[T]) -> Generator[Report | Done[T], None, None]:
        try:
            step = advance(flow)
            while True:
                seen: Seen | None = None
                failed: APIError | None = None
                match step:
                    case Look():
                        try:
                            seen = self._exchange.look(step.run_id, step.timeout)
                        except APIError as error:
                            failed = error
                    case Sleep():
                        self._sleep(step.seconds)
                    case Report():
                        yield step
                    case Done():
                        yield step
                        return
                step = advance(flow, seen, failed)
        finally:
            flow.close()


class AsyncDriver:
    """Performs flows in the calling task."""

    def __init__(self, exchange: AsyncExchange, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._exchange = exchange
        self._sleep = sleep

    async def result(self, flow: Flow[T], on_update: Callable[[Run], object] | None = None) -> T:
        """What a flow returns; each `Report` goes to ``on_update``, which may be a coroutine function."""
        async with aclosing(self._steps(flow)) as steps:
            async for step in steps:
                if isinstance(step, Done):
                    return step.result
                if on_update is not None:
                    told = on_update(step.run)
                    if isawaitable(told):
                        await told
        raise AssertionError("a flow ends with Done")

    async def reports(self, flow: Flow[Any]) -> AsyncGenerator[Run, None]:
        """Each `Report` of a flow, as it comes."""
        async with aclosing(self._steps(flow)) as steps:
            async for step in steps:
                if isinstance(step, Report):
                    yield step.run

    async def _steps(self, flow: Flow[T]) -> AsyncGenerator[Report | Done[T], None]:
        try:
            step = advance(flow)
            while True:
                seen: Seen | None = None
                failed: APIError | None = None
                match step:
                    case Look():
                        try:
                            seen = await self._exchange.look(step.run_id, step.timeout)
                        except APIError as error:
                            failed = error
                    case Sleep():
                        await self._sleep(step.seconds)
                    case Report():
                        yield step
                    case Done():
                        yield step
                        return
                step = advance(flow, seen, failed)
        finally:
            flow.close()
