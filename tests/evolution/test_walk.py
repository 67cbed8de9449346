"""From a response that has left the contract to a client that knows it, with the commands of docs/evolution.md."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from merge import merged
from tela_runs.drift import amendment_yaml, documented_contract, find_drift

from .conftest import DOCUMENT, ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: Two fields, a status, a number as a string and a camelCase key that the contract does not have.
PAYLOAD: dict[str, Any] = {
    "id": "crsv-1",
    "status": "brand-new",
    "brand_new": "high",
    "workspaceId": "w-1",
    "output_content": {
        "information": {"cost": "0.3", "input_tokens": 5},
        "brand_newer": {"total": 0.9},
        "content": "x",
    },
}
EXPECTED = [
    ("unknown value", "$.status", 1),
    ("unknown field", "$.brand_new", 1),
    ("camelCase", "$.workspaceId", 1),
    ("wrong type", "$.output_content.information.cost", 1),
    ("unknown field", "$.output_content.brand_newer", 1),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project for the tools to work on, under no version control."""
    folder = tmp_path / "project"
    for name in ("generated", "wrapper", "templates", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("openapi.yaml", "generator_config.yaml", "pyproject.toml"):
        shutil.copyfile(ROOT / name, folder / name)
    return folder


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    """The response, in a file."""
    path = tmp_path / "payload.json"
    path.write_text(json.dumps(PAYLOAD), encoding="utf-8")
    return path


def in_project(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a copy of the project, with its packages."""
    path = os.pathsep.join(str(project / name) for name in ("generated", "wrapper"))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, *words], env=environment, cwd=project, capture_output=True, text=True, check=False
    )


def drift(project: Path, payload: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `tela-runs drift` in a copy of the project."""
    return in_project(project, "-m", "tela_runs.cli", "drift", "--file", str(payload), *options)


def regenerate(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run what `nox -s regenerate` runs, in a copy of the project."""
    return in_project(project, "tools/regenerate.py", *options)


def test_drift_is_found_merged_and_gone(project: Path, payload: Path) -> None:
    """Just the five deviations are found; merged and regenerated, they are gone, and the client knows the field."""
    report = drift(project, payload, "--json")
    assert report.returncode == 1, report.stderr
    deviations = json.loads(report.stdout)["deviations"]
    assert [(each["kind"], each["path"], each["count"]) for each in deviations] == EXPECTED

    found = project / "found.yaml"
    found.write_text(drift(project, payload).stdout, encoding="utf-8")
    result = regenerate(project, "--merge", str(found), "--against", str(ROOT), "--check-breaking")
    # The number that is a string now is what breaks.
    assert result.returncode == 1
    assert "breaks  Information.cost is `float | str | None`, no longer `float | None`\n" in result.stdout
    assert "        CanvasRunStatus.BRAND_NEW is new: `'brand-new'`\n" in result.stdout
    assert result.stdout.count("breaks  ") == 1
    assert "\nThe wrapper, type-checked with it:\n\nSuccess: no issues found in " in result.stdout

    assert drift(project, payload).stdout == "# 0 deviations in 1 response\n"
    reading = "from tela_runs import Run; import sys; print(Run.from_json(open(sys.argv[1]).read()).data.brand_new)"
    assert in_project(project, "-c", reading, str(payload)).stdout == "high\n"

    # What breaks is in order once the version announces it.
    announce(project, "99.0.0")
    result = regenerate(project, "--check", "--check-breaking", "--against", str(ROOT))
    assert "Code of users breaks, and version 99.0.0 says so." in result.stdout
    assert result.returncode == 0


def test_the_wrappers_lines_are_named(project: Path) -> None:
    """A field that the wrapper reads, gone from the contract, is reported with the line that reads it."""
    contract = deepcopy(DOCUMENT)
    del contract["components"]["schemas"]["RawInput"]["properties"]["canvas_id"]
    (project / "openapi.yaml").write_text(yaml.safe_dump(contract, sort_keys=False), encoding="utf-8")
    result = regenerate(project, "--against", str(ROOT))
    assert result.returncode == 0, result.stderr
    assert "breaks  RawInput.canvas_id is gone\n" in result.stdout
    lines = result.stdout.partition("\nThe wrapper, type-checked with it:\n\n")[2].splitlines()
    assert [line.partition(":")[0] for line in lines if ": error: " in line] == ["wrapper/tela_runs/run.py"]
    assert '"RawInput" has no attribute "canvas_id"' in lines[0]


def announce(project: Path, version: str) -> None:
    """Set the version."""
    path = project / "wrapper" / "tela_runs" / "_version.py"
    path.write_text(f'__version__ = "{version}"\n', encoding="utf-8")


def test_the_merged_contract_keeps_its_lines() -> None:
    """No line of the contract goes but those that are replaced, comments least of all."""
    contract = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    before = contract.splitlines()
    after = merged(contract, amendment_yaml(documented_contract(), find_drift([PAYLOAD]))).splitlines()
    added = list((Counter(after) - Counter(before)).elements())
    gone = list((Counter(before) - Counter(after)).elements())
    statuses = ", ".join(DOCUMENT["components"]["schemas"]["CanvasRunStatus"]["enum"])
    assert sorted(gone, key=str.lstrip) == [
        f"      enum: [{statuses}]",
        '          type: [number, "null"]',
    ]
    # An enum and a type with one more name in each, one other spelling, and two fields, of three and of five lines.
    assert len(added) == 1 + 1 + 1 + 3 + 5


def test_what_cannot_be_merged_changes_nothing(project: Path) -> None:
    """A file that is not YAML is an error, reported without a traceback, and contract and package stay as they are."""
    before = (project / "openapi.yaml").read_bytes()
    wrong = project / "wrong.yaml"
    wrong.write_text("[", encoding="utf-8")
    result = regenerate(project, "--merge", str(wrong))
    assert result.returncode == 1
    assert result.stderr.startswith("This is not YAML")
    assert "Traceback" not in result.stderr
    assert (project / "openapi.yaml").read_bytes() == before


def test_without_a_baseline_the_package_is_made_all_the_same(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a repository there is no comparison, which only `--check-breaking` minds."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    (project / "generated" / "tela_api" / "client.py").unlink()
    result = regenerate(project)
    assert (result.returncode, result.stdout) == (0, "missing: client.py\n")
    assert result.stderr.startswith("No comparison: ")
    assert regenerate(project, "--check", "--check-breaking").returncode == 1


def test_a_changed_template_is_reported(project: Path) -> None:
    """What the generator has changed since the recorded version, downloaded, is shown, until it is accepted."""
    record = project / "templates" / "originals.json"
    current = record.read_text(encoding="utf-8")
    content = json.loads(current)
    content["version"] = "0.28.0"
    content["sha256"]["client.py.jinja"] = "of another version"
    record.write_text(json.dumps(content), encoding="utf-8")
    result = regenerate(project, "--against", str(ROOT))
    assert "templates/client.py.jinja: openapi-python-client has changed what it overrides." in result.stdout, (
        result.stderr
    )
    assert "\n--- recorded/client.py.jinja\n+++ installed/client.py.jinja\n" in result.stdout
    assert "client.py.jinja" not in regenerate(project, "--accept-templates", "--against", str(ROOT)).stdout
    assert record.read_text(encoding="utf-8") == current
