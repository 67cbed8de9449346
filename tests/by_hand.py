"""Drives flows by hand: a clock that moves when a flow sleeps or looks, and answers given in advance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from attrs import define, field
from tela_runs import FixedPacing, InternalServerError, Run, RunStatus
from tela_runs._answer import Seen
from tela_runs._flow import Done, Look, Report, Sleep, advance
from tela_runs._wait import Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tela_runs import Pacing
    from tela_runs._flow import Flow
    from tela_runs._rate import Rate
    from tela_runs.errors import APIError


@define
class Clock:
    """Seconds that pass only when they are told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def seen(status: str, *, retry_after: float | None = None, **fields: Any) -> Seen:
    """A look that showed a run of this status."""
    return Seen(Run.from_dict({"id": "r1", "status": status, **fields}), retry_after)


def busy(status_code: int = 503, retry_after: float | None = None) -> APIError:
    """A look that failed in passing."""
    return InternalServerError("busy", status_code=status_code, run_id="r1", retry_after=retry_after)


def terms(
    clock: Clock,
    *,
    pacing: Pacing | None = None,
    timeout: float = 30.0,
    jitter: float = 0.5,
    rate: Rate | None = None,
) -> Terms:
    """Terms with a fixed jitter; 0.5 leaves a pacing's delay as it is."""
    return Terms(timeout, pacing or FixedPacing(2.0), clock, lambda: jitter, rate)


@define
class Played:
    """What a flow did, and how it ended."""

    steps: list[Look | Sleep | Report] = field(factory=list)
    result: Any = None
    error: BaseException | None = None
    ended_at: float = 0.0

    @property
    def sleeps(self) -> list[float]:
        return [round(step.seconds, 6) for step in self.steps if isinstance(step, Sleep)]

    @property
    def timeouts(self) -> list[float]:
        return [round(step.timeout, 6) for step in self.steps if isinstance(step, Look)]

    @property
    def reports(self) -> list[str]:
        return [step.run.status_text for step in self.steps if isinstance(step, Report)]


def play(
    flow: Flow[Any],
    clock: Clock,
    answers: Iterable[Seen | APIError] | Callable[[int], Seen | APIError],
    *,
    latency: float = 0.0,
    most: int = 10_000,
) -> Played:
    """Perform a flow to its end: each look takes ``latency`` seconds (its timeout at the most) and gets an answer."""
    played = Played()
    given = (answers(number) for number in range(most)) if callable(answers) else iter(answers)
    result: Seen | None = None
    failed: APIError | None = None
    try:
        step = advance(flow)
        while not isinstance(step, Done):
            assert len(played.steps) < most, "the flow does not end"
            played.steps.append(step)
            result = failed = None
            if isinstance(step, Sleep):
                clock.now += step.seconds
            elif isinstance(step, Look):
                clock.now += min(latency, step.timeout)
                answer = next(given)
                result, failed = (answer, None) if isinstance(answer, Seen) else (None, answer)
            step = advance(flow, result, failed)
        played.result = step.result
    except Exception as error:  # it is what the tests look at
        played.error = error
    played.ended_at = clock.now
    return played


def payload(status: RunStatus = RunStatus.SUCCEEDED, **fields: Any) -> bytes:
    """The JSON text of a run."""
    return json.dumps({"id": "r1", "status": status, **fields}).encode()
