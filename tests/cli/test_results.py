"""`wait --output` and `--resume`: each outcome on disk as it comes, and nothing done twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tela_runs import Outcome

from .terminal import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

    from tela_runs.emulator import Emulator

    from .conftest import Command

FAST = ("--interval", "0.1")


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The outcomes in a file, as JSON."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def finished(path: Path) -> list[str]:
    """The ids of the runs that have succeeded or failed by a file."""
    return [line["run_id"] for line in lines_of(path) if line["status"] in {"succeeded", "failed"}]


def test_each_outcome_is_appended_as_it_comes(tela: Emulator, command: Command, tmp_path: Path) -> None:
    """The file gets what `Outcome.to_dict` gives; stdout stays empty, and progress goes to stderr."""
    path = tmp_path / "results.jsonl"
    good, bad = tela.add_run({"total": 1}, statuses=["succeeded"]), tela.add_run(statuses=["failed"])
    result = command("wait", good, bad, "crsv-absent", "--output", str(path))
    assert (result.status, result.out) == (3, "")
    outcomes = {outcome.run_id: outcome for outcome in map(Outcome.from_dict, lines_of(path))}
    assert outcomes[good].output == {"total": 1}
    assert {type(outcomes[run_id].error).__name__ for run_id in (bad, "crsv-absent")} == {
        "RunFailedError",
        "NotFoundError",
    }
    assert f"{good}\tsucceeded" in result.err
    command("wait", good, "--output", str(path))
    assert [line["run_id"] for line in lines_of(path)].count(good) == 2


def test_resume_leaves_out_what_has_finished(tela: Emulator, command: Command, tmp_path: Path) -> None:
    """Runs that the file has as succeeded or failed are not polled again, and count in totals and exit status."""
    path = tmp_path / "results.jsonl"
    good, bad = tela.add_run("x", statuses=["succeeded"]), tela.add_run(statuses=["failed"])
    late = tela.add_run(statuses=["running"])
    assert command("wait", good, bad, late, "--timeout", "0.3", "--output", str(path)).status == 1
    polled = len(tela.requests)
    tela.add_run("y", run_id="crsv-new", statuses=["succeeded"])
    result = command("wait", "--resume", good, bad, "crsv-new", "--output", str(path), "--json")
    assert [request.run_id for request in tela.requests[polled:]] == ["crsv-new"]
    assert result.status == 1
    assert [json.loads(line)["run_id"] for line in result.out.splitlines()] == ["crsv-new"]
    assert result.err.splitlines()[-1].startswith("3 done · 2 succeeded · 1 failed")
    assert sorted(finished(path)) == sorted([good, bad, "crsv-new"])


def test_an_outcome_is_on_disk_before_the_next_is_waited_for(
    tela: Emulator, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line is flushed and synced when it is written, so that a loss of power takes none."""
    path = tmp_path / "results.jsonl"
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", lambda _file: synced.append(path.read_bytes().count(b"\n")))
    command("wait", *(tela.add_run(statuses=["succeeded"]) for _ in range(3)), "--output", str(path))
    assert synced == [1, 2, 3]


def test_resume_needs_an_output(command: Command, tela: Emulator) -> None:
    """Without `--output` there is nothing to go on with."""
    result = command("wait", "x", "--resume")
    assert (result.status, result.err.count("\n")) == (2, 1)
    assert "Give --output FILE as well" in result.err


def test_resume_starts_anew_where_there_is_no_file(tela: Emulator, command: Command, tmp_path: Path) -> None:
    """A script gives `--resume` from its first run on."""
    path = tmp_path / "results.jsonl"
    run_id = tela.add_run(statuses=["succeeded"])
    assert command("wait", run_id, "--output", str(path), "--resume").status == 0
    assert finished(path) == [run_id]


@pytest.mark.parametrize("torn", [b'{"run', b'{"run_id": "crsv-x", "status": "succ', b"\0\0\0\0"])
@pytest.mark.parametrize("words", [(), ("--resume",)], ids=["", "resume"])
def test_a_torn_last_line_is_cut(
    tela: Emulator, command: Command, tmp_path: Path, torn: bytes, words: tuple[str, ...]
) -> None:
    """What a crash has left of a line is cut off before the next is appended."""
    path = tmp_path / "results.jsonl"
    first, second = (tela.add_run(statuses=["succeeded"]) for _ in range(2))
    command("wait", first, "--output", str(path))
    path.write_bytes(path.read_bytes() + torn)
    assert command("wait", second, "--output", str(path), *words).status == 0
    assert finished(path) == [first, second]


