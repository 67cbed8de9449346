"""The programs in `examples/` work."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from tela_runs.emulator import Emulator, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def tela(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator that the environment points to."""
    with Emulator() as emulator:
        monkeypatch.setenv("TELA_API_KEY", emulator.api_key)
        monkeypatch.setenv("TELA_BASE_URL", emulator.url)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        yield emulator


def run(name: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run an example to its end."""
    command = [sys.executable, str(EXAMPLES / name), *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=60)


def test_wait_for_one_prints_the_output(tela: Emulator) -> None:
    """The output is on stdout, and how the run came along on stderr."""
    result = run("wait_for_one.py", tela.add_run("Done.", statuses=["succeeded"]))
    assert (result.returncode, result.stdout, result.stderr) == (0, "Done.\n", "succeeded\n")


def test_wait_for_one_tells_a_failure(tela: Emulator) -> None:
    """A run that failed is told on stderr."""
    result = run("wait_for_one.py", tela.add_run(statuses=["failed"]))
    assert result.returncode == 1
    assert "It failed: {" in result.stderr


def test_many_from_stdin_prints_what_succeeded(tela: Emulator) -> None:
    """Each run that succeeded is a line on stdout; the others are told on stderr."""
    good = [tela.add_run(number, statuses=["succeeded"]) for number in range(3)]
    result = run("many_from_stdin.py", stdin="\n".join([*good, "", "crsv-absent"]))
    assert {item["id"]: item["output"] for item in map(json.loads, result.stdout.splitlines())} == {
        good[0]: 0,
        good[1]: 1,
        good[2]: 2,
    }
    assert result.returncode == 1
    assert "crsv-absent" in result.stderr


def test_webhook_receiver_confirms_runs(tela: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed is the API's run, not the payload; what is no run of ours is refused."""
    spec = importlib.util.spec_from_file_location("webhook_receiver", EXAMPLES / "webhook_receiver.py")
    assert spec is not None
    assert spec.loader is not None
    receiver = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(receiver)
    run_id = tela.add_run("The real output.", statuses=["succeeded"])
    forged = json.dumps({"id": run_id, "status": "succeeded", "output_content": {"content": "forged"}})
    sent = [forged, '{"id": "crsv-absent", "status": "failed"}', '{"id": "..", "status": "failed"}', "hello"]

    async def send() -> list[int]:
        transport = httpx.ASGITransport(receiver.app)
        http = httpx.AsyncClient(transport=transport, base_url="http://localhost")
        async with receiver.lifespan(receiver.app), http:
            answers = [await http.post("/tela", content=payload) for payload in sent]
            tela.inject(Status(403))
            answers.append(await http.post("/tela", content=forged))
        return [answer.status_code for answer in answers]

    assert asyncio.run(send()) == [204, 400, 400, 400, 503]
    assert capsys.readouterr().out == f"{run_id} succeeded The real output.\n"
