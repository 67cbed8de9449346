"""What a regeneration reports: changes, the lines of the changelog, and the verdict on the version."""

from __future__ import annotations

import pytest
from baseline import Baseline
from face_changes import Change, Sort
from summary import Summary, changelog

from .conftest import PACKAGE

NEW = Change(Sort.ADDED, "CanvasRun.priority", "is new: `str`", breaks=False)
WIDER = Change(Sort.CHANGED, "Information.cost", "is `float | str`, no longer `float`", breaks=True)
GONE = Change(Sort.REMOVED, "ImageUrl", "is gone, a model", breaks=True)


def summary(changes: list[Change], version: str = "0.1.0") -> Summary:
    """A summary of changes since 0.1.0."""
    return Summary(Baseline("v0.1.0", PACKAGE, "0.1.0"), version, changes)


def test_a_summary_without_changes_says_so() -> None:
    """When nothing changed, that is all that is said."""
    result = summary([])
    assert result.is_allowed
    assert result.text() == "The face of tela_api is that of v0.1.0 (version 0.1.0)."


def test_a_break_is_summarized_with_changelog_and_verdict() -> None:
    """Changes, the lines of the changelog and the verdict come one after the other."""
    result = summary([WIDER, NEW])
    assert not result.is_allowed
    assert (
        result.text()
        == """\
The face of tela_api, compared with v0.1.0 (version 0.1.0):

  breaks  Information.cost is `float | str`, no longer `float`
          CanvasRun.priority is new: `str`

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
    result = summary(changes, version)
    assert result.is_allowed is allowed
    assert ("does not say so" in result.text()) is not allowed


def test_the_sections_of_the_changelog_are_in_order() -> None:
    """The sections are those of Keep a Changelog, in one order, without empty ones."""
    assert [line for line in changelog([GONE, NEW]).splitlines() if line.startswith("#")] == [
        "### Added",
        "### Removed",
    ]
    assert changelog([]) == ""
