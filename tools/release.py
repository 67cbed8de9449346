"""Make a release: the version, the changelog's date, a commit, a tag, and in dist/ what is to be uploaded.

    python tools/release.py 0.2.0              all of it
    python tools/release.py 0.2.0 --dry-run    all of it but the commit and the tag; dist/ is left as it was

Everything is made in a work tree of its own, beside this one. The branch and the tag change when all has gone well, and
nothing has been changed when something has not. Needs the dependency group `release` of pyproject.toml.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VERSION_FILE = Path("wrapper/tela_runs/_version.py")
CHANGELOG = Path("CHANGELOG.md")

_ASSIGNMENT = re.compile(r'(?<=^__version__ = ")[^"]+(?="$)', re.MULTILINE)
_UNRELEASED = re.compile(r"^## \[Unreleased\]\n(?P<text>.*?)(?=^## \[|\Z)", re.MULTILINE | re.DOTALL)


class ReleaseError(Exception):
    """There can be no release. The message says why, and what to do."""


def raised_version(text: str, new: str) -> str:
    """The text of `_version.py` with another version in it.

    Raises:
        ReleaseError: `new` is no X.Y.Z, or lower than the version there is.
    """
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", new):
        raise ReleaseError(f"{new!r} is no version. Give it as X.Y.Z.")
    old = _ASSIGNMENT.search(text)
    if old is None:
        raise ReleaseError(f"{VERSION_FILE} names no version.")
    if _numbers(new) < _numbers(old[0]):
        raise ReleaseError(f"{new} is lower than {old[0]}, the version there is.")
    return _ASSIGNMENT.sub(new, text)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def dated_changelog(text: str, version: str, today: dt.date) -> str:
    """The changelog with a dated section for a version.

    That is the section which has the version for its heading, and no date yet. If there is none, it is what is under
    `[Unreleased]`.

    Raises:
        ReleaseError: There is nothing to release, the section is dated already, or both places have something.
    """
    unreleased = _UNRELEASED.search(text)
    if unreleased is None:
        raise ReleaseError(f"{CHANGELOG} has no section [Unreleased].")
    waiting = unreleased["text"].strip()
    heading = f"## [{version}]"
    if f"\n{heading} - " in text:
        raise ReleaseError(f"{CHANGELOG} has a date for {version} already. Choose another version.")
    if f"\n{heading}\n" in text:
        if waiting:
            raise ReleaseError(f"{CHANGELOG} has lines under [Unreleased]. Move them under [{version}].")
        return text.replace(f"\n{heading}\n", f"\n{heading} - {today.isoformat()}\n", 1)
    if not waiting:
        raise ReleaseError(f"{CHANGELOG} has nothing under [Unreleased]. Say there what users see change.")
    section = f"## [Unreleased]\n\n{heading} - {today.isoformat()}\n\n{waiting}\n\n"
    return (text[: unreleased.start()] + section + text[unreleased.end() :]).rstrip() + "\n"


def git(*words: str, cwd: Path = ROOT) -> str:
    """What a git command prints.

    Raises:
        ReleaseError: It failed.
    """
    # S603, S607: git is looked up as everywhere, and every word comes from this file or its checked argument.
    result = subprocess.run(["git", *words], cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603, S607
    if result.returncode != 0:
        raise ReleaseError(f"git {' '.join(words)} failed: {result.stderr.strip()}")
    return result.stdout.strip()


def check_ready(version: str) -> None:
    """Let only what is committed be released, on a branch, under a tag of its own.

    Raises:
        ReleaseError: The tree is not clean, no branch is checked out, or the tag exists.
    """
    if git("status", "--porcelain"):
        raise ReleaseError("The tree is not clean. Commit what belongs to the release and remove the rest.")
    if git("branch", "--show-current") == "":
        raise ReleaseError("No branch is checked out. Check out the one to release from.")
    if git("tag", "--list", f"v{version}"):
        raise ReleaseError(f"The tag v{version} exists. Choose another version.")


@contextmanager
def work_tree(commit: str) -> Iterator[Path]:
    """A work tree of its own at a commit, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="tela-runs-release-") as folder:
        tree = Path(folder) / "tree"
        git("worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            git("worktree", "remove", "--force", str(tree))


def commit_release(tree: Path, version: str, today: dt.date) -> str:
    """Write the version and the date in a work tree and commit them; the commit.

    Raises:
        ReleaseError: See `raised_version` and `dated_changelog`.
    """
    for path, text in (
        (tree / VERSION_FILE, raised_version((tree / VERSION_FILE).read_text(encoding="utf-8"), version)),
        (tree / CHANGELOG, dated_changelog((tree / CHANGELOG).read_text(encoding="utf-8"), version, today)),
    ):
        path.write_text(text, encoding="utf-8")
    git("commit", "--quiet", "--message", f"Release {version}", "--", str(VERSION_FILE), str(CHANGELOG), cwd=tree)
    return git("rev-parse", "HEAD", cwd=tree)


def build(commit: str, dist: Path) -> dict[str, str]:
    """Build the sdist of a commit, and from it the wheel, in a place of its own; their SHA-256 by name.

    Raises:
        ReleaseError: The build failed.
    """
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist)]
    # What the files are dated with, so that they depend on the commit alone.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": git("show", "--no-patch", "--format=%ct", commit)}
    with work_tree(commit) as tree:
        _run([*command, str(tree)], environment)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(dist.iterdir())}


def _run(command: list[str], environment: dict[str, str]) -> None:
    result = subprocess.run(  # noqa: S603 - every word of the commands is written in this file
        command, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise ReleaseError(f"{' '.join(command[1:4])} failed:\n{result.stdout}{result.stderr}")


def build_twice(commit: str, folder: Path) -> Path:
    """Build a commit twice, in two places, and check what came of it; the folder in `folder` that holds it.

    Raises:
        ReleaseError: A build failed, the two differ, or twine finds fault with them.
    """
    dist = folder / "first"
    first, second = build(commit, dist), build(commit, folder / "second")
    if first != second:
        names = {name for name, _ in first.items() ^ second.items()}
        raise ReleaseError(f"Two builds of one commit differ: {', '.join(sorted(names))}.")
    _run([sys.executable, "-m", "twine", "check", "--strict", *map(str, sorted(dist.iterdir()))], dict(os.environ))
    for name, digest in first.items():
        print(f"{digest}  {name}")
    return dist


def release(version: str, today: dt.date, *, dry_run: bool = False) -> None:
    """Make a release.

    Raises:
        ReleaseError: There can be none; nothing has changed.
    """
    check_ready(version)
    with work_tree("HEAD") as tree:
        commit = commit_release(tree, version, today)
        dist = build_twice(commit, tree.parent)
        if dry_run:
            print(f"{version} can be released. Nothing has been changed.")
            return
        git("tag", "--annotate", f"v{version}", "--message", f"tela-runs {version}", commit)
        try:
            git("merge", "--quiet", "--ff-only", commit)
        except ReleaseError:
            git("tag", "--delete", f"v{version}")
            raise
        shutil.rmtree(ROOT / "dist", ignore_errors=True)
        shutil.copytree(dist, ROOT / "dist")
    print(
        f"Released {version}, here. Now publish it:\n\n    git push origin HEAD v{version}\n    twine upload dist/*\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(description="Make a release.")
    parser.add_argument("version", help="X.Y.Z")
    parser.add_argument("--dry-run", action="store_true", help="build and check everything, and change nothing")
    given = parser.parse_args(arguments)
    try:
        release(given.version, dt.datetime.now(dt.UTC).date(), dry_run=given.dry_run)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
