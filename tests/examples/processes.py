"""Run the examples as their docstrings say: as processes of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PATIENCE = 60.0
# A test run that is killed cannot end what it started; Linux can.
_PYTHON = [*(["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []), sys.executable]


def run(*words: str | Path, stdin: str = "", cwd: Path = EXAMPLES) -> subprocess.CompletedProcess[str]:
    """Run `python` with these words to its end."""
    command = [*_PYTHON, *map(str, words)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=cwd)


def interrupt(*words: str | Path, when: Callable[[], bool], number: int, stdin: str = "") -> tuple[int, str]:
    """Send a signal to `python` with these words, as a terminal does, once it is time; its status and stderr."""
    with subprocess.Popen(
        [*_PYTHON, *map(str, words)],
        cwd=EXAMPLES,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches the processes that it starts as well
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            process.stdin.write(stdin)
            process.stdin.close()
            wait_until(lambda: when() or process.poll() is not None)
            _signal(process, number)
            return process.wait(PATIENCE), process.stderr.read()
        finally:
            _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[Any], number: int) -> None:
    with suppress(ProcessLookupError):  # it has ended by itself
        os.killpg(process.pid, number)


@contextmanager
def serving(*words: str, port: int, cwd: Path = EXAMPLES) -> Iterator[httpx.Client]:
    """Run `python` with these words while there is use for its HTTP server; Ctrl-C stops it."""
    process = subprocess.Popen([*_PYTHON, *words], cwd=cwd, start_new_session=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            wait_until(lambda: process.poll() is not None or _is_listening(port))
            yield http
    finally:
        _signal(process, signal.SIGINT)
        try:
            process.wait(PATIENCE)
        finally:
            _signal(process, signal.SIGKILL)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that other processes do."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
