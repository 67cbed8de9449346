"""Serves sync code from an async engine: an event loop in one background thread, however many runs there are.

The thread is our own, a daemon, and nothing that may run in a finalizer waits for it: an iterator that is dropped, at
the exit of the interpreter, in a forked child or by the garbage collector in any thread, only tells it to end.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Generator
from contextlib import aclosing, suppress
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio
import anyio.to_thread

from ._exchange import concluded
from ._intake import Intake
from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from ._answer import Seen
    from ._drive import Looker

T = TypeVar("T")
U = TypeVar("U")


class Iteration(Generator[T, None, None], Generic[T, U]):
    """The items of an async generator, as they come, made on an event loop in a thread of its own.

    Args:
        produce: Makes the generator, on that loop; given a function to call with what is to be listened to.
        close: Awaited on that loop when the generator has ended.
        listen: Called with that in the thread that iterates, before the items that come later.
    """

    def __init__(
        self,
        produce: Callable[[Callable[[U], None]], AsyncGenerator[T, None]],
        close: Callable[[], Awaitable[None]],
        listen: Callable[[U], object],
    ) -> None:
        self._work = _Work(produce, close, listen)
        self._process = os.getpid()
        self._thread: threading.Thread | None = None
        self._ended = False

    def send(self, _value: None) -> T:
        """The next item.

        Raises:
            StopIteration: There are no more.
            ConfigurationError: In a forked child, where the thread is not.
            Exception: What the generator raises, or ``listen``.
        """
        if self._ended:
            raise StopIteration
        if self._process != os.getpid():
            raise ConfigurationError("This iterator belongs to the process that made it. Wait for the ids anew.")
        try:
            if self._thread is None:
                run = copy_context().run
                thread = threading.Thread(target=run, args=(self._work.run,), name="tela-runs", daemon=True)
                thread.start()
                self._thread = thread
            while callable(item := self._work.items.get()):
                item()
        except BaseException:
            self.close()
            raise
        if isinstance(item, tuple):
            return item[0]
        self._work.items.put(item)  # the end is also that of another thread, if one waits here
        self.close()
        raise item or StopIteration

    def throw(self, *error: object) -> T:
        """End, and raise ``error``."""
        self.close()
        return super().throw(*error)  # type: ignore[call-overload, no-any-return]

    def close(self) -> None:
        """End every request, and wait for the thread to end."""
        self._ended = True
        self._work.cancel()
        thread = self._thread
        if thread is not None and self._process == os.getpid() and thread is not threading.current_thread():
            thread.join()

    def __del__(self) -> None:
        # Not `close`: this may run in any thread, with any lock held.
        self._work.cancel()


class _Work(Generic[T, U]):
    """What the thread does. It knows nothing of the iteration, so that one that is dropped is collected."""

    def __init__(
        self,
        produce: Callable[[Callable[[U], None]], AsyncGenerator[T, None]],
        close: Callable[[], Awaitable[None]],
        listen: Callable[[U], object],
    ) -> None:
        self._produce = produce
        self._close = close
        self._listen = listen
        #: Items in tuples; what is to be called in the thread that iterates; at the end an error, or None.
        self.items: SimpleQueue[tuple[T] | Callable[[], object] | BaseException | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scope: anyio.CancelScope | None = None
        self._cancelled = False

    def run(self) -> None:
        error: BaseException | None = None
        try:
            asyncio.run(self._pump())
        except BaseException as raised:  # it is raised again in the thread that iterates
            error = raised
        self.items.put(error)

    async def _pump(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            with anyio.CancelScope() as self._scope:
                if self._cancelled:
                    return
                async with aclosing(self._produce(self._tell)) as produced:
                    async for item in produced:
                        self.items.put((item,))
        finally:
            with anyio.CancelScope(shield=True):
                await self._close()

    def _tell(self, news: U) -> None:
        self.items.put(partial(self._listen, news))

    def cancel(self) -> None:
        """From any thread: end soon."""
        self._cancelled = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: it has ended
                self._loop.call_soon_threadsafe(self._strike)

    def _strike(self) -> None:
        if self._scope is not None:
            self._scope.cancel()


class ThreadedLooker:
    """Asks for runs in threads, one a request: for a caller's own sync HTTP client, which blocks."""

    def __init__(self, looker: Looker, threads: int) -> None:
        self._looker = looker
        self._threads = threads
        self._limiter: anyio.CapacityLimiter | None = None

    async def look(self, run_id: str, timeout: float) -> Seen:
        """Ask for a run once, for at most ``timeout`` seconds; raise an `APIError` if that does not bring it.

        A request that is stuck in a read is left alone in its thread: it may take up to its timeout more to end.
        """
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self._threads)
        with anyio.move_on_after(timeout):
            return await anyio.to_thread.run_sync(
                self._looker.look, run_id, timeout, abandon_on_cancel=True, limiter=self._limiter
            )
        return concluded(run_id, Intake(0), TimeoutError(), timeout)
