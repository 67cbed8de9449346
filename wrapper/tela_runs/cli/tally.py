"""The totals of a wait: counts, cost, tokens, durations, and how long it will take."""

from __future__ import annotations

import math
import time
from bisect import insort
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tela_runs import RunFailedError, WaitTimeoutError

from .exits import Exit, exit_of, worst
from .text import decimal, duration
from .views import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tela_runs import Outcome, Run

#: Finished runs that it takes before their durations are used to estimate the others.
_ENOUGH = 3


class Tally(View):
    """Counts the runs of a wait. It keeps none of them: there may be a million.

    Attributes:
        total: How many there are.
        pending: The ids of those that have not ended, in the order given.
        timeout: The first of the errors of runs that had not finished in time.
    """

    def __init__(self, run_ids: Iterable[str], clock: Callable[[], float] = time.time) -> None:
        self.pending = dict.fromkeys(run_ids)
        self.total = len(self.pending)
        self.succeeded = self.failed = self.errors = 0
        self.timeout: WaitTimeoutError | None = None
        self._clock = clock
        self._started = clock()
        self._exits = {Exit.SUCCEEDED}
        self._cost = self._input_tokens = self._output_tokens = 0.0
        self._durations: list[float] = []
        self._seen: set[str] = set()
        self._resumed = 0
        self._first_end: float | None = None
        #: When the youngest run was created, in seconds since 1970.
        self._youngest = 0.0

    @property
    def done(self) -> int:
        """How many have ended, one way or the other."""
        return self.succeeded + self.failed + self.errors

    @property
    def exit(self) -> Exit:
        """The exit status for all of them."""
        return worst(self._exits)

    def resumed(self, outcome: Outcome) -> None:
        """Count a run that has ended in an earlier wait."""
        self.ended(outcome)
        self._resumed += 1
        self._first_end = None

    def changed(self, run: Run) -> None:
        """Note when the run was created."""
        if run.id not in self._seen:
            self._seen.add(run.id)
            self._youngest = max(self._youngest, _seconds(run.created_at) or self._started)

    def ended(self, outcome: Outcome) -> None:
        """Count the run."""
        error = outcome.error
        self._exits.add(exit_of(error))
        if isinstance(error, WaitTimeoutError):
            self.timeout = self.timeout or error
            return
        self.pending.pop(outcome.run_id, None)
        self._first_end = self._first_end or self._clock()
        self.succeeded += outcome.succeeded
        self.failed += isinstance(error, RunFailedError)
        self.errors = self.total - len(self.pending) - self.succeeded - self.failed
        if outcome.run is not None and outcome.run.is_finished:
            self._add(outcome.run)

    def _add(self, run: Run) -> None:
        usage = run.usage
        self._cost += _number(usage.cost)
        self._input_tokens += _number(usage.input_tokens)
        self._output_tokens += _number(usage.output_tokens)
        created, updated = _seconds(run.created_at), _seconds(run.updated_at)
        if created is not None and updated is not None and updated >= created:
            insort(self._durations, updated - created)

    def left(self) -> float | None:
        """Seconds until the last run ends, by what is known of the others; None if that is too little.

        Runs take about as long as nine in ten of those that have finished, counted from when the youngest was created.
        Where all are older than that, or many have not been seen yet, what counts is how fast the wait gets on, of
        which little can be said before a tenth has ended.
        """
        ended = self.done - self._resumed
        if not self.pending or ended < _ENOUGH:
            return None
        now = self._clock()
        elapsed = max(now - self._started, 0.0)
        unseen = self.total - self._resumed - len(self._seen)
        first_polls = elapsed * max(unseen, 0) / (len(self._seen) or 1)
        by_age = self._quantile(0.9) - (now - self._youngest) if self._durations else 0.0
        if by_age <= 0 and ended < 0.1 * (self.total - self._resumed):
            return None
        by_rate = (now - (self._first_end or now)) * len(self.pending) / (ended - 1)
        return max(first_polls, by_age if by_age > 0 else by_rate)

    def _quantile(self, share: float) -> float:
        return self._durations[math.ceil(share * len(self._durations)) - 1]

    def progress(self) -> str:
        """The progress of the wait, on one line."""
        left = self.left()
        return " · ".join(
            [
                f"{self.done}/{self.total} done",
                *_counted((self.failed, "failed"), (self.errors, _errors(self.errors))),
                *([] if left is None else [f"about {_rough(left)} left"]),
            ]
        )

    def counts(self) -> str:
        """How many ended, and how."""
        kinds = (self.succeeded, "succeeded"), (self.failed, "failed"), (self.errors, _errors(self.errors))
        return " · ".join([f"{self.done} done", *_counted(*kinds, (len(self.pending), "not finished"))])

    def sums(self) -> str:
        """The totals: cost, tokens, and the durations by the API's clock; empty if nothing is known."""
        parts = []
        if self._cost:
            parts.append(f"cost {decimal(self._cost)}")
        if self._input_tokens or self._output_tokens:
            parts.append(f"{self._input_tokens:,.0f}+{self._output_tokens:,.0f} tokens")
        if self._durations:
            parts += [f"median {duration(self._quantile(0.5))}", f"p95 {duration(self._quantile(0.95))}"]
        return " · ".join(parts)


def _counted(*kinds: tuple[int, str]) -> list[str]:
    return [f"{number} {name}" for number, name in kinds if number]


def _errors(number: int) -> str:
    return "error" if number == 1 else "errors"


def _rough(seconds: float) -> str:
    # No more digits than an estimate deserves.
    step = 1 if seconds < 20 else 5 if seconds < 60 else 10  # noqa: PLR2004
    return duration(max(math.ceil(seconds / step) * step, 1)).replace(".0 s", " s")


def _number(value: float | None) -> float:
    with suppress(OverflowError):  # JSON's integers have no bounds
        return value if value is not None and math.isfinite(value) else 0.0
    return 0.0


def _seconds(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
