"""`tela-runs get` and `tela-runs wait`, against the emulator, without a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tela_runs import __version__
from tela_runs.emulator import Status

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
    """A run that has not ended is no error for `get`."""
    result = command("get", tela.add_run(statuses=["running"]))
    assert (result.status, result.out.splitlines()[1]) == (0, "status    running")


def test_get_json_prints_what_was_received(tela: Emulator, command: Command) -> None:
    """`get --json` prints every field of the answer, unknown ones too."""
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
    assert (result.status, result.err) == (0, "")


def test_wait_shows_a_status_it_does_not_know(tela: Emulator, command: Command) -> None:
    """An unknown status is shown as received and waited through."""
    run_id = tela.add_run("x", statuses=["paused", "succeeded"])
    result = command("wait", run_id, "--interval", "0.05")
    assert columns(result.out) == [[run_id, "paused"], [run_id, "succeeded", '"x"']]


def test_wait_json_prints_one_object_a_run(tela: Emulator, command: Command) -> None:
    """`wait --json` prints an object a run in order of completion, with the same keys however it ended."""
    slow = tela.add_run("done", statuses=STEPS, canvas_id="canvas-1")
    failing = tela.add_run(statuses=["failed"])
    result = command("wait", slow, failing, "crsv-absent", "--json", "--interval", "0.1")
    objects = {item["id"]: item for item in map(json.loads, result.out.splitlines())}
    assert set(objects) == {slow, failing, "crsv-absent"}
    assert list(objects)[-1] == slow
    assert {frozenset(item) for item in objects.values()} == {
        frozenset({"id", "status", "output", "usage", "canvas_id", "created_at", "updated_at", "error"})
    }
    assert objects[slow]["output"] == "done"
    assert objects[slow]["canvas_id"] == "canvas-1"
    assert objects[slow]["usage"]["output_tokens"] == 1
    assert objects[slow]["error"] is None
    assert (objects[failing]["status"], objects[failing]["error"]["type"]) == ("failed", "RunFailedError")
    assert objects["crsv-absent"]["status"] is None
    assert objects["crsv-absent"]["error"]["type"] == "NotFoundError"


def test_wait_waits_once_for_an_id_given_twice(tela: Emulator, command: Command) -> None:
    """The same id twice is one run."""
    run_id = tela.add_run("x", statuses=["succeeded"])
    assert columns(command("wait", run_id, run_id).out) == [[run_id, "succeeded", '"x"']]
    assert len(tela.requests) == 1


def test_wait_times_out_with_124(tela: Emulator, command: Command) -> None:
    """A run that has not ended in time is told on stderr, with its last status; the exit status is 124."""
    run_id = tela.add_run(statuses=["running"])
    result = command("wait", run_id, "--timeout", "0.3")
    assert result.status == 124
    assert columns(result.out) == [[run_id, "running"]]
    assert result.err.count("\n") == 1
    assert result.err.startswith(f"tela-runs: Run '{run_id}' had not finished after 0.")


def test_a_failed_run_exits_with_1(tela: Emulator, command: Command) -> None:
    """A run that failed is told on stderr, with the command that shows more."""
    run_id = tela.add_run(statuses=["failed"])
    result = command("wait", run_id)
    assert result.status == 1
    assert result.err == (
        f"tela-runs: Run '{run_id}' ended as failed. What it says of the cause: tela-runs get {run_id} --json\n"
    )


def test_a_refusal_exits_with_3(tela: Emulator, command: Command) -> None:
    """An id that the API does not know is an API error, for `get` and for `wait`."""
    for name in ("get", "wait"):
        result = command(name, "crsv-absent")
        assert (result.status, result.out) == (3, "")
        assert result.err.startswith("tela-runs: The API answered HTTP 404 for run 'crsv-absent'")
        assert result.err.count("\n") == 1


def test_passing_failures_are_waited_through(tela: Emulator, command: Command) -> None:
    """A gateway's 502 in the middle of a wait does not show."""
    run_id = tela.add_run("x", statuses=["succeeded"])
    tela.inject(Status(502, body=b"<html>"), times=1)
    result = command("wait", run_id, "--interval", "0.05")
    assert (result.status, result.err, columns(result.out)) == (0, "", [[run_id, "succeeded", '"x"']])


def test_of_several_ends_the_gravest_is_told(tela: Emulator, command: Command) -> None:
    """A refusal comes before a failed run, and that before a timeout."""
    failing, endless = tela.add_run(statuses=["failed"]), tela.add_run(statuses=["running"])
    assert command("wait", failing, endless, "crsv-absent", "--timeout", "0.2").status == 3
    assert command("wait", failing, endless, "--timeout", "0.2").status == 1
    assert command("wait", tela.add_run(statuses=["succeeded"]), endless, "--timeout", "0.2").status == 124


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("wait",),
        ("get",),
        ("await", "x"),
        ("wait", "x", "--timeout", "0"),
        ("wait", "x", "--timeout", "nan"),
        ("wait", "x", "--timeout", "soon"),
        ("wait", "x", "--interval", "-1"),
        ("wait", "x", "--interval", "often"),
        ("wait", "x", "--api-key", "k"),
        ("get", "..", "--json"),
        ("wait", ".."),
        ("get", "x", "--base-url", "http://example.org"),
        ("emulate", "--port", "65536"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_exits_with_2(tela: Emulator, command: Command, words: tuple[str, ...]) -> None:
    """What cannot be done is refused in one line on stderr, before anything is sent."""
    result = command(*words)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("tela-runs: ")
    assert result.err.count("\n") == 1
    assert tela.requests == []


@pytest.mark.parametrize("name", ["get", "wait"])
def test_no_key_exits_with_2(tela: Emulator, command: Command, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Without TELA_API_KEY the command says so and sends nothing."""
    monkeypatch.delenv("TELA_API_KEY")
    result = command(name, "crsv-x")
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert "TELA_API_KEY" in result.err
    assert tela.requests == []


def test_base_url_overrides_the_environment(tela: Emulator, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--base-url` comes before TELA_BASE_URL."""
    monkeypatch.setenv("TELA_BASE_URL", "http://127.0.0.1:9")
    run_id = tela.add_run("x", statuses=["succeeded"])
    assert command("get", run_id, "--base-url", tela.url).status == 0
    assert command("wait", run_id, "--base-url", tela.url).status == 0


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
    assert "default: 600" in result.out


def test_version_is_that_of_the_package(command: Command) -> None:
    """`--version` prints the version."""
    assert command("--version").out == f"tela-runs, version {__version__}\n"
