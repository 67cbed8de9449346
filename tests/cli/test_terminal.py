"""`tela-runs wait` in a pseudo-terminal: what is on the screen at 40, 80 and 120 columns."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from tela_runs.emulator import Reset

if TYPE_CHECKING:
    from pathlib import Path

    from tela_runs.emulator import Emulator

if os.name != "posix":
    pytest.skip("needs POSIX signals and terminals", allow_module_level=True)

from .terminal import Terminal

WIDTHS = (40, 80, 120)
FAST = ("--interval", "0.1")


def add_runs(tela: Emulator, count: int, **life: object) -> list[str]:
    """So many runs, with ids that tell them apart at their ends."""
    return [tela.add_run(f"Output {n}.", run_id=f"crsv-i52z8vn{n:04d}", **life) for n in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_summary_and_a_bar_stand_above_the_rows(tela: Emulator, environment: dict[str, str], columns: int) -> None:
    """The first line counts, a bar shows the share, and each run has one line with its whole id and its status."""
    ended = [tela.add_run("Done.", run_id=f"crsv-i52z8vnend{n}", statuses=["succeeded"]) for n in range(3)]
    going = [tela.add_run(run_id=f"crsv-i52z8vngo{n}", statuses=["running"]) for n in range(3)]
    with Terminal(["wait", *ended, *going, *FAST], environment, columns, 20) as terminal:
        screen = terminal.until(r"3/6 done(.|\n)*(running(.|\n)*){3}(succeeded(.|\n)*){3}")
        assert screen[0].startswith("3/6 done")
        assert "━" in screen[0] + screen[1]
        rows = [line.split()[:2] for line in screen if line.startswith("crsv-")]
        assert [status for _, status in rows] == ["running"] * 3 + ["succeeded"] * 3
        assert sorted(run_id for run_id, _ in rows) == sorted(ended + going)
        assert all(len(line) <= columns for line in screen)


@pytest.mark.parametrize("columns", WIDTHS)
def test_outputs_give_way_before_times_and_these_before_ids(
    tela: Emulator, environment: dict[str, str], columns: int
) -> None:
    """At 40 columns the output is left out; at 80 and 120 it is cut to what the line holds."""
    output = "The contract ends on 31 March, with three months' notice, unless both sides agree. " * 3
    run_ids = [tela.add_run(output, run_id=f"crsv-i52z8vnqek{n}", statuses=["succeeded"]) for n in range(2)]
    with Terminal(["wait", *run_ids, *FAST], environment, columns, 20) as terminal:
        assert terminal.end() == 0
        rows = [line for line in terminal.rows() if line.startswith("crsv-")]
    assert len(rows) == 2
    for row in rows:
        assert re.match(r"crsv-i52z8vnqek\d  succeeded +\d\.\d s", row)
        assert ("The contract ends" in row) == (columns > 40)
        assert row.endswith("…") == (columns > 40)
    assert len(rows[0]) == {40: 36, 80: 80, 120: 120}[columns]


@pytest.mark.parametrize("columns", WIDTHS)
def test_long_ids_are_cut_in_the_middle(tela: Emulator, environment: dict[str, str], columns: int) -> None:
    """Ids that begin alike stay apart where they do not fit."""
    prefix = "a-prefix-that-all-of-these-runs-have-in-common-"
    run_ids = [tela.add_run(run_id=f"{prefix}{n:06d}", statuses=["running"]) for n in range(2)]
    with Terminal(["wait", *run_ids, "--timeout", "1"], environment, columns, 20) as terminal:
        assert terminal.end() == 124
        rows = [line for line in terminal.rows() if line.startswith("a-prefix") and "timed out" in line]
    assert [re.search(r"0000\d\d", row) is not None for row in rows] == [True, True]
    assert all(row.startswith(prefix if columns > 60 else "a-prefix-that") for row in rows)


@pytest.mark.parametrize("columns", WIDTHS)
def test_there_are_as_many_rows_as_the_screen_has(tela: Emulator, environment: dict[str, str], columns: int) -> None:
    """Of 60 runs, those that failed stand first, then those that run; a line says how many more there are."""
    run_ids = add_runs(tela, 57, statuses=["running"])
    failed = [tela.add_run(run_id=f"crsv-failed{n}", statuses=["failed"]) for n in range(3)]
    with Terminal(["wait", *run_ids, *failed, *FAST], environment, columns, 24) as terminal:
        screen = terminal.until(r"3/60 done · 3 failed(.|\n)*failed0 +failed(.|\n)*running(.|\n)*and \d+ more")
        assert len(screen) == 23
        rows = [line.split()[1] for line in screen if line.startswith("crsv-")]
        assert rows == ["failed"] * 3 + ["running"] * (len(rows) - 3)
        assert screen[-1] == f"… and {60 - len(rows)} more"
        terminal.interrupt()
        assert terminal.end() == 130


def test_the_end_is_reported_below_the_rows(tela: Emulator, environment: dict[str, str]) -> None:
    """After the rows come what failed, in whole lines, and the totals, on the last line."""
    run_ids = add_runs(tela, 54, created_for=0, running_for=0.5)
    failed = [tela.add_run(run_id=f"crsv-failed{n}", created_for=0, running_for=0.5, fails=True) for n in range(6)]
    with Terminal(["wait", *run_ids, *failed, *FAST], environment, 120, 24) as terminal:
        assert terminal.end() == 1
        *above, last = terminal.rows()
    assert re.fullmatch(r"60 done · 54 succeeded · 6 failed · cost \S+ · \S+ tokens · median 0\.5 s · p95 0\.5 s", last)
    assert "tela-runs get ID --json" in "".join(above)


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_counts_have_the_last_line_to_themselves_on_narrow_terminals(
    tela: Emulator, environment: dict[str, str], columns: int
) -> None:
    """However narrow the terminal, the last line begins with the counts and is whole."""
    run_ids = add_runs(tela, 3, created_for=0, running_for=0.3)
    with Terminal(["wait", *run_ids, *FAST], environment, columns, 24) as terminal:
        assert terminal.end() == 0
        assert terminal.rows()[-1].startswith("3 done · 3 succeeded")


def test_a_single_output_is_printed_once(tela: Emulator, environment: dict[str, str]) -> None:
    """The whole output of the one run stands below its row, and nowhere else."""
    run_id = tela.add_run("It works,\nover two lines.", statuses=["running", "succeeded"])
    with Terminal(["wait", run_id, *FAST], environment, 80, 24) as terminal:
        assert terminal.end() == 0
        rows = terminal.rows()
    assert rows[0].split()[:2] == [run_id, "succeeded"]
    assert rows[1:5] == ["", "It works,", "over two lines.", ""]
    assert rows[5].startswith("1 done · 1 succeeded")
    assert terminal.written.count(b"It works") == 1


def test_the_last_error_of_a_run_that_cannot_be_polled_is_shown(tela: Emulator, environment: dict[str, str]) -> None:
    """A row and a line below the summary say why polls fail, until they succeed again."""
    run_id, other = tela.add_run("x", statuses=["running"]), tela.add_run(statuses=["running"])
    with Terminal(["wait", run_id, other, *FAST], environment, 120, 24) as terminal:
        terminal.until(rf"{run_id} +running")
        tela.inject(Reset(), times=None)
        screen = terminal.until(
            rf"A poll failed: No response(.|\n)*{run_id} +running +\d.* No response from [\d.:]+: Connection reset"
        )
        assert screen[0].startswith("0/2 done")
        tela.heal()
        terminal.until(r"^0/2 done.*\n(crsv.*running +\d+(\.\d)? s\n?)+$")
        terminal.interrupt()
        terminal.end()


@pytest.mark.parametrize(
    ("number", "status", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_restores_the_cursor_and_says_how_to_go_on(
    tela: Emulator, environment: dict[str, str], number: int, status: int, word: str
) -> None:
    """After Ctrl-C and SIGTERM: what has not finished, the command that goes on with it, and the totals."""
    done, going = tela.add_run("x", statuses=["succeeded"]), tela.add_run(statuses=["running"])
    with Terminal(["wait", done, going, *FAST], environment, 120, 24) as terminal:
        terminal.until(r"1/2 done")
        assert not terminal.shows_cursor
        terminal.interrupt(number)
        assert terminal.end() == status
        assert terminal.shows_cursor
        rows = terminal.rows()
    assert rows[-4:-1] == [
        f"tela-runs: {word}",
        f"tela-runs: not finished, and still going on at Tela: 1 of 2 runs: {going}",
        f"tela-runs: to continue: tela-runs wait --interval 0.1 {going}",
    ]
    assert rows[-1].startswith("1 done · 1 succeeded · 1 not finished")


def test_ctrl_c_leaves_no_more_lines_than_the_screen_has(tela: Emulator, environment: dict[str, str]) -> None:
    """Of 500 runs, no more rows than fit were ever written at once."""
    with Terminal(["wait", *add_runs(tela, 500, statuses=["running"]), *FAST], environment, 80, 24) as terminal:
        terminal.until(r"running(.|\n)*and \d+ more")
        terminal.interrupt()
        terminal.end()
    last_frame = terminal.written.rpartition(b"interrupted")[0].rpartition(b"\x1b[2K")[2]
    assert last_frame.count(b"\n") <= 24


def test_json_into_a_file_shows_progress_on_the_terminal(
    tela: Emulator, environment: dict[str, str], tmp_path: Path
) -> None:
    """`wait --json > file` draws on stderr, and nothing but JSON comes into the file."""
    run_ids = add_runs(tela, 2, statuses=["running"] * 20 + ["succeeded"])
    with (
        (tmp_path / "out.jsonl").open("wb") as file,
        Terminal(["wait", "--json", *run_ids, *FAST], environment, stdout=file) as terminal,
    ):
        terminal.until(r"0/2 done.*\ncrsv-i52z8vn000\d +running")
        assert terminal.end() == 0
    assert [line[:12] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == ['{"run_id": "'] * 2


def test_json_into_a_pipe_keeps_progress_to_one_line(tela: Emulator, environment: dict[str, str]) -> None:
    """What reads the pipe may print on the same terminal: only the summary line is redrawn."""
    run_ids = add_runs(tela, 2, statuses=["running"] * 20 + ["succeeded"])
    with Terminal(["wait", "--json", *run_ids, *FAST], environment, stdout=subprocess.PIPE) as terminal:
        screen = terminal.until(r"0/2 done")
        assert len(screen) == 1
        assert terminal.end() == 0
        assert terminal.process.stdout is not None
        assert len(terminal.process.stdout.read().splitlines()) == 2
    assert b"\x1b[1A" not in terminal.written


@pytest.mark.parametrize("words", [("--json",), ("--quiet",)])
def test_json_and_outputs_alone_are_not_drawn_over(
    tela: Emulator, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    """With both streams on the terminal, `--json` and `--quiet` draw nothing."""
    run_id = tela.add_run("x", statuses=["running", "succeeded"])
    with Terminal(["wait", run_id, *words, *FAST], environment) as terminal:
        assert terminal.end() == 0
    assert b"\x1b" not in terminal.written


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE"])
def test_a_variable_makes_no_terminal_of_a_pipe(tela: Emulator, environment: dict[str, str], variable: str) -> None:
    """What is set in CI for the sake of colours does not decide the view."""
    run_id = tela.add_run("x", statuses=["running", "succeeded"])
    command = Terminal(
        ["wait", run_id, *FAST], {**environment, variable: "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with command:
        out, err = command.process.communicate(timeout=20)
    assert b"\x1b" not in out + err
    assert out.count(b"\n") == 2


def test_no_color_draws_without_colours(tela: Emulator, environment: dict[str, str]) -> None:
    """NO_COLOR decides colours alone: the view is the same."""
    run_ids = add_runs(tela, 2, statuses=["succeeded"])
    with (
        Terminal(["wait", *run_ids], environment) as coloured,
        Terminal(["wait", *run_ids], {**environment, "NO_COLOR": "1"}) as plain,
    ):
        assert (coloured.end(), plain.end()) == (0, 0)
    assert b"\x1b[32msucceeded" in coloured.written
    assert b"\x1b[32m" not in plain.written
    for terminal in (plain, coloured):
        assert sorted(row.split()[:2] for row in terminal.rows()[:2]) == [[run_id, "succeeded"] for run_id in run_ids]


def test_text_of_others_moves_no_cursor(tela: Emulator, environment: dict[str, str]) -> None:
    """Escape sequences in outputs and statuses are shown as text; wide and joined characters as they are."""
    bad = tela.add_run("\x1b[2J\x9b1;1HHi \u202egpj", run_id="crsv-bad", statuses=["succeeded"])
    odd = tela.add_run(run_id="crsv-odd", statuses=["\x1b]0;title\x07"])
    good = tela.add_run("ação 漢字\u3000no\u00a0break", run_id="crsv-good", statuses=["succeeded"])
    with Terminal(["wait", bad, odd, good, "--timeout", "1"], environment, 120) as terminal:
        assert terminal.end() == 124
        text = "\n".join(terminal.rows())
    assert "\\x1b[2J\\x9b1;1HHi \\u202egpj" in text
    assert "ação" in text
    assert "no\u00a0break" in text
    assert b"\x1b[2J" not in terminal.written


def test_lines_into_a_pipe_are_not_drawn_amid(tela: Emulator, environment: dict[str, str]) -> None:
    """What reads the lines may print them on the same terminal: they show the progress themselves."""
    run_id = tela.add_run("x", statuses=["running", "succeeded"])
    with Terminal(["wait", run_id, *FAST], environment, stdout=subprocess.PIPE) as terminal:
        assert terminal.end() == 0
        assert terminal.process.stdout is not None
        assert len(terminal.process.stdout.read().splitlines()) == 2
    assert b"\x1b" not in terminal.written
