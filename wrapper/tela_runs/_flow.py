"""The vocabulary of flows: generators that say what to do next and are told what came of it.

A flow yields one of three steps and is resumed by a driver (`_drive`), sync or async:

=========  ==================================================  ================================================
step       the driver                                          the flow gets
=========  ==================================================  ================================================
`Look`     asks for the run, for at most ``timeout`` seconds   a `Seen`, or an `APIError` thrown into it
`Sleep`    waits                                               None
`Report`   hands the run to whoever iterates or listens        None
=========  ==================================================  ================================================

A flow knows no clock, no I/O and no randomness but what it was given, so that a test can drive it by hand. Flows call
each other with ``yield from`` and the typed functions below, never with a bare ``yield``.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from attrs import frozen

if TYPE_CHECKING:
    from ._answer import Seen
    from .errors import APIError
    from .run import Run

T = TypeVar("T")


@frozen
class Look:
    """Ask for the run once; the whole request may take ``timeout`` seconds."""

    run_id: str
    timeout: float


@frozen
class Sleep:
    """Do nothing for ``seconds``."""

    seconds: float


@frozen
class Report:
    """Show this state of the run to the caller."""

    run: Run


@frozen
class Done(Generic[T]):
    """The flow has ended with this result."""

    result: T


Step: TypeAlias = Look | Sleep | Report
Flow: TypeAlias = Generator[Step, Any, T]


def look(run_id: str, timeout: float) -> Flow[Seen]:
    """Look at a run once.

    Raises:
        APIError: What the look failed with.
    """
    seen: Seen = yield Look(run_id, timeout)
    return seen


def sleep(seconds: float) -> Flow[None]:
    """Wait for ``seconds``."""
    yield Sleep(seconds)


def report(run: Run) -> Flow[None]:
    """Show a state of the run to the caller."""
    yield Report(run)


def advance(flow: Flow[T], result: Seen | None = None, error: APIError | None = None) -> Step | Done[T]:
    """Tell a flow what came of its last step, and get the next one.

    Call it outside any ``except`` block: an error thrown from inside one would be chained to what is handled there.

    Raises:
        TelaError: What the flow raises.
    """
    try:
        return flow.send(result) if error is None else flow.throw(error)
    except StopIteration as stop:
        return Done(stop.value)
