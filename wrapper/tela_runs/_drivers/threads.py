"""Waits for many sync runs at once: asks the `Fleet` which to poll, and polls, in worker threads.

There is no event loop in a sync program. At most ``max_in_flight`` workers poll; of those that have nothing to do one,
the leader, watches the clock, and the others sleep until it has left to poll. Workers are daemons, and nobody waits for
them to end: whoever stops the fleet cancels their requests, which ends them at once.
"""

from __future__ import annotations

import os
import threading
from contextvars import copy_context
from math import inf
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tela_runs._http.deadline import Canceller
from tela_runs._http.transport import closed_error
from tela_runs._polling.fleet import Fleet
from tela_runs.errors import ConfigurationError, TelaError
from tela_runs.outcome import Outcome

from .one import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from tela_runs._polling.state import Terms, Wait
    from tela_runs.run import Run

    from .one import Driver
    from .wakes import Wakes


def outcomes_of(
    ids: Iterable[str],
    terms: Terms,
    timeout: float | None,
    driver: Callable[[Canceller], Driver],
    wakes: Wakes,
    *,
    max_in_flight: int,
    on_update: Callable[[Run], object] | None = None,
) -> Generator[Outcome, None, None]:
    """The outcome of every run, in order of completion. Closing the iterator ends every request.

    Raises:
        AuthenticationError: The key was rejected.
        ConfigurationError: The client was closed, or the iterator is used in a forked child.
        Exception: What ``on_update`` raised.
    """
    process = os.getpid()
    fleet = Fleet(terms, timeout, max_in_flight)
    for run_id in ids:
        fleet.add(run_id)
    crew = _Workers(fleet, driver, terms.clock, max_in_flight, reports=on_update is not None)
    try:
        with wakes.fleet(crew.wake):
            crew.start()
            while (item := crew.items.get()) is not None:
                if isinstance(item, Outcome):
                    yield item
                    if os.getpid() != process:
                        raise ConfigurationError(
                            "This iterator belongs to the process that made it. Wait for the ids anew."
                        )
                elif isinstance(item, BaseException):
                    raise item
                elif on_update is not None:
                    on_update(item)
        yield from fleet.expire()
    finally:
        crew.stop()


class _Workers:
    """The threads of one fleet, and what they share, under one lock."""

    def __init__(
        self,
        fleet: Fleet,
        driver: Callable[[Canceller], Driver],
        clock: Callable[[], float],
        most: int,
        *,
        reports: bool,
    ) -> None:
        #: Reports and outcomes in their order, an error, and None at the end.
        self.items: SimpleQueue[Run | Outcome | BaseException | None] = SimpleQueue()
        self._fleet = fleet
        self._driver = driver
        self._clock = clock
        self._most = most
        self._report = self.items.put if reports else None
        self._process = os.getpid()
        # Reentrant: a finalizer may stop the fleet in a thread that holds it.
        self._lock = threading.RLock()
        self._to_lead = threading.Condition(self._lock)
        self._clock_watch = threading.Condition(self._lock)
        #: Until when the leader sleeps; None where there is none.
        self._leads_until: float | None = None
        self._followers = 0
        self._cancellers: list[Canceller] = []
        self._is_stopped = False

    def start(self) -> None:
        """Start the first worker; each starts the next when there is need of it.

        Raises:
            TelaError: No thread can be started.
        """
        with self._lock:
            self._hire()

    def wake(self, run_id: str | None) -> bool:
        """Poll a run soon; False if it is not waited for. None: the client was closed."""
        if run_id is None:
            self.items.put(closed_error())
            self.stop()
            return True
        with self._lock:
            is_known = self._fleet.wake(run_id)
            self._clock_watch.notify()
            return is_known

    def stop(self) -> None:
        """End all the workers, from any thread; they are not waited for."""
        self._is_stopped = True
        if os.getpid() != self._process:
            return  # a forked child, which has the sockets of its parent, but not the threads
        for canceller in self._cancellers:
            canceller.cancel()
        with self._lock:
            self._clock_watch.notify_all()
            self._to_lead.notify_all()

    def _hire(self) -> None:
        canceller = Canceller()
        worker = threading.Thread(
            target=copy_context().run, args=(self._work, self._driver(canceller)), name="tela-runs", daemon=True
        )
        try:
            worker.start()
        except RuntimeError as error:  # too many threads, or the interpreter is shutting down
            if not self._cancellers:
                raise TelaError(f"No thread can be started to poll the runs: {error}. Use fewer threads.") from None
            return
        self._cancellers.append(canceller)

    def _work(self, driver: Driver) -> None:
        try:
            while (wait := self._next()) is not None:
                result = driver.result(self._fleet.visiting(wait), self._report)
                with self._lock:
                    self._fleet.give_back(wait, result)
                    if isinstance(result, Outcome):
                        self.items.put(result)
        except Cancelled:
            pass
        except BaseException as error:  # a rejected key, a closed client, or what the caller's pacing raises
            # Ours come without their frames; those of the caller's code show where it failed.
            self.items.put(error.with_traceback(None) if isinstance(error, TelaError) else error)
            self.stop()

    def _next(self) -> Wait | None:
        """The next run that is due, once one is; None at the end."""
        with self._lock:
            while not self._is_stopped:
                wait = self._fleet.take()
                if wait is not None:
                    self._pass_on()
                    return wait
                if self._fleet.is_empty or (self._fleet.is_over and not self._fleet.is_polling):
                    self._end()
                else:
                    # Once the time is over, the runs that are being polled are all there is to wait for.
                    due = None if self._fleet.is_over else self._fleet.next_due()
                    self._watch(inf if due is None else due)
            return None

    def _watch(self, due: float) -> None:
        """Sleep until a run is due, as the leader; as a follower, until there is none."""
        if self._leads_until is None:
            self._leads_until = due
            self._clock_watch.wait(None if due == inf else max(0.0, due - self._clock()))
            self._leads_until = None
            return
        if due < self._leads_until:
            self._clock_watch.notify()
        self._followers += 1
        self._to_lead.wait()
        self._followers -= 1

    def _pass_on(self) -> None:
        """See that somebody watches the clock while this worker polls."""
        if self._leads_until is not None:
            return
        if self._followers:
            self._to_lead.notify()
        elif len(self._cancellers) < self._most:
            self._hire()

    def _end(self) -> None:
        self._is_stopped = True
        self._clock_watch.notify_all()
        self._to_lead.notify_all()
        self.items.put(None)
