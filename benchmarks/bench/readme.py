"""Writes the tables into the pages, between the comments that mark their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import targets
from .processes import ROOT
from .results import read
from .tables import TABLES, pacing

if TYPE_CHECKING:
    from pathlib import Path

_PAGES = (ROOT / "benchmarks" / "README.md", ROOT / "docs" / "benchmarks.md")


def regenerate() -> None:
    """Bring every page up to the results on disk."""
    results = {name: result for name in TABLES if (result := read(name)) is not None}
    sections = {
        name: f"{result['date']}, {result['machine']}; "
        f"load {result['load']:g} over 5 minutes, nice {result['nice']}.\n\n" + TABLES[name](result["figures"])
        for name, result in results.items()
    }
    sections["targets"] = targets.table(results)
    sections["versions"] = ", ".join(next(iter(results.values()))["versions"]) if results else ""
    polls = read("pacing")
    if polls is not None:
        sections["pacing"] = pacing(polls)
    for page in _PAGES:
        fill(page, sections)
    if "many" in results:
        from .plot import draw  # matplotlib is wanted here alone

        draw(results["many"]["figures"])


def fill(page: Path, sections: dict[str, str]) -> None:
    """Write sections into a page, each between its marks, where it has them."""
    text = page.read_text(encoding="utf-8")
    for name, section in sections.items():
        mark, end = f"<!-- {name}: generated -->", "<!-- end -->"
        before, found, rest = text.partition(mark)
        if found:
            text = f"{before}{mark}\n\n{section}\n\n{end}{rest.partition(end)[2]}"
    page.write_text(text, encoding="utf-8")