def test_a_last_line_without_its_end_is_kept(tela: Emulator, command: Command, tmp_path: Path) -> None:
    """An editor that strips the last line break costs no outcome."""
    path = tmp_path / "results.jsonl"
    first, second = (tela.add_run(statuses=["succeeded"]) for _ in range(2))
    command("wait", first, "--output", str(path))
    path.write_bytes(path.read_bytes().rstrip())
    assert command("wait", first, second, "--output", str(path), "--resume").status == 0
    assert finished(path) == [first, second]


@pytest.mark.parametrize("content", ["notes, without a line break", "notes\n", '{"id": "x"}\n', "[]\n"])
def test_a_file_of_something_else_is_left_alone(tela: Emulator, command: Command, tmp_path: Path, content: str) -> None:
    """A wrong `--output` costs nobody their file."""
    path = tmp_path / "notes.txt"
    path.write_text(content, encoding="utf-8")
    result = command("wait", "x", "--output", str(path))
    assert (result.status, path.read_text(encoding="utf-8")) == (2, content)
    assert "Line 1 of" in result.err
    assert tela.requests == []


@pytest.mark.parametrize("path", ["/dev/full", "/nonexistent/results.jsonl", "/"])
@pytest.mark.skipif(os.name != "posix", reason="names devices of POSIX")
def test_a_file_that_cannot_be_written_exits_with_74(tela: Emulator, command: Command, path: str) -> None:
    """In one line that names it."""
    result = command("wait", tela.add_run(statuses=["succeeded"]), "--output", path, "-q")
    assert (result.status, result.out, result.err.count("\n")) == (74, "", 1)
    assert "cannot be written: " in result.err


def test_a_timeout_says_how_to_go_on(tela: Emulator, command: Command, tmp_path: Path) -> None:
    """The command it names resumes, with the same file and options."""
    path, ids = tmp_path / "results.jsonl", tmp_path / "ids.txt"
    ids.write_text("\n".join(tela.add_run(statuses=["running"]) for _ in range(5)), encoding="utf-8")
    result = command("wait", "--ids-file", str(ids), "--output", str(path), "--timeout", "0.3s")
    assert result.status == 124
    *_, message, go_on, totals = result.err.splitlines()
    assert message.startswith("tela-runs: 5 runs had not finished after 0.")
    assert go_on == (f"tela-runs: to continue: tela-runs wait --resume --ids-file {ids} --output {path} --timeout 0.3s")
    assert totals == "0 done · 5 not finished"


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_killed_wait_is_resumed_without_doing_anything_twice(
    tela: Emulator, environment: dict[str, str], tmp_path: Path
) -> None:
    """`kill -9` amid a wait for 200 runs, then `--resume`: each finished once in the file, and not polled again."""
    path, ids = tmp_path / "results.jsonl", tmp_path / "ids.txt"
    run_ids = [tela.add_run(f"{n}", created_for=0, running_for=0.01 * n, fails=n % 10 == 0) for n in range(200)]
    ids.write_text("\n".join(run_ids), encoding="utf-8")
    words = [*COMMAND, "wait", "--ids-file", str(ids), "--output", str(path), *FAST]
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as killed:
        while not path.exists() or path.read_bytes().count(b"\n") < 50:
            assert killed.poll() is None
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
    before = {json.loads(line)["run_id"] for line in path.read_bytes().split(b"\n")[:-1]}
    assert 50 <= len(before) < 200
    polled = len(tela.requests)
    result = subprocess.run([*words, "--resume"], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("200 done · 180 succeeded · 20 failed")
    assert Counter(finished(path)) == Counter(run_ids)
    assert not before & {request.run_id for request in tela.requests[polled:]}


def test_the_command_that_goes_on_has_no_endless_list_of_ids(tela: Emulator, command: Command) -> None:
    """Of more than twenty ids that were given as arguments, none is repeated."""
    result = command("wait", *(tela.add_run(statuses=["running"]) for _ in range(21)), "--timeout", "0.3")
    assert "tela-runs: to continue: tela-runs wait --timeout 0.3 ID...\n" in result.err
