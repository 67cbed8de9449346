"""tools/baseline.py: what is compared with, and when a version may break."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from baseline import BaselineError, baseline, may_break, version_in

from .conftest import PACKAGE, ROOT

if TYPE_CHECKING:
    from pathlib import Path


def set_version(project: Path, version: str) -> None:
    """Give a copy of the project this version."""
    path = project / "wrapper" / "tela_runs" / "_version.py"
    path.write_text(f'__version__ = "{version}"\n', encoding="utf-8")


def git(project: Path, *words: str) -> None:
    """Run git in a copy of the project, whatever the machine's settings are."""
    settings = ("user.name=T", "user.email=t@example.com", "commit.gpgsign=false", "tag.gpgsign=false")
    options = [word for each in settings for word in ("-c", each)]
    subprocess.run(["git", *options, "-C", str(project), *words], check=True, capture_output=True)  # noqa: S607


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what is compared, of version 0.1.0."""
    folder = tmp_path / "project"
    shutil.copytree(PACKAGE, folder / "generated" / "tela_api", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "wrapper" / "tela_runs").mkdir(parents=True)
    set_version(folder, "0.1.0")
    return folder


@pytest.fixture
def repository(project: Path) -> Path:
    """The copy under git, with two commits: 0.1.0, then 0.2.0."""
    git(project, "init", "--quiet")
    for version in ("0.1.0", "0.2.0"):
        set_version(project, version)
        git(project, "add", "--all")
        git(project, "commit", "--quiet", "--message", version)
    return project


def test_without_a_tag_it_is_the_last_commit(repository: Path) -> None:
    """As long as nothing was released, the last commit is what is compared with, not the working tree."""
    set_version(repository, "0.3.0")
    (repository / "generated" / "tela_api" / "client.py").unlink()
    with baseline(repository, None) as before:
        assert (before.name, before.version) == ("the last commit", "0.2.0")
        assert (before.package / "client.py").read_bytes() == (PACKAGE / "client.py").read_bytes()


def test_with_a_tag_it_is_the_last_one(repository: Path) -> None:
    """What users have is the last release."""
    git(repository, "tag", "v0.1.0", "HEAD~1")
    with baseline(repository, None) as before:
        assert (before.name, before.version) == ("v0.1.0", "0.1.0")


def test_a_revision_can_be_named(repository: Path) -> None:
    """Any revision of git will do."""
    with baseline(repository, "HEAD~1") as before:
        assert (before.name, before.version) == ("HEAD~1", "0.1.0")


def test_a_folder_can_be_named(project: Path) -> None:
    """A copy of the project will do, without git."""
    with baseline(ROOT, str(project)) as before:
        assert (before.name, before.package) == (str(project), project / "generated" / "tela_api")
        assert before.version == "0.1.0"


@pytest.mark.parametrize("against", [None, "no-such-revision", "."])
def test_nothing_to_compare_with_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, against: str | None
) -> None:
    """Outside a repository, for an unknown revision or for another folder, the error says what to do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(BaselineError, match=r"--against|name a copy"), baseline(tmp_path, against):
        pass


def test_a_folder_without_a_version_is_an_error(project: Path) -> None:
    """A version that cannot be read is an error."""
    (project / "wrapper" / "tela_runs" / "_version.py").write_text("", encoding="utf-8")
    with pytest.raises(BaselineError, match="names no version"):
        version_in(project)


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.1.9", False),
        ("0.1.0", "0.2.0", True),
        ("0.9.3", "0.10.0", True),
        ("0.2.0", "0.1.0", False),
        ("0.2.0", "1.0.0", True),
        ("1.0.0", "1.0.0", False),
        ("1.2.0", "1.3.0", False),
        ("1.9.0", "2.0.0", True),
        ("9.0.0", "10.0.0", True),
        ("2.0.0", "1.0.0", False),
        ("2.0.0", "0.9.0", False),
        ("0.1.0", "0.2.0rc1", True),
    ],
)
def test_only_a_major_step_or_a_minor_one_before_1_0_may_break(old: str, new: str, allowed: bool) -> None:
    """A major step may break, and before 1.0 a minor one; a step back never does."""
    assert may_break(old, new) is allowed
