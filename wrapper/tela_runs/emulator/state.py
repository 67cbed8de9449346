"""The runs an emulator knows and how they come along; time is an argument."""

import json
import random
import string
from collections.abc import Mapping, Sequence
from math import inf
from threading import Lock
from typing import Protocol

from attrs import define, evolve, field

from .document import JSON, Moment, camel_cased, run_document

DEFAULT_CANVAS_ID = "c9d6a1de-3a7e-4f0b-8f52-7b1d5a0e9a33"

_ID_ALPHABET = string.ascii_lowercase + string.digits


class Life(Protocol):
    """How a run gets from its first status to its last."""

    def look(self, now: float, *, advance: bool) -> Moment:
        """Give the run's moment at a time; `advance` when the client gets to see it."""


@define
class TimedLife:
    """created, then running, then the final status, as time passes."""

    created_at: float
    created_for: float
    running_for: float
    final: str

    def look(self, now: float, *, advance: bool) -> Moment:  # noqa: ARG002 - time alone moves it on
        """Give the moment at this time."""
        started_at = self.created_at + self.created_for
        finished_at = started_at + self.running_for
        if now >= finished_at:
            return Moment(self.final, self.created_at, finished_at, started_at)
        if now >= started_at:
            return Moment("running", self.created_at, started_at, started_at)
        return Moment("created", self.created_at, self.created_at)


@define
class ScriptedLife:
    """A list of statuses: each look that the client gets to see moves one on, and the last stays."""

    statuses: Sequence[str]
    moment: Moment
    _position: int = 0

    def look(self, now: float, *, advance: bool) -> Moment:
        """Give the moment of the status whose turn it is."""
        status = self.statuses[self._position]
        if status != self.moment.status:
            started_at = now if self.moment.started_at is None else self.moment.started_at
            self.moment = evolve(self.moment, status=status, updated_at=now, started_at=started_at)
        if advance:
            self._position = min(self._position + 1, len(self.statuses) - 1)
        return self.moment


@define
class EmulatedRun:
    """One run: who it is, how it lives, and what it gives.

    `epoch` is the 0 of the clock by which it lives, in seconds since 1970.
    """

    id: str
    life: Life
    canvas_id: str
    output: JSON
    fields: Mapping[str, JSON]
    camel_case: bool
    epoch: float
    _encoded: tuple[Moment, bytes] | None = field(default=None, init=False)

    def body(self, now: float, *, advance: bool) -> bytes:
        """Encode the run as it is now; encoded once per change, not once per request."""
        moment = self.life.look(now, advance=advance)
        if self._encoded is None or self._encoded[0] != moment:
            document = run_document(
                self.id,
                moment,
                canvas_id=self.canvas_id,
                output=self.output,
                fields=self.fields,
                epoch=self.epoch,
            )
            spelled = camel_cased(document) if self.camel_case else document
            self._encoded = (moment, json.dumps(spelled, allow_nan=False).encode())
        return self._encoded[1]


class Runs:
    """All the runs of one emulator, by id. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs: dict[str, EmulatedRun] = {}

    def add(self, run: EmulatedRun) -> None:
        """Take a run in.

        Raises:
            ValueError: there is a run of this id already, or it holds what JSON cannot.
        """
        try:
            json.dumps([run.output, run.fields], allow_nan=False)
        except TypeError as error:
            raise ValueError(f"output and fields must be JSON: {error}") from error
        with self._lock:
            if run.id in self._runs:
                raise ValueError(f"there is a run {run.id!r} already; choose another run_id or leave it out")
            self._runs[run.id] = run

    def body(self, run_id: str, now: float, *, advance: bool) -> bytes | None:
        """Encode this run as it is now, or give None when there is none."""
        with self._lock:
            run = self._runs.get(run_id)
            return None if run is None else run.body(now, advance=advance)


def new_run_id() -> str:
    """Make an id like the one example in the documentation, `crsv-i52z8vnqekc`."""
    return "crsv-" + "".join(random.choices(_ID_ALPHABET, k=11))  # noqa: S311 - an id, not a secret


def timed_life(now: float, created_for: float, running_for: float, *, fails: bool) -> TimedLife:
    """Make a life that follows the clock; durations in seconds.

    Raises:
        ValueError: a duration that is negative or not finite.
    """
    for name, seconds in (("created_for", created_for), ("running_for", running_for)):
        if not 0 <= seconds < inf:
            raise ValueError(f"{name} must be a finite number of seconds, 0 or more, not {seconds!r}")
    return TimedLife(now, created_for, running_for, "failed" if fails else "succeeded")


def scripted_life(now: float, statuses: Sequence[str]) -> ScriptedLife:
    """Make a life that follows a list of statuses, known ones or not.

    Raises:
        ValueError: no status at all, or one that is not a string.
    """
    if not statuses or isinstance(statuses, str) or not all(isinstance(status, str) for status in statuses):
        raise ValueError(f"statuses must be a sequence of at least one string, not {statuses!r}")
    return ScriptedLife(tuple(statuses), Moment(statuses[0], created_at=now, updated_at=now))
