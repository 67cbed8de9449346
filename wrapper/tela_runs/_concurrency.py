"""What clients need for threads, forks and event loops: a lock, and access to the running event loop."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from contextvars import copy_context
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from anyio.lowlevel import current_token

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class Lock:
    """A reentrant lock for ``with`` statements: a finalizer may run in the thread that holds it.

    A forked child finds it free, even if another thread of its parent held it at the fork.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _locks.add(self)

    # Not methods of ours: Ctrl-C may end one before it has released the lock, or after it has acquired it.
    __enter__ = property(attrgetter("_lock.__enter__"))
    __exit__ = property(attrgetter("_lock.__exit__"))

    def __reduce__(self) -> tuple[type[Lock], tuple[()]]:
        return Lock, ()  # what holds one pickles with a new one


_locks: WeakSet[Lock] = WeakSet()


def _renew() -> None:
    for lock in list(_locks):
        Lock.__init__(lock)


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_renew)


def _event_loop() -> Any:
    """The event loop of asyncio that runs, or the token of trio's."""
    token: object = current_token()
    return getattr(token, "native_token", token)  # newer versions of anyio wrap it


def on_loop(function: Callable[[T], object]) -> Callable[[T], None]:
    """A function that any thread may call: ``function`` runs soon, on this event loop; or never, if that has ended."""
    loop = _event_loop()
    soon = loop.call_soon_threadsafe if hasattr(loop, "call_soon_threadsafe") else loop.run_sync_soon

    def call(argument: T) -> None:
        with suppress(RuntimeError):
            soon(function, argument)

    return call


def spawn(function: Callable[[], Coroutine[Any, Any, None]], ended: Callable[[], None]) -> Any:
    """Start a task beside the current one; what is returned keeps it alive.

    ``ended`` is called in any case, also where the task was cancelled before it began.
    """
    loop = _event_loop()
    if not hasattr(loop, "create_task"):
        from trio.lowlevel import spawn_system_task  # noqa: PLC0415 - only where it is what runs

        return spawn_system_task(function, context=copy_context())
    task = loop.create_task(function())
    task.add_done_callback(lambda _: ended())
    return task


class LoopGuard:
    """Ties a client to the event loop that first used it: its connections belong to that one."""

    def __init__(self) -> None:
        self._owner: object | None = None

    def check(self) -> None:
        """A ConfigurationError where the running event loop is another than the first one that was checked."""
        running = _event_loop()
        self._owner = self._owner or running
        if self._owner is not running:
            raise ConfigurationError("This AsyncRunsClient belongs to another event loop. Make one in each event loop.")
