"""Many runs at once: which one to poll next. A pure scheduler; a driver (`tasks`, `threads`) asks it and polls.

The run that has been due the longest is next, so that none starves when more are due than can be polled. The pause
between two polls of one run is decided in `state.Wait`, as for a single wait.

A driver has at most ``max_in_flight`` workers, which do what `next_step` says. One of them watches the clock until a
run is due. Before it polls that run, it starts another worker, if the maximum allows it, which takes over the watch
(`must_start`). A worker that has polled goes on with the next run that is due. Where none is, it takes over the watch;
or, if another one watches, it ends, and wakes that one if it must (`must_wake`).
"""

from __future__ import annotations

import heapq
from math import inf
from typing import TYPE_CHECKING

from tela_runs._generated import check_run_id
from tela_runs.errors import (
    AuthenticationError,
    ConfigurationError,
    RateLimitError,
    RunFailedError,
    TelaError,
    WaitTimeoutError,
)
from tela_runs.outcome import Outcome
from tela_runs.run import slimmed

from .flow import Report
from .single import Outage, poll_once
from .state import FAILURE_FIRST, FAILURE_MAX, RESERVE_MAX, RESERVE_MIN, Wait, doubled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .flow import Flow
    from .state import Options

#: The latency of a fleet is the mean over about this many polls.
_MEMORY = 16


