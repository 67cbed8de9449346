"""Waits for many sync runs at once, in worker threads: there is no event loop in a sync program.

The threads are daemons and are not joined: stopping the fleet cancels their requests, which ends them at once.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from attrs import Factory, define, field

from tela_runs._http.transport import closed_error
from tela_runs.errors import ConfigurationError, TelaError
from tela_runs.outcome import Outcome

from .one import Cancelled, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from tela_runs._polling.fleet import Fleet
    from tela_runs._polling.state import Wait
    from tela_runs.run import Run

    from .one import Driver, Wakes


def outcomes_of(
    ids: list[str] | Iterator[str],
    new_fleet: Callable[[], Fleet],
    driver: Driver,
    wakes: Wakes,
    on_update: Callable[[Run], object] | None,
) -> Generator[Outcome, None, None]:
    """The outcome of every run, in order of completion. Closing the iterator ends every request.

    Raises what ``ids`` and ``on_update`` raise, a rejected key, and use of a closed client or in a forked child.
    """
    fleet = new_fleet()
    joining = iter(ids)
    if isinstance(ids, list):
        for run_id in joining:
            fleet.add(run_id)
    fleet.is_joining = not isinstance(ids, list)
    threads = _Threads(fleet, driver, on_update is not None)
    try:
        with wakes.waiting(fleet.waits_for, threads.wake):
            try:
                threads.start()
            except RuntimeError as error:  # too many threads, a subinterpreter, or one that is shutting down
                raise TelaError(f"No thread can be started: {error}. Use fewer threads, or AsyncRunsClient.") from None
            while (item := threads.next_item(joining)) is not None:
                if isinstance(item, Outcome):
                    yield item
                elif isinstance(item, BaseException):
                    raise item
                else:
                    tell(on_update, item)
        yield from fleet.expire()
    finally:
        threads.stop()


#: Maximum seconds of one wait for an item, so that a signal, such as Ctrl-C, is handled that came just before it.
_SIGNAL_CHECK = 0.1


@define(eq=False, repr=False)
class _Threads:
    """The threads of one fleet, and what they share, under one lock."""

    _fleet: Fleet
    _driver: Driver
    _reports: bool  # whether there is a listener
    #: Reports and outcomes in their order, an error, and None at the end.
    items: SimpleQueue[Run | Outcome | BaseException | None] = field(factory=SimpleQueue)
    #: Reentrant: a finalizer may stop the fleet in a thread that holds it. Not taken by way of `_change`, where Ctrl-C
    #: in a method would leave it locked.
    _lock: threading.RLock = field(factory=threading.RLock)
    _change: threading.Condition = field(default=Factory(lambda self: threading.Condition(self._lock), takes_self=True))
    _process: int = field(factory=os.getpid)

    def next_item(self, joining: Iterator[str]) -> Run | Outcome | BaseException | None:
        """Wait for an item, and meanwhile add runs, since the caller's iterator is read in the caller's thread."""
        while True:
            if os.getpid() != self._process:
                raise ConfigurationError("This iterator belongs to another process. Wait for the ids again.")
            self._join(joining)
            # A wait without a timeout can miss a signal that comes just before it.
            seconds = 0.0 if self._fleet.has_room() else _SIGNAL_CHECK
            with suppress(Empty):
                return self.items.get(timeout=seconds)

    def _join(self, joining: Iterator[str]) -> None:
        if not self._fleet.has_room():
            return
        try:
            run_id = next(joining)
        except StopIteration:
            with self._lock:
                self._fleet.is_joining = False
                self._change.notify()
        except Exception as error:  # raised to the caller after the outcomes that are ready
            self.items.put(error)
            self.stop()
        else:
            with self._lock:
                if (outcome := self._fleet.admit(run_id)) is not None:
                    self.items.put(outcome)
                self._change.notify()

    def start(self) -> None:
        """Start a worker, in a thread with the context variables of this one."""
        threading.Thread(target=copy_context().run, args=(self._work,), name="tela-runs", daemon=True).start()

    def wake(self, run_id: str | None) -> None:
        """Poll a run soon. None: the client was closed."""
        if run_id is None:
            self.items.put(closed_error())
            self.stop()
            return
        with self._lock:
            self._fleet.wake(run_id)
            self._change.notify()

    def stop(self) -> None:
        """End all the threads, from any thread."""
        if os.getpid() != self._process or sys.is_finalizing():
            # A forked child has the sockets of its parent, but not the threads. When the interpreter exits, the threads
            # have stopped wherever they were, with the lock or without it.
            return
        self._driver.canceller.cancel()
        with self._lock:
            self._change.notify()

    def _work(self) -> None:
        on_update = self.items.put if self._reports else None
        try:
            wait = self._next_due(None)
            while wait is not None:
                result = self._driver.performed(self._fleet.polling(wait), on_update)
                with self._lock:
                    self._fleet.give_back(wait, result)
                    if isinstance(result, Outcome):
                        self.items.put(result)
                    wait = self._next_due(wait)
        except Cancelled:
            pass
        except BaseException as error:  # a rejected key, a closed client, or what the caller's pacing raises
            # Our errors lose their frames; those of the caller's code keep them, to show where it failed.
            self.items.put(error.with_traceback(None) if isinstance(error, TelaError) else error)
            self.stop()

    def _next_due(self, last: Wait | float | None) -> Wait | None:
        """Wait until a run is due and return it; None if the worker is to end."""
        fleet = self._fleet
        with self._lock:
            while not self._driver.canceller.is_cancelled:
                last = fleet.next_step(last)
                if isinstance(last, float):
                    self._change.wait(min(last, threading.TIMEOUT_MAX))
                    continue
                if last is None:
                    if fleet.must_wake:
                        self._change.notify()
                    if fleet.has_ended:
                        self.items.put(None)
                elif fleet.must_start:
                    with suppress(RuntimeError):  # no more threads can be started: those that run go on
                        self.start()
                        fleet.is_watched = True
                return last
        return None
