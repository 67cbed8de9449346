"""What the tests of evolution share: the tools, importable, and packages generated from a changed contract."""

from __future__ import annotations

import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "generated" / "tela_api"

# As when they are run as scripts.
sys.path.insert(0, str(ROOT / "tools"))

from regenerate import generate  # noqa: E402 - not before it can be found

DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def document() -> dict[str, Any]:
    """The contract, read; free to be changed."""
    return deepcopy(DOCUMENT)


def generate_from(document: dict[str, Any], folder: Path) -> Path:
    """Generate a package from a contract, in an empty folder; gives the package's folder."""
    source = folder / "openapi.yaml"
    source.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    package = folder / "generated" / "tela_api"
    package.parent.mkdir()
    generate(package, contract=source)
    return package