class Fleet:
    """The runs that are waited for, each with the time of its next poll. Not safe to use from several threads.

    ``timeout`` is in seconds from now; at most ``max_in_flight`` runs are polled at a time.
    """

    def __init__(self, options: Options, timeout: float | None, max_in_flight: int) -> None:
        #: Whether runs may still be added.
        self.is_joining = False
        #: Whether a worker watches the clock, or was started to do so.
        self.is_watched = False
        self._max_in_flight = max_in_flight
        self._clock = options.clock
        self._options = options
        self._started = self._clock()
        self._deadline = self._started + (inf if timeout is None else timeout)
        #: Every run that was added; None once it has its outcome.
        self._waits: dict[str, Wait | None] = {}
        #: A run may be in it more than once; the entry whose time is `Wait.due` counts.
        self._queue: list[tuple[float, int, Wait]] = []
        self._pushes = 0
        self._left = 0
        self._in_flight = 0
        self._watched_until = inf
        self._held_until = self._started
        self._throttled = 0
        self._latency = 0.0
        self._outage = Outage(of_fleet=True)

    @property
    def _is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self._clock() >= self._deadline

    @property
    def has_ended(self) -> bool:
        """Whether nothing is left to poll: every run has its outcome, or the time is over."""
        return not self._in_flight if self._is_over else not (self._left or self.is_joining)

    def add(self, run_id: str) -> None:
        """Wait for one more run, from now on; an id that was added before is not added again."""
        if run_id in self._waits:
            return
        now = self._clock()
        wait = self._waits[run_id] = Wait(run_id, self._options, now, self._deadline)
        self._left += 1
        self._put(wait, now)

    def has_room(self, pending: int = 0) -> bool:
        """Whether to read the next id of an iterator: fewer runs are outstanding than can be polled at a time.

        ``pending`` outcomes, which the caller has not taken yet, count too.
        """
        return self.is_joining and not self._is_over and self._left + pending < self._max_in_flight

    def admit(self, run_id: str) -> Outcome | None:
        """Add the next run of an iterator; a bad id has an outcome, once."""
        try:
            check_run_id(run_id)
        except ConfigurationError as error:
            if not isinstance(run_id, str):
                raise
            is_new, self._waits[run_id] = run_id not in self._waits, None
            return Outcome(run_id, None, error.with_traceback(None)) if is_new else None
        if self.is_joining:
            self.add(run_id)
        else:  # the iterator took all the time that was left: this one is for `expire`
            self._waits.setdefault(run_id, Wait(run_id, self._options, self._clock(), self._deadline))
        return None

    def waits_for(self, run_id: str) -> bool:
        """Whether a run is waited for. The one method that any thread may call."""
        return self._waits.get(run_id) is not None

    def wake(self, run_id: str) -> bool:
        """Poll a run as soon as allowed; False if it is not waited for."""
        wait = self._waits.get(run_id)
        if wait is None:
            return False
        if wait.due is None:
            wait.woken = True
        elif wait.due > (earliest := wait.earliest()):
            self._put(wait, earliest)
        return True

    def next_step(self, last: Wait | float | None = None) -> Wait | float | None:
        """What a worker does next: polls this run and gives it back, watches the clock for these seconds, or ends.

        ``last`` is what it did before; a worker that was just started takes over the watch.
        """
        if not isinstance(last, Wait):
            self.is_watched = False
        now, due = self._clock(), self.next_due()
        if due <= now < self._deadline:
            self._in_flight += 1
            wait = heapq.heappop(self._queue)[2]
            wait.due, wait.woken = None, False
            return wait
        if self.is_watched or self.has_ended:
            return None
        self.is_watched = True
        # After the deadline, only the polls in flight are left to wait for.
        self._watched_until = due if now < self._deadline else inf
        return self._watched_until - now

    @property
    def must_start(self) -> bool:
        """Whether to start another worker, before polling the run that `next_step` gave."""
        return not self.is_watched and self._in_flight < self._max_in_flight

    @property
    def must_wake(self) -> bool:
        """Whether to wake the worker that watches the clock before the time until which it watches."""
        return self.has_ended or self.next_due() < self._watched_until

    def next_due(self) -> float:
        """When a run is due, or the time is over."""
        while self._queue and self._queue[0][0] != self._queue[0][2].due:
            heapq.heappop(self._queue)
        due = max(self._queue[0][0], self._held_until) if self._queue else inf
        return min(due, self._deadline)

    def polling(self, wait: Wait) -> Flow[Outcome | float]:
        """One poll of the run that `next_step` gave: how the wait for it ended, or the seconds until the next poll.

        Errors that concern every run are raised: a rejected key, a closed client, one of another event loop.
        """
        try:
            run = yield from poll_once(wait)
            if run is not None:
                yield Report(run)
            if run is not None and run.is_finished:
                run = slimmed(run)  # many outcomes may be kept: a parsed run is many times as large as its text
                return Outcome(wait.run_id, run, RunFailedError(run) if run.failed else None)
            return wait.pause(self._turns(wait.latency))
        except (AuthenticationError, ConfigurationError):
            raise
        except TelaError as error:
            # Without its frames: they would live as long as the outcome.
            return Outcome(wait.run_id, wait.run, error.with_traceback(None))

    def give_back(self, wait: Wait, result: Outcome | float) -> None:
        """Record how a poll ended: with an outcome, or with the seconds until the next one."""
        self._in_flight -= 1
        self._latency += (min(wait.latency, RESERVE_MAX) - self._latency) / (_MEMORY if self._latency else 1)
        self._outage.polled(wait, None if isinstance(result, Outcome) else result, self._left)
        if isinstance(result, Outcome):
            self._waits[wait.run_id] = None
            self._left -= 1
            if isinstance(result.error, WaitTimeoutError):
                self.is_joining = False  # nor is there time for further runs
            return
        now = self._clock()
        if isinstance(wait.last_error, RateLimitError):
            self._hold(now, wait.hint)
        elif wait.last_error is None:
            self._throttled = 0
        self._put(wait, min(now + result, wait.earliest()) if wait.woken else now + result)

    def expire(self) -> Iterator[Outcome]:
        """After the deadline: the outcome of every run that is left."""
        for run_id, wait in self._waits.items():
            if wait is not None:
                yield Outcome(run_id, wait.run, wait.timed_out())

    def _put(self, wait: Wait, due: float) -> None:
        wait.due = due
        heapq.heappush(self._queue, (due, self._pushes, wait))
        self._pushes += 1

    def _hold(self, now: float, hint: float | None) -> None:
        """A 429 holds every run back: for as long as the server asks, else longer at each further 429."""
        if now < self._held_until:
            return  # the response to a request that was sent before the hold
        held = hint if hint is not None else doubled(FAILURE_FIRST, FAILURE_MAX, self._throttled)
        self._throttled += 1
        # The last polls are made all the same.
        self._held_until = min(now + held, max(now, self._deadline - max(self._turns(), 2 * RESERVE_MIN)))

    def _turns(self, latest: float = 0.0) -> float:
        """Seconds for a last poll of each run: twice what those take that cannot be made at once.

        Until a poll was given back, the ``latest`` latency stands for the mean.
        """
        turns = (self._latency or min(latest, RESERVE_MAX)) * ((self._left - 1) // self._max_in_flight)
        if self._options.rate is not None:
            turns = max(turns, (self._left - 1) * self._options.rate.gap)
        return min(2 * turns, (self._deadline - self._started) / 2)
