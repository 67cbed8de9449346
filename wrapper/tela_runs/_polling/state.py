"""The state of one wait, when to poll again, and the client's `Rate`: data and arithmetic, each rule of waiting once.

- The server's hint comes before the pacing and before our back-off; the deadline comes before all of them.
- A wake shortens the pause of the pacing and of our back-off, never a hint of the server.
- The last poll is begun just before the deadline, as early as the polls of this wait have shown to be needed.
"""

from __future__ import annotations

import sys
from math import inf
from typing import TYPE_CHECKING
from zlib import crc32

from attrs import field, frozen, mutable

from tela_runs._concurrency import Lock
from tela_runs.errors import NotFoundError, WaitTimeoutError
from tela_runs.run import slimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tela_runs.errors import APIError
    from tela_runs.pacing import Pacing
    from tela_runs.run import Run

    from .flow import PollResult

#: Minimum seconds between two polls of one run, so that no pacing and no hint can make a wait spin; and where a wake
#: caused the second one.
FLOOR, WAKE_FLOOR = 0.05, 0.2
#: Maximum seconds between two polls, whatever a hint or a pacing says: even a wait without a deadline polls.
CEILING = 3600.0
#: Back-off of a wait after failed polls: 0.5 s, 1 s, 2 s, … 15 s, less up to half of it.
FAILURE_FIRST, FAILURE_MAX = 0.5, 15.0
#: Where the pacing asks for a shorter pause than the first of these, the back-off begins with that pause, and grows to
#: this multiple of it.
FAILURE_FACTOR = 16
#: Minimum and maximum seconds reserved for the last poll; in between, twice what the latest poll took.
RESERVE_MIN, RESERVE_MAX = 0.05, 5.0
#: Seconds for which a 404 of a run that this client created means "not yet".
CREATED_GRACE = 10.0
#: 404s in a row that are waited through for a run that was seen before.
MISSING_MAX = 3


class Rate:
    """Hands out times to send at, evenly spaced."""

    def __init__(self, per_second: float) -> None:
        self.gap = 1.0 / per_second  # seconds between two
        self._next = float("-inf")
        self._lock = Lock()

    def reserve(self, now: float, within: float) -> float | None:
        """Reserve the next free time: the seconds from ``now`` until it; None if it is not ``within`` that many."""
        with self._lock:
            at = max(now, self._next)
            if at - now >= within:
                return None
            self._next = at + self.gap
            return at - now

    def give_back(self) -> None:
        """Return a time at which nothing was sent, so that later requests may be sent sooner."""
        with self._lock:
            self._next -= self.gap


@frozen
class Options:
    """The settings of a wait, with its clock and jitter."""

    timeout: float  # seconds for one request, to the last byte
    pacing: Pacing
    clock: Callable[[], float] = field(repr=False)  # monotonic seconds
    jitter: Callable[[], float] = field(repr=False)  # numbers evenly spread over [0, 1)
    rate: Rate | None = None
    created: Mapping[str, float] = field(factory=dict, repr=False)  # when this client created each run, by the clock
    mismatched: list[str] = field(factory=list, repr=False)  # the first response id that differed from the polled one

    def is_new(self, run_id: str) -> bool:
        """Whether this client created the run so recently that the API may not show it yet."""
        created = self.created.get(run_id)
        return created is not None and self.clock() - created < CREATED_GRACE


