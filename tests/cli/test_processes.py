"""`tela-runs` as a process: on a terminal, in a pipe, interrupted, and without its extras."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tela_runs import RunsClient
from tela_runs.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from tela_runs.emulator import Emulator

COMMAND = [sys.executable, "-m", "tela_runs.cli"]
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and terminals")


def on_a_terminal(words: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command on a terminal of 100 columns; its exit status, and all that it wrote."""
    import pty  # noqa: PLC0415 - absent on Windows

    ours, theirs = pty.openpty()
    terminal = {**environment, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    with subprocess.Popen([*COMMAND, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=terminal) as process:
        os.close(theirs)
        written = b""
        try:
            while chunk := os.read(ours, 65536):
                written += chunk
        except OSError:
            pass  # how Linux tells that the other side is closed
        os.close(ours)
        return process.wait(), written.decode()


@posix_only
def test_a_terminal_gets_a_live_table(tela: Emulator, environment: dict[str, str]) -> None:
    """On a terminal the states of a run are drawn over one another, and the whole output comes last."""
    run_id = tela.add_run("It works.", statuses=[*["created"] * 10, *["running"] * 10, "succeeded"])
    status, written = on_a_terminal(["wait", run_id, "--interval", "0.1"], environment)
    assert status == 0
    states = re.findall(r"created|running|succeeded", written)
    assert list(dict.fromkeys(states)) == ["created", "running", "succeeded"]
    assert states.count("created") > 1
    assert "\x1b[1A" in written
    assert written.endswith("\r\nIt works.\r\n")


@posix_only
def test_a_terminal_shows_how_each_run_ended(tela: Emulator, environment: dict[str, str]) -> None:
    """The last table says which run failed and which was still going on."""
    failing, endless = tela.add_run(statuses=["failed"]), tela.add_run(statuses=["running"])
    status, written = on_a_terminal(["wait", failing, endless, "--timeout", "0.3"], environment)
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written[written.rindex("Waited") :])
    assert status == 1
    assert re.search(rf"{failing} +failed", last)
    assert re.search(rf"{endless} +timed out +0\.\d s", last)


@posix_only
def test_ctrl_c_exits_with_130(tela: Emulator, environment: dict[str, str]) -> None:
    """Ctrl-C ends a wait at once, without a traceback."""
    run_id = tela.add_run(statuses=["running"])
    with subprocess.Popen(
        [*COMMAND, "wait", run_id], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith("\trunning\n")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert err.strip() == "tela-runs: interrupted"


@posix_only
def test_a_pipe_that_is_closed_ends_the_command_quietly(tela: Emulator, environment: dict[str, str]) -> None:
    """When the reader of a pipe has gone, there is no traceback."""
    run_id = tela.add_run("x", created_for=0.5, running_for=0.5)
    words = [*COMMAND, "wait", run_id, "--interval", "0.1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
        assert process.wait() == 1


def test_output_that_the_encoding_lacks_is_escaped(tela: Emulator, environment: dict[str, str]) -> None:
    """A terminal that knows no more than ASCII gets escapes."""
    run_id = tela.add_run("Grüße", statuses=["succeeded"])
    ascii_only = {**environment, "PYTHONIOENCODING": "ascii"}
    result = subprocess.run([*COMMAND, "get", run_id], capture_output=True, env=ascii_only, check=True)
    assert result.stdout.splitlines()[-1] == rb"Gr\xfc\xdfe"


@posix_only
def test_emulate_serves_until_ctrl_c(environment: dict[str, str]) -> None:
    """`emulate` prints the two lines that point a shell to it, serves its examples, and ends well on Ctrl-C."""
    with subprocess.Popen(
        [*COMMAND, "emulate", "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment
    ) as served:
        try:
            assert served.stdout is not None
            lines = [served.stdout.readline().rstrip() for _ in range(5)]
            url, key = (line.partition("=")[2] for line in lines[:2])
            assert lines[0].startswith("export TELA_BASE_URL=http://127.0.0.1:")
            assert lines[1].startswith("export TELA_API_KEY=")
            ids = lines[3].partition("tela-runs wait ")[2].split()
            with RunsClient(key, base_url=url) as client:
                assert [client.retrieve(run_id).status_text for run_id in ids] == ["created", "created"]
            served.send_signal(signal.SIGINT)
            assert served.wait(timeout=10) == 0
        finally:
            served.kill()  # one that has ended stays as it is


def test_a_port_in_use_exits_with_2(tela: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """`emulate` on a port that is taken says so in one line."""
    port = tela.url.rpartition(":")[2]
    assert main(["emulate", "--port", port]) == 2
    assert capsys.readouterr().err.startswith(f"tela-runs: Cannot listen on port {port}: ")


def test_the_demo_shows_five_runs(environment: dict[str, str]) -> None:
    """`demo` needs no key, exits with 0 though one of its runs fails, and shows the others' outputs."""
    without_key = {name: value for name, value in environment.items() if not name.startswith("TELA_")}
    result = subprocess.run(
        [*COMMAND, "demo"],
        capture_output=True,
        text=True,
        env={**without_key, "COLUMNS": "140"},
        timeout=60,
        check=True,
    )
    assert re.findall(r"succeeded|failed", result.stdout) == [
        "succeeded",
        "succeeded",
        "failed",
        "succeeded",
        "succeeded",
    ]
    assert '{"invoice": "2024-117", "total": 1280.5, "currency": "EUR"}' in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("missing", "words", "extra"),
    [
        ("click", ["get", "x"], "cli"),
        ("rich", ["wait", "x"], "cli"),
        ("starlette", ["demo"], "emulator"),
        ("uvicorn", ["emulate"], "emulator"),
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
    assert re.fullmatch(
        rf"tela-runs: the \w+ needs {missing}\. Run: pip install 'tela-runs\[{extra}\]'\n", result.stderr
    )
