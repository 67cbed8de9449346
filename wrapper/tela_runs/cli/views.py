"""What a wait prints as it goes on: lines for people, JSON for machines, or outputs alone."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self, TextIO

from tela_runs import WaitTimeoutError

from .streams import complain, print_json
from .text import complaint, json_text, one_line, whole_output

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tela_runs import Outcome, Run


class View:
    """A listener to the progress of the runs: entered before the wait, left after it. This one does nothing.

    Attributes:
        is_live: Whether it is redrawn in place, so that lines go above it, and shows why runs cannot be polled.
    """

    is_live = False

    def changed(self, run: Run) -> None:
        """A run was seen with a status that is new."""

    def ended(self, outcome: Outcome) -> None:
        """The wait for a run has ended."""

    def poll_failed(self, run_id: str, error: Exception) -> None:
        """A poll of a run failed, and the wait goes on."""

    def polls_succeed(self) -> None:
        """Polls succeed again."""

    def print_line(self, line: str) -> None:
        """Print a line for the user."""
        complain(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass


class Lines(View):
    """A line for each change of status: seconds waited, id, status and, of a run that succeeded, its output as JSON.

    Tabs part the columns; none of them contains one.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream: TextIO = sys.stdout if stream is None else stream
        self._clock = clock
        self._started = clock()

    def changed(self, run: Run) -> None:
        """Print the line."""
        columns = [f"{self._clock() - self._started:.1f}", one_line(run.id), one_line(run.status_text)]
        if run.succeeded:
            columns.append(json_text(run.output, encoding=self._stream.encoding or "utf-8"))
        print("\t".join(columns), file=self._stream, flush=True)


class JsonLines(View):
    """A JSON object for each run, `Outcome.to_dict`, on a line of its own, when the wait for it has ended."""

    def ended(self, outcome: Outcome) -> None:
        """Print the object."""
        print_json(outcome.to_dict())


class Outputs(View):
    """The output of each run that succeeded, and no more."""

    def ended(self, outcome: Outcome) -> None:
        """Print the output."""
        if outcome.succeeded:
            print(whole_output(outcome.output), flush=True)


class Failures(View):
    """A line on stderr for each failure, when it happens. Runs that have not finished in time are reported together."""

    def ended(self, outcome: Outcome) -> None:
        """Print the error."""
        if outcome.error is not None and not isinstance(outcome.error, WaitTimeoutError):
            complain(complaint(outcome.error))
