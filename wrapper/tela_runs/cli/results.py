"""The file of `wait --output`: an outcome a line, appended and synced as it comes, and read again to go on."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from tela_runs import Outcome, RunFailedError

from .text import json_text
from .views import View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

#: What each line begins with, `Outcome.to_dict` being what it is: tells a line torn by a crash from a file of others.
_BEGINNING = b'{"run_id": "'


class Results(View):
    """Appends outcomes to a file. What is on disk stays there, whatever becomes of the process or the machine.

    Args:
        path: The file; made if it is not there.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def finished(self) -> Iterator[Outcome]:
        """What has succeeded or failed by the file, and never changes again. A line torn by a crash is cut off it.

        Raises:
            OSError: It cannot be read or written.
            click.UsageError: It holds something else than outcomes.
        """
        if not self._path.is_file():
            return
        with self._path.open("r+b") as file:
            end = 0
            for number, line in enumerate(file, 1):
                try:
                    outcome = Outcome.from_dict(json.loads(line))
                except (ValueError, RecursionError):
                    if _is_torn(line):
                        file.truncate(end)
                        return
                    raise click.UsageError(
                        f"Line {number} of {self._path} is not an outcome of a run. Give another file as --output."
                    ) from None
                end += len(line)
                if not line.endswith(b"\n"):
                    file.write(b"\n")
                if outcome.succeeded or isinstance(outcome.error, RunFailedError):
                    yield outcome

    def __enter__(self) -> Self:
        self._file = self._path.open("ab")
        return self

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


def _is_torn(line: bytes) -> bool:
    # After a loss of power, some file systems have zeros for what was not written yet.
    line = line.strip(b"\0")
    return not line.endswith(b"\n") and (line.startswith(_BEGINNING) or _BEGINNING.startswith(line))
