"""Writes the tables into the pages, between the comments that mark their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import targets
from .processes import ROOT
from .results import read
from .tables import TABLES, pacing

if TYPE_CHECKING:
    from pathlib import Path

PAGES = (ROOT / "benchmarks" / "README.md", ROOT / "docs" / "benchmarks.md")


def sections() -> dict[str, str]:
    """What stands in the pages, by the name of its place, from the results on disk."""
    results = {name: result for name in TABLES if (result := read(name)) is not None}
    made = {
        name: f"{result['date']}, {result['machine']}; "
        f"load {result['load']:g} over 5 minutes, nice {result['nice']}.\n\n" + TABLES[name](result["figures"])
        for name, result in results.items()
    }
    made["targets"] = targets.table(results)
    made["versions"] = ", ".join(next(iter(results.values()))["versions"]) if results else ""
    polls = read("pacing")
    if polls is not None:
        made["pacing"] = pacing(polls)
    return made


def regenerate() -> None:
    """Bring every page up to the results on disk."""
    for page in PAGES:
        fill(page, sections())
    many = read("many")
    if many is not None:
        from .plot import draw  # matplotlib is wanted here alone

        draw(many["figures"])


def fill(page: Path, made: dict[str, str]) -> None:
    """Write sections into a page."""
    page.write_text(filled(page.read_text(encoding="utf-8"), made), encoding="utf-8")


def filled(text: str, made: dict[str, str]) -> str:
    """A page with each section between its marks, where it has them."""
    for name, section in made.items():
        mark, end = f"<!-- {name}: generated -->", "<!-- end -->"
        before, found, rest = text.partition(mark)
        if found:
            text = f"{before}{mark}\n\n{section}\n\n{end}{rest.partition(end)[2]}"
    return text
