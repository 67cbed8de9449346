"""Tells of failed polls in the log: a WARNING at the first one, an INFO when polls succeed again.

A wait for one run warns once. The runs of a fleet are one wait: an outage warns once, with the number of runs. Each
further failure is logged at DEBUG. Records carry ``run_id`` and ``error``.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .state import Wait

_logger = logging.getLogger("tela_runs")


class Outage:
    """What was logged of one wait, or of one fleet."""

    def __init__(self, *, of_fleet: bool = False) -> None:
        self._of_fleet = of_fleet
        self._failing: set[str] = set()
        self._has_warned = False

    def failed(self, wait: Wait, pause: float, runs: int = 1) -> None:
        """Take note of a failed poll, after which the next one comes in ``pause`` seconds."""
        warns = not self._has_warned and wait.run_id not in self._failing
        self._failing.add(wait.run_id)
        self._has_warned = self._has_warned or warns
        _logger.log(
            logging.WARNING if warns else logging.DEBUG,
            "A poll of run %r failed%s: %s The wait goes on: the next poll is in %.3g s.",
            wait.run_id,
            f" ({runs} runs are waited for)" if runs > 1 else "",
            wait.last_error,
            pause,
            extra={"run_id": wait.run_id, "error": wait.last_error},
        )

    def succeeded(self, wait: Wait) -> None:
        """Take note of a poll that succeeded."""
        is_over = self._has_warned and self._failing == {wait.run_id}
        self.ended(wait)
        if is_over:
            _logger.info("Polls succeed again: run %r.", wait.run_id, extra={"run_id": wait.run_id, "error": None})

    def ended(self, wait: Wait) -> None:
        """Take note that a run is waited for no more."""
        self._failing.discard(wait.run_id)
        self._has_warned = self._has_warned and bool(self._failing or not self._of_fleet)
