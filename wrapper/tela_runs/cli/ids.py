"""The ids to wait for: words of the command line, lines of a file or of stdin."""

from __future__ import annotations

import codecs
import json
import re
import sys
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEWLINE = re.compile("\r\n|\r|\n")


def listed_ids(words: Sequence[str], file: IO[bytes] | None) -> list[str]:
    """The ids that were given, in order; a word ``-`` stands for the lines of stdin.

    Raises:
        click.UsageError: There are no ids, or a line holds something else.
    """
    ids: list[str] = []
    for word in words:
        ids += _of_stdin() if word == "-" else [word]
    if file is not None:
        ids += ids_in(file.read(), file.name)
    if not ids:
        raise click.UsageError("There are no ids. Give some as arguments, with --ids-file, or with '-' on stdin.")
    return ids


def _of_stdin() -> list[str]:
    if sys.stdin is None:
        raise click.UsageError("'-' reads ids from stdin, which is closed.")
    if sys.stdin.isatty():
        print("Reading ids from the terminal, one per line. Ctrl-D ends the list.", file=sys.stderr, flush=True)
    return ids_in(sys.stdin.buffer.read(), "stdin")


def ids_in(data: bytes, name: str) -> list[str]:
    """The ids in a text: one a line, or JSON lines with ``run_id`` or ``id``; blank lines and ``#`` comments skipped.

    Args:
        data: UTF-8, or UTF-16 with a byte order mark, as PowerShell writes it.
        name: Where it is from, for errors.

    Raises:
        click.UsageError: A line holds something else.
    """
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        lines = _NEWLINE.split(data.decode(encoding))
    except UnicodeDecodeError:
        raise click.UsageError(f"{name} is not UTF-8 text. Give one id per line.") from None
    ids = []
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        run_id = _id_in(line)
        if run_id is None:
            raise click.UsageError(
                f"Line {number} of {name} is not an id: {line[:60]!r}. "
                "Give one id per line, or JSON lines with 'run_id' or 'id'."
            )
        ids.append(run_id)
    return ids


def _id_in(line: str) -> str | None:
    if not line.startswith(("{", '"')):
        return None if re.search(r"\s", line) else line
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict):
        found = found.get("run_id", found.get("id"))
    return found if isinstance(found, str) and found else None
