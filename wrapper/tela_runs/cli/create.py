"""`tela-runs create`: start a run, and perhaps wait for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tela_runs import RunsClient

from .exits import Exit
from .follow import WaitOptions, wait_for
from .log import logged
from .options import client_options, json_option, named, quiet_option, timeout_option
from .streams import complain, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXAMPLES = """
\b
Examples:
  tela-runs create --canvas CANVAS_ID --var city=Lisbon --file document=contract.pdf
  tela-runs create --canvas CANVAS_ID --var text=@letter.txt --var-json 'limits={"words": 200}' --wait
  id=$(tela-runs create --canvas CANVAS_ID --environment production --var city=Lisbon)
\b
Exit status: 0 if the run was started, otherwise as for wait. A create is never sent twice once it may have arrived.
"""


@click.command(epilog=_EXAMPLES)
@click.option("--canvas", "canvas_id", metavar="ID", help="The canvas to run.")
@click.option(
    "--environment", "environment_name", metavar="NAME", help="The canvas's environment, such as 'production'."
)
@click.option("--version-id", metavar="ID", help="The version of a canvas to run, instead of --canvas.")
@click.option(
    "--var",
    "texts",
    metavar="NAME=TEXT",
    multiple=True,
    callback=named,
    help="A text variable; NAME=@FILE reads it from a file.",
)
@click.option("--var-json", "values", metavar="NAME=JSON", multiple=True, callback=named, help="A variable as JSON.")
@click.option(
    "--file",
    "files",
    metavar="NAME=PATH",
    multiple=True,
    callback=named,
    help="A variable that is a file: its path, or its https URL.",
)
@click.option("--wait", "waits", is_flag=True, help="Wait for the run, and print what 'wait' prints.")
@json_option
@quiet_option
@timeout_option
@client_options
def create(
    *,
    canvas_id: str | None,
    environment_name: str | None,
    version_id: str | None,
    texts: dict[str, str],
    values: dict[str, str],
    files: dict[str, str],
    waits: bool,
    as_json: bool,
    quiet: bool,
    timeout: float,
    base_url: str | None,
    verbosity: int,
) -> Exit:
    """Start a run, and print its id.

    With --json, print the run as received. --var, --var-json and --file may be repeated, each time with another NAME.
    """
    if (canvas_id is None) == (version_id is None):
        raise click.UsageError("Give either --canvas or --version-id.")
    if environment_name is not None and canvas_id is None:
        raise click.UsageError("--environment belongs to a canvas. Give it with --canvas.")
    variables = _variables(texts, values, files)
    options = WaitOptions(timeout=timeout, as_json=as_json, quiet=quiet, verbosity=verbosity)
    with RunsClient(base_url=base_url) as client:
        with logged(verbosity):
            try:
                run = client.create(
                    canvas_id=canvas_id,
                    environment_name=environment_name,
                    version_id=version_id,
                    variables=variables or None,
                )
            except KeyboardInterrupt:
                complain("a run may have been started: check at Tela before you create it again")
                raise
        try:
            if waits:
                return wait_for(client, [run.id], options, lambda _pending: f"tela-runs wait {run.id}")
            if as_json:
                print_json(run.to_dict())
            else:
                print(run.id, flush=True)
        except OSError:
            complain(f"a run was started all the same; to continue: tela-runs wait {run.id}")
            raise
    return Exit.SUCCEEDED


def _variables(texts: Mapping[str, str], values: Mapping[str, str], files: Mapping[str, str]) -> dict[str, Any]:
    """The variables of a run, of all the options that give some.

    Raises:
        click.UsageError: A name is given twice, a file of text cannot be read, or JSON is none.
        ConfigurationError: A file cannot be sent.
    """
    from tela_runs import File  # noqa: PLC0415 - loads what other commands do without

    names = [*texts, *values, *files]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"The variable {name!r} is given twice. Give it once.")
    return {
        **{name: _text(name, text) for name, text in texts.items()},
        **{name: _parsed(name, text) for name, text in values.items()},
        **{
            name: File.from_url(path) if path.startswith(("https://", "http://")) else File.from_path(path)
            for name, path in files.items()
        },
    }


def _parsed(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"--var-json {name}=… is not JSON: {error}. Give text with --var.") from None


def _text(name: str, text: str) -> str:
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except OSError as error:
        advice = "Give text that begins with @ with --var-json."
        raise click.UsageError(f"--var {name}={text} cannot be read: {error.strerror}. {advice}") from None
    except UnicodeDecodeError:
        raise click.UsageError(f"{text[1:]} is not UTF-8 text. Send it with --file {name}={text[1:]}.") from None
