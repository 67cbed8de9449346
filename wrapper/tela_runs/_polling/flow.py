"""The vocabulary of flows: generators that say what to do next and are told what came of it.

A flow yields one of four steps and is resumed by a driver (`_drivers`), sync or async:

=========  ==================================================  ================================================
step       the driver                                          the flow gets
=========  ==================================================  ================================================
`Poll`     retrieves the run, within ``timeout`` seconds       a `PollResult`, or an `APIError` thrown into it
`Create`   sends a create, within ``timeout`` seconds          the same
`Sleep`    waits, where ``wakeable`` until the run is woken    whether it was woken
`Report`   hands the run to the iterator or the listener       None
=========  ==================================================  ================================================

A flow knows no clock, no I/O and no randomness but what it was given, so that a test can drive it by hand.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from datetime import UTC, datetime
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
    date: str | None = None  # the `Date` header: the server's clock when it answered

    def age(self) -> float | None:
        """Seconds since the run was created, all by the server's clocks, or None where they do not tell."""
        created, now = _epoch(self.run.created_at), http_date(self.date)
        return None if created is None or now is None or now < created else now - created

    def lifetime(self) -> float | None:
        """Seconds from a finished run's creation to its end, by the server's clock, or None where it does not tell."""
        created, ended = _epoch(self.run.created_at), _epoch(self.run.updated_at)
        if created is None or ended is None or ended <= created:
            return None
        return ended - created


@frozen
class Done(Generic[T]):
    """What `advance` gives when the flow has ended."""

    result: T


Step: TypeAlias = Poll | Create | Sleep | Report
Flow: TypeAlias = Generator[Step, Any, T]


def advance(flow: Flow[T], result: PollResult | bool | None = None, error: APIError | None = None) -> Step | Done[T]:
    """Tell a flow what came of its last step, and get the next one; raises what the flow raises.

    Call it outside any ``except`` block: an error thrown from inside one would be chained to what is handled there.
    """
    try:
        return flow.send(result) if error is None else flow.throw(error)
    except StopIteration as stop:
        return Done(stop.value)


def retry_after_seconds(value: str, now: float) -> float | None:
    """Seconds that a ``Retry-After`` header asks for, or None where it asks for nothing that makes sense.

    Seconds (also fractional) and HTTP dates are understood (RFC 9110, 10.2.3); ``now`` is what dates are compared
    with, in seconds since the epoch. Zero, the past, negative, infinite and unreadable values give None.
    """
    text = value.strip()
    seconds: float | None
    try:
        seconds = float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        date = http_date(text)
        seconds = None if date is None else date - now
    return seconds if seconds is not None and 0 < seconds < math.inf else None


def http_date(text: str | None) -> float | None:
    """An HTTP date in seconds since the epoch, or None."""
    if not text:
        return None
    try:
        return _epoch(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        # What the standard library raises for what is not a date, by Python version.
        return None


def _epoch(moment: datetime | None) -> float | None:
    """Seconds since the epoch; a moment without a zone counts as UTC."""
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None
