"""Looking at one run, once or until it ends, as flows: no clock, no I/O, no randomness of their own.

A wait is its own retry: passing failures are waited through until the deadline, refusals end it (`is_transient`). When
to look again is decided in `_wait.Wait`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._flow import look, report, sleep
from ._wait import Wait, after_hint, doubled
from .errors import APIError, APITimeoutError, RunFailedError

if TYPE_CHECKING:
    from ._flow import Flow
    from ._wait import Terms
    from .run import Run

#: `retrieve` raises at once when it is asked to wait for longer than this many seconds.
MAX_RETRY_AFTER = 60.0
#: Back-off of `retrieve`: full jitter below 0.5 s, 1 s, 2 s, … 8 s.
RETRY_FIRST, RETRY_MAX = 0.5, 8.0


def retrieving(run_id: str, terms: Terms, max_retries: int) -> Flow[Run]:
    """Look at a run once, and again after passing failures, ``max_retries`` times.

    Raises:
        APIError: What the last look failed with.
    """
    retries = 0
    while True:
        try:
            seen = yield from look(run_id, (yield from _turn(run_id, terms, terms.timeout)))
        except APIError as error:
            hint = error.retry_after
            if not error.is_transient or retries >= max_retries or (hint is not None and hint > MAX_RETRY_AFTER):
                raise
        else:
            return seen.run
        jitter = terms.jitter()
        yield from sleep(after_hint(hint, jitter) if hint else jitter * doubled(RETRY_FIRST, RETRY_MAX, retries))
        retries += 1


def waiting(run_id: str, terms: Terms, timeout: float | None) -> Flow[Run]:
    """Wait for a run to succeed; each change of its status is reported.

    Raises:
        RunFailedError: The run ended as failed.
        WaitTimeoutError: It had not ended ``timeout`` seconds after the flow was started.
        APIError: The API refused to show it.
    """
    run = yield from watching(run_id, terms, timeout)
    if run.failed:
        raise RunFailedError(run)
    return run


def watching(run_id: str, terms: Terms, timeout: float | None) -> Flow[Run]:
    """Wait for a run to end, and return it; its first state and each change of its status are reported.

    Raises:
        WaitTimeoutError: It had not ended ``timeout`` seconds after the flow was started.
        APIError: The API refused to show it.
    """
    started = terms.clock()
    wait = Wait(run_id, terms, started, None if timeout is None else started + timeout)
    while True:
        news = yield from next_look(wait)
        if news is not None:
            yield from report(news)
            if news.is_finished:
                return news
        yield from sleep(wait.pause())


def next_look(wait: Wait) -> Flow[Run | None]:
    """Look once and take note; the run, if its status is new.

    Raises:
        WaitTimeoutError: The deadline has passed.
        APIError: The API refused to show it.
    """
    try:
        left = yield from _turn(wait.run_id, wait.terms, wait.allowance())
        wait.begin_look()
        seen = yield from look(wait.run_id, left)
    except APIError as error:
        if not error.is_transient:
            raise
        wait.missed(error)
        return None
    return wait.saw(seen)


def _turn(run_id: str, terms: Terms, timeout: float) -> Flow[float]:
    """Wait until the client's rate allows a look; what is left for it of the timeout.

    Raises:
        APITimeoutError: Nothing is.
    """
    if terms.rate is None:
        return timeout
    pause = terms.rate.reserve(terms.clock(), timeout)
    if pause is None:
        yield from sleep(timeout)
        raise APITimeoutError(
            f"Run {run_id!r} was not asked for: max_rate left no turn for it within {timeout:.3g} s. "
            "Raise max_rate, or allow more time.",
            run_id=run_id,
        )
    if pause > 0:
        try:
            yield from sleep(pause)
        except GeneratorExit:
            terms.rate.give_back()
            raise
    return timeout - pause
