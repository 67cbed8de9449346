"""The waiting of the command line: many runs at once, each change reported as it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from attrs import frozen

from tela_runs import AsyncRunsClient, Outcome, Run, TelaError, WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tela_runs import Pacing

    from .views import View


@frozen
class Terms:
    """How to wait: as for `RunsClient.wait`."""

    timeout: float | None
    pacing: Pacing | None = None


def follow(connect: Callable[[], AsyncRunsClient], run_ids: Iterable[str], terms: Terms, view: View) -> list[Outcome]:
    """Wait for runs, tell the view, and give the outcomes in the order of the ids.

    Args:
        connect: Makes the client.
        run_ids: The runs; an id that is given twice is waited for once.
        terms: How long to wait and when to look.
        view: Who is told.

    Raises:
        ConfigurationError: The client cannot be made.
    """
    return anyio.run(_follow, connect, list(dict.fromkeys(run_ids)), terms, view)


async def _follow(
    connect: Callable[[], AsyncRunsClient], run_ids: list[str], terms: Terms, view: View
) -> list[Outcome]:
    outcomes: dict[str, Outcome] = {}

    async def follow_one(run_id: str) -> None:
        outcomes[run_id] = await _outcome(client, run_id, terms, view.changed)
        view.ended(outcomes[run_id])

    async with connect() as client:
        try:
            async with anyio.create_task_group() as group:
                for run_id in run_ids:
                    group.start_soon(follow_one, run_id)
        except ExceptionGroup as failures:
            # No wait raises here: it is the view that cannot write, say because the reader of a pipe is gone.
            raise failures.exceptions[0] from None
    return [outcomes[run_id] for run_id in run_ids]


async def _outcome(
    client: AsyncRunsClient, run_id: str, terms: Terms, changed: Callable[[str, Run], object]
) -> Outcome:
    last: Run | None = None

    def note(run: Run) -> None:
        nonlocal last
        last = run
        changed(run_id, run)

    try:
        run = await client.wait(run_id, timeout=terms.timeout, pacing=terms.pacing, on_update=note)
    except TelaError as error:
        return Outcome(run_id, error.run if isinstance(error, WaitTimeoutError) else last, error)
    return Outcome(run_id, run)
