"""The flow of a wait against a model of time: whatever the responses and however long they take, the rules hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tela_runs import AuthenticationError, InternalServerError, Run, WaitTimeoutError
from tela_runs._polling.flow import Done, Poll, PollResult, Report, Sleep, advance
from tela_runs._polling.single import watching
from tela_runs._polling.state import CEILING, FLOOR, RESERVE_MAX, Options

if TYPE_CHECKING:
    from tela_runs._polling.flow import Flow
    from tela_runs.errors import APIError

#: What rounding may do to a time of thousands of seconds.
EPSILON = 1e-6

seconds = st.floats(0.001, 4) | st.floats(0.001, 100_000)
hints = st.none() | st.none() | seconds
shares = st.floats(0, 1)
statuses = st.sampled_from(["created", "running", "queued", "odd", "running"])


class AnyPacing:
    """Gives what it was made to give, sense or nonsense."""

    def __init__(self, delays: list[float]) -> None:
        self._delays = delays
        self.asked = 0

    def delay(self, age: float, key: str | None = None) -> float:
        assert age >= 0
        self.asked += 1
        return self._delays[self.asked % len(self._delays)]

    def observe(self, duration: float, key: str | None = None) -> None:
        assert duration >= 0


class WaitMachine(RuleBasedStateMachine):
    """One wait: a server that responds or not, and a consumer that may dawdle."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.step: Any = None
        self.polls = 0
        self.reported: list[str] = []
        self.expected: list[str] = []
        self.hint: float | None = None
        self.dawdled = False

    @initialize(
        timeout=st.none() | seconds | seconds,
        request_timeout=st.floats(0.01, 100),
        delays=st.lists(seconds | st.sampled_from([0.0, -1.0, math.nan, math.inf]), min_size=1),
        jitter=st.floats(0, 1, exclude_max=True),
        lasting=st.integers(0, 15),
    )
    def begin(
        self, timeout: float | None, request_timeout: float, delays: list[float], jitter: float, lasting: int
    ) -> None:
        self.lasting = lasting
        self.deadline = math.inf if timeout is None else self.now + timeout
        self.request_timeout = request_timeout
        self.pacing = AnyPacing(delays)
        options = Options(request_timeout, self.pacing, lambda: self.now, lambda: jitter)
        self.flow: Flow[Run] = watching("run-1", options, timeout)
        self._go_on()

    def _go_on(self, result: PollResult | None = None, error: APIError | None = None) -> None:
        try:
            self.step = advance(self.flow, result, error)
        except WaitTimeoutError as ended:
            self.step = None
            self._check_end(ended)

    def _check_end(self, ended: WaitTimeoutError) -> None:
        assert self.now > self.deadline - 1.5 * FLOOR - EPSILON, "gave up too early"
        assert self.dawdled or self.now <= self.deadline + EPSILON, "gave up too late"
        assert ended.polls == self.polls
        assert ended.elapsed == self.now - 1000.0
        assert (ended.run.status_text if ended.run else None) == (self.expected[-1] if self.expected else None)

    @invariant()
    def a_poll_is_in_time(self) -> None:
        if isinstance(self.step, Poll):
            assert 0 < self.step.timeout <= self.request_timeout
            assert self.now + self.step.timeout <= self.deadline + EPSILON

    @invariant()
    def a_sleep_is_in_time(self) -> None:
        if isinstance(self.step, Sleep):
            assert FLOOR - EPSILON <= self.step.seconds <= CEILING
            assert self.now + self.step.seconds <= self.deadline + EPSILON

    @invariant()
    def a_hint_is_obeyed(self) -> None:
        if isinstance(self.step, Sleep) and self.hint is not None:
            until = self.now + self.step.seconds + EPSILON
            assert self.step.seconds >= min(self.hint, CEILING) - EPSILON or until >= self.deadline - RESERVE_MAX

    @invariant()
    def each_change_is_reported_once(self) -> None:
        shown = [self.step.run.status_text] if isinstance(self.step, Report) else []
        if not isinstance(self.step, Poll | None):
            assert self.reported + shown == self.expected

    @precondition(lambda self: isinstance(self.step, Poll))
    @rule(status=statuses, share=shares, hint=hints)
    def show(self, status: str, share: float, hint: float | None) -> None:
        self._poll(share, hint)
        if not self.expected or self.expected[-1] != status:
            self.expected.append(status)
        self._go_on(PollResult(Run.from_dict({"id": "run-1", "status": status}), hint))

    @precondition(lambda self: isinstance(self.step, Poll))
    @rule(share=shares, hint=hints)
    def fail(self, share: float, hint: float | None) -> None:
        self._poll(share, hint)
        self._go_on(error=InternalServerError("busy", status_code=503, run_id="run-1", retry_after=hint))

    def _poll(self, share: float, hint: float | None) -> None:
        self.now += share * self.step.timeout
        self.polls += 1
        self.hint = hint

    @precondition(lambda self: isinstance(self.step, Poll) and self.polls >= self.lasting)
    @rule(status=st.sampled_from(["succeeded", "failed"]), share=shares)
    def finish(self, status: str, share: float) -> None:
        self._poll(share, None)
        self.expected.append(status)
        self._go_on(PollResult(Run.from_dict({"id": "run-1", "status": status})))
        assert isinstance(self.step, Report)
        self.reported.append(self.step.run.status_text)
        self._go_on()
        assert isinstance(self.step, Done)
        assert self.step.result.status_text == status

    @precondition(lambda self: isinstance(self.step, Poll) and self.polls >= self.lasting)
    @rule(share=shares)
    def reject(self, share: float) -> None:
        self._poll(share, None)
        rejection = AuthenticationError("no", status_code=401, run_id="run-1")
        with pytest.raises(AuthenticationError) as caught:
            advance(self.flow, None, rejection)
        assert caught.value is rejection
        self.step = None

    @precondition(lambda self: isinstance(self.step, Sleep))
    @rule(lag=st.just(0.0) | st.floats(0, 0.5))
    def sleep(self, lag: float) -> None:
        self.now += self.step.seconds + lag
        self.dawdled = self.dawdled or self.now > self.deadline
        self._go_on()
        assert isinstance(self.step, Poll | None), "a sleep comes before a poll"

    @precondition(lambda self: isinstance(self.step, Report))
    @rule(dawdle=st.just(0.0) | seconds)
    def consume(self, dawdle: float) -> None:
        self.reported.append(self.step.run.status_text)
        self.now += dawdle
        self.dawdled = self.dawdled or self.now > self.deadline
        self._go_on()

    @precondition(lambda self: not isinstance(self.step, Poll | Sleep | Report))
    @rule()
    def stay_ended(self) -> None:
        assert next(self.flow, None) is None, "goes on after its end"


WaitMachine.TestCase.settings = settings(stateful_step_count=40)
TestWait = WaitMachine.TestCase
