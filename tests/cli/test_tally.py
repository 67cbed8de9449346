"""What a wait comes to: totals, and the time that is left, by a clock moved by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tela_runs import NotFoundError, Outcome, Run, RunFailedError, WaitTimeoutError
from tela_runs.cli.exits import Exit
from tela_runs.cli.tally import Tally

START = 1_700_000_000.0


def a_run(run_id: str, status: str, *, created: float = 0.0, updated: float = 0.0, **information: object) -> Run:
    """A run that was created and updated so many seconds after the start."""
    dates = {
        name: datetime.fromtimestamp(START + seconds, UTC).isoformat()
        for name, seconds in (("created_at", created), ("updated_at", updated))
    }
    content = {"content": "x", "information": information}
    return Run.from_dict({"id": run_id, "status": status, **dates, "output_content": content})


class Clock:
    """Seconds since 1970, moved by hand."""

    now = START

    def __call__(self) -> float:
        return self.now


def test_totals_count_each_kind_of_end() -> None:
    """Succeeded, failed, in error, and not finished; cost, tokens and durations of the runs that ended."""
    tally = Tally(["a", "b", "c", "d"])
    tally.ended(Outcome("a", a_run("a", "succeeded", updated=10, cost=0.25, input_tokens=1000, output_tokens=200)))
    failed = a_run("b", "failed", updated=20, cost=0.5, input_tokens=1000)
    tally.ended(Outcome("b", failed, RunFailedError(failed)))
    tally.ended(Outcome("c", None, NotFoundError("No.", status_code=404)))
    tally.ended(Outcome("d", None, WaitTimeoutError(run_id="d", run=None, elapsed=1.0, polls=1)))
    assert tally.counts() == "3 done · 1 succeeded · 1 failed · 1 error · 1 not finished"
    assert tally.sums() == "cost 0.75 · 2,000+200 tokens · median 10 s · p95 20 s"
    assert list(tally.pending) == ["d"]
    assert tally.exit is Exit.API_ERROR


@pytest.mark.parametrize("cost", [float("nan"), 10**400], ids=["NaN", "beyond a float"])
def test_what_is_not_known_is_left_out(cost: float) -> None:
    """A run without usage and dates counts, and adds nothing; a cost that cannot be added neither."""
    tally = Tally(["a"])
    bare = {"id": "a", "status": "succeeded", "output_content": {"information": {"cost": cost}}}
    tally.ended(Outcome("a", Run.from_dict(bare)))
    assert (tally.counts(), tally.sums()) == ("1 done · 1 succeeded", "")


def test_median_and_p95_are_nearest_ranks() -> None:
    """Of 100 runs of 1 to 100 seconds."""
    tally = Tally(f"{n}" for n in range(1, 101))
    for n in range(1, 101):
        tally.ended(Outcome(f"{n}", a_run(f"{n}", "succeeded", updated=n)))
    assert tally.sums() == "median 50 s · p95 95 s"


def test_the_time_left_follows_from_how_long_runs_take() -> None:
    """Nine in ten took 20 s or less: a run that was created 5 s ago has about 15 s to go."""
    clock = Clock()
    tally = Tally([f"{n}" for n in range(12)], clock)
    for n in range(12):
        tally.changed(a_run(f"{n}", "running", created=0 if n < 10 else 25))
    clock.now = START + 30
    assert tally.left() is None
    for n in range(10):
        tally.ended(Outcome(f"{n}", a_run(f"{n}", "succeeded", updated=n + 12)))
    assert tally.left() == pytest.approx(15)
    assert tally.progress() == "10/12 done · about 15 s left"


def test_the_time_left_follows_from_the_rate_where_runs_are_older() -> None:
    """Runs that take longer than all before them are expected at the rate at which the others ended."""
    clock = Clock()
    tally = Tally([f"{n}" for n in range(8)], clock)
    for n in range(8):
        tally.changed(a_run(f"{n}", "running"))
    for n in range(4):
        clock.now = START + 10 + n
        tally.ended(Outcome(f"{n}", a_run(f"{n}", "succeeded", updated=10)))
    clock.now = START + 16
    assert tally.left() == pytest.approx(6 / 3 * 4)


def test_nothing_is_said_of_the_time_left_before_a_tenth_has_ended() -> None:
    """Three early ends of a hundred runs are no measure for the others."""
    clock = Clock()
    tally = Tally([f"{n}" for n in range(100)], clock)
    for n in range(100):
        tally.changed(a_run(f"{n}", "running"))
    for n in range(3):
        tally.ended(Outcome(f"{n}", a_run(f"{n}", "succeeded", updated=1)))
    clock.now = START + 10
    assert tally.left() is None


def test_runs_of_an_earlier_wait_are_no_measure() -> None:
    """What `--resume` found in the file counts as done, and not as the speed of this wait."""
    clock = Clock()
    tally = Tally([f"{n}" for n in range(20)], clock)
    for n in range(10):
        tally.resumed(Outcome(f"{n}", a_run(f"{n}", "succeeded", updated=5)))
    clock.now = START + 1
    assert tally.left() is None
    assert tally.progress() == "10/20 done"
