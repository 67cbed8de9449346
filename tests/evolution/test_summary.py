"""What a regeneration tells people: changes, the wrapper's lines, the changelog's, and the verdict on the version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from baseline import Baseline
from face_changes import Change, Sort
from summary import Summary, changelog, wrapper_complaints

from .conftest import PACKAGE, ROOT, generate_from

if TYPE_CHECKING:
    from pathlib import Path

NEW = Change(Sort.ADDED, "CanvasRun.priority", "is new: `str`", breaks=False)
WIDER = Change(Sort.CHANGED, "Information.cost", "is `float | str`, no longer `float`", breaks=True)
GONE = Change(Sort.REMOVED, "ImageUrl", "is gone, a model", breaks=True)


def summary(changes: list[Change], version: str = "0.1.0", complaints: list[str] | None = None) -> Summary:
    """A summary of changes since 0.1.0."""
    return Summary(Baseline("v0.1.0", PACKAGE, "0.1.0"), version, changes, complaints or [])


def test_no_change() -> None:
    """When nothing changed, that is all that is told."""
    told = summary([])
    assert told.is_allowed
    assert told.text() == "The face of tela_api is that of v0.1.0 (version 0.1.0)."


def test_a_breaking_change() -> None:
    """Changes, the wrapper's lines, the changelog and the verdict come one after the other."""
    told = summary([WIDER, NEW], complaints=["wrapper/tela_runs/run.py:7: error: Wrong"])
    assert not told.is_allowed
    assert (
        told.text()
        == """\
The face of tela_api, compared with v0.1.0 (version 0.1.0):

  breaks  Information.cost is `float | str`, no longer `float`
          CanvasRun.priority is new: `str`

Lines of the wrapper that do not type-check with it:

wrapper/tela_runs/run.py:7: error: Wrong

For CHANGELOG.md, under [Unreleased]:

### Added

- `tela_api`: `CanvasRun.priority` is new: `str`.

### Changed

- **Breaking:** `tela_api`: `Information.cost` is `float | str`, no longer `float`.

Code of users breaks, and version 0.1.0 does not say so: set it to 0.2.0 in wrapper/tela_runs/_version.py, \
or leave the contract as it was there."""
    )


@pytest.mark.parametrize(
    ("changes", "version", "allowed"),
    [([NEW], "0.1.0", True), ([GONE], "0.1.1", False), ([GONE], "0.2.0", True), ([GONE, NEW], "1.0.0", True)],
)
def test_the_version_allows_what_it_announces(changes: list[Change], version: str, allowed: bool) -> None:
    """Additions need no step of the version, breaking changes do."""
    told = summary(changes, version)
    assert told.is_allowed is allowed
    assert ("does not say so" in told.text()) is not allowed


def test_the_sections_of_the_changelog() -> None:
    """The sections are those of Keep a Changelog, in one order, without empty ones."""
    assert [line for line in changelog([GONE, NEW]).splitlines() if line.startswith("#")] == [
        "### Added",
        "### Removed",
    ]
    assert changelog([]) == ""


def test_the_wrapper_type_checks_with_its_own_package() -> None:
    """The type checker has nothing to say about the wrapper and the package as they are."""
    assert wrapper_complaints(ROOT, PACKAGE) == []


def test_libraries_that_are_not_here_are_no_concern(tmp_path: Path) -> None:
    """An import of an optional library that is missing is not told; one of a vanished module of the package is."""
    root = tmp_path / "project"
    (root / "wrapper" / "tela_runs").mkdir(parents=True)
    (root / "pyproject.toml").write_text('[tool.mypy]\nmypy_path = ["wrapper"]\n', encoding="utf-8")
    module = root / "wrapper" / "tela_runs" / "__init__.py"
    module.write_text("import no_such_library\nimport tela_api.no_such_module\n", encoding="utf-8")
    (complaint,) = wrapper_complaints(root, PACKAGE)
    assert '"tela_api.no_such_module"' in complaint


def test_the_wrappers_lines_are_named(document: dict[str, Any], tmp_path: Path) -> None:
    """A field that the wrapper reads, gone from the contract, is told with the line that reads it."""
    del document["components"]["schemas"]["RawInput"]["properties"]["canvas_id"]
    (complaint,) = wrapper_complaints(ROOT, generate_from(document, tmp_path))
    assert complaint.startswith("wrapper/tela_runs/run.py:")
    assert '"RawInput" has no attribute "canvas_id"' in complaint
