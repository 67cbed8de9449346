"""Who of the workers of a fleet does what: polls, watches the clock, or sleeps. Pure; the drivers do the waiting.

At most ``most`` workers poll. Of those that have nothing to poll one, the leader, watches the clock, and the others,
the followers, sleep until the leader has left to poll. So a due run wakes one worker, not all of them.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal

from attrs import frozen

if TYPE_CHECKING:
    from .fleet import Fleet
    from .state import Wait


@frozen
class Lead:
    """Watch the clock until then, or until something changes; then call `Crew.led`."""

    until: float


@frozen
class Follow:
    """Sleep until there is no leader; if ``nudges``, wake the leader first: a run is due before it looks again."""

    nudges: bool


class Crew:
    """The workers of one fleet.

    Attributes:
        is_joining: Whether runs may still be added.
    """

    def __init__(self, fleet: Fleet, most: int, *, is_joining: bool = False) -> None:
        self._fleet = fleet
        self._most = most
        self._workers = 1
        self._followers = 0
        self._leads_until: float | None = None
        self.is_joining = is_joining

    def next(self) -> Wait | Lead | Follow | None:
        """What a worker is to do: poll a run, lead, follow, or end the fleet."""
        fleet = self._fleet
        wait = fleet.take()
        if wait is not None:
            return wait
        if fleet.is_over and not fleet.is_polling:
            return None
        if fleet.is_empty and not self.is_joining:
            return None
        # Once the time is over, the runs that are being polled are all there is to wait for.
        due = None if fleet.is_over else fleet.next_due()
        until = inf if due is None else due
        if self._leads_until is None:
            self._leads_until = until
            return Lead(until)
        self._followers += 1
        return Follow(nudges=until < self._leads_until)

    def led(self) -> None:
        """Take note that the leader watches the clock no more."""
        self._leads_until = None

    def relief(self) -> Literal["call", "hire"] | None:
        """How to see, before polling, that somebody watches the clock: call a follower, hire a worker, or neither."""
        if self._leads_until is not None:
            return None
        if self._followers:
            self._followers -= 1
            return "call"
        if self._workers == self._most:
            return None
        self._workers += 1
        return "hire"
