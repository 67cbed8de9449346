"""`tela-runs` as a process: in a pipe, interrupted, on a full disk, and without its extras."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from .terminal import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

    from tela_runs.emulator import Emulator

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and devices")


@posix_only
@pytest.mark.parametrize(
    ("number", "status", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_ends_a_wait_and_says_how_to_go_on(
    tela: Emulator, environment: dict[str, str], number: int, status: int, word: str
) -> None:
    """Ctrl-C and SIGTERM end a wait at once, without a traceback."""
    run_id = tela.add_run(statuses=["running"])
    with subprocess.Popen(
        [*COMMAND, "wait", run_id], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith("\trunning\n")
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
    assert process.returncode == status
    assert err.strip().splitlines() == [
        f"tela-runs: {word}",
        f"tela-runs: not finished, and still going on at Tela: {run_id}",
        f"tela-runs: to continue: tela-runs wait {run_id}",
        "0 done · 1 not finished",
    ]


@posix_only
@pytest.mark.parametrize("words", [(), ("--json",), ("-q",)], ids=" ".join)
def test_a_pipe_that_is_closed_ends_the_command_quietly(
    tela: Emulator, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    """When the reader of a pipe has gone, the exit status is that of SIGPIPE, and nothing is said."""
    run_id = tela.add_run("x", created_for=0.5, running_for=0.5)
    command = [*COMMAND, "wait", run_id, "--interval", "0.1", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 141)


@posix_only
@pytest.mark.parametrize(
    "words", [("wait",), ("wait", "--json"), ("wait", "-q"), ("get",), ("get", "--json"), ("--help",)], ids=" ".join
)
def test_a_full_disk_is_reported_in_one_line(
    tela: Emulator, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    """What cannot be written has an exit status of its own: that of a failed run would be wrong."""
    run_id = tela.add_run("x", statuses=["succeeded"])
    with open("/dev/full", "wb") as full:
        command = [*COMMAND, *words, *([] if words == ("--help",) else [run_id])]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment, check=False)
    assert result.returncode == 74
    assert result.stderr == b"tela-runs: the output cannot be written: No space left on device\n"


@posix_only
@pytest.mark.parametrize("words", [(), ("--json",), ("--wait",)], ids=" ".join)
def test_create_names_the_run_that_a_full_disk_hid(
    tela: Emulator, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    """It was started, and is paid for."""
    tela.add_canvas("canvas-1", output="x", created_for=0.0, running_for=0.0)
    with open("/dev/full", "wb") as full:
        command = [*COMMAND, "create", "--canvas", "canvas-1", *words]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment, check=False)
    (request,) = [request for request in tela.requests if request.method == "POST"]
    assert result.returncode == 74
    assert f"to continue: tela-runs wait {request.run_id}\n".encode() in result.stderr


@posix_only
@pytest.mark.parametrize(
    ("words", "status"), [("wait", 74), ("wait --json", 74), ("get --base-url x", 2), ("drift --x", 2)]
)
def test_an_stderr_that_cannot_be_written_is_no_failed_run(
    tela: Emulator, environment: dict[str, str], words: str, status: int
) -> None:
    """It ended in a traceback that nobody saw, and so with 1."""
    run_id = tela.add_run("x", statuses=["succeeded"])
    with open("/dev/full", "wb") as full:
        command = [*COMMAND, *words.split(), run_id]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=full, env=environment, check=False)
    assert (result.returncode, b"Traceback" in result.stdout) == (status, False)


@posix_only
def test_help_for_a_closed_pipe_exits_with_141(environment: dict[str, str]) -> None:
    """Click itself exits with 1 there."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        result = subprocess.run([*COMMAND, "-h"], stdout=pipe, stderr=subprocess.PIPE, env=environment, check=False)
    assert (result.returncode, result.stderr) == (141, b"")


