"""`tela-runs emulate`: runs to watch, a line a request, and faults to order."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tela_runs import APIStatusError, FixedPacing, RunsClient
from tela_runs.cli import main

from .terminal import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tela_runs.emulator import Emulator

if os.name != "posix":
    pytest.skip("needs POSIX signals", allow_module_level=True)


@contextmanager
def serving(environment: dict[str, str], *words: str) -> Iterator[tuple[subprocess.Popen[str], RunsClient, str]]:
    """`emulate` as a process, a client of it, and what it printed to introduce itself."""
    command = [*COMMAND, "emulate", "--port", "0", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            lines: list[str] = []
            while not lines or not lines[-1].startswith("# Ctrl-C"):
                lines.append(process.stdout.readline())
                assert lines[-1], process.stderr and process.stderr.read()
            url, key = (line.strip().partition("=")[2] for line in lines[:2])
            with RunsClient(key, base_url=url, max_retries=0, pacing=FixedPacing(0.1)) as client:
                yield process, client, "".join(lines)
        finally:
            process.kill()  # one that has ended stays as it is


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_emulate_serves_its_examples_until_it_is_stopped(environment: dict[str, str], number: int, status: int) -> None:
    """It prints the two lines that point a shell to it and what to run there; Ctrl-C is how it ends well."""
    with serving(environment) as (process, client, introduction):
        assert introduction.startswith("export TELA_BASE_URL=http://127.0.0.1:")
        assert "\nexport TELA_API_KEY=" in introduction
        assert "#   tela-runs wait crsv-example crsv-failing\n" in introduction
        assert [client.retrieve(run_id).status_text for run_id in ("crsv-example", "crsv-failing")] == ["created"] * 2
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
        assert process.returncode == status
    assert re.search(r"^\d\d:\d\d:\d\d GET /v2/chat/completions/crsv-example 200$", err, re.MULTILINE)


def test_runs_begin_when_they_are_first_requested(environment: dict[str, str]) -> None:
    """A client that comes late still sees a run from its beginning: it is created no earlier than it was requested."""
    with serving(environment, "--duration", "0.6") as (_, client, _text):
        early = client.wait("crsv-example", timeout=10)
        assert early.succeeded
        late = client.retrieve("crsv-failing")
        assert late.status_text == "created"
        assert late.created_at is not None
        assert early.updated_at is not None
        assert late.created_at >= early.updated_at


def test_runs_to_order_fail_at_their_rate(environment: dict[str, str]) -> None:
    """`--runs` and `--fail-rate` decide how many there are, and how many of them fail."""
    words = ("--runs", "20", "--duration", "0.2", "--fail-rate", "0.25")
    with serving(environment, *words) as (_, client, introduction):
        assert "#   tela-runs wait crsv-example-{1..20}\n" in introduction
        outcomes = client.wait_all([f"crsv-example-{n}" for n in range(1, 21)], timeout=20)
    assert sum(outcome.succeeded for outcome in outcomes.values()) == 15
    assert outcomes["crsv-example-1"].output == "The output of run 1."


def test_faults_to_order_meet_the_next_requests(environment: dict[str, str]) -> None:
    """`--fault 503:2` is two responses of 503; then all is well. The log says which request met which."""
    with serving(environment, "--fault", "503:2", "--fault", "418") as (process, client, _):
        statuses: list[int] = []
        for _ in range(3):
            with pytest.raises(APIStatusError) as caught:
                client.retrieve("crsv-example")
            statuses.append(caught.value.status_code)
        assert client.retrieve("crsv-example").status_text == "created"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert statuses == [503, 503, 418]
    assert len(re.findall(r"crsv-example (?:503|418|no response) \(Status\)$", err, re.MULTILINE)) == 3


def test_the_example_canvas_gives_its_variables_back(environment: dict[str, str]) -> None:
    """`create` can be tried on it too."""
    with serving(environment, "--duration", "0.2") as (_, client, introduction):
        assert "tela-runs create --canvas canvas-example" in introduction
        run = client.create_and_wait(canvas_id="canvas-example", variables={"city": "Lisbon"}, timeout=10)
        bare = client.create_and_wait(canvas_id="canvas-example", timeout=10)
    assert (run.output, bare.output) == ({"city": "Lisbon"}, "It works.")


def test_an_open_host_says_what_another_machine_needs(environment: dict[str, str]) -> None:
    """With `--host 0.0.0.0` containers reach it: the lines for them allow plain http, those for this machine do not."""
    with serving(environment, "--host", "0.0.0.0") as (_, client, introduction):  # noqa: S104 - what is tested
        assert client.retrieve("crsv-example").status_text == "created"
    here, there = introduction.split("# On another machine")
    assert here.startswith("export TELA_BASE_URL=http://127.0.0.1:")
    assert "TELA_ALLOW_HTTP" not in here
    assert re.search(r"#   export TELA_BASE_URL=http://\S+:\d+ TELA_API_KEY=\S+ TELA_ALLOW_HTTP=1\n", there)


def test_a_port_in_use_exits_with_2(tela: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """It is an error of one line."""
    port = tela.url.rpartition(":")[2]
    assert main(["emulate", "--port", port]) == 2
    reason = os.strerror(errno.EADDRINUSE)
    message = f"tela-runs: Cannot listen on port {port} of 127.0.0.1: {reason}. Choose another --port or --host."
    assert capsys.readouterr().err.startswith(message)
