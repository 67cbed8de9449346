"""`tela-runs get` and `tela-runs wait`, against the emulator, without a terminal."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

import pytest
from tela_runs import NotFoundError, Outcome, RunFailedError, __version__
from tela_runs.cli import options
from tela_runs.emulator import Body, Status

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator

    from .conftest import Command

STEPS = ("created", "running", "succeeded")


def columns(out: str) -> list[list[str]]:
    """The columns of each line, without the time."""
    return [line.split("\t")[1:] for line in out.splitlines()]


def test_get_describes_a_run(tela: Emulator, command: Command) -> None:
    """`get` prints the run's id and status, and its output as it is."""
    run_id = tela.add_run("Two\nlines.", statuses=["succeeded"])
    result = command("get", run_id)
    lines = result.out.splitlines()
    assert lines[:2] == [f"id        {run_id}", "status    succeeded"]
    assert lines[-3:] == ["", "Two", "lines."]
    assert (result.status, result.err) == (0, "")


def test_get_shows_an_unfinished_run(tela: Emulator, command: Command) -> None:
    """A run that has not ended is not an error for `get`."""
    result = command("get", tela.add_run(statuses=["running"]))
    assert (result.status, result.out.splitlines()[1]) == (0, "status    running")


def test_get_json_prints_what_was_received(tela: Emulator, command: Command) -> None:
    """`get --json` prints every field of the response, unknown ones too."""
    run_id = tela.add_run({"a": [1, None]}, statuses=["succeeded"], surprise={"x": "y"})
    printed = json.loads(command("get", run_id, "--json").out)
    assert printed["surprise"] == {"x": "y"}
    assert printed["output_content"]["content"] == {"a": [1, None]}
    assert printed["id"] == run_id


def test_wait_prints_a_line_for_each_change(tela: Emulator, command: Command) -> None:
    """Without a terminal there is one line a change of status, and the output of a run that succeeded as JSON."""
    run_id = tela.add_run({"total": 42}, statuses=["created", "created", "running", "succeeded"])
    result = command("wait", run_id, "--interval", "0.05")
    assert columns(result.out) == [[run_id, "created"], [run_id, "running"], [run_id, "succeeded", '{"total": 42}']]
    assert result.status == 0
    assert re.fullmatch(r"1 done · 1 succeeded · cost \S+ · \S+ tokens · median \S+ s · p95 \S+ s\n", result.err)


def test_wait_shows_a_status_it_does_not_know(tela: Emulator, command: Command) -> None:
    """An unknown status is shown as received and waited through."""
    run_id = tela.add_run("x", statuses=["paused", "succeeded"])
    result = command("wait", run_id, "--interval", "0.05")
    assert columns(result.out) == [[run_id, "paused"], [run_id, "succeeded", '"x"']]


def test_wait_json_prints_one_outcome_a_run(tela: Emulator, command: Command) -> None:
    """`wait --json` prints `Outcome.to_dict` of each run, in order of completion."""
    slow = tela.add_run("ação", statuses=STEPS, canvas_id="canvas-1")
    failing = tela.add_run(statuses=["failed"])
    result = command("wait", slow, failing, "crsv-absent", "--json", "--interval", "0.1")
    lines = result.out.splitlines()
    outcomes = {outcome.run_id: outcome for outcome in map(Outcome.from_dict, map(json.loads, lines))}
    assert set(outcomes) == {slow, failing, "crsv-absent"}
    assert list(outcomes)[-1] == slow
    assert outcomes[slow].output == "ação"
    assert "ação" in lines[-1]
    assert isinstance(outcomes[failing].error, RunFailedError)
    assert isinstance(outcomes["crsv-absent"].error, NotFoundError)
    assert result.err.splitlines()[-1].startswith("3 done · 1 succeeded · 1 failed · 1 error")


