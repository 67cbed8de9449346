"""The file of `wait --output`: an outcome a line, appended and synced as it comes, and read again to go on."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from tela_runs import Outcome, RunFailedError

from .text import json_text
from .views import View

if TYPE_CHECKING:
    from collections.abc import Container
    from types import TracebackType

#: What each line begins with, `Outcome.to_dict` being what it is: tells a line torn by a crash from a file of others.
_BEGINNING = b'{"run_id": "'


class Results(View):
    """Appends outcomes to a file. What is on disk stays there, whatever becomes of the process or the machine.

    Args:
        path: The file; made if it is not there.

    Raises:
        OSError: It cannot be read or written.
        click.UsageError: It holds something else than outcomes.
    """

    def __init__(self, path: str) -> None:
        self._finished = _finished_in(Path(path))
        self._file: IO[bytes] = Path(path).open("ab")  # noqa: SIM115 - closed with the view

    def finished(self, run_ids: Container[str]) -> list[Outcome]:
        """The outcomes of runs that, by the file, have succeeded or failed: what never changes again."""
        return [outcome for run_id, outcome in self._finished.items() if run_id in run_ids]

    def ended(self, outcome: Outcome) -> None:
        """Append the outcome."""
        self._file.write(json_text(outcome.to_dict()).encode() + b"\n")
        self._file.flush()
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # a pipe or a device, which has no disk under it
                raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()


def _finished_in(path: Path) -> dict[str, Outcome]:
    """The runs that have finished by the file; a line at its end that a crash has torn is cut off."""
    finished: dict[str, Outcome] = {}
    if not path.is_file():
        return finished
    with path.open("r+b") as file:
        end = 0
        for number, line in enumerate(file, 1):
            try:
                outcome = Outcome.from_dict(json.loads(line))
            except (ValueError, RecursionError):
                if not _is_torn(line):
                    raise click.UsageError(
                        f"Line {number} of {path} is not an outcome of a run. Give another file as --output."
                    ) from None
                file.truncate(end)
                break
            end += len(line)
            if outcome.succeeded or isinstance(outcome.error, RunFailedError):
                finished[outcome.run_id] = outcome
            if not line.endswith(b"\n"):
                file.write(b"\n")
    return finished


def _is_torn(line: bytes) -> bool:
    # After a loss of power, some file systems have zeros for what was not written yet.
    line = line.strip(b"\0")
    return not line.endswith(b"\n") and (line.startswith(_BEGINNING) or _BEGINNING.startswith(line))
