"""The commands: what they are called, what they take, and what they exit with."""

from __future__ import annotations

import shlex
import sys
from typing import IO, TYPE_CHECKING

import click

from tela_runs import FixedPacing, RunsClient, TelaError, __version__

from .create import create
from .demo import demonstrate
from .drift import drift
from .emulate import emulate
from .exits import Exit, exit_of
from .follow import WaitOptions, wait_for
from .ids import listed_ids
from .log import logged
from .options import client_options, json_option, quiet_option, seconds, timeout_option
from .streams import complain, prepare, print_json, report_interrupt, sigterm_raised, unwritable
from .text import complaint, described, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMED_IDS = 20

_EXAMPLES = """
\b
Examples:
  tela-runs wait crsv-i52z8vnqekc
  tela-runs wait --ids-file ids.txt --output results.jsonl --resume
  tela-runs create --canvas CANVAS_ID --file document=contract.pdf --wait
  tela-runs get crsv-i52z8vnqekc --json
  tela-runs demo                 # no key and no network needed
\b
Each command has its own help: tela-runs wait --help
"""
_EXIT_STATUSES = """
\b
Examples:
  tela-runs wait crsv-a crsv-b --timeout 1h30m
  tela-runs wait --ids-file ids.txt --output results.jsonl --resume
  some-command | tela-runs wait - --json | jq .run
  text=$(tela-runs wait -q crsv-a)
\b
Exit status:
  0    every run succeeded
  1    a run ended as failed
  2    wrong usage or configuration
  3    the API rejected a request, or could not be reached
  74   the output could not be written
  124  a run had not finished in time, or was not seen in all that time
  130  interrupted by Ctrl-C
  141  the reader of the output closed the pipe
  143  ended by SIGTERM
If runs end differently, it is the first of 2, 3, 1, 124 that applies.
"""
_EXIT_STATUSES_OF_GET = """
\b
Exit status:
  0    the run was printed, whatever its status
  2    wrong usage or configuration
  3    the API rejected the request, or could not be reached
  130  interrupted by Ctrl-C
"""


@click.group(
    invoke_without_command=True,
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tela-runs")
@click.pass_context
def tela_runs(context: click.Context) -> None:
    """Start Tela canvas runs, retrieve them, and wait for them.

    The API key is read from TELA_API_KEY only. It is not an option, because options are visible in the list of
    processes and stay in the shell's history.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@tela_runs.command(epilog=_EXIT_STATUSES_OF_GET)
@click.argument("run_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON as received.")
@client_options
def get(run_id: str, *, as_json: bool, base_url: str | None, verbosity: int) -> Exit:
    """Print a run as it is now, finished or not."""
    with logged(verbosity), RunsClient(base_url=base_url) as client:
        run = client.retrieve(run_id)
    if as_json:
        print_json(run.to_dict(), indent=2)
    else:
        print(described(run), flush=True)
    return Exit.SUCCEEDED


@tela_runs.command(epilog=_EXIT_STATUSES)
@click.argument("run_ids", metavar="[ID...]", nargs=-1)
@click.option(
    "--ids-file",
    metavar="FILE",
    type=click.File("rb"),
    help="A file of ids, one per line, or JSON lines with 'run_id' or 'id'. The argument '-' reads them from stdin.",
)
@json_option
@quiet_option
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(),
    help="Append each outcome to FILE as a JSON line, as soon as it is known.",
)
@click.option("--resume", is_flag=True, help="Skip runs that have succeeded or failed according to the --output file.")
@timeout_option
@click.option("--interval", metavar="DURATION", type=seconds, help="Time between polls, instead of adaptive pacing.")
@click.option(
    "--max-in-flight",
    metavar="N",
    type=click.IntRange(1),
    default=WaitOptions().max_in_flight,
    show_default=True,
    help="Maximum concurrent requests.",
)
@client_options
@click.pass_context
def wait(
    context: click.Context,
    run_ids: tuple[str, ...],
    *,
    ids_file: IO[bytes] | None,
    as_json: bool,
    quiet: bool,
    output: str | None,
    resume: bool,
    timeout: float,
    interval: float | None,
    max_in_flight: int,
    base_url: str | None,
    verbosity: int,
) -> Exit:
    """Wait for runs to end, and print what they produced.

    On a terminal, a view shows their progress. Elsewhere there is a tab-separated line for each change of status:
    seconds waited, id, status and, for a run that succeeded, its output as JSON. Failures and totals go to
    stderr.
    """
    if resume and output is None:
        raise click.UsageError("--resume needs the file of the earlier wait. Give --output FILE as well.")
    options = WaitOptions(
        timeout=timeout,
        pacing=None if interval is None else FixedPacing(interval),
        max_in_flight=max_in_flight,
        as_json=as_json,
        quiet=quiet,
        verbosity=verbosity,
        output=output,
        resume=resume,
    )

    def go_on(pending: Sequence[str]) -> str:
        words = list(context.obj)
        is_short = ids_file is None and len(pending) <= _NAMED_IDS
        if is_short or not (ids_file or "-" in run_ids):
            words = [word for word in words if word not in run_ids]
            words += pending if is_short else ["ID..."]
        if output is not None and not resume:
            words.insert(1, "--resume")
        return shlex.join(["tela-runs", *words])

    ids = listed_ids(run_ids, ids_file)
    with RunsClient(base_url=base_url) as client:
        return wait_for(client, ids, options, go_on)


@tela_runs.command()
def demo() -> Exit:
    """Show a wait for five runs of an emulated API. Needs no key."""
    demonstrate()
    return Exit.SUCCEEDED


for command in (create, drift, emulate):
    tela_runs.add_command(command)


def run(arguments: list[str] | None) -> int:
    """Run the command line; every error becomes one line on stderr and an exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        prepare()
        with sigterm_raised():
            status: int | None = tela_runs.main(words, prog_name="tela-runs", standalone_mode=False, obj=words)
    except click.exceptions.Abort as error:
        status = report_interrupt(error.__cause__)
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        hint = "" if context is None else f" See {context.command_path} --help."
        complain(f"{one_line(error.format_message()).rstrip('.')}.{hint}")
        status = Exit.USAGE
    except TelaError as error:
        complain(complaint(error))
        status = exit_of(error)
    except ModuleNotFoundError as error:
        if "tela-runs[" not in str(error):
            raise
        complain(str(error))
        status = Exit.USAGE
    except SystemExit as error:
        if error.code != 1:  # what click makes of a closed pipe
            raise  # after completion
        status = Exit.CLOSED_PIPE
    except OSError as error:
        status = unwritable(error)
    return status or Exit.SUCCEEDED
