"""The view of a wait on a terminal: a summary line with a bar, and below it as many runs as there is room for."""

from __future__ import annotations

import time
from collections import deque
from itertools import chain, islice
from threading import RLock
from typing import TYPE_CHECKING, Any, Self

from attrs import define, field
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tela_runs import RunFailedError, WaitTimeoutError

from .streams import complain
from .text import complaint, duration, named, one_line, short_output
from .views import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from rich.console import Console

    from tela_runs import Outcome, Run, TelaError

    from .tally import Tally

#: Characters of an output or an error that are kept for its row.
_EXCERPT = 240
#: Rows kept of each kind of ended run: more than a terminal has lines.
_KEPT = 300
#: Errors that are shown in full at the end.
_TOLD = 10
_FRAMES_PER_SECOND = 4
_COLOURS = {"created": "dim", "running": "cyan", "succeeded": "green", "failed": "red"}
_TIME, _GAP, _LEAST_DETAIL, _WIDEST_STATUS, _LEAST_BAR = 7, 2, 12, 14, 16


@define
class _Row:
    run_id: str
    status: str = "…"
    detail: str = ""
    #: Seconds waited; None while the wait goes on.
    waited: float | None = None
    is_failure: bool = False
    error: str = ""

    @property
    def colour(self) -> str:
        if self.is_failure:
            return "red"
        return "yellow" if self.error else _COLOURS.get(self.status, "yellow")


