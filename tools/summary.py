"""What a regeneration means for the users of `tela_api`, and for the changelog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen
from baseline import Baseline, baseline, may_break, version_in
from face_changes import Change, Sort, changes_between

if TYPE_CHECKING:
    from pathlib import Path

_VERSION_FILE = "wrapper/tela_runs/_version.py"


@frozen
class Summary:
    """What is to be reported: what is compared with, the version now, and the changes."""

    before: Baseline
    version: str
    changes: list[Change]

    @property
    def breaks(self) -> bool:
        """Whether code of users of `tela_api` breaks."""
        return any(change.breaks for change in self.changes)

    @property
    def is_allowed(self) -> bool:
        """Whether nothing breaks, or the version says so."""
        return not self.breaks or may_break(self.before.version, self.version)

    def text(self) -> str:
        """The summary, for people."""
        before = f"{self.before.name} (version {self.before.version})"
        if not self.changes:
            return f"The face of tela_api is that of {before}."
        parts = [
            f"The face of tela_api, compared with {before}:\n",
            "\n".join(f"  {'breaks' if each.breaks else '      '}  {each.name} {each.detail}" for each in self.changes),
            "\nFor CHANGELOG.md, under [Unreleased]:\n",
            changelog(self.changes),
        ]
        if self.breaks:
            parts.append(f"\n{self._verdict()}")
        return "\n".join(parts)

    def _verdict(self) -> str:
        if self.is_allowed:
            return f"Code of users breaks, and version {self.version} says so."
        first, second = (int(part) for part in self.before.version.split(".")[:2])
        needed = f"0.{second + 1}.0" if first == 0 else f"{first + 1}.0.0"
        return (
            f"Code of users breaks, and version {self.version} does not say so: "
            f"set it to {needed} in {_VERSION_FILE}, or leave the contract as it was there."
        )


def changelog(changes: list[Change]) -> str:
    """The lines of the changelog, in sections of Keep a Changelog; what breaks is marked."""
    sections = []
    for sort in Sort:
        lines = [
            f"- {'**Breaking:** ' if change.breaks else ''}`tela_api`: `{change.name}` {change.detail}."
            for change in changes
            if change.sort is sort
        ]
        if lines:
            sections.append("\n".join([f"### {sort}", "", *lines]))
    return "\n\n".join(sections)


def summarise(root: Path, package: Path, against: str | None) -> Summary:
    """Compare a generated package with the project as its users have it.

    Args:
        root: The project's folder.
        package: The folder of the new package.
        against: See `baseline.baseline`.

    Raises:
        BaselineError: There is nothing to compare with.
    """
    with baseline(root, against) as before:
        return Summary(before, version_in(root), changes_between(before.package, package))
