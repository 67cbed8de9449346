"""Compare `openapi.yaml` with a document that the vendor has published.

    python tools/upstream.py their-openapi.yaml

Prints every difference in what the responses may be, by whose document allows more, and exits with 1 if there is one
that `exceptions.yaml` beside this file gives no reason for. Needs the package with the extra `cli`.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from attrs import field, frozen, validators
from tela_runs.drift import Contract
from upstream_comparison import Difference, More, What, differences_between

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
EXCEPTIONS = Path(__file__).resolve().parent / "exceptions.yaml"


@frozen
class Exemption:
    """An intended difference, with the reason. In `where`, `**` stands for anything."""

    more: More = field(converter=More)
    what: What = field(converter=What)
    where: str
    reason: str = field(validator=validators.matches_re(r"(?s).*\S.*"))

    def covers(self, difference: Difference) -> bool:
        """Whether it is about this difference."""
        pattern = ".*".join(map(re.escape, self.where.split("**")))
        same = (self.more, self.what) == (difference.more, difference.what)
        return same and re.fullmatch(pattern, difference.where) is not None


def read_exemptions(path: Path = EXCEPTIONS) -> list[Exemption]:
    """The differences that are there on purpose.

    Raises:
        TypeError: An entry has other keys than `more`, `what`, `where` and `reason`, and those alone.
        ValueError: An entry has no reason, or a word that is not one of those known.
    """
    return [Exemption(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]


def unexplained(differences: Sequence[Difference], exemptions: Sequence[Exemption]) -> list[Difference]:
    """The differences that no exemption covers."""
    return [each for each in differences if not any(exemption.covers(each) for exemption in exemptions)]


def read_document(path: Path) -> Contract:
    """An OpenAPI document, in YAML or JSON.

    Raises:
        ValueError: It is none.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is neither YAML nor JSON: {error}") from error
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise ValueError(f"{path} is no OpenAPI 3 document.")
    return Contract(document)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code is 1 if there is a difference without a reason, 2 for a wrong document."""
    parser = argparse.ArgumentParser(description="Compare openapi.yaml with the vendor's document.")
    parser.add_argument("document", type=Path, help="the vendor's OpenAPI 3 document, in YAML or JSON")
    path = parser.parse_args(arguments).document
    try:
        differences = differences_between(read_document(ROOT / "openapi.yaml"), read_document(path))
    except (OSError, ValueError, KeyError) as error:
        print(f"Cannot compare: {error}", file=sys.stderr)
        return 2
    exemptions = read_exemptions()
    rest = unexplained(differences, exemptions)
    for difference in rest:
        print(difference)
    print(f"{len(rest)} differences to look into; {len(differences) - len(rest)} are there on purpose.")
    for exemption in exemptions:
        if not any(exemption.covers(each) for each in differences):
            print(f"No longer needed in {EXCEPTIONS.name}: {exemption.more} {exemption.what} {exemption.where}")
    return 1 if rest else 0


if __name__ == "__main__":
    sys.exit(main())