@define
class _Rows:
    """All rows, grouped by what they show, so that drawing reads the few visible ones and never all."""

    waiting: dict[str, _Row]
    running: dict[str, _Row] = field(factory=dict)
    troubled: dict[str, _Row] = field(factory=dict)
    failed: deque[_Row] = field(factory=lambda: deque(maxlen=_KEPT))
    succeeded: deque[_Row] = field(factory=lambda: deque(maxlen=_KEPT))

    def taken(self, run_id: str) -> _Row | None:
        """Take a row of a run that has not ended out of its group; None if there is none."""
        for group in (self.running, self.waiting, self.troubled):
            if run_id in group:
                return group.pop(run_id)
        return None

    def first(self, room: int) -> list[_Row]:
        """As many as there is room for: failures, the latest first, in up to half of it; what runs; what is done."""
        active = len(self.troubled) + len(self.running) + len(self.waiting)
        failures = max(room // 2, room - active)
        going = chain(self.troubled.values(), self.running.values(), self.waiting.values())
        return list(islice(chain(islice(reversed(self.failed), failures), going, reversed(self.succeeded)), room))


class Screen(View):
    """Draws at a fixed rate what is visible, so that ten thousand runs cost no more than twenty.

    Args:
        tally: The runs, and what they come to.
        console: The terminal.
        has_rows: Whether there are rows below the summary: not where another program prints on the same terminal.
        has_outputs: Whether rows show outputs.
        clock: Seconds.
    """

    is_live = True

    def __init__(
        self,
        tally: Tally,
        console: Console,
        *,
        has_rows: bool = True,
        has_outputs: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._started = clock()
        self._tally = tally
        self._has_rows = has_rows
        self._rows = _Rows({run_id: _Row(run_id) for run_id in tally.pending})
        self._has_outputs = has_outputs
        self._trouble = ""
        self._failed: deque[str] = deque(maxlen=_TOLD)
        self._errors: deque[str] = deque(maxlen=_TOLD)
        self._lock = RLock()
        self._is_over = False
        self._console = console
        self._live = Live(
            get_renderable=self.frame,
            console=console,
            refresh_per_second=_FRAMES_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
            transient=not has_rows,
        )

    def changed(self, run: Run) -> None:
        """Note the status."""
        with self._lock:
            row = self._rows.taken(run.id)
            if row is not None:
                row.status, row.error = one_line(run.status_text), ""
                (self._rows.waiting if run.status_text == "created" else self._rows.running)[run.id] = row

    def ended(self, outcome: Outcome) -> None:
        """Note the end; the time of the row stands still from now on."""
        with self._lock:
            row = self._rows.taken(outcome.run_id) or _Row(outcome.run_id)
            row.waited, row.error = self._clock() - self._started, ""
            if outcome.error is None:
                row.status = "succeeded"
                row.detail = short_output(outcome.output, _EXCERPT) if self._has_outputs else ""
                self._rows.succeeded.append(row)
                return
            row.status, row.is_failure = _verdict(outcome.error), True
            row.detail = _reason(outcome.error, outcome.run_id)
            self._rows.failed.append(row)
            if isinstance(outcome.error, RunFailedError):
                self._failed.append(one_line(outcome.run_id))
            elif not isinstance(outcome.error, WaitTimeoutError):
                self._errors.append(complaint(outcome.error))

    def poll_failed(self, run_id: str, error: Exception) -> None:
        """Note why a run cannot be polled."""
        with self._lock:
            self._trouble = _reason(error, run_id)
            row = self._rows.troubled.get(run_id) or self._rows.taken(run_id)
            if row is not None:
                row.error = self._trouble
                self._rows.troubled[run_id] = row

    def polls_succeed(self) -> None:
        """Forget why runs could not be polled."""
        with self._lock:
            self._trouble = ""
            for run_id, row in self._rows.troubled.items():
                row.error = ""
                self._rows.running[run_id] = row
            self._rows.troubled.clear()

    def print_line(self, line: str) -> None:
        """Print a line above the view, where it stays."""
        self._console.print(Text(f"tela-runs: {line}"), soft_wrap=True)

    def frame(self) -> Group:
        """What is to be drawn now."""
        width, height = self._console.size
        with self._lock:
            head = [] if self._is_over else list(self._summary(width))
            # The cursor's line, and at the end what is reported there.
            below = 5 + len(self._errors) if self._is_over else 1
            room = max(height - len(head) - below, 1) if self._has_rows else 0
            rows = self._rows.first(room)
            hidden = self._tally.total - len(rows)
            if rows and hidden and room > 1:
                rows = rows[: room - 1]
                return Group(*head, *self._lines(rows, width), Text(f"… and {hidden + 1} more", style="dim"))
            return Group(*head, *self._lines(rows, width))

    def _summary(self, width: int) -> Iterator[Any]:
        total, done = self._tally.total, self._tally.done
        text = Text(self._tally.progress(), style="bold", no_wrap=True, overflow="ellipsis")
        bar = ProgressBar(total, done, style="bright_black", complete_style="green", finished_style="green")
        line = Table.grid(padding=(0, _GAP, 0, 0), expand=True)
        if len(text) + _GAP + _LEAST_BAR < width:
            line.add_column()
            line.add_column(ratio=1)
            line.add_row(text, bar)
            yield line
        else:
            yield text
            if self._has_rows:
                line.add_row(bar)
                yield line
        if self._trouble and self._has_rows:
            yield Text(f"A poll failed: {self._trouble}", style="yellow", no_wrap=True, overflow="ellipsis")

    def _lines(self, rows: list[_Row], width: int) -> Iterator[Text]:
        """The rows in columns: on narrow terminals the output gives way first, then the time, the id's middle last."""
        status_width = min(max((len(row.status) for row in rows), default=0), _WIDEST_STATUS)
        id_width = min(
            max((Text(one_line(row.run_id)).cell_len for row in rows), default=0), width - status_width - _GAP
        )
        left = width - id_width - status_width - 2 * _GAP
        time_width = _TIME if left >= _TIME else 0
        detail_width = left - time_width - _GAP
        for row in rows:
            cells = [_cell(_shortened(one_line(row.run_id), id_width), id_width), _cell(row.status, status_width)]
            cells[1].stylize(row.colour)
            if time_width:
                waited = self._clock() - self._started if row.waited is None else row.waited
                cells.append(Text(duration(waited).rjust(time_width)))
            if time_width and detail_width >= _LEAST_DETAIL:
                detail = Text(row.error or row.detail, style="yellow" if row.error else "")
                detail.truncate(detail_width, overflow="ellipsis")
                cells.append(detail)
            line = Text(" " * _GAP, no_wrap=True, overflow="crop").join(cells)
            line.rstrip()
            yield line

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over = True
        self._live.stop()
        for line in self._errors:
            complain(line)
        if self._tally.errors > len(self._errors):
            complain(f"these are the last of {self._tally.errors} errors; --json and --output have them all")
        if self._failed:
            some = self._failed[-1] if len(self._failed) == 1 else "ID"
            complain(
                f"ended as failed: {named(list(self._failed), self._tally.failed)}. "
                f"To see what a run says of the cause: tela-runs get {some} --json"
            )


def _reason(error: Exception, run_id: str) -> str:
    """What went wrong, on one line, in few words: the row has the id, and says that a run failed or timed out."""
    if isinstance(error, WaitTimeoutError) and error.last_error is not None:
        error = error.last_error
    if isinstance(error, (RunFailedError, WaitTimeoutError)):
        return ""
    return short_output(str(error).replace(f" for run {run_id!r}", ""), _EXCERPT)


def _cell(text: str, width: int) -> Text:
    cell = Text(text)
    cell.truncate(width, overflow="ellipsis", pad=True)
    return cell


def _shortened(run_id: str, width: int) -> str:
    """An id with its middle cut out: ids that were made together often begin alike."""
    if len(run_id) <= width:
        return run_id
    tail = (width - 1) // 2
    return f"{run_id[: width - 1 - tail]}…{run_id[len(run_id) - tail :]}"


def _verdict(error: TelaError) -> str:
    """In a word or two, how a wait without a succeeded run ended."""
    if isinstance(error, RunFailedError):
        return "failed"
    return "timed out" if isinstance(error, WaitTimeoutError) else "error"
