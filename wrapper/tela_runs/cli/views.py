"""What a wait shows: a live table on a terminal, lines elsewhere, JSON for machines."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Protocol, Self

from attrs import define
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .text import one_line, outcome_document, short_output, tokens, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from rich.console import Console, RenderableType

    from tela_runs import Outcome, Run

#: Characters of an output that the table shows.
_EXCERPT = 120
_COLOURS = {"created": "dim", "running": "cyan", "succeeded": "green", "failed": "red"}
_COLOUR_OF_ERRORS = "red"
_COLOUR_OF_THE_UNKNOWN = "yellow"


class View(Protocol):
    """Who is told how the runs come along. Entered before the wait, left after it."""

    def changed(self, run_id: str, run: Run) -> None:
        """A run was seen with a status that is new."""

    def ended(self, outcome: Outcome) -> None:
        """The wait for a run has ended."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class _Plain:
    """A view with nothing to open or close."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass


class Lines(_Plain):
    """A line for each change of status: seconds waited, id, status and, of a run that succeeded, its output as JSON.

    Tabs part the columns; none of them contains one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()

    def changed(self, run_id: str, run: Run) -> None:
        """Print the line."""
        columns = [f"{self._clock() - self._started:.1f}", one_line(run_id), one_line(run.status_text)]
        if run.succeeded:
            columns.append(json.dumps(run.output))
        print("\t".join(columns), flush=True)

    def ended(self, outcome: Outcome) -> None:
        """Print nothing: the change to the last status was printed, and errors are told elsewhere."""


class JsonLines(_Plain):
    """A JSON object for each run, on a line of its own, when the wait for it has ended."""

    def changed(self, run_id: str, run: Run) -> None:
        """Print nothing."""

    def ended(self, outcome: Outcome) -> None:
        """Print the object."""
        print(json.dumps(outcome_document(outcome)), flush=True)


@define
class _Row:
    status: str = ""
    waited: float | None = None
    outcome: Outcome | None = None


class LiveTable:
    """A table of all the runs, redrawn in place; it stays when the wait is over."""

    def __init__(self, run_ids: Iterable[str], console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._rows = {run_id: _Row() for run_id in run_ids}
        self._live = Live(get_renderable=self.table, console=console, refresh_per_second=8)

    def changed(self, run_id: str, run: Run) -> None:
        """Note the status."""
        self._rows[run_id].status = run.status_text

    def ended(self, outcome: Outcome) -> None:
        """Note the end; the time stands still from now on."""
        row = self._rows[outcome.run_id]
        row.outcome = outcome
        row.waited = self._clock() - self._started

    def table(self) -> RenderableType:
        """The table as it is now."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("Run", "Status"):
            table.add_column(name, no_wrap=True)
        for name in ("Waited", "Duration", "Tokens", "Cost"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("Output", overflow="fold", ratio=1)
        for run_id, row in self._rows.items():
            table.add_row(Text(one_line(run_id)), *self._cells(row))
        return table

    def _cells(self, row: _Row) -> list[Text]:
        waited = self._clock() - self._started if row.waited is None else row.waited
        outcome = row.outcome
        status = row.status if outcome is None or outcome.error is None else verdict(outcome.error)
        colour = _COLOURS.get(status, _COLOUR_OF_THE_UNKNOWN if outcome is None else _COLOUR_OF_ERRORS)
        cells = [Text(one_line(status) or "…", style=colour), Text(f"{waited:.1f} s")]
        if outcome is None or outcome.run is None:
            return cells
        usage = outcome.run.usage
        return [
            *cells,
            Text("" if usage.duration is None else f"{usage.duration:g}"),
            Text(tokens(usage)),
            Text("" if usage.cost is None else f"{usage.cost:g}"),
            Text(short_output(outcome.run.output, _EXCERPT)),
        ]

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()
        if not self._live.console.is_terminal:
            self._live.console.line()  # there, rich leaves the table's last line open
