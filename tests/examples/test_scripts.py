"""The example scripts work, say in a line what is missing, and end quietly after Ctrl-C."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections import Counter
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pytest

from .processes import EXAMPLES, interrupt, run

if TYPE_CHECKING:
    from pathlib import Path

    from tela_runs.emulator import Emulator

SCRIPTS = ["wait_for_one.py", "many_from_stdin.py", "folder_of_documents.py", "worker_processes.py"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of twenty documents."""
    path = tmp_path / "documents"
    path.mkdir()
    for number in range(20):
        (path / f"{number:02}.txt").write_text(f"Document {number}")
    return path


def words_for(name: str, folder: Path) -> list[str | Path]:
    """The command line of an example, with a run that is not there."""
    results = folder.parent / "results.sqlite"
    document = folder / "00.txt"
    arguments: dict[str, list[str | Path]] = {
        "wait_for_one.py": ["crsv-absent"],
        "folder_of_documents.py": ["invoices", folder, results],
        "worker_processes.py": ["invoices", document],
    }
    return [name, *arguments.get(name, [])]


def test_wait_for_one_prints_the_output(tela: Emulator) -> None:
    """The output is on stdout, and each status on stderr."""
    result = run("wait_for_one.py", tela.add_run("Done.", created_for=0, running_for=0))
    assert (result.returncode, result.stdout, result.stderr) == (0, "Done.\n", "succeeded\n")


def test_wait_for_one_reports_a_failure(tela: Emulator) -> None:
    """A failed run is one line on stderr."""
    run_id = tela.add_run(created_for=0, running_for=0, fails=True)
    result = run("wait_for_one.py", run_id)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"failed\nRun '{run_id}' ended as failed.")


def test_many_from_stdin_prints_what_succeeded(tela: Emulator) -> None:
    """Each run that succeeded is a line on stdout; the others are reported on stderr."""
    good = [tela.add_run(number, created_for=0, running_for=0) for number in range(3)]
    result = run("many_from_stdin.py", stdin="\n".join([*good, "", "crsv-absent"]))
    outputs = {item["id"]: item["output"] for item in map(json.loads, result.stdout.splitlines())}
    assert outputs == {good[0]: 0, good[1]: 1, good[2]: 2}
    assert result.returncode == 1
    assert "crsv-absent" in result.stderr


def test_worker_processes_print_each_output(tela: Emulator, folder: Path) -> None:
    """In the order given; a document that cannot be read harms no other."""
    tela.add_canvas("invoices", output=lambda body: body["variables"]["document"]["file_name"], running_for=0.1)
    result = run("worker_processes.py", "invoices", folder / "00.txt", folder / "absent.txt", folder / "01.txt")
    lines = result.stdout.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [f"{folder}/{name}.txt" for name in ("00", "absent", "01")]
    assert lines[0].endswith(": 00.txt")
    assert "No such file" in lines[1]
    assert result.returncode == 1


def test_folder_is_resumed_after_a_crash(tela: Emulator, folder: Path) -> None:
    """Killed in the middle and started again: each document has its outcome; only those under way are sent twice."""
    sent: list[str] = []

    def output(body: dict[str, Any]) -> str:
        name: str = body["variables"]["document"]["file_name"]
        sent.append(name)
        return name.upper()

    tela.add_canvas("invoices", output=output, created_for=0.1, running_for=0.4)
    (folder / "empty.txt").touch()
    results = folder.parent / "results.sqlite"
    command = ("folder_of_documents.py", "invoices", folder, results)
    assert interrupt(*command, when=lambda: len(sent) >= 10, number=signal.SIGKILL)[0] == -signal.SIGKILL
    assert len(sent) < 20
    result = run(*command)
    assert result.returncode == 1
    assert "empty.txt" in result.stderr
    with sqlite3.connect(results) as table:
        outcomes = {name: json.loads(text) for name, text in table.execute("SELECT name, outcome FROM documents")}
    table.close()
    names = [f"{number:02}.txt" for number in range(20)]
    assert {name: outcome["run"]["output_content"]["content"] for name, outcome in outcomes.items()} == {
        name: name.upper() for name in names
    }
    assert sorted(Counter(sent)) == names
    assert len(sent) <= 20 + 8
    sent.clear()
    again = run(*command)
    assert (again.returncode, again.stdout, sent) == (1, "", [])


def test_pytest_example_passes(tela: Emulator) -> None:
    """With the plugin as it is installed, or from the sources."""
    is_installed = any(point.value.startswith("tela_runs.") for point in entry_points(group="pytest11"))
    plugin = [] if is_installed else ["-p", "tela_runs.pytest_plugin"]
    result = run("-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, "test_invoices.py")
    assert result.returncode == 0, result.stdout
    assert "4 passed" in result.stdout


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name != "many_from_stdin.py"])
def test_script_without_arguments_shows_its_usage(name: str) -> None:
    """And ends with 2, as commands do."""
    result = run(name)
    assert result.returncode == 2
    assert result.stderr.startswith(f"usage: {name}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_without_a_key_says_so(name: str, folder: Path) -> None:
    """In a line that names the variable."""
    result = run(*words_for(name, folder), stdin="crsv-absent")
    assert result.returncode == 1
    assert "TELA_API_KEY" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_ends_quietly_after_ctrl_c(name: str, tela: Emulator, folder: Path) -> None:
    """With 130 and without a traceback, while a run goes on."""
    tela.add_canvas("invoices", running_for=600)
    run_id = tela.add_run(running_for=600)
    words = [run_id if word == "crsv-absent" else word for word in words_for(name, folder)]
    status, stderr = interrupt(
        *words,
        stdin=run_id,
        when=lambda: any(request.method == "GET" for request in tela.requests),
        number=signal.SIGINT,
    )
    assert "Traceback" not in stderr
    assert status == 130


def test_every_example_is_on_the_page_of_examples() -> None:
    """The page shows each script whole, and of the Django site what is worth copying."""
    page = (EXAMPLES.parent / "docs" / "examples.md").read_text(encoding="utf-8")
    for path in EXAMPLES.glob("*.py"):
        assert f"{{literalinclude}} ../examples/{path.name}" in page