def test_json_is_strictly_valid(tela: Emulator, command: Command) -> None:
    """What JSON cannot hold, and a server sent all the same, is printed as text."""
    run_id = tela.add_run(statuses=["succeeded"])
    body = json.dumps({"id": run_id, "status": "succeeded", "output_content": {"content": [math.nan, math.inf]}})
    tela.inject(Body(lambda: [body.encode()]), times=None)
    for words in (("get", run_id, "--json"), ("wait", run_id, "--json"), ("wait", run_id)):
        result = command(*words)
        assert result.status == 0
        assert '"NaN"' in result.out
        assert '"Infinity"' in result.out


def test_quiet_prints_outputs_alone(tela: Emulator, command: Command) -> None:
    """`-q` prints what the runs produced: text as it is, anything else as JSON; failures still go to stderr."""
    text, data = tela.add_run("Two\nlines.", statuses=["succeeded"]), tela.add_run({"a": 1}, statuses=["succeeded"])
    assert command("wait", "-q", text) == (0, "Two\nlines.\n", "")
    assert command("wait", "-q", data) == (0, '{\n  "a": 1\n}\n', "")
    failed = command("wait", "-q", tela.add_run(statuses=["failed"]))
    assert (failed.status, failed.out, failed.err.count("\n")) == (1, "", 1)


def test_verbose_logs_the_library(tela: Emulator, command: Command) -> None:
    """`-vv` shows each request on stderr; nothing of it comes without."""
    run_id = tela.add_run(statuses=["succeeded"])
    for words in (("wait", run_id), ("get", run_id)):
        assert f"tela-runs: GET '{run_id}': HTTP 200\n" in command(*words, "-vv").err
        assert "HTTP 200" not in command(*words).err


def test_a_response_about_another_run_is_reported(tela: Emulator, command: Command) -> None:
    """Ids that differ in case on the two sides: the outcome is that of the id asked for, and a line says so."""
    run_id = tela.add_run("x", run_id="crsv-ABC", statuses=["succeeded"], id="crsv-abc")
    result = command("wait", run_id, "--json")
    assert json.loads(result.out)["run_id"] == "crsv-ABC"
    assert "The response for run 'crsv-ABC' has the id 'crsv-abc'." in result.err
    assert result.status == 0


def test_wait_waits_once_for_an_id_given_twice(tela: Emulator, command: Command) -> None:
    """The same id twice is one run."""
    run_id = tela.add_run("x", statuses=["succeeded"])
    assert columns(command("wait", run_id, run_id).out) == [[run_id, "succeeded", '"x"']]
    assert len(tela.requests) == 1


def test_wait_times_out_with_124(tela: Emulator, command: Command) -> None:
    """A run that has not ended in time is reported on stderr, with its last status; the exit status is 124."""
    run_id = tela.add_run(statuses=["running"])
    result = command("wait", run_id, "--timeout", "0.3")
    assert result.status == 124
    assert columns(result.out) == [[run_id, "running"]]
    message, go_on, totals = result.err.splitlines()
    assert message.startswith(f"tela-runs: Run '{run_id}' had not finished after 0.")
    assert go_on == f"tela-runs: to continue: tela-runs wait --timeout 0.3 {run_id}"
    assert totals == "0 done · 1 not finished"


def test_a_failed_run_exits_with_1(tela: Emulator, command: Command) -> None:
    """A run that failed is reported on stderr, with the command that shows more."""
    run_id = tela.add_run(statuses=["failed"])
    result = command("wait", run_id)
    assert result.status == 1
    message, totals = result.err.splitlines()
    advice = f"To see what it says of the cause: tela-runs get {run_id} --json"
    assert message == f"tela-runs: Run '{run_id}' ended as failed. {advice}"
    assert totals.startswith("1 done · 1 failed")


def test_a_rejected_request_exits_with_3(tela: Emulator, command: Command) -> None:
    """An id that the API does not know is an API error, for `get` and for `wait`."""
    for name in ("get", "wait"):
        result = command(name, "crsv-absent")
        assert (result.status, result.out) == (3, "")
        assert re.match(r"tela-runs: .*HTTP 404.*'crsv-absent'", result.err)
        assert result.err.count("tela-runs: ") == 1