@posix_only
def test_stdout_holds_json_alone_where_stderr_is_closed(tela: Emulator, environment: dict[str, str]) -> None:
    """With `2>&-` no complaint lands amid the JSON."""
    good, absent = tela.add_run("x", statuses=["succeeded"]), "crsv-absent"
    script = f"{shlex.join([*COMMAND, 'wait', '--json', good, absent])} 2>&-"
    result = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert result.returncode == 3
    assert {json.loads(line)["run_id"] for line in result.stdout.splitlines()} == {good, absent}


@posix_only
def test_a_closed_stdout_exits_with_74(tela: Emulator, environment: dict[str, str]) -> None:
    """With `>&-` the result would be lost without a word."""
    script = f"{shlex.join([*COMMAND, 'get', tela.add_run('x')])} >&-"
    result = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert (result.returncode, result.stderr) == (74, "tela-runs: the output cannot be written: Bad file descriptor\n")
    assert tela.requests == []


def test_a_pipe_gets_text_as_it_is(tela: Emulator, environment: dict[str, str]) -> None:
    """Accents and spaces of all widths go through a pipe whose encoding has them."""
    run_id = tela.add_run("ação\u3000漢\u202f字\u200d", statuses=["succeeded"])
    result = subprocess.run([*COMMAND, "wait", run_id], capture_output=True, env=environment, check=True)
    assert result.stdout.decode().splitlines()[-1].endswith('\tsucceeded\t"ação\u3000漢\u202f字\u200d"')


def test_output_that_the_encoding_lacks_is_escaped(tela: Emulator, environment: dict[str, str]) -> None:
    """A terminal that knows no more than ASCII gets escapes."""
    run_id = tela.add_run("Grüße", statuses=["succeeded"])
    ascii_only = {**environment, "PYTHONIOENCODING": "ascii"}
    result = subprocess.run([*COMMAND, "get", run_id], capture_output=True, env=ascii_only, check=True)
    assert result.stdout.splitlines()[-1] == rb"Gr\xfc\xdfe"


def test_the_demo_shows_five_runs(environment: dict[str, str]) -> None:
    """`demo` needs no key, exits with 0 though one of its runs fails, and shows the others' outputs."""
    without_key = {name: value for name, value in environment.items() if not name.startswith("TELA_")}
    result = subprocess.run(
        [*COMMAND, "demo"],
        capture_output=True,
        text=True,
        env=without_key,
        timeout=60,
        check=True,
    )
    assert sorted(re.findall(r"\t(succeeded|failed)", result.stdout)) == ["failed", *["succeeded"] * 4]
    assert '{"invoice": "2024-117", "total": 1280.5, "currency": "EUR"}' in result.stdout
    assert result.stderr.splitlines()[-1].startswith("5 done · 4 succeeded · 1 failed")


@pytest.mark.parametrize(
    ("missing", "words", "extra"),
    [
        ("click", ["get", "x"], "cli"),
        ("rich", ["wait", "x"], "cli"),
        ("jsonschema", ["emulate", "--port", "0"], "emulator"),
    ],
)
def test_a_missing_extra_is_named(
    missing: str, words: list[str], extra: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """Without an extra, a command that needs it says in one line what to install, and exits with 2."""
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{missing!r}] = None\n", encoding="utf-8")
    lacking = {**environment, "PYTHONPATH": os.pathsep.join([str(tmp_path), environment["PYTHONPATH"]])}
    result = subprocess.run([*COMMAND, *words], capture_output=True, text=True, env=lacking, check=False)
    assert result.returncode == 2
    assert result.stdout == ""
    assert re.fullmatch(rf"tela-runs: .* needs {missing}.* pip install 'tela-runs\[{extra}\]'\n", result.stderr)


def test_ctrl_c_while_the_command_is_loaded_ends_it_quietly(environment: dict[str, str], tmp_path: Path) -> None:
    """Loading takes a moment, in which an interrupt shows no traceback either."""
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    interrupted = {**environment, "PYTHONPATH": os.pathsep.join([str(tmp_path), environment["PYTHONPATH"]])}
    result = subprocess.run([*COMMAND, "demo"], capture_output=True, text=True, env=interrupted, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "")