@mutable
class Wait:
    """The state of one wait; small, since there may be many. Times are by the clock of `options`."""

    run_id: str
    options: Options
    started: float
    deadline: float = inf
    run: Run | None = None  # as last seen
    polls: int = 0
    failures: int = 0  # since the last poll that succeeded
    last_error: APIError | None = None  # of the latest poll
    hint: float | None = None  # seconds the server asked to wait at the latest poll
    missing: int = 0  # 404s in a row
    key: str | None = None  # what the pacing learns by: the canvas
    born: float = field(init=False)  # when the run was created, as far as is known
    last_seen: float = field(init=False)  # when the latest poll that succeeded ended
    polled_at: float = field(init=False)  # when the latest poll was begun
    latency: float = 0.0  # seconds that it took
    due: float | None = None  # in a fleet, when to poll next; None while it is polled
    woken: bool = False  # in a fleet, whether it was woken while it was polled

    def __attrs_post_init__(self) -> None:
        self.born = self.last_seen = self.polled_at = self.started

    def saw(self, result: PollResult) -> Run | None:
        """Record a successful poll; returns the run if its status is new."""
        now, run, before = self.options.clock(), result.run, self.run
        if before is None:
            key = run.canvas_id or run.prompt_version_id
            self.key = key and sys.intern(key)
        if run.is_finished:
            lifetime = result.lifetime()
            if not lifetime and before is not None:
                # It ended between the two polls. Taking the later one for the end would teach the pacing to poll as
                # late as it did, over and over.
                lifetime = (self.last_seen + now) / 2 - self.born
            if lifetime:
                self.options.pacing.observe(lifetime, self.key)
        elif before is None:
            self.born = now - (result.age() or now - self.started)
        self.failures, self.last_error, self.hint, self.missing = 0, None, result.retry_after, 0
        self.last_seen = now
        self.run = run if run.is_finished else slimmed(run)
        return run if before is None or before.status_text != run.status_text else None

    def missed(self, error: APIError) -> bool:
        """Record a poll that failed, or that max_rate left no time for; returns whether the wait goes on."""
        shows_end = [getattr(each, "shows_end", False) for each in (self.last_error, error)]
        # Without its frames: they would live as long as the wait.
        self.last_error, self.hint = error.with_traceback(None), error.retry_after
        self.failures += 1
        if isinstance(error, NotFoundError):
            self.missing += 1
            return self.options.is_new(self.run_id) or (self.run is not None and self.missing <= MISSING_MAX)
        self.missing = 0
        # A response of a finished run that cannot be parsed may be an accident, but not twice in a row.
        return error.is_transient and not all(shows_end)

    def pause(self, turns: float = 0.0) -> float:
        """Seconds to sleep until the next poll.

        Where many runs take turns at their last poll, in the last ``turns`` seconds, each run has its own time in them.
        A run polled since they began is polled again if its pacing leaves time for that; else the pause is infinite.
        Raises a WaitTimeoutError where no time is left for another poll.
        """
        now = self.options.clock()
        wanted = self._wanted(now)
        reserve = min(max(2 * self.latency, RESERVE_MIN), RESERVE_MAX)
        last_poll = self.deadline - reserve
        if turns and now >= self.deadline - turns:
            return wanted if now + wanted <= last_poll else inf
        if turns > reserve:
            last_poll -= (turns - reserve) * crc32(self.run_id.encode()) / 2**32
        if now + wanted <= last_poll:
            return wanted
        # The poll after this pause is the last, unless it comes back so soon that another one fits in.
        at = max(last_poll, now + FLOOR)
        if self.deadline - at < FLOOR / 2:
            raise self.timed_out()
        return at - now

    def earliest(self) -> float:
        """When a run that was woken may be polled: soon after the latest poll, but not before the server's hint."""
        return self.polled_at + max(WAKE_FLOOR, self.latency + min(self.hint or 0.0, CEILING))

    def _wanted(self, now: float) -> float:
        """Seconds to sleep if there were no deadline: by the server's hint, our back-off, or the pacing."""
        jitter = self.options.jitter()
        if self.hint is not None:
            wanted = after_hint(self.hint, jitter)
        else:
            paced = float(self.options.pacing.delay(now - self.born, self.key))  # numpy's would break trio
            if self.failures:
                paced = max(FLOOR, paced)
                first, most = min(FAILURE_FIRST, paced), min(FAILURE_MAX, FAILURE_FACTOR * paced)
                wanted = doubled(first, most, self.failures - 1) * (1 - jitter / 2)
            else:
                wanted = paced * (0.9 + 0.2 * jitter)
        # In this order, so that a pacing's NaN becomes the floor.
        return min(max(FLOOR, wanted), CEILING)

    def timed_out(self) -> WaitTimeoutError:
        """The error that ends the wait at its deadline."""
        return WaitTimeoutError(
            run_id=self.run_id,
            run=self.run,
            elapsed=self.options.clock() - self.started,
            polls=self.polls,
            last_error=self.last_error,
        )


def after_hint(hint: float, jitter: float) -> float:
    """A little later than the server asked for, never sooner: a tenth more, at most a second."""
    return hint + min(hint / 10, 1.0) * jitter


def doubled(first: float, maximum: float, times: int) -> float:
    """``first`` doubled ``times`` times, up to ``maximum``."""
    return min(maximum, first * 2.0 ** min(times, 32))
