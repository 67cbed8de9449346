"""A wait of the command line: what is printed where, and what is reported at its end."""

from __future__ import annotations

import math
import os
import stat
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, TextIO

from attrs import field, frozen
from rich.console import Console

from tela_runs import TelaError

from .log import logged
from .results import Results
from .screen import Screen
from .streams import complain, report_interrupt
from .tally import Tally
from .text import complaint, duration, named, whole_output
from .views import Failures, JsonLines, Lines, Outputs, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tela_runs import Outcome, Pacing, Run, RunsClient

    from .exits import Exit


def _none_if_infinite(seconds: float | None) -> float | None:
    return None if seconds == math.inf else seconds


@frozen
class WaitOptions:
    """How to wait, as for `RunsClient.as_completed`, and what to print.

    Attributes:
        timeout: Seconds for all runs together; None or infinity for ever.
        pacing: When to poll, instead of the client's.
        max_in_flight: Maximum concurrent requests.
        as_json: Print JSON lines.
        quiet: Print only the outputs.
        verbosity: 0 logs warnings, 1 more, 2 every request.
        output: The file to append outcomes to.
        resume: Leave out what has finished by that file.
    """

    timeout: float | None = field(default=600.0, converter=_none_if_infinite)
    pacing: Pacing | None = None
    max_in_flight: int = 20
    as_json: bool = False
    quiet: bool = False
    verbosity: int = 0
    output: str | None = None
    resume: bool = False


class _WholeOutput(View):
    """Prints the output of a single run on the terminal, below the view of its progress."""

    def __init__(self) -> None:
        self._outcome: Outcome | None = None

    def ended(self, outcome: Outcome) -> None:
        """Keep the outcome until the view is closed."""
        self._outcome = outcome

    def __exit__(self, *_how: object) -> None:
        if self._outcome is not None and self._outcome.succeeded:
            print(f"\n{whole_output(self._outcome.output)}\n", flush=True)


def wait_for(
    client: RunsClient, run_ids: Iterable[str], options: WaitOptions, go_on: Callable[[Sequence[str]], str]
) -> Exit:
    """Wait for runs, print what the options ask for, and report the totals at the end.

    Args:
        client: The client that waits.
        run_ids: The runs; an id that is given twice is waited for once.
        options: How to wait, and what to print.
        go_on: The command that goes on with the ids it is given.

    Raises:
        ConfigurationError: An id cannot be one.
        AuthenticationError: The key is rejected.
        OSError: What is to be printed or saved cannot be written.
    """
    tally = Tally(run_ids)
    views: list[View] = [tally]
    if options.output is not None:
        results = Results(options.output)
        views.append(results)
        for outcome in results.finished():  # to its end in any case: this checks the file
            if options.resume and outcome.run_id in tally.pending:
                tally.resumed(outcome)
    views += _printers(tally, options)
    interrupted: Exit | None = None
    try:
        with ExitStack() as stack:
            for view in views:
                stack.enter_context(view)
            stack.enter_context(logged(options.verbosity, views))
            _follow(client, list(tally.pending), options, views)
    except KeyboardInterrupt as error:
        interrupted = report_interrupt(error)
    except TelaError:
        if tally.done:
            _report_unfinished(tally, go_on)
        raise
    _report_unfinished(tally, go_on)
    if not options.quiet:
        _print_totals(tally)
    return tally.exit if interrupted is None else interrupted


def _follow(client: RunsClient, run_ids: Sequence[str], options: WaitOptions, views: Sequence[View]) -> None:
    def changed(run: Run) -> None:
        for view in views:
            view.changed(run)

    outcomes = client.as_completed(
        run_ids,
        timeout=options.timeout,
        pacing=options.pacing,
        on_update=changed,
        max_in_flight=options.max_in_flight,
    )
    for outcome in outcomes:
        for view in views:
            view.ended(outcome)


def _printers(tally: Tally, options: WaitOptions) -> list[View]:
    """The printers: of results on stdout, and of progress as a view on a terminal, else as lines."""
    printers: list[View] = []
    if options.as_json:
        printers.append(JsonLines())
    elif options.quiet:
        printers.append(Outputs())
    terminal = None if options.quiet else _terminal(options)
    if terminal is None:
        if options.output is not None and not options.quiet:
            printers.append(Lines(sys.stderr))
        elif not printers:
            printers.append(Lines())
        return [*printers, Failures()]
    is_whole = tally.total == 1 and not printers and options.output is None and sys.stdout.isatty()
    if is_whole:
        printers.append(_WholeOutput())
    elif not printers and options.output is None and not sys.stdout.isatty():
        printers.append(Lines())
    # Whatever reads the pipe may well print on the same terminal: one line does it no harm.
    console = Console(file=terminal, force_terminal=True, highlight=False, markup=False, emoji=False)
    has_rows = not _is_pipe(sys.stdout)
    printers.append(Screen(tally, console, has_rows=has_rows, has_outputs=not is_whole))
    return printers if has_rows else [*printers, Failures()]


def _terminal(options: WaitOptions) -> TextIO | None:
    """Where to draw: stderr, else stdout, if it is a capable terminal, and no lines are printed there too."""
    is_amid_json = options.as_json and sys.stdout.isatty()
    is_amid_lines = not options.as_json and options.output is None and _is_pipe(sys.stdout)
    if os.environ.get("TERM") == "dumb" or is_amid_json or is_amid_lines:
        return None
    candidates = (sys.stderr,) if options.as_json else (sys.stderr, sys.stdout)
    return next((stream for stream in candidates if stream.isatty()), None)


def _is_pipe(stream: TextIO) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def _report_unfinished(tally: Tally, go_on: Callable[[Sequence[str]], str]) -> None:
    """What has not finished, and how to go on with it."""
    pending = list(tally.pending)
    if not pending:
        return
    some = named(pending, len(pending))
    late = tally.timeout
    if late is not None and len(pending) == 1:
        complain(complaint(late))
    elif late is not None:
        cause = "" if late.last_error is None else f" The latest poll failed: {complaint(late.last_error)}"
        complain(f"{len(pending)} runs had not finished after {duration(late.elapsed)}: {some}.{cause}")
    else:
        of_all = "" if tally.total == 1 else f"{len(pending)} of {tally.total} runs: "
        complain(f"not finished, and still going on at Tela: {of_all}{some}")
    complain(f"to continue: {go_on(pending)}")


def _print_totals(tally: Tally) -> None:
    """The totals; the counts alone on the last line where the terminal is too narrow for all."""
    counts, sums = tally.counts(), tally.sums()
    line = f"{counts} · {sums}" if sums else counts
    if sys.stderr.isatty() and sums and len(line) >= Console(stderr=True, force_terminal=True).width:
        line = f"{sums}\n{counts}"
    print(line, file=sys.stderr, flush=True)
