"""The commands: what they are called, what they take, and what they exit with."""

from __future__ import annotations

import inspect
import json
import math
import sys
from functools import partial
from typing import TYPE_CHECKING

import click
from rich.console import Console

from tela_runs import FixedPacing, RunsClient, TelaError, __version__

from .demo import demonstrate, offer_examples
from .drift import drift
from .exits import Exit, exit_of, gravest
from .follow import Terms, follow
from .text import complaint, described, whole_output
from .views import JsonLines, Lines, LiveTable

if TYPE_CHECKING:
    from tela_runs import Outcome

    from .views import View

_DEFAULT_WAIT = inspect.signature(RunsClient.wait).parameters["timeout"].default
_OF_THE_EMULATOR = {"starlette", "uvicorn"}

_EXIT_STATUSES = """
\b
Exit status:
  0    every run succeeded
  1    a run ended as failed
  2    wrong usage or configuration
  3    the API refused, or could not be asked
  124  a run had not finished in time, or was not seen in all that time
  130  interrupted by Ctrl-C
If runs end differently, the first of 2, 3, 1, 124 that applies.
"""
_EXIT_STATUSES_OF_GET = """
\b
Exit status:
  0    the run was printed, however it is
  2    wrong usage or configuration
  3    the API refused, or could not be asked
  130  interrupted by Ctrl-C
"""


def _seconds(_context: click.Context, _option: click.Parameter, value: str) -> float | None:
    """The number of seconds that an option gives; None for `none`, which is for ever."""
    if value == "none":
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise click.BadParameter(f"{value!r} is neither a number of seconds above 0 nor 'none'.")
    return seconds


base_url_option = click.option("--base-url", metavar="URL", help="Where the API is, instead of TELA_BASE_URL.")


@click.group(no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tela-runs")
def tela_runs() -> None:
    """Retrieve Tela canvas runs and wait for them.

    The API key is read from TELA_API_KEY alone. It is no option, because the options of a command show in the list of
    processes and stay in the shell's history.
    """


@tela_runs.command(epilog=_EXIT_STATUSES_OF_GET)
@click.argument("run_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON as received.")
@base_url_option
def get(run_id: str, as_json: bool, base_url: str | None) -> Exit:
    """Print a run as it is now, finished or not."""
    with RunsClient(base_url=base_url) as client:
        run = client.retrieve(run_id)
    print(json.dumps(run.to_dict(), indent=2) if as_json else described(run), flush=True)
    return Exit.SUCCEEDED


@tela_runs.command(epilog=_EXIT_STATUSES)
@click.argument("run_ids", metavar="ID...", nargs=-1, required=True)
@click.option(
    "--json", "as_json", is_flag=True, help="Print a JSON object for each run when it has ended, and no more."
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    default=f"{_DEFAULT_WAIT:g}",
    show_default=True,
    callback=_seconds,
    help="How long to wait; 'none' for ever.",
)
@click.option(
    "--interval", metavar="SECONDS", type=float, help="Seconds between looks, instead of the adaptive pacing."
)
@click.option(
    "--max-in-flight",
    metavar="N",
    type=click.IntRange(1),
    default=Terms(None).max_in_flight,
    show_default=True,
    help="Requests at a time.",
)
@base_url_option
def wait(
    run_ids: tuple[str, ...],
    *,
    as_json: bool,
    timeout: float | None,
    interval: float | None,
    max_in_flight: int,
    base_url: str | None,
) -> Exit:
    """Wait for runs to end, and print what they produced.

    On a terminal, a table shows how they come along. Elsewhere there is a line for each change of status: seconds
    waited, id, status and, of a run that succeeded, its output as JSON, with tabs between.
    """
    terms = Terms(timeout, None if interval is None else FixedPacing(interval), max_in_flight)
    console = Console(highlight=False)
    view = _view(run_ids, console, as_json=as_json)
    with view:
        outcomes = follow(partial(RunsClient, base_url=base_url), run_ids, terms, view)
    if isinstance(view, LiveTable) and len(outcomes) == 1:
        _print_whole(outcomes[0])
    return _told(outcomes)


def _view(run_ids: tuple[str, ...], console: Console, *, as_json: bool) -> View:
    if as_json:
        return JsonLines()
    return LiveTable(run_ids, console) if console.is_terminal and not console.is_dumb_terminal else Lines()


def _print_whole(outcome: Outcome) -> None:
    if outcome.error is None and outcome.run is not None:
        print(f"\n{whole_output(outcome.run.output)}", flush=True)


def _told(outcomes: list[Outcome]) -> Exit:
    """Print the errors, and give the exit status for all outcomes."""
    for outcome in outcomes:
        if outcome.error is not None:
            _complain(complaint(outcome.error))
    return gravest(exit_of(outcome.error) for outcome in outcomes)


@tela_runs.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8321, show_default=True, help="0 for any free one.")
def emulate(port: int) -> Exit:
    """Serve an emulator of the API on this machine until Ctrl-C, with runs to try the other commands on."""
    from tela_runs.emulator import serve  # noqa: PLC0415 - an extra of its own, which the other commands do without

    try:
        serve(port, ready=offer_examples)
    except OSError as error:
        raise click.UsageError(f"Cannot listen on port {port}: {error.strerror}.") from None
    return Exit.SUCCEEDED


@tela_runs.command()
def demo() -> Exit:
    """Show a wait for five runs of an emulated API. Needs no key."""
    demonstrate(Console(highlight=False))
    return Exit.SUCCEEDED


tela_runs.add_command(base_url_option(drift))


def run(arguments: list[str] | None) -> int:
    """Run the command line; every error becomes one line on stderr and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's encoding lacks is escaped. Click and rich would raise.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    try:
        status: int | None = tela_runs.main(arguments, prog_name="tela-runs", standalone_mode=False)
    except click.exceptions.Abort:
        _complain("interrupted")
        return Exit.INTERRUPTED
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        hint = "" if context is None else f" See {context.command_path} --help."
        _complain(f"{complaint(TelaError(error.format_message()))}{hint}")
        return Exit.USAGE
    except TelaError as error:
        _complain(complaint(error))
        return exit_of(error)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _OF_THE_EMULATOR:
            raise
        _complain(f"the emulator needs {missing}. Run: pip install 'tela-runs[emulator]'")
        return Exit.USAGE
    return status or Exit.SUCCEEDED


def _complain(line: str) -> None:
    print(f"tela-runs: {line}", file=sys.stderr, flush=True)
