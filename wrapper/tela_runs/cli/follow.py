"""The waiting of the command line: many runs at once, each change reported as it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tela_runs import Outcome, Pacing, Run, RunsClient

    from .views import View


@frozen
class Terms:
    """How to wait: as for `RunsClient.as_completed`."""

    timeout: float | None
    pacing: Pacing | None = None
    max_in_flight: int = 20


def follow(connect: Callable[[], RunsClient], run_ids: Iterable[str], terms: Terms, view: View) -> list[Outcome]:
    """Wait for runs, tell the view, and give the outcomes in the order of the ids.

    Args:
        connect: Makes the client.
        run_ids: The runs; an id that is given twice is waited for once.
        terms: How long to wait, when to look, and at how many runs at a time.
        view: Who is told.

    Raises:
        ConfigurationError: The client cannot be made, or an id cannot be one.
        AuthenticationError: The key is refused.
    """
    distinct = list(dict.fromkeys(run_ids))
    outcomes: dict[str, Outcome] = {}

    def changed(run: Run) -> None:
        view.changed(run.id, run)

    with connect() as client:
        for outcome in client.as_completed(
            distinct,
            timeout=terms.timeout,
            pacing=terms.pacing,
            on_update=changed,
            max_in_flight=terms.max_in_flight,
        ):
            outcomes[outcome.run_id] = outcome
            view.ended(outcome)
    return [outcomes[run_id] for run_id in distinct]
