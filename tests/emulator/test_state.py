"""The lives of runs, by a clock moved by hand."""

from math import inf, nan

import pytest
from tela_runs.emulator.document import Moment
from tela_runs.emulator.state import EmulatedRun, Runs, new_run_id, scripted_life, timed_life


def _run(run_id: str = "r", output: object = None, **fields: object) -> EmulatedRun:
    life = timed_life(0.0, 1.0, 2.0, fails=False)
    return EmulatedRun(run_id, life, "canvas", output, fields, camel_case=False, epoch=0.0)


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        (10.0, Moment("created", 10.0, 10.0)),
        (11.5, Moment("created", 10.0, 10.0)),
        (12.0, Moment("running", 10.0, 12.0, 12.0)),
        (14.9, Moment("running", 10.0, 12.0, 12.0)),
        (15.0, Moment("succeeded", 10.0, 15.0, 12.0)),
        (9999.0, Moment("succeeded", 10.0, 15.0, 12.0)),
    ],
)
def test_a_timed_run_changes_at_its_times(now: float, moment: Moment) -> None:
    """A run is created, running and succeeded at exactly its times, and dates each change by them."""
    assert timed_life(10.0, 2.0, 3.0, fails=False).look(now, advance=True) == moment


def test_a_failing_run_ends_as_failed() -> None:
    """`fails` changes the last status alone."""
    life = timed_life(0.0, 1.0, 1.0, fails=True)
    assert [life.look(now, advance=True).status for now in (0.0, 1.0, 2.0)] == [
        "created",
        "running",
        "failed",
    ]


def test_a_scripted_run_moves_on_with_each_look() -> None:
    """Each look that a client gets to see moves one on, an unknown status included, and the last stays."""
    life = scripted_life(0.0, ["created", "paused", "paused", "succeeded"])
    moments = [life.look(float(now), advance=True) for now in range(5)]
    assert [moment.status for moment in moments] == ["created", "paused", "paused", "succeeded", "succeeded"]
    assert [moment.updated_at for moment in moments] == [0.0, 1.0, 1.0, 3.0, 3.0]


def test_a_look_that_nobody_sees_moves_nothing() -> None:
    """An answer that is lost on its way does not use up a status."""
    life = scripted_life(0.0, ["created", "succeeded"])
    seen = [life.look(0.0, advance=advance).status for advance in (False, False, True, True)]
    assert seen == ["created", "created", "created", "succeeded"]


@pytest.mark.parametrize("seconds", [-0.001, inf, nan])
def test_durations_are_checked(seconds: float) -> None:
    """A duration that is negative or not finite is refused, and named."""
    with pytest.raises(ValueError, match="created_for must be"):
        timed_life(0.0, seconds, 1.0, fails=False)
    with pytest.raises(ValueError, match="running_for must be"):
        timed_life(0.0, 1.0, seconds, fails=False)


@pytest.mark.parametrize("statuses", [[], "created", [None]])
def test_statuses_are_checked(statuses: list[str]) -> None:
    """No statuses, a bare string and what is no string are refused."""
    with pytest.raises(ValueError, match="at least one string"):
        scripted_life(0.0, statuses)


def test_an_id_is_taken_once() -> None:
    """A second run of the same id is refused."""
    runs = Runs()
    runs.add(_run("r"))
    with pytest.raises(ValueError, match="a run 'r' already"):
        runs.add(_run("r"))


@pytest.mark.parametrize("run", [_run(output={1, 2}), _run(output=nan), _run(extra=object())])
def test_what_json_cannot_hold_is_refused_when_added(run: EmulatedRun) -> None:
    """Output and fields are checked at once, not when the first request comes."""
    with pytest.raises(ValueError, match="JSON"):
        Runs().add(run)


def test_a_run_is_encoded_once_per_change() -> None:
    """Between two changes the very same bytes are given again."""
    runs = Runs()
    runs.add(_run())
    first, again, later = (runs.body("r", now, advance=True) for now in (1.0, 1.9, 3.0))
    assert first is again
    assert later != first


def test_new_ids_look_like_the_documented_one() -> None:
    """Ids are spelled like `crsv-i52z8vnqekc`, and differ."""
    ids = {new_run_id() for _ in range(100)}
    assert len(ids) == 100
    for run_id in ids:
        prefix, _, rest = run_id.partition("-")
        assert (prefix, len(rest), rest.isalnum(), rest.lower()) == ("crsv", 11, True, rest)
