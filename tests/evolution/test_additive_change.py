"""A field, one with a model of its own and another operation are regenerated, and no test asks for an edit by hand.

But for those marked `asks_a_person`, whose edits docs/evolution.md names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

CHANGE = Path(__file__).with_name("addition.yaml")
#: What knows the contract or the generated package. The walks make copies and packages of their own, for a minute.
AFFECTED = [
    "tests/contract",
    "tests/docs/test_pages.py",
    "tests/drift",
    "tests/emulator/test_document.py",
    "tests/evolution",
    "tests/test_layers.py",
    "tests/test_run.py",
]
LEFT_OUT = ["test_additive_change.py", "test_walk.py", "test_templates.py", "test_baseline.py", "test_old_clients.py"]


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the change was merged into the contract and the client regenerated."""
    folder = tmp_path_factory.mktemp("changed") / "project"
    litter = shutil.ignore_patterns(".*", "__pycache__", "site", "dist", "*.egg-info")
    shutil.copytree(ROOT, folder, ignore=litter)
    result = run(folder, "tools/regenerate.py", "--merge", str(CHANGE), "--against", str(ROOT))
    assert result.returncode == 0, result.stderr
    assert "runs.list_runs is new, an operation\n" in result.stdout
    assert "CanvasRun.review is new: `Review | None`" in result.stdout
    assert "\nSuccess: no issues found in " in result.stdout  # the wrapper, type-checked with it
    assert "breaks" not in result.stdout
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a copy of the project, with its packages."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(folder / name) for name in ("generated", "wrapper"))}
    return subprocess.run(
        [sys.executable, *words], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


def run_tests(folder: Path, marked: str) -> subprocess.CompletedProcess[str]:
    """Run the affected tests of the copy that are marked so."""
    ignored = [f"--ignore=tests/evolution/{name}" for name in LEFT_OUT]
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "not test_pages or evolution.md",
        "-m",
        marked,
    ]  # of pages, the walk
    return run(folder, "-m", "pytest", *options, *ignored, *AFFECTED)


def test_no_test_asks_for_an_edit(changed: Path) -> None:
    """All tests pass without an edit by hand but those that are marked."""
    result = run_tests(changed, "not asks_a_person")
    assert result.returncode == 0, result.stdout[-5000:]


def test_the_marked_tests_name_the_edits(changed: Path) -> None:
    """What is asked of a person is a value for the new field, and the reason for what the reference does not show."""
    result = run_tests(changed, "asks_a_person")
    assert re.findall(r"^FAILED tests/[\w/]+\.py::(\w+)", result.stdout, re.MULTILINE) == [
        "test_the_response_has_every_documented_field",
        "test_the_reference_differs_on_purpose_alone",
    ]
    assert "give each field a value in RESPONSE, in additions.py" in result.stdout
    assert "give the reason in tools/exceptions.yaml" in result.stdout
