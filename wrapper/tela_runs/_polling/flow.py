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

A flow knows no clock, no I/O and no randomness but what it was given, so that a test can drive it by hand. Flows call
each other with ``yield from`` and the typed functions below, never with a bare ``yield``.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from attrs import frozen

if TYPE_CHECKING:
    from tela_runs._order import Order
    from tela_runs.errors import APIError
    from tela_runs.run import Run

    from .result import PollResult

T = TypeVar("T")


@frozen
class Poll:
    run_id: str
    timeout: float


@frozen
class Create:
    order: Order
    timeout: float


@frozen
class Sleep:
    seconds: float
    wakeable: bool = False


@frozen
class Report:
    run: Run


@frozen
class Done(Generic[T]):
    """What `advance` gives when the flow has ended."""

    result: T


Step: TypeAlias = Poll | Create | Sleep | Report
Flow: TypeAlias = Generator[Step, Any, T]


def poll(run_id: str, timeout: float) -> Flow[PollResult]:
    """Poll a run once, or raise the `APIError` that it failed with."""
    result: PollResult = yield Poll(run_id, timeout)
    return result


def create(order: Order, timeout: float) -> Flow[PollResult]:
    """Send a create once, or raise the `APIError` that it failed with."""
    result: PollResult = yield Create(order, timeout)
    return result


def sleep(seconds: float, *, wakeable: bool = False) -> Flow[bool]:
    """Wait for ``seconds``; whether the run was woken before."""
    woken: bool = yield Sleep(seconds, wakeable)
    return woken


def report(run: Run) -> Flow[None]:
    """Hand a state of the run to the caller."""
    yield Report(run)


def advance(flow: Flow[T], result: PollResult | bool | None = None, error: APIError | None = None) -> Step | Done[T]:
    """Tell a flow what came of its last step, and get the next one; raises what the flow raises.

    Call it outside any ``except`` block: an error thrown from inside one would be chained to what is handled there.
    """
    try:
        return flow.send(result) if error is None else flow.throw(error)
    except StopIteration as stop:
        return Done(stop.value)