def test_transient_failures_are_waited_through(tela: Emulator, command: Command) -> None:
    """A gateway's 502 in the middle of a wait is reported once, and does not end it."""
    run_id = tela.add_run("x", statuses=["running", "succeeded"])
    tela.inject(Status(502, body=b"<html>"), times=2)
    result = command("wait", run_id, "--interval", "0.05")
    assert (result.status, columns(result.out)) == (0, [[run_id, "running"], [run_id, "succeeded", '"x"']])
    assert result.err.count(f"tela-runs: A poll of run '{run_id}' failed") == 1


def test_of_several_ends_the_worst_is_the_exit_status(tela: Emulator, command: Command) -> None:
    """A rejected request comes before a failed run, and that before a timeout."""
    failing, endless = tela.add_run(statuses=["failed"]), tela.add_run(statuses=["running"])
    assert command("wait", failing, endless, "crsv-absent", "--timeout", "0.2").status == 3
    assert command("wait", failing, endless, "--timeout", "0.2").status == 1
    assert command("wait", tela.add_run(statuses=["succeeded"]), endless, "--timeout", "0.2").status == 124


@pytest.mark.parametrize(
    ("text", "seconds"), [("0.2", 0.2), ("0.005m", 0.3), ("1h30m", 5400), ("2d", 172800), ("5min", 300), ("90s", 90)]
)
def test_durations_have_units(text: str, seconds: float) -> None:
    """Seconds without a unit, or days, hours, minutes and seconds."""
    assert options.seconds(text) == seconds


def test_base_url_overrides_the_environment(tela: Emulator, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--base-url` comes before TELA_BASE_URL."""
    monkeypatch.setenv("TELA_BASE_URL", "http://127.0.0.1:9")
    run_id = tela.add_run("x", statuses=["succeeded"])
    assert [command(name, run_id, "--base-url", tela.url).status for name in ("get", "wait")] == [0, 0]


@pytest.mark.parametrize("words", [("get",), ("wait",), ("wait", "--json"), ("get", "--json")], ids=" ".join)
def test_nothing_received_reaches_the_terminal_raw(tela: Emulator, command: Command, words: tuple[str, ...]) -> None:
    """Escape sequences, lone surrogates and changes of direction in an output are escaped, and crash nothing."""
    run_id = tela.add_run("\x1b[2Jred\ud800\u202egpj.exe\x9b", statuses=["succeeded"])
    result = command(words[0], run_id, *words[1:])
    assert result.status == 0
    assert not {"\x1b", "\ud800", "\u202e", "\x9b"} & set(result.out)
    assert "red\\ud800\\u202egpj.exe" in result.out


def test_a_status_cannot_forge_a_line(tela: Emulator, command: Command) -> None:
    """Tabs and line breaks in a status stay inside its column."""
    run_id = tela.add_run("x", statuses=["odd\tone\nhere", "succeeded"])
    result = command("wait", run_id, "--interval", "0.05")
    assert columns(result.out) == [[run_id, "odd one here"], [run_id, "succeeded", '"x"']]


def test_help_names_the_exit_statuses(command: Command) -> None:
    """`wait --help` documents what a script needs to know."""
    result = command("wait", "--help")
    assert result.status == 0
    assert "124  a run had not finished in time" in result.out
    assert "default: 10m" in result.out


def test_the_command_alone_shows_help_with_examples(command: Command) -> None:
    """`tela-runs` is not an error: it says what there is, and shows how it is used."""
    result = command()
    assert (result.status, result.err) == (0, "")
    assert "Examples:\n  tela-runs wait crsv-i52z8vnqekc" in re.sub(r"\n +", "\n  ", result.out)
    for name in ("create", "demo", "drift", "emulate", "get", "wait"):
        assert f"\n  {name}" in result.out


def test_version_is_that_of_the_package(command: Command) -> None:
    """`--version` prints the version."""
    assert command("--version").out == f"tela-runs, version {__version__}\n"
