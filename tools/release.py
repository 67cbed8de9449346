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

from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VERSION_FILE = Path("wrapper/tela_runs/_version.py")
CHANGELOG = Path("CHANGELOG.md")

_ASSIGNMENT = re.compile(r'(?<=^__version__ = ")[^"]+(?="$)', re.MULTILINE)
_UNRELEASED = re.compile(r"^## \[Unreleased\]\n(?P<text>.*?)(?=^## \[|\Z)", re.MULTILINE | re.DOTALL)


class ReleaseError(Exception):
    """The release cannot be made. The message says why, and what to do."""


def raised_version(text: str, new: str) -> str:
    """The text of `_version.py` with another version in it.

    Raises:
        ReleaseError: `new` is not X.Y.Z, or lower than the version there is.
    """
    old = _ASSIGNMENT.search(text)
    if old is None:
        raise ReleaseError(f"{VERSION_FILE} names no version.")
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", new):
        raise ReleaseError(f"{new!r} is not a version. Give it as X.Y.Z.")
    if Version(new) < Version(old[0]):
        raise ReleaseError(f"{new} is lower than {old[0]}, the version there is.")
    return _ASSIGNMENT.sub(new, text)


def dated_changelog(text: str, version: str, today: dt.date) -> str:
    """The changelog with a dated section for a version: the one begun under its heading, or what is `[Unreleased]`.

    Raises:
        ReleaseError: There is nothing to release, the section is dated already, or both places have something.
    """
    unreleased = _UNRELEASED.search(text)
    if unreleased is None:
        raise ReleaseError(f"{CHANGELOG} has no section [Unreleased].")
    waiting, heading = unreleased["text"].strip(), f"## [{version}]"
    if f"\n{heading} - " in text:
        raise ReleaseError(f"{CHANGELOG} has a date for {version} already. Choose another version.")
    has_begun = f"\n{heading}\n" in text
    if has_begun and waiting:
        raise ReleaseError(f"{CHANGELOG} has lines under [Unreleased]. Move them under [{version}].")
    if has_begun:
        return text.replace(f"\n{heading}\n", f"\n{heading} - {today}\n", 1)
    if not waiting:
        raise ReleaseError(f"{CHANGELOG} has nothing under [Unreleased]. Say there what users see change.")
    section = f"## [Unreleased]\n\n{heading} - {today}\n\n{waiting}\n\n"
    return (text[: unreleased.start()] + section + text[unreleased.end() :]).rstrip() + "\n"


def run(*command: str, cwd: Path = ROOT, environment: dict[str, str] | None = None) -> str:
    """What a command prints.

    Raises:
        ReleaseError: It failed.
    """
    # git is looked up as everywhere, and every word comes from this file or its checked argument.
    result = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode != 0:
        raise ReleaseError(f"{' '.join(command[:4])} failed:\n{result.stdout}{result.stderr}".strip())
    return result.stdout.strip()


def check_ready(version: str) -> None:
    """Check that all is committed, on a branch, and that the tag is new.

    Raises:
        ReleaseError: The tree is not clean, no branch is checked out, or the tag exists.
    """
    if run("git", "status", "--porcelain"):
        raise ReleaseError("The tree is not clean. Commit what belongs to the release and remove the rest.")
    if run("git", "branch", "--show-current") == "":
        raise ReleaseError("No branch is checked out. Check out the one to release from.")
    if run("git", "tag", "--list", f"v{version}"):
        raise ReleaseError(f"The tag v{version} exists. Choose another version.")


@contextmanager
def work_tree(commit: str) -> Iterator[Path]:
    """A work tree of its own at a commit, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="tela-runs-release-") as folder:
        tree = Path(folder) / "tree"
        run("git", "worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            run("git", "worktree", "remove", "--force", str(tree))


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
    files = (str(VERSION_FILE), str(CHANGELOG))
    run("git", "commit", "--quiet", "--message", f"Release {version}", "--", *files, cwd=tree)
    return run("git", "rev-parse", "HEAD", cwd=tree)


def build_twice(commit: str, folder: Path) -> Path:
    """Build the sdist of a commit, and from it the wheel, in two places; the folder in `folder` that holds the first.

    Raises:
        ReleaseError: A build failed, the two differ, or twine finds fault with them.
    """
    # The date of the files, so that they depend on the commit alone.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": run("git", "show", "--no-patch", "--format=%ct", commit)}
    dist, digests = folder / "first", []
    for place in (dist, folder / "second"):
        with work_tree(commit) as tree:
            command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(place), str(tree)]
            run(*command, environment=environment)
        digests.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(place.iterdir())})
    first, second = digests
    if first != second:
        names = {name for name, _ in first.items() ^ second.items()}
        raise ReleaseError(f"Two builds of one commit differ: {', '.join(sorted(names))}.")
    run(sys.executable, "-m", "twine", "check", "--strict", *map(str, sorted(dist.iterdir())))
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
        run("git", "tag", "--annotate", f"v{version}", "--message", f"tela-runs {version}", commit)
        try:
            run("git", "merge", "--quiet", "--ff-only", commit)
        except ReleaseError:
            run("git", "tag", "--delete", f"v{version}")
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
