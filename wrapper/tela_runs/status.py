"""Where a run is in its life."""

from __future__ import annotations

import logging
from enum import StrEnum

_logger = logging.getLogger("tela_runs")

#: Unknown statuses that were logged, so that each is logged once; bounded, since a server chooses what comes.
_logged_statuses: set[str] = set()
_MAX_LOGGED_STATUSES = 100


class RunStatus(StrEnum):
    """Where a run is in its life: created → running → succeeded or failed.

    Source: docs.tela.com, "Async and webhooks". A status that this version does not know is `UNKNOWN`: not final, so
    a wait goes on; the text as received is `Run.status_text`.
    """

    CREATED = "created"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        """Whether the run has ended: a run leaves neither `SUCCEEDED` nor `FAILED` by itself."""
        return self is RunStatus.SUCCEEDED or self is RunStatus.FAILED


_KNOWN_STATUSES = {status.value: status for status in RunStatus if status is not RunStatus.UNKNOWN}


def status_of(text: str) -> RunStatus:
    """The status that a text stands for; one that is not known is logged, once."""
    status = _KNOWN_STATUSES.get(text)
    if status is not None:
        return status
    if text not in _logged_statuses and len(_logged_statuses) < _MAX_LOGGED_STATUSES:
        _logged_statuses.add(text)
        _logger.warning("Unknown run status %r: taken as not final. A newer tela-runs may know it.", text[:100])
    return RunStatus.UNKNOWN
