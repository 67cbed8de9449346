"""The command `tela-runs`. Needs the extra `cli`: `pip install 'tela-runs[cli]'`."""

from __future__ import annotations

import sys

__all__ = ["main"]

_OF_THE_EXTRA = {"click", "rich", "yaml"}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and give its exit status; see `exits` for what each means.

    Args:
        arguments: The words after the command's name; those the process was started with by default.
    """
    try:
        from .commands import run  # noqa: PLC0415 - the extra may be missing, and that is to be said in one line
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _OF_THE_EXTRA:
            raise
        print(f"tela-runs: the command needs {missing}. Run: pip install 'tela-runs[cli]'", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # before `run` could say so in its way
        return 130
    return run(arguments)
