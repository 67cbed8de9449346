"""How runs proceed, by a clock moved by hand."""

import json
from math import inf, nan
from typing import Any

import pytest
from tela_runs.emulator import Emulator
from tela_runs.emulator.runs import EmulatedRun


def _run(**attributes: Any) -> EmulatedRun:
    usual: dict[str, Any] = {
        "id": "r",
        "request": {},
        "output": None,
        "created_at": 0.0,
        "created_for": 1.0,
        "running_for": 2.0,
        "fails": False,
    }
    return EmulatedRun(**{**usual, "epoch": 0.0, "camel_case": False, **attributes})


def _state(run: EmulatedRun, now: float, *, advance: bool = True) -> tuple[str, str, str]:
    document = json.loads(run.body(now, advance=advance))
    return document["status"], document["created_at"][17:19], document["updated_at"][17:19]


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (10.0, ("created", "10", "10")),
        (11.5, ("created", "10", "10")),
        (12.0, ("running", "10", "12")),
        (14.9, ("running", "10", "12")),
        (15.0, ("succeeded", "10", "15")),
        (9999.0, ("succeeded", "10", "15")),
    ],
)
def test_a_timed_run_changes_at_its_times(now: float, state: tuple[str, str, str]) -> None:
    """A run is created, running and succeeded at exactly its times, and dates each change by them."""
    assert _state(_run(created_at=10.0, created_for=2.0, running_for=3.0), now) == state


def test_a_failing_run_ends_as_failed() -> None:
    """`fails` changes the last status alone."""
    run = _run(created_for=1.0, running_for=1.0, fails=True)
    assert [_state(run, now)[0] for now in (0.0, 1.0, 2.0)] == ["created", "running", "failed"]


def test_a_run_may_begin_with_its_first_request() -> None:
    """Without a time of creation it is created when it is first asked for."""
    run = _run(created_at=None)
    assert [_state(run, now) for now in (20.0, 21.0)] == [("created", "20", "20"), ("running", "20", "21")]


def test_a_scripted_run_moves_on_with_each_response() -> None:
    """Each response that a client gets moves one on, an unknown status included, and the last stays."""
    run = _run(statuses=["created", "paused", "paused", "succeeded"])
    states = [_state(run, float(now)) for now in range(5)]
    assert [status for status, _, _ in states] == ["created", "paused", "paused", "succeeded", "succeeded"]
    assert [updated for _, _, updated in states] == ["00", "01", "01", "03", "03"]


def test_a_response_that_is_lost_moves_nothing() -> None:
    """A response that is lost on its way does not use up a status."""
    run = _run(statuses=["created", "succeeded"])
    seen = [_state(run, 0.0, advance=advance)[0] for advance in (False, False, True, True)]
    assert seen == ["created", "created", "created", "succeeded"]


@pytest.mark.parametrize("seconds", [-0.001, inf, nan])
@pytest.mark.parametrize("name", ["created_for", "running_for"])
def test_durations_are_checked(name: str, seconds: float) -> None:
    """A duration that is negative or not finite is rejected, and named."""
    with pytest.raises(ValueError, match=name):
        _run(**{name: seconds})


def test_statuses_are_checked() -> None:
    """An empty list of statuses is rejected, and so is a string, whose letters are none."""
    with pytest.raises(ValueError, match="statuses"):
        _run(statuses=[])
    with pytest.raises(TypeError, match="statuses"):
        _run(statuses="running")


def test_an_id_is_taken_once() -> None:
    """A second run of the same id is rejected."""
    tela = Emulator()
    tela.add_run(run_id="r")
    with pytest.raises(ValueError, match="a run 'r' already"):
        tela.add_run(run_id="r")


@pytest.mark.parametrize("wrong", [{"output": {1, 2}}, {"output": nan}, {"fields": {"extra": object()}}])
def test_what_json_cannot_hold_is_rejected_when_added(wrong: dict[str, Any]) -> None:
    """Output and fields are checked at once, not when the first request comes."""
    with pytest.raises((TypeError, ValueError), match="JSON"):
        _run(**wrong)


def test_fields_override_and_add() -> None:
    """Given fields take the place of the API's, whatever their type, and unknown ones are added."""
    run = _run(fields={"output_content": [], "status": 5, "brand_new": {"a_b": 1}})
    document = json.loads(run.body(0.0, advance=True))
    assert (document["output_content"], document["status"], document["brand_new"]) == ([], 5, {"a_b": 1})


def test_new_ids_look_like_the_documented_one() -> None:
    """Ids are spelled like `crsv-i52z8vnqekc`, and differ."""
    tela = Emulator()
    ids = {tela.add_run() for _ in range(100)}
    assert len(ids) == 100
    for run_id in ids:
        prefix, _, rest = run_id.partition("-")
        assert (prefix, len(rest), rest.isalnum(), rest.lower()) == ("crsv", 11, True, rest)
