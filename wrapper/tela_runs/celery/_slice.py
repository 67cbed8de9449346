"""One slice of a wait: as long as a task may hold a slot of its worker."""

from __future__ import annotations

import logging
import random
import time
from contextlib import closing
from math import inf
from typing import TYPE_CHECKING, Any

from attrs import frozen
from celery.exceptions import SoftTimeLimitExceeded

from tela_runs import AuthenticationError, ConfigurationError, NotFoundError, Outcome, WaitTimeoutError

from ._worker import client_of, is_stopping, pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Task

    from tela_runs import Run

#: The share of the broker's visibility timeout, and of the task's time limits, that a slice may take. Handing over what
#: ended may take up to a quarter of the slice more.
_SHARE, _MORE = 0.6, 0.25
#: Seconds, and more for each run, in which a shard that comes back after its deadline polls its runs once more.
_GRACE, _GRACE_PER_RUN = 1.0, 0.01
_PAUSE = 30.0  # seconds before outcomes that were not taken are tried again

_logger = logging.getLogger(__name__)


@frozen
class Slice:
    """Waits for the runs of a shard, for one slice.

    ``runs`` has when each was first seen, in seconds since 1970, or None. Those handed over are removed; where
    ``hand_over`` raises, the run stays. ``timeout`` counts from ``started``.
    """

    task: Task[Any, Any]
    runs: dict[str, int | None]
    started: float
    timeout: float | None
    hand_over: Callable[[Outcome], object]

    def wait(self) -> None:
        """Poll until every run was handed over, the slice is over, or the worker shuts down."""
        seconds = self._seconds()
        over = time.monotonic() + seconds
        left = inf if self.timeout is None else self.started + self.timeout - time.time()
        grace = _GRACE + len(self.runs) * max(_GRACE_PER_RUN, 2 / (self.task.app.conf.get("tela_runs_max_rate") or inf))
        try:
            self._poll_safely(seconds if left > seconds else max(left, grace), over, is_last=left <= seconds)
            if self.runs:  # the slice is over, or something failed that more polls do not fix
                pause(min(_PAUSE, over - time.monotonic()))
        except SoftTimeLimitExceeded:
            _logger.warning("The soft time limit ends a slice of %s early.", self.task.name)

    def _poll_safely(self, seconds: float, over: float, *, is_last: bool) -> None:
        """Poll, and let no error but a final one cost the task its runs."""
        try:
            self._poll(seconds, over, is_last=is_last)
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:
            if is_stopping():  # which closes the client
                return
            if isinstance(error, (AuthenticationError, ConfigurationError)):
                raise
            _logger.exception("A slice of %s failed. Its runs are put back.", self.task.name)

    def _seconds(self) -> float:
        conf, request = self.task.app.conf, self.task.request
        visibility = (conf.broker_transport_options or {}).get("visibility_timeout")
        limits = [visibility, self.task.time_limit, self.task.soft_time_limit, *(request.timelimit or ())]
        return float(min([conf.get("tela_runs_slice", 240), *(_SHARE * limit for limit in limits if limit)]))

    def _poll(self, seconds: float, over: float, *, is_last: bool) -> None:
        """Wait for ``seconds``, and hand over what ended."""
        over = max(over, time.monotonic() + seconds) + _MORE * self._seconds()
        # Runs never seen come first, the others in random order: where a slice is too short for all, each has a chance.
        ids = sorted(self.runs, key=lambda run_id: (self.runs[run_id] is not None, random.random()))  # noqa: S311
        most = self.task.app.conf.get("tela_runs_max_in_flight", 20)
        client = client_of(self.task.app)
        with closing(client.as_completed(ids, timeout=seconds, on_update=self._note, max_in_flight=most)) as outcomes:
            for outcome in outcomes:
                if time.monotonic() > over:
                    break  # handing over is slow: the next slice goes on with it
                whole = self._whole(outcome, is_last=is_last)
                if whole is None:
                    continue
                try:
                    self.hand_over(whole)
                    del self.runs[outcome.run_id]
                except SoftTimeLimitExceeded:
                    raise
                except Exception as error:
                    _logger.warning("on_outcome failed for run %r, which stays in its shard: %r", outcome.run_id, error)

    def _note(self, run: Run) -> None:
        if self.runs.get(run.id, 0) is None:
            self.runs[run.id] = int(time.time())

    def _whole(self, outcome: Outcome, *, is_last: bool) -> Outcome | None:
        """The outcome of the whole wait, made from that of the slice; None if the wait goes on."""
        run_id, run, error = outcome.run_id, outcome.run, outcome.error
        if isinstance(error, NotFoundError) and run is None and self.runs[run_id] is not None:
            self.runs[run_id] = None  # an earlier slice saw it, and a wait without slices would poll again as well
            return None
        if not isinstance(error, WaitTimeoutError):
            return outcome
        elapsed, polls, last_error = time.time() - self.started, error.polls, error.last_error
        error = WaitTimeoutError(run_id=run_id, run=run, elapsed=elapsed, polls=polls, last_error=last_error)
        return Outcome(run_id, run, error) if is_last else None
