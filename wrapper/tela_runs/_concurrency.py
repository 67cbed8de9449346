"""What threads, forks and event loops ask of a client: a lock, and which event loop code runs on."""

from __future__ import annotations

import asyncio
import os
import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Lock:
    """As ``threading.RLock``, in a ``with`` statement: a finalizer may run in the thread that holds it.

    A forked child finds it open, though another thread of its parent held it at the fork.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _locks.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


_locks: WeakSet[Lock] = WeakSet()


def _renew() -> None:
    for lock in list(_locks):
        Lock.__init__(lock)


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_renew)


def _asyncio_loop() -> asyncio.AbstractEventLoop | None:
    """The running event loop of asyncio; None on trio, also where trio is a guest of asyncio's."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return None if asyncio.current_task(loop) is None else loop


def _trio() -> Any:
    from trio import lowlevel  # noqa: PLC0415 - only where it is what runs

    return lowlevel


def scheduler() -> Callable[[Callable[[], object]], object]:
    """What calls a function soon on the running event loop; may be used from any thread."""
    loop = _asyncio_loop()
    return _trio().current_trio_token().run_sync_soon if loop is None else loop.call_soon_threadsafe


def spawn(function: Callable[[], Awaitable[None]], ended: Callable[[], None]) -> Any:
    """Start a task beside the current one; what is returned keeps it alive.

    ``ended`` is called in any case, also where the task was cancelled before it began.
    """
    loop = _asyncio_loop()
    if loop is None:
        return _trio().spawn_system_task(function, context=copy_context())

    async def main() -> None:
        await function()

    task = loop.create_task(main())
    task.add_done_callback(lambda _: ended())
    return task


class LoopGuard:
    """Holds a client to the event loop that first used it: its connections live in that one."""

    def __init__(self) -> None:
        self._owner: object | None = None

    def check(self) -> None:
        """A ConfigurationError where the running event loop is another than the first one that was checked."""
        running: object = _asyncio_loop() or _trio().current_trio_token()
        if self._owner is None:
            self._owner = running
        elif self._owner is not running:
            raise ConfigurationError(
                "This AsyncRunsClient belongs to another event loop. Make one client in each event loop."
            )
