"""Creating, retrieving and awaiting one run, as flows: no clock, no I/O, no randomness of their own.

A wait is its own retry: transient errors are waited through until the deadline, others end it (`Wait.missed`). A create
is sent again only where it is sure that no run was started. When to poll again is decided in `state.Wait`.
"""

from __future__ import annotations

import logging
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from tela_runs import errors

from .flow import Create, Poll, PollResult, Report, Sleep
from .state import Wait, after_hint, doubled

if TYPE_CHECKING:
    from collections.abc import Callable

    from tela_runs._create import CreateBody
    from tela_runs.run import Run

    from .flow import Flow
    from .state import Options

_logger = logging.getLogger("tela_runs")

#: `retrieve` and `create` raise at once when a ``Retry-After`` is longer than this many seconds.
MAX_RETRY_AFTER = 60.0
#: Their back-off: full jitter below 0.5 s, 1 s, 2 s, … 8 s.
RETRY_FIRST, RETRY_MAX = 0.5, 8.0
_UNAVAILABLE = 503


def retrieving(run_id: str, options: Options, max_retries: int) -> Flow[Run]:
    """Poll a run once, and again after transient errors, ``max_retries`` times."""
    return (yield from _retried(partial(Poll, run_id), run_id, options, max_retries)).run


def creating(body: CreateBody, options: Options, max_retries: int) -> Flow[PollResult]:
    """Send a create; retry it, up to ``max_retries`` times, where it certainly started no run."""
    return _retried(partial(Create, body), None, options, max_retries)


def _may_retry(error: errors.APIError, run_id: str | None, options: Options) -> bool:
    """Whether to retry: a poll after a transient error, a create that never arrived or was rejected for now."""
    if run_id is not None:
        return error.is_transient or (isinstance(error, errors.NotFoundError) and options.is_new(run_id))
    if isinstance(error, errors.APIConnectionError):  # an AmbiguousCreateError is never transient
        return not error.request_sent and error.is_transient
    if isinstance(error, errors.InternalServerError):
        return error.status_code == _UNAVAILABLE and error.retry_after is not None
    return isinstance(error, errors.RateLimitError)


def _retried(
    request: Callable[[float], Poll | Create], run_id: str | None, options: Options, max_retries: int
) -> Flow[PollResult]:
    retries = 0
    while True:
        try:
            result: PollResult = yield request((yield from _turn(run_id, options, options.timeout)))
        except errors.APIError as error:
            hint = error.retry_after or 0.0
            if retries >= max_retries or hint > MAX_RETRY_AFTER or not _may_retry(error, run_id, options):
                raise
        else:
            return result
        jitter = options.jitter()
        yield Sleep(after_hint(hint, jitter) if hint else jitter * doubled(RETRY_FIRST, RETRY_MAX, retries))
        retries += 1


def waiting(run_id: str, options: Options, timeout: float | None, created: PollResult | None = None) -> Flow[Run]:
    """As `watching`, but a run that failed is an error."""
    run = yield from watching(run_id, options, timeout, created)
    if run.failed:
        raise errors.RunFailedError(run)
    return run


def watching(run_id: str, options: Options, timeout: float | None, created: PollResult | None = None) -> Flow[Run]:
    """Wait for a run to end, and return it; its first state and each change of its status are reported.

    A run that was just ``created`` is reported as it is, and polled for the first time after a pause: that of
    the ``Retry-After`` of the response, if it has one.
    """
    started = options.clock()
    wait, outage = Wait(run_id, options, started, started + (inf if timeout is None else timeout)), Outage()
    while True:
        changed = wait.saw(created) if created is not None else (yield from poll_once(wait))
        created = None
        if not wait.failures:
            outage.polled(wait)
        if changed is not None:
            yield Report(changed)
            if changed.is_finished:
                return changed
        pause = wait.pause()
        if wait.failures:
            outage.polled(wait, pause)
        due = options.clock() + pause
        while pause > 0 and (yield Sleep(pause, wakeable=True)):
            pause = min(due, wait.earliest()) - options.clock()


def poll_once(wait: Wait) -> Flow[Run | None]:
    """Poll once and record it; the run, if its status is new. Raises permanent errors, and at the deadline."""
    left = wait.deadline - wait.options.clock()
    if left <= 0:
        raise wait.timed_out()  # the listener used up the time
    try:
        left = yield from _turn(wait.run_id, wait.options, min(wait.options.timeout, left))
        wait.polled_at, wait.polls = wait.options.clock(), wait.polls + 1
        try:
            result: PollResult = yield Poll(wait.run_id, left)
        finally:
            wait.latency = wait.options.clock() - wait.polled_at
    except errors.APIError as error:
        if not wait.missed(error):
            raise
        return None
    if result.run.id != wait.run_id and not wait.options.mismatched:
        wait.options.mismatched.append(result.run.id)  # logged once for a fleet
        _logger.warning("The response for run %r has the id %r. It is used all the same.", wait.run_id, result.run.id)
    return wait.saw(result)


def _turn(run_id: str | None, options: Options, timeout: float) -> Flow[float]:
    """Wait until the client's rate allows a request; returns what is left of the timeout."""
    if options.rate is None:
        return timeout
    pause = options.rate.reserve(options.clock(), timeout)
    if pause is None:
        yield Sleep(timeout)
        what = "The create was not sent" if run_id is None else f"Run {run_id!r} was not polled"
        text = f"{what}: max_rate left no turn for it within {timeout:.3g} s. Raise max_rate, or allow more time."
        raise errors.APITimeoutError(text, run_id=run_id, request_sent=False)
    if pause > 0:
        try:
            yield Sleep(pause)
        except GeneratorExit:
            options.rate.give_back()
            raise
    return timeout - pause


class Outage:
    """Logs failed polls: a WARNING at the first one, DEBUG for more, an INFO when polls succeed again.

    A wait for one run warns once; a fleet warns once per outage, with the number of runs.
    """

    def __init__(self, *, of_fleet: bool = False) -> None:
        self._of_fleet = of_fleet
        self._warns = True
        self._failing: set[str] = set()

    def polled(self, wait: Wait, pause: float | None = None, runs: int = 1) -> None:
        """Log a poll: a failed one unless ``pause``, the seconds until the next, is None; inf: no time is left."""
        run_id = wait.run_id
        extra = {"run_id": run_id, "error": wait.last_error}
        if wait.failures and pause is not None:
            level = logging.WARNING if self._warns and not self._failing else logging.DEBUG
            many = f" ({runs} runs are waited for)" if runs > 1 else ""
            then = (
                f"The wait goes on: the next poll is in {pause:.3g} s" if pause < inf else "No time is left for another"
            )
            text = f"A poll of run %r failed{many}: %s {then}."
            _logger.log(level, text, run_id, wait.last_error, extra=extra)
            self._warns = self._of_fleet
            self._failing.add(run_id)
        elif run_id in self._failing:
            self._failing.remove(run_id)
            if not self._failing and not wait.failures:
                _logger.info("Polls succeed again: run %r.", run_id, extra=extra)
