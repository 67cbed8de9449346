"""The command in a pseudo-terminal, and what a terminal emulator has on its screen then."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Any, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = [sys.executable, "-m", "tela_runs.cli"]


class Terminal:
    """A terminal of a size, in which one command runs.

    Args:
        words: The command's arguments.
        environment: Its environment.
        columns: The width.
        lines: The height.
        redirected: Streams that do not go to the terminal, as for `subprocess.Popen`.
    """

    def __init__(
        self, words: list[str], environment: Mapping[str, str], columns: int = 80, lines: int = 24, **redirected: Any
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs, **redirected}
        self.process = subprocess.Popen(
            [*COMMAND, *words], env={"TERM": "xterm-256color", **environment}, start_new_session=True, **streams
        )
        os.close(theirs)

    def rows(self) -> list[str]:
        """The lines on the screen, without blanks at their ends, down to the last one with text."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n").split("\n")

    @property
    def shows_cursor(self) -> bool:
        """Whether the cursor is visible."""
        return not self.screen.cursor.hidden

    def read(self, timeout: float) -> bool:
        """Draw what the command writes next; False when it has closed the terminal."""
        if not select.select([self._ours], [], [], timeout)[0]:
            return True
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # how Linux tells that the other side is closed
            return False
        self.written += data
        self._stream.feed(data)
        return bool(data)

    def until(self, pattern: str, timeout: float = 20.0) -> list[str]:
        """Read on until the screen shows a pattern; the screen then."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, "\n".join(self.rows())):
            if time.monotonic() > deadline or not self.read(0.2):
                raise AssertionError(f"{pattern!r} is not on the screen:\n" + "\n".join(self.rows()))
        return self.rows()

    def end(self, timeout: float = 20.0) -> int:
        """Read on until the command has ended; its exit status."""
        deadline = time.monotonic() + timeout
        while self.read(0.2):
            assert time.monotonic() < deadline, "\n".join(self.rows())
        return self.process.wait(timeout)

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Send a signal, as Ctrl-C does."""
        self.process.send_signal(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_how: object) -> None:
        self.process.kill()  # one that has ended stays as it is
        self.process.communicate()
        os.close(self._ours)
