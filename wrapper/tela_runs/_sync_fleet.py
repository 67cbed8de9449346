"""Many runs for the sync client: the async engine in a background thread, with connections of its own.

A module of its own, so that a program which waits for single runs loads neither asyncio nor anyio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
from attrs import frozen

from ._background import Iteration, ThreadedLooker
from ._drive import AsyncDriver
from ._engine import outcomes_of
from ._exchange_async import AsyncExchange
from ._transport_async import AsyncLanes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence

    from ._drive import AsyncLooker, Looker
    from ._settings import Origin, Secret
    from ._wait import Terms
    from .run import Outcome, Run


@frozen(eq=False)
class Crew:
    """What looks at the runs of one fleet.

    Attributes:
        looker: Asks for them.
        close: Awaited on the fleet's event loop at the end.
        refuse: Ends the fleet soon; may be called from any thread.
    """

    looker: AsyncLooker
    close: Callable[[], Awaitable[None]]
    refuse: Callable[[], object]


def crew_of_our_own(
    origin: Origin,
    proxy: str | None,
    clock: Callable[[], float],
    key: Secret,
    max_response_bytes: int,
    *,
    trust_env: bool,
) -> Crew:
    """One with connections of its own: those of the sync client block."""
    lanes = AsyncLanes(origin, proxy, clock, trust_env=trust_env)
    exchange = AsyncExchange(lanes, key, origin.authority, max_response_bytes)
    return Crew(exchange, exchange.aclose, lanes.refuse)


def crew_of_threads(looker: Looker, threads: int) -> Crew:
    """One of threads, for a caller's own HTTP client, which blocks; it refuses by itself when the client is closed."""
    return Crew(ThreadedLooker(looker, threads), anyio.lowlevel.checkpoint, bool)


def outcomes_in_a_thread(
    crew: Crew,
    ids: Sequence[str],
    terms: Terms,
    timeout: float | None,
    *,
    max_in_flight: int,
    on_update: Callable[[Run], object] | None,
) -> Generator[Outcome, None, None]:
    """The outcome of every run, in order of completion, as `outcomes_of` gives them."""

    def produce(tell: Callable[[Run], None]) -> AsyncGenerator[Outcome, None]:
        driver = AsyncDriver(crew.looker, anyio.sleep)  # made here, so that the crew lives as long as its work
        listener = None if on_update is None else tell
        return outcomes_of(ids, terms, timeout, driver, max_in_flight=max_in_flight, on_update=listener)

    return Iteration(produce, crew.close, on_update or bool)
