"""Drives flows by hand: a clock that moves when a flow sleeps or polls, and poll results given in advance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field
from tela_runs import APIConnectionError, FixedPacing, Run
from tela_runs._http.response import class_for_status
from tela_runs._polling.flow import Create, Done, Poll, PollResult, Report, Sleep, advance
from tela_runs._polling.state import Options, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tela_runs import APIError, APIStatusError, Pacing
    from tela_runs._polling.fleet import Fleet
    from tela_runs._polling.flow import Flow, Step
    from tela_runs._polling.state import Rate


@define
class Clock:
    """Seconds that pass only when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def shown(status: str, *, run_id: str = "r1", retry_after: float | None = None, **fields: Any) -> PollResult:
    """A poll that showed a run of this status."""
    return PollResult(Run.from_dict({"id": run_id, "status": status, **fields}), retry_after)


def error_of(status_code: int = 503, *, run_id: str | None = "r1", retry_after: float | None = None) -> APIStatusError:
    """The error of a poll, or a create, whose response had this status, other than 200."""
    kind, _ = class_for_status(status_code)
    return kind("no", status_code=status_code, run_id=run_id, retry_after=retry_after)


def unconnected(*, request_sent: bool = False, is_permanent: bool = False) -> APIConnectionError:
    """A poll, or a create, that had no response."""
    return APIConnectionError("refused", request_sent=request_sent, is_permanent=is_permanent)


def options(
    clock: Clock,
    *,
    pacing: Pacing | None = None,
    timeout: float = 30.0,
    jitter: float = 0.5,
    rate: Rate | None = None,
    created: dict[str, float] | None = None,
) -> Options:
    """Options with a fixed jitter; 0.5 leaves a pacing's delay as it is."""
    return Options(timeout, pacing or FixedPacing(2.0), clock, lambda: jitter, rate, created or {})


def due_run(fleet: Fleet) -> Wait | None:
    """The run that a worker is to poll now; None where it is to watch the clock, or to end."""
    step = fleet.next_step()
    return step if isinstance(step, Wait) else None


@define
class Played:
    """What a flow did, and how it ended."""

    steps: list[Step] = field(factory=list)
    begun_at: list[float] = field(factory=list)
    result: Any = None
    error: BaseException | None = None
    ended_at: float = 0.0

    @property
    def sleeps(self) -> list[float]:
        """The seconds that it asked to sleep each time."""
        return [round(step.seconds, 6) for step in self.steps if isinstance(step, Sleep)]

    @property
    def timeouts(self) -> list[float]:
        """The seconds that it gave each request."""
        return [round(step.timeout, 6) for step in self.steps if isinstance(step, (Poll, Create))]

    @property
    def reports(self) -> list[str]:
        """The statuses that it reported."""
        return [step.run.status_text for step in self.steps if isinstance(step, Report)]

    @property
    def requested_at(self) -> list[float]:
        """When it began each request, in seconds since the start of the clock."""
        times = zip(self.steps, self.begun_at, strict=True)
        return [round(at - 1000, 6) for step, at in times if isinstance(step, (Poll, Create))]


def play(
    flow: Flow[Any],
    clock: Clock,
    responses: Iterable[PollResult | APIError] | Callable[[int], PollResult | APIError],
    *,
    latency: float = 0.0,
    wakes: Iterable[float] = (),
    most: int = 10_000,
) -> Played:
    """Perform a flow to its end: each request takes ``latency`` seconds, at most its timeout, and gets a response.

    The run is woken at ``wakes``, in seconds since the start of the clock, as a driver would pass it on.
    """
    played = Played()
    given = (responses(number) for number in range(most)) if callable(responses) else iter(responses)
    pending = [1000 + at for at in wakes]
    result: PollResult | bool | None = None
    failed: APIError | None = None
    try:
        step = advance(flow)
        while not isinstance(step, Done):
            assert len(played.steps) < most, "the flow does not end"
            played.steps.append(step)
            played.begun_at.append(clock.now)
            result = failed = None
            if isinstance(step, Sleep):
                ends = clock.now + step.seconds
                result = step.wakeable and any(at <= ends for at in pending)
                clock.now = max(clock.now, min(pending)) if result else ends
                pending = [at for at in pending if at > clock.now] if result else pending
            elif isinstance(step, (Poll, Create)):
                pending = [at for at in pending if at > clock.now]
                clock.now += min(latency, step.timeout)
                response = next(given)
                result, failed = (response, None) if isinstance(response, PollResult) else (None, response)
            step = advance(flow, result, failed)
        played.result = step.result
    except Exception as error:  # it is what the tests look at
        played.error = error
    played.ended_at = clock.now
    return played
