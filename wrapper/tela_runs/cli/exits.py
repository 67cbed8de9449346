"""What the exit status of `tela-runs` says."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from tela_runs import ConfigurationError, RunFailedError, TelaError, WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Exit(IntEnum):
    """The exit statuses.

    74 is EX_IOERR of sysexits.h, 124 that of `timeout` in coreutils, and from 128 on they are those that a shell gives
    for a signal: 128 + SIGINT, SIGPIPE, SIGTERM.
    """

    SUCCEEDED = 0
    FAILED = 1
    USAGE = 2
    API_ERROR = 3
    CANNOT_WRITE = 74
    TIMED_OUT = 124
    INTERRUPTED = 130
    CLOSED_PIPE = 141
    TERMINATED = 143


#: Of several runs that ended differently the first of these counts: what a retry cannot fix comes first.
_WORST_FIRST = (Exit.USAGE, Exit.API_ERROR, Exit.FAILED, Exit.TIMED_OUT, Exit.SUCCEEDED)


def exit_of(error: TelaError | None) -> Exit:
    """The exit status for one error, or for none."""
    match error:
        case None:
            return Exit.SUCCEEDED
        case RunFailedError():
            return Exit.FAILED
        case WaitTimeoutError():
            return Exit.TIMED_OUT
        case ConfigurationError():
            return Exit.USAGE
        case _:
            return Exit.API_ERROR


def worst(exits: Iterable[Exit]) -> Exit:
    """The exit status for all of them; that of success if there are none."""
    return min(exits, key=_WORST_FIRST.index, default=Exit.SUCCEEDED)
