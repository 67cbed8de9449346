"""The runs that an emulator knows, and how they proceed; time is an argument."""

import json
import random
import string
from collections.abc import Mapping, Sequence

from attrs import define, field

from .document import JSON, Moment, camel_cased, run_document
from .faults import duration


def new_run_id() -> str:
    """Make an id like the one example in the documentation, `crsv-i52z8vnqekc`."""
    return "crsv-" + "".join(random.choices(string.ascii_lowercase + string.digits, k=11))  # noqa: S311 - no secret


@define(kw_only=True)
class EmulatedRun:
    """One run: the request that started it, how it proceeds, and what it gives.

    It is created, then running, then has its final status, as time passes: from `created_at` on the clock whose 0 is
    `epoch`, or from the first request where that is None. Or it follows `statuses`: each response that is sent whole
    moves one on, and the last stays. ValueError for what cannot be.
    """

    id: str
    request: Mapping[str, JSON]
    output: JSON
    created_at: float | None
    created_for: float = field(validator=duration)
    running_for: float = field(validator=duration)
    fails: bool
    epoch: float
    camel_case: bool
    statuses: Sequence[str] | None = None
    fields: Mapping[str, JSON] = field(factory=dict)
    _moment: Moment | None = None
    _encoded: bytes = b""

    def __attrs_post_init__(self) -> None:
        statuses = self.statuses
        if statuses is not None:
            if not statuses or isinstance(statuses, str) or not all(isinstance(status, str) for status in statuses):
                raise ValueError(f"statuses must be a sequence of at least one string, not {statuses!r}")
            if self.fails:
                raise ValueError("fails and statuses exclude each other: end the statuses with 'failed'")
            self.statuses = list(statuses)
        if not self.id:
            raise ValueError("run_id must not be empty; leave it out to get a new one")
        try:
            json.dumps([self.output, self.fields], allow_nan=False)
        except TypeError as error:
            raise ValueError(f"output and fields must be JSON: {error}") from error

    def body(self, now: float, *, advance: bool) -> bytes:
        """Encode the run as it is now, once per change; `advance` where a response with it will be sent whole."""
        self.created_at = now if self.created_at is None else self.created_at
        moment = self._timed(now, self.created_at) if self.statuses is None else self._scripted(now, self.created_at)
        if self.statuses and advance:
            self.statuses = self.statuses[1:] or self.statuses
        if moment != self._moment:
            self._moment = moment
            document = run_document(self.id, moment, request=self.request, output=self.output, epoch=self.epoch)
            document.update(self.fields)
            spelled = camel_cased(document) if self.camel_case else document
            self._encoded = json.dumps(spelled, allow_nan=False).encode()
        return self._encoded

    def _timed(self, now: float, created_at: float) -> Moment:
        started_at = created_at + self.created_for
        finished_at = started_at + self.running_for
        if now >= finished_at:
            return Moment("failed" if self.fails else "succeeded", created_at, finished_at, started_at)
        if now >= started_at:
            return Moment("running", created_at, started_at, started_at)
        return Moment("created", created_at, created_at)

    def _scripted(self, now: float, created_at: float) -> Moment:
        assert self.statuses is not None
        before = self._moment or Moment(self.statuses[0], created_at, created_at)
        if before.status == self.statuses[0]:
            return before
        started_at = now if before.started_at is None else before.started_at
        return Moment(self.statuses[0], created_at, now, started_at)
