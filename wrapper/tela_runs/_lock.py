"""A lock that a forked child finds open, though another thread of its parent held it at the fork."""

from __future__ import annotations

import os
import threading
from weakref import WeakSet


class Lock:
    """As ``threading.RLock``, in a ``with`` statement: a finalizer may run in the thread that holds it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _locks.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def renew(self) -> None:
        """Open it, for the one thread that a forked child has."""
        self._lock = threading.RLock()


_locks: WeakSet[Lock] = WeakSet()


def _renew() -> None:
    for lock in list(_locks):
        lock.renew()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_renew)
