"""A bound on the requests per second of one client, whoever sends them: pure arithmetic under a lock."""

from __future__ import annotations

from tela_runs._lock import Lock


class Rate:
    """Hands out times to send at, evenly spaced.

    Attributes:
        gap: Seconds between two.
    """

    def __init__(self, per_second: float) -> None:
        self.gap = 1.0 / per_second
        self._next = float("-inf")
        self._lock = Lock()

    def reserve(self, now: float, within: float) -> float | None:
        """Take the next free time; the seconds from ``now`` until it, or None if it is not ``within`` so many."""
        with self._lock:
            at = max(now, self._next)
            if at - now >= within:
                return None
            self._next = at + self.gap
            return at - now

    def give_back(self) -> None:
        """A request that had its time was not sent: those that come from now on may be sent sooner."""
        with self._lock:
            self._next -= self.gap
