"""The fixture `tela_emulator`, in a pytest of its own, as an application's tests use it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _run_pytest(folder: Path, tests: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_app.py").write_text(tests, "utf-8")
    command = [sys.executable, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider", "-p", "tela_runs.pytest_plugin"]
    # Plugins of others, found by their entry points, may import what they like.
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command += [f"--rootdir={folder}", *options, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=alone)


def test_the_entry_point_names_the_plugin() -> None:
    """The distribution leads pytest to the plugin."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"tela_runs": "tela_runs.pytest_plugin"}


def test_an_applications_own_client_talks_to_the_emulator(tmp_path: Path) -> None:
    """A client made from the environment creates and awaits its run on the emulator, a fresh one for each test."""
    tests = """
import os
from tela_runs import FixedPacing, RunsClient

def answer(question):
    with RunsClient(pacing=FixedPacing(0.05)) as runs:
        return runs.create_and_wait(canvas_id="faq", variables={"question": question}).output

def test_answer(tela_emulator):
    tela_emulator.add_canvas("faq", output=lambda body: body["variables"]["question"] + "!", running_for=0)
    assert answer("Why") == "Why!"

def test_the_next_one_is_fresh(tela_emulator):
    assert tela_emulator.requests == []

def test_the_environment_is_restored():
    assert "TELA_API_KEY" not in os.environ
    assert "TELA_BASE_URL" not in os.environ
"""
    result = _run_pytest(tmp_path, tests)
    assert "3 passed" in result.stdout, result.stdout + result.stderr


def test_the_plugin_costs_nothing_where_it_is_unused(tmp_path: Path) -> None:
    """Nothing but the package itself is imported until a test asks for the fixture."""
    # asyncio is not among them: from Python 3.14 on, pytest imports it by way of pdb.
    tests = """
import sys

def test_nothing_heavy_is_imported():
    assert "tela_runs.pytest_plugin" in sys.modules
    heavy = {"attrs", "h11", "httpx", "tela_api", "tela_runs.client", "tela_runs.emulator"}
    assert heavy & set(sys.modules) == set()
"""
    result = _run_pytest(tmp_path, tests)
    assert "1 passed" in result.stdout, result.stdout + result.stderr


def test_the_fixture_is_described(tmp_path: Path) -> None:
    """`pytest --fixtures` lists it with what it does."""
    result = _run_pytest(tmp_path, "def test_it(): pass", "--fixtures")
    assert "tela_emulator" in result.stdout
    assert "An emulator of the Tela API for this test" in result.stdout
