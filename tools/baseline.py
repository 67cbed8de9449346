"""The baseline of a comparison: the project as its users have it."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
import zipfile
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
    """An earlier state of the project: what it is called, the folder of its generated package, and its version."""

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
    revision = against or _git(root, "describe", "--tags", "--abbrev=0").stdout.decode().strip() or "HEAD"
    archive = _git(root, "archive", "--format=zip", revision, "--", _PACKAGE, _VERSION)
    if archive.returncode != 0:
        reason = archive.stderr.decode(errors="replace").strip()
        raise BaselineError(f"git: {reason}. Name a revision, or a copy of the project, with --against.")
    with tempfile.TemporaryDirectory(prefix="tela-runs-") as folder:
        with zipfile.ZipFile(io.BytesIO(archive.stdout)) as packed:
            packed.extractall(folder)
        yield _in_folder("the last commit" if revision == "HEAD" else revision, Path(folder))


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=False)  # noqa: S603, S607


def _in_folder(name: str, folder: Path) -> Baseline:
    if not (folder / _PACKAGE).is_dir():
        raise BaselineError(f"{folder} has no {_PACKAGE}: name a copy of the project.")
    return Baseline(name, folder / _PACKAGE, version_in(folder))


def version_in(root: Path) -> str:
    """The version of the project in this folder.

    Raises:
        BaselineError: It names none.
    """
    path = root / _VERSION
    found = re.search(r'__version__ = "([^"]+)"', path.read_text(encoding="utf-8") if path.exists() else "")
    if found is None:
        raise BaselineError(f"{path} names no version: name a copy of the project.")
    return found[1]


def may_break(old: str, new: str) -> bool:
    """Whether the step from one version to another may break users' code: a major one, or a minor one before 1.0."""
    before, after = (tuple(map(int, re.findall(r"\d+", version)[:2])) for version in (old, new))
    return after > before if before[0] == 0 else after[0] > before[0]
