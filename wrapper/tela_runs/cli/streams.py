"""The process around a command: its standard streams, and the signals that end it."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

from .exits import Exit
from .text import json_text, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator


class Terminated(KeyboardInterrupt):
    """SIGTERM came. A command ends as for Ctrl-C: at once, and in good order."""


@contextmanager
def sigterm_raised() -> Iterator[None]:
    """Let SIGTERM raise `Terminated`, so that a terminal gets its cursor back and the user learns how to go on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _terminate(_number: int, _frame: object) -> NoReturn:
    raise Terminated


def prepare() -> None:
    """Make the standard streams safe to print to.

    Raises:
        OSError: There is no stdout.
    """
    if sys.stderr is None:
        # `2>&-`. Python's print would take stdout instead, and the next file opened would be what C code calls stderr.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the process
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's encoding lacks is escaped. Click and rich would raise.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")


def complain(line: str) -> None:
    """Print a line for the user on stderr, if that can be written to."""
    with suppress(OSError):
        print(f"tela-runs: {line}", file=sys.stderr, flush=True)


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print JSON on stdout, in characters that its encoding has."""
    print(json_text(value, indent=indent, encoding=sys.stdout.encoding or "utf-8"), flush=True)


def report_interrupt(interrupt: BaseException | None) -> Exit:
    """Report Ctrl-C or SIGTERM; the exit status for it."""
    is_terminated = isinstance(interrupt, Terminated)
    complain("terminated" if is_terminated else "interrupted")
    return Exit.TERMINATED if is_terminated else Exit.INTERRUPTED


def unwritable(error: OSError) -> Exit:
    """Report output that cannot be written, unless its reader has gone; the exit status for it."""
    with suppress(OSError, ValueError, AttributeError):
        # Nothing more is written to it, not even when Python flushes stdout at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return Exit.CLOSED_PIPE
    what = "the output" if error.filename is None else one_line(str(error.filename))
    complain(f"{what} cannot be written: {error.strerror or error}")
    return Exit.CANNOT_WRITE
