"""`tela-runs drift`: what in the API's responses is not in the contract, and the YAML that would put it there."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

import click

from tela_runs import RunsClient, TelaError
from tela_runs.drift import amendment, amendment_yaml, documented_contract, find_drift

from .exits import Exit, exit_of, worst
from .log import logged
from .options import client_options
from .streams import complain, print_json
from .text import complaint, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tela_runs.drift import Contract, Deviation

_EXIT_STATUSES = """
\b
Exit status:
  0    every response is within the contract
  1    there is drift
  2    wrong usage or configuration
  3    the API rejected a request, or could not be reached
  130  interrupted by Ctrl-C
If several apply, it is the first of 2, 3, 1.
"""
_DRIFT = 1


@click.command(epilog=_EXIT_STATUSES)
@click.argument("run_ids", metavar="[ID...]", nargs=-1)
@click.option(
    "--file",
    "files",
    metavar="FILE",
    type=click.File("rb"),
    multiple=True,
    help="A run as JSON, or an array of runs, instead of asking the API; '-' for stdin. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
@client_options
def drift(
    run_ids: tuple[str, ...], files: tuple[IO[bytes], ...], *, as_json: bool, base_url: str | None, verbosity: int
) -> int:
    """Compare the API's responses with this version's contract.

    Reports unknown fields and values, wrong types and formats, nulls and camelCase, each with its path and how often it
    was seen. What belongs to the user (variables, outputs, arguments) is not read, and no value that may be the
    user's is printed. The report is YAML to merge into openapi.yaml; see "When the API changes" in the docs.
    """
    if not run_ids and not files:
        raise click.UsageError("Give the ids of runs, or --file.")
    contract = documented_contract()
    payloads = [payload for file in files for payload in _payloads(file)]
    with logged(verbosity):
        retrieved, failures = _retrieved(run_ids, base_url)
    failed = worst(exit_of(failure) for failure in failures)
    payloads += retrieved
    if failed and not payloads:  # nothing was compared, and "0 deviations" would mislead
        return failed
    deviations = find_drift(payloads, contract)
    if as_json:
        print_json(_document(payloads, contract, deviations))
    else:
        print(_yaml(payloads, contract, deviations), end="", flush=True)
    return failed or (_DRIFT if deviations else Exit.SUCCEEDED)


def _payloads(file: IO[bytes]) -> Iterable[dict[str, Any]]:
    """The runs in a file.

    Raises:
        click.BadParameter: It holds something else.
    """
    try:
        content = json.load(file)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"{file.name!r} is not JSON: {error}", param_hint="'--file'") from None
    payloads = content if isinstance(content, list) else [content]
    if not all(isinstance(payload, dict) for payload in payloads):
        raise click.BadParameter(f"{file.name!r} holds neither a run nor an array of runs.", param_hint="'--file'")
    return payloads


def _retrieved(run_ids: Sequence[str], base_url: str | None) -> tuple[list[dict[str, Any]], list[TelaError]]:
    """The runs as the API gives them now, and what went wrong, which is printed at once."""
    payloads: list[dict[str, Any]] = []
    failures: list[TelaError] = []
    if not run_ids:  # and no key is needed
        return payloads, failures
    with RunsClient(base_url=base_url) as client:
        for run_id in dict.fromkeys(run_ids):
            try:
                payloads.append(client.retrieve(run_id).to_dict())
            except TelaError as error:
                complain(complaint(error))
                failures.append(error)
    return payloads, failures


def _document(payloads: Sequence[object], contract: Contract, deviations: Sequence[Deviation]) -> dict[str, object]:
    return {
        "responses": len(payloads),
        "deviations": [
            {
                "kind": deviation.kind,
                "path": deviation.path,
                "found": deviation.found,
                "documented": deviation.documented,
                "count": deviation.count,
            }
            for deviation in deviations
        ],
        "amendment": amendment(contract, deviations),
    }


def _yaml(payloads: Sequence[object], contract: Contract, deviations: Sequence[Deviation]) -> str:
    """The deviations as comments, and the amendment under them."""
    found = f"{_counted(len(deviations), 'deviation')} in {_counted(len(payloads), 'response')}"
    if not deviations:
        return f"# {found}\n"
    rows = [(each.kind, printable(each.path), f"{each.count}x", _explained(each)) for each in deviations]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    comment = "".join(f"# {line}\n" for line in [found, "", *lines, "", *_HOW_TO_MERGE]).replace("# \n", "#\n")
    return comment + amendment_yaml(contract, deviations)


_HOW_TO_MERGE = (
    "To put this into the contract, in a clone of the project: save it as found.yaml, then",
    "python3 noxfile.py -s regenerate -- --merge found.yaml",
    "By hand: mappings are merged, lists replaced, and a null removes a key.",
)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _explained(deviation: Deviation) -> str:
    documented = f" (documented: {deviation.documented})" if deviation.documented else ""
    return printable(f"{deviation.found}{documented}")
