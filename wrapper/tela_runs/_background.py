"""Serves sync code from an async engine: an event loop in one background thread, however many runs there are."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

import anyio.to_thread
from anyio.from_thread import start_blocking_portal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from concurrent.futures import Future

    from ._answer import Seen
    from ._drive import Looker

T = TypeVar("T")
U = TypeVar("U")


def iterate(
    produce: Callable[[Callable[[U], None]], AsyncGenerator[T, None]],
    close: Callable[[], Awaitable[None]],
    listen: Callable[[U], object],
) -> Generator[T, None, None]:
    """The items of an async generator, as they come, made on an event loop in a thread of its own.

    Args:
        produce: Makes the generator, on that loop; given a function to call with what is to be listened to.
        close: Awaited on that loop when the generator has ended.
        listen: Called with that in the thread that iterates, before the items that come later.

    Raises:
        Exception: What the generator raises, or ``listen``.
    """
    items: SimpleQueue[tuple[T] | Callable[[], object] | None] = SimpleQueue()

    def tell(news: U) -> None:
        items.put(partial(listen, news))

    async def pump() -> None:
        try:
            async with aclosing(produce(tell)) as produced:
                async for item in produced:
                    items.put((item,))
        finally:
            with anyio.CancelScope(shield=True):
                await close()

    def ended(_: Future[None]) -> None:
        items.put(None)

    with start_blocking_portal("asyncio") as portal:
        future = portal.start_task_soon(pump)
        future.add_done_callback(ended)
        try:
            while (item := items.get()) is not None:
                if isinstance(item, tuple):
                    yield item[0]
                else:
                    item()
        finally:
            future.cancel()
        future.result()


class ThreadedLooker:
    """Asks for runs in threads, one a request: for a caller's own sync HTTP client, which blocks."""

    def __init__(self, looker: Looker, threads: int) -> None:
        self._looker = looker
        self._threads = threads
        self._limiter: anyio.CapacityLimiter | None = None

    async def look(self, run_id: str, timeout: float) -> Seen:
        """Ask for a run once, for at most ``timeout`` seconds; raise an `APIError` if that does not bring it."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self._threads)
        return await anyio.to_thread.run_sync(
            self._looker.look, run_id, timeout, abandon_on_cancel=True, limiter=self._limiter
        )
