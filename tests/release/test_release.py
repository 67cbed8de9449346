"""A release is made of what is committed, whole or not at all, and the same whenever it is built."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from release import ReleaseError, dated_changelog, raised_version

if TYPE_CHECKING:
    from .conftest import Clone

TODAY = dt.date(2031, 2, 3)
VERSION_TEXT = '"""The version."""\n\n__version__ = "0.9.3"\n'

REPRODUCIBLE_NO_MORE = """
[tool.hatch.build.hooks.custom]
path = "noise.py"
"""
NOISE = """
import os
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Noise(BuildHookInterface):
    def initialize(self, version, build_data):
        Path(self.root, "wrapper", "tela_runs", "noise.txt").write_text(os.urandom(8).hex())
"""


@pytest.mark.parametrize("version", ["0.9.3", "0.9.4", "0.10.0", "1.0.0"])
def test_a_version_that_is_not_lower_is_written(version: str) -> None:
    """Nothing but the version changes; 0.10 comes after 0.9."""
    assert raised_version(VERSION_TEXT, version) == VERSION_TEXT.replace("0.9.3", version)


@pytest.mark.parametrize("version", ["0.9.2", "0.8.10", "1.0", "v1.0.0", "1.0.0rc1", "01.0.0", "", "1.0.0\n"])
def test_a_version_that_is_lower_or_none_is_rejected(version: str) -> None:
    """The version is never taken back, and has three numbers."""
    with pytest.raises(ReleaseError):
        raised_version(VERSION_TEXT, version)


def test_what_is_unreleased_becomes_the_section_of_the_version() -> None:
    """Under a dated heading; an empty [Unreleased] stays on top."""
    text = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.9.3] - 2030-01-01\n\n- Old.\n"
    assert dated_changelog(text, "1.0.0", TODAY) == (
        "# Changelog\n\n## [Unreleased]\n\n## [1.0.0] - 2031-02-03\n\n### Added\n\n- A thing.\n\n"
        "## [0.9.3] - 2030-01-01\n\n- Old.\n"
    )


def test_a_section_without_a_date_gets_one() -> None:
    """The section of a version may have been begun before its release."""
    text = "# Changelog\n\n## [Unreleased]\n\n## [1.0.0]\n\n- A thing.\n"
    assert dated_changelog(text, "1.0.0", TODAY) == text.replace("[1.0.0]", "[1.0.0] - 2031-02-03")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# Changelog\n\n## [0.9.3] - 2030-01-01\n", "no section"),
        ("# Changelog\n\n## [Unreleased]\n\n## [0.9.3] - 2030-01-01\n\n- Old.\n", "nothing under"),
        ("# Changelog\n\n## [Unreleased]\n\n- A.\n\n## [1.0.0]\n\n- B.\n", "Move them"),
        ("# Changelog\n\n## [Unreleased]\n\n- A.\n\n## [1.0.0] - 2030-01-01\n\n- B.\n", "already"),
    ],
)
def test_a_changelog_that_says_nothing_of_the_release_is_rejected(text: str, complaint: str) -> None:
    """The error says what is wrong with it."""
    with pytest.raises(ReleaseError, match=complaint):
        dated_changelog(text, "1.0.0", TODAY)


def test_a_dry_run_changes_nothing(clone: Clone) -> None:
    """It builds and checks everything, and leaves commits, tags, files and work trees as they were."""
    before = clone.git("rev-parse", "HEAD")
    result = clone.release("7.0.0", "--dry-run")
    assert result.returncode == 0, result.stderr
    assert [line.split()[1] for line in result.stdout.splitlines()[:2]] == [
        "tela_runs-7.0.0-py3-none-any.whl",
        "tela_runs-7.0.0.tar.gz",
    ]
    assert clone.git("rev-parse", "HEAD") == before
    assert clone.git("tag") == clone.git("status", "--porcelain", "--ignored") == ""
    assert len(clone.git("worktree", "list").splitlines()) == 1


def test_a_release_is_a_commit_a_tag_and_two_files(clone: Clone) -> None:
    """One commit on the branch, with the version and the date; a tag on it; the wheel and the sdist of that version."""
    before = clone.git("rev-parse", "HEAD")
    result = clone.release("7.0.0")
    assert result.returncode == 0, result.stderr
    assert clone.git("rev-parse", "HEAD^") == before
    assert clone.git("rev-parse", "v7.0.0^{commit}") == clone.git("rev-parse", "HEAD")
    assert clone.git("show", "--name-only", "--format=%s", "HEAD").split("\n") == [
        *("Release 7.0.0", "", "CHANGELOG.md", "wrapper/tela_runs/_version.py")
    ]
    assert clone.git("status", "--porcelain") == ""
    changelog = (clone.folder / "CHANGELOG.md").read_text(encoding="utf-8")
    today = dt.datetime.now(dt.UTC).date()
    assert f"## [Unreleased]\n\n## [7.0.0] - {today}\n\n- Something new.\n\n## [" in changelog
    wheel = clone.folder / "dist" / "tela_runs-7.0.0-py3-none-any.whl"
    assert sorted(path.name for path in wheel.parent.iterdir()) == [wheel.name, "tela_runs-7.0.0.tar.gz"]
    with zipfile.ZipFile(wheel) as packed:
        assert {"tela_api/py.typed", "tela_runs/py.typed"} <= set(packed.namelist())
        assert '__version__ = "7.0.0"' in packed.read("tela_runs/_version.py").decode()
    again = clone.release("7.0.0")
    assert (again.returncode, "The tag v7.0.0 exists" in again.stderr) == (1, True)


def test_a_build_that_differs_from_the_next_is_not_released(clone: Clone) -> None:
    """The two builds are compared byte by byte; the file that differs is named, and nothing has changed."""
    with (clone.folder / "pyproject.toml").open("a", encoding="utf-8") as pyproject:
        pyproject.write(REPRODUCIBLE_NO_MORE)
    (clone.folder / "noise.py").write_text(NOISE, encoding="utf-8")
    clone.commit("Make some noise")
    before = clone.git("rev-parse", "HEAD")
    result = clone.release("7.0.0")
    assert result.returncode == 1
    assert "Two builds of one commit differ: tela_runs-7.0.0" in result.stderr
    assert clone.git("rev-parse", "HEAD") == before
    assert clone.git("tag") == ""
    assert len(clone.git("worktree", "list").splitlines()) == 1


def test_a_tree_that_is_not_clean_is_not_released(clone: Clone) -> None:
    """A file that nobody committed is enough."""
    Path(clone.folder, "stray.txt").write_text("", encoding="utf-8")
    result = clone.release("7.0.0")
    assert (result.returncode, "not clean" in result.stderr) == (1, True)


def test_a_detached_head_is_not_released(clone: Clone) -> None:
    """The commit would be on no branch."""
    clone.git("switch", "--quiet", "--detach")
    result = clone.release("7.0.0")
    assert (result.returncode, "No branch" in result.stderr) == (1, True)
