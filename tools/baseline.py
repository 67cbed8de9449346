"""What a change is compared with: the project as its users have it."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = "generated/tela_api"
_VERSION = "wrapper/tela_runs/_version.py"


class BaselineError(Exception):
    """There is nothing to compare with. The message says what to do."""


@frozen
class Baseline:
    """An earlier state of the project.

    Attributes:
        name: What it is called, for people.
        package: The folder of its generated package.
        version: Its version.
    """

    name: str
    package: Path
    version: str


@contextmanager
def baseline(root: Path, against: str | None) -> Iterator[Baseline]:
    """The state to compare the project in `root` with.

    Args:
        root: The project's folder.
        against: A folder with another copy of the project, or a revision of git; by default the last tag, which is what
            users have, or the last commit where there is no tag.

    Raises:
        BaselineError: There is no such state.
    """
    if against is not None and Path(against).is_dir():
        yield _in_folder(against, Path(against))
        return
    revision = against or _last_tag(root) or "HEAD"
    archive = _git(root, "archive", "--format=tar", revision, "--", _PACKAGE, _VERSION)
    with tempfile.TemporaryDirectory(prefix="tela-runs-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            # Python 3.11.3 and earlier have no filters, 3.12 and later want one; the archive is git's own.
            if sys.version_info >= (3, 12):
                tar.extractall(folder, filter="data")
            else:
                tar.extractall(folder)  # noqa: S202
        yield _in_folder("the last commit" if revision == "HEAD" else revision, Path(folder))


def _in_folder(name: str, folder: Path) -> Baseline:
    if not (folder / _PACKAGE).is_dir():
        raise BaselineError(f"{folder} has no {_PACKAGE}: name a copy of the project.")
    return Baseline(name, folder / _PACKAGE, version_in(folder))


def version_in(root: Path) -> str:
    """The version of the project in this folder.

    Raises:
        BaselineError: It names none.
    """
    try:
        found = re.search(r'__version__ = "([^"]+)"', (root / _VERSION).read_text(encoding="utf-8"))
    except OSError as error:
        raise BaselineError(f"{root} has no {_VERSION}: name a copy of the project.") from error
    if found is None:
        raise BaselineError(f"{root / _VERSION} names no version.")
    return found[1]


def may_break(old: str, new: str) -> bool:
    """Whether the step from one version to another may break users' code: a major one, or a minor one before 1.0."""
    before, after = (tuple(map(int, re.findall(r"\d+", version)[:2])) for version in (old, new))
    return after > before if before[0] == 0 else after[0] > before[0]


def _last_tag(root: Path) -> str | None:
    try:
        return _git(root, "describe", "--tags", "--abbrev=0").decode().strip()
    except BaselineError:
        return None


def _git(root: Path, *arguments: str) -> bytes:
    try:
        result = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True)  # noqa: S603, S607
    except FileNotFoundError as error:
        raise BaselineError("git is not here: name a copy of the project with --against FOLDER.") from error
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip()
        raise BaselineError(f"git: {reason}. Name a revision, or a copy of the project, with --against.") from error
    return result.stdout
