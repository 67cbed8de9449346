"""What the tests of the release share: the tool, and a clone of the repository to release from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

#: Git with the settings of no user.
_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Someone"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "someone@example.com"),
}


class Clone:
    """A clone of the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        self._environment = inherited | _GIT

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it."""
        return subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False, timeout=300
        )

    def git(self, *words: str) -> str:
        """What a git command prints."""
        result = self.run("git", *words)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def release(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the clone's own release tool."""
        return self.run(sys.executable, "tools/release.py", *words)

    def commit(self, message: str) -> None:
        """Commit everything that has changed."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A clone with something to release as 7.0.0."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a clone of the repository")
    made = Clone(tmp_path)
    made.git("clone", "--quiet", "--no-tags", str(ROOT), "clone")
    made.folder = tmp_path / "clone"
    if not made.git("branch", "--show-current"):  # the repository has a commit checked out, not a branch
        made.git("switch", "--quiet", "--create", "release")
    changelog = made.folder / "CHANGELOG.md"
    # Whatever is unreleased now makes room.
    before, heading, rest = changelog.read_text(encoding="utf-8").partition("## [Unreleased]\n")
    released = rest[rest.index("## [") :]
    changelog.write_text(f"{before}{heading}\n- Something new.\n\n{released}", encoding="utf-8")
    made.commit("Say what is new")
    return made
