"""The steps of flows: generators that yield what to do next, and are resumed with its result.

A flow yields one of four steps and is resumed by a driver (`_drivers`), sync or async:

=========  ==================================================  ================================================
step       the driver                                          the flow gets
=========  ==================================================  ================================================
`Poll`     retrieves the run, within ``timeout`` seconds       a `PollResult`, or an `APIError` thrown into it
`Create`   sends a create, within ``timeout`` seconds          the same
`Sleep`    waits, where ``wakeable`` until the run is woken    whether it was woken
`Report`   hands the run to the iterator or the listener       None
=========  ==================================================  ================================================

A flow has no clock, I/O or randomness but what it is passed, so that a test can drive it by hand.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from attrs import frozen

if TYPE_CHECKING:
    from tela_runs._create import CreateBody
    from tela_runs.errors import APIError
    from tela_runs.run import Run

T = TypeVar("T")


@frozen
class Poll:
    run_id: str
    timeout: float


@frozen
class Create:
    body: CreateBody
    timeout: float


@frozen
class Sleep:
    seconds: float
    wakeable: bool = False


@frozen
class Report:
    run: Run


@frozen
class PollResult:
    """What one poll, or a create, showed."""

    run: Run
    retry_after: float | None = None  # seconds the server asks to wait before the next request
    date: str | None = None  # the `Date` header: the server's clock when it responded

    def age(self) -> float:
        """Seconds since the run was created, all by the server's clocks; 0 where they do not tell."""
        created, now = self.run.created_at, http_date(self.date)
        return max(0.0, now - created.timestamp()) if created and now else 0.0

    def lifetime(self) -> float:
        """Seconds from a finished run's creation to its end, by the server's clock; 0 where it does not tell."""
        created, ended = self.run.created_at, self.run.updated_at
        return max(0.0, (ended - created).total_seconds()) if created and ended else 0.0


@frozen
class Done(Generic[T]):
    """What `advance` gives when the flow has ended."""

    result: T


Step: TypeAlias = Poll | Create | Sleep | Report
Flow: TypeAlias = Generator[Step, Any, T]


def advance(flow: Flow[T], result: PollResult | bool | None = None, error: APIError | None = None) -> Step | Done[T]:
    """Resume a flow with the result of its last step, and get the next one; raises what the flow raises.

    Call it outside any ``except`` block: an error thrown from inside one would be chained to what is handled there.
    """
    try:
        return flow.send(result) if error is None else flow.throw(error)
    except StopIteration as stop:
        return Done(stop.value)


def retry_after_seconds(value: str, now: float) -> float | None:
    """Seconds that a ``Retry-After`` header asks for, or None where it makes no sense.

    Seconds (also fractional) and HTTP dates are understood (RFC 9110, 10.2.3); ``now`` is what dates are compared
    with, in seconds since the epoch. Zero, the past, negative, infinite and unreadable values give None.
    """
    text = value.strip()
    try:
        seconds = float(text if text.isascii() and "_" not in text else "")
    except ValueError:
        seconds = (http_date(text) or math.nan) - now
    return seconds if 0 < seconds < math.inf else None


def http_date(text: str | None) -> float | None:
    """An HTTP date in seconds since the epoch, or None."""
    try:
        moment = parsedate_to_datetime(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        # What the standard library raises for what is not a date, by Python version.
        return None
