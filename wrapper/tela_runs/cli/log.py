"""The library's log, as the user of the command sees it."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .streams import complain
from .text import for_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .views import View

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


class _Handler(logging.Handler):
    """Prints records from a level on; failed polls go to the views as well, and those of a terminal show them."""

    def __init__(self, level: int, views: Sequence[View]) -> None:
        super().__init__()
        self._least = level
        self._views = views
        self._is_live = any(view.is_live for view in views)
        self._print = next((view.print_line for view in views if view.is_live), complain)

    def emit(self, record: logging.LogRecord) -> None:
        """Print or show a record."""
        of_polls = vars(record)
        if "error" in of_polls:
            for view in self._views:
                if of_polls["error"] is None:
                    view.polls_succeed()
                else:
                    view.poll_failed(of_polls["run_id"], of_polls["error"])
        is_shown = "error" in of_polls and self._is_live and self._least == logging.WARNING
        if record.levelno >= self._least and not is_shown:
            self._print(for_command(record.getMessage()))


@contextmanager
def logged(verbosity: int, views: Sequence[View] = ()) -> Iterator[None]:
    """Print the log of the library: warnings, with verbosity 1 what happens, with 2 every request."""
    level = _LEVELS[min(verbosity, len(_LEVELS) - 1)]
    logger = logging.getLogger("tela_runs")
    before, propagate = logger.level, logger.propagate
    handler = _Handler(level, views)
    logger.addHandler(handler)
    # A view shows why each run cannot be polled; the library logs all but the first failure at DEBUG.
    logger.setLevel(logging.DEBUG if any(view.is_live for view in views) else level)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = propagate
