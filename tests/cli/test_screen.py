"""The rows of the view: which are drawn, and that drawing does not depend on how many there are."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console
from tela_runs import NotFoundError, Outcome, Run, WaitTimeoutError
from tela_runs.cli.screen import Screen
from tela_runs.cli.tally import Tally


def a_screen(count: int, clock: Any = lambda: 0.0) -> tuple[Screen, Console]:
    """A view of so many runs on 80 columns and 24 lines."""
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=24, color_system=None)
    return Screen(Tally(f"crsv-{n}" for n in range(count)), console, clock=clock), console


def drawn(screen: Screen, console: Console) -> list[str]:
    """The lines of a frame."""
    with console.capture() as capture:
        console.print(screen.frame())
    return [line.rstrip() for line in capture.get().splitlines()]


def a_run(run_id: str, status: str) -> Run:
    """A run of this status."""
    return Run.from_dict({"id": run_id, "status": status})


@pytest.mark.parametrize("count", [100, 10_000])
def test_a_frame_has_no_more_rows_than_the_screen(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 100 runs and of 10,000 the same 21 are made into text, and the last line counts the others."""
    screen, console = a_screen(count)
    for n in range(count):
        screen.changed(a_run(f"crsv-{n}", "running"))
    made: list[int] = []
    real = Screen._lines

    def counted(self: Screen, rows: list[Any], width: int) -> Any:
        made.append(len(rows))
        return real(self, rows, width)

    monkeypatch.setattr(Screen, "_lines", counted)
    lines = drawn(screen, console)
    assert len(lines) == 23
    assert made == [21]
    assert lines[-1] == f"… and {count - 21} more"


def test_the_time_of_a_run_stops_at_its_end() -> None:
    """Each row shows the seconds waited: they go on until the wait for that run has ended."""
    now = 100.0
    screen, console = a_screen(3, lambda: now)
    screen.changed(a_run("crsv-0", "running"))
    now = 101.5
    assert [line.split() for line in drawn(screen, console)[1:]] == [
        ["crsv-0", "running", "1.5", "s"],
        ["crsv-1", "…", "1.5", "s"],
        ["crsv-2", "…", "1.5", "s"],
    ]
    screen.ended(Outcome("crsv-0", a_run("crsv-0", "succeeded")))
    screen.ended(Outcome("crsv-2", None, WaitTimeoutError(run_id="crsv-2", run=None, elapsed=1.0, polls=1)))
    now = 103.0
    assert [line.split()[:4] for line in drawn(screen, console)[1:]] == [
        ["crsv-2", "timed", "out", "1.5"],
        ["crsv-1", "…", "3.0", "s"],
        ["crsv-0", "succeeded", "1.5", "s"],
    ]


def test_failures_leave_half_of_the_rows_to_what_runs() -> None:
    """With more failures than lines, the latest are shown, and what still runs below them."""
    screen, console = a_screen(100)
    for n in range(50):
        screen.changed(a_run(f"crsv-{n}", "running"))
    for n in range(50, 100):
        screen.ended(Outcome(f"crsv-{n}", None, NotFoundError("No.", status_code=404)))
    rows = [line.split()[:2] for line in drawn(screen, console)[1:-1]]
    assert rows[:2] == [["crsv-99", "error"], ["crsv-98", "error"]]
    assert [status for _, status in rows] == ["error"] * 11 + ["running"] * 10


def test_a_run_under_another_id_takes_no_row() -> None:
    """A response about an id that was not asked for crashes nothing; the row ends by the id asked for."""
    screen, console = a_screen(1)
    screen.changed(a_run("CRSV-0", "running"))
    assert drawn(screen, console)[1].split()[:2] == ["crsv-0", "…"]
    screen.ended(Outcome("crsv-0", a_run("CRSV-0", "succeeded")))
    assert drawn(screen, console)[1].split()[:2] == ["crsv-0", "succeeded"]


def test_a_failed_poll_shows_until_polls_succeed() -> None:
    """The reason stands on the row and below the summary, without the id that the row has."""
    screen, console = a_screen(2)
    error = NotFoundError("No response for run 'crsv-1': refused. Try again.", status_code=404)
    screen.poll_failed("crsv-1", error)
    _, trouble, first, _ = drawn(screen, console)
    assert trouble == "A poll failed: No response: refused. Try again."
    assert first.split(maxsplit=4) == ["crsv-1", "…", "0.0", "s", "No response: refused. Try again."]
    screen.polls_succeed()
    assert not any("No response" in line for line in drawn(screen, console))
