"""Many runs at once: which one to look at next. A pure scheduler; the engine (`_engine`) asks it and does the looking.

The run that has been due the longest is next, so that none starves when there are more due than can be looked at. What
is between two looks at one run is decided where it is for a single wait, in `_wait.Wait`.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from attrs import evolve

from ._flow import report
from ._packer import Packer
from ._polling import next_look
from ._wait import FAILURE_FIRST, FAILURE_MAX, RESERVE_MAX, RESERVE_MIN, Wait, doubled
from .errors import AuthenticationError, ConfigurationError, RateLimitError, RunFailedError, TelaError
from .run import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._flow import Flow
    from ._wait import Terms

#: The latency of a fleet is the mean over about so many looks.
_MEMORY = 16


class Fleet:
    """The runs that are waited for, each with the time of its next look.

    Args:
        terms: What all the waits have in common.
        timeout: Seconds from now until the deadline of all; None is never.
        max_in_flight: Looks at a time, which tells how long the last ones take.
    """

    def __init__(self, terms: Terms, timeout: float | None, max_in_flight: int) -> None:
        self._terms = evolve(terms, packer=Packer())
        self._max_in_flight = max_in_flight
        self._started = terms.clock()
        self._deadline = None if timeout is None else self._started + timeout
        self._known: set[str] = set()
        self._due: list[tuple[float, int, Wait]] = []
        self._joined = 0
        self._out = 0
        self._held_until = self._started
        self._throttled = 0
        self._latency = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether no run is waited for."""
        return not self._due and not self._out

    @property
    def is_out(self) -> bool:
        """Whether a run that was taken has not been given back."""
        return self._out > 0

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self._deadline is not None and self._terms.clock() >= self._deadline

    def add(self, run_id: str) -> None:
        """Wait for one more run, from now on; an id that was added before is not added again."""
        if run_id in self._known:
            return
        self._known.add(run_id)
        self._put(Wait(run_id, self._terms, self._terms.clock(), self._deadline), self._terms.clock())

    def next_due(self) -> float | None:
        """When `take` will have a run, or the time is over; None if only a run that comes or comes back changes it."""
        if not self._due:
            return self._deadline
        due = max(self._due[0][0], self._held_until)
        return due if self._deadline is None else min(due, self._deadline)

    def take(self) -> Wait | None:
        """The run to look at now, if there is any; to be given back."""
        due = self.next_due()
        if due is None or due > self._terms.clock() or self.is_over:
            return None
        self._out += 1
        return heapq.heappop(self._due)[2]

    def visiting(self, wait: Wait) -> Flow[Outcome | float]:
        """One look at the run that was taken: how the wait for it ended, or the seconds until the next look.

        A change of its status is reported.

        Raises:
            AuthenticationError: The key is refused, which concerns every run.
            ConfigurationError: The client was closed, or belongs to another event loop.
        """
        try:
            run = yield from next_look(wait)
            self._latency += (min(wait.latency, RESERVE_MAX) - self._latency) / (_MEMORY if self._latency else 1)
            if run is not None:
                yield from report(run)
            if run is None or not run.is_finished:
                return wait.pause(self._turns())
            return Outcome(wait.run_id, run, RunFailedError(run) if run.failed else None)
        except (AuthenticationError, ConfigurationError):
            raise
        except TelaError as error:
            # Without its frames: they would live as long as the outcome.
            return Outcome(wait.run_id, wait.run, error.with_traceback(None))

    def give_back(self, wait: Wait, result: Outcome | float) -> None:
        """Take note of how a look ended: with an outcome, or with seconds until the next."""
        self._out -= 1
        if isinstance(result, Outcome):
            return
        now = self._terms.clock()
        if isinstance(wait.last_error, RateLimitError):
            self._hold(now, wait.hint)
        elif wait.last_error is None:
            self._throttled = 0
        self._put(wait, now + result)

    def expire(self) -> Iterator[Outcome]:
        """After the deadline: the outcome of every run that is left."""
        while self._due:
            wait = heapq.heappop(self._due)[2]
            yield Outcome(wait.run_id, wait.run, wait.timed_out())

    def _put(self, wait: Wait, due: float) -> None:
        heapq.heappush(self._due, (due, self._joined, wait))
        self._joined += 1

    def _hold(self, now: float, hint: float | None) -> None:
        """A 429 holds every run back: for as long as the server asks, else longer each time it says so again."""
        if now < self._held_until:
            return  # the answer to a request that was sent before the hold
        held = hint if hint is not None else doubled(FAILURE_FIRST, FAILURE_MAX, self._throttled)
        self._throttled += 1
        self._held_until = now + held
        if self._deadline is not None:
            # The last looks are made all the same.
            self._held_until = min(self._held_until, max(now, self._deadline - self._turns() - 2 * RESERVE_MIN))

    def _turns(self) -> float:
        """Seconds for the last looks: twice what they take, one at each run, but for those that can be made at once."""
        if self._deadline is None:
            return 0.0
        runs = len(self._due) + self._out
        turns = self._latency * ((runs - 1) // self._max_in_flight)
        if self._terms.rate is not None:
            turns = max(turns, (runs - 1) * self._terms.rate.gap)
        return min(2 * turns, (self._deadline - self._started) / 2)
