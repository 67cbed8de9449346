"""The import contracts in pyproject.toml leave no module out. `nox -s lint` is what holds the modules to them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "wrapper" / "tela_runs"


def contract(name: str) -> dict[str, Any]:
    """One contract of import-linter, by its id."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return next(each for each in settings["tool"]["importlinter"]["contracts"] if each["id"] == name)


def modules() -> set[str]:
    """The modules and packages of the wrapper, each by its name."""
    paths = [path for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return {path.stem for path in paths} - {"__init__"}


def extras() -> set[str]:
    """The modules in the two highest layers, which are on top of the core."""
    return {name.strip(" ()") for layer in contract("layers")["layers"][:2] for name in layer.split("|")}


def test_every_module_is_in_a_layer() -> None:
    """And no layer names a module that is not there."""
    layers = contract("layers")
    assert layers["exhaustive"]
    named = [name.strip(" ()") for layer in layers["layers"] for name in layer.split("|")]
    assert len(named) == len(set(named))
    assert set(named) == modules()


def test_extras_are_kept_from_every_private_module() -> None:
    """The contract forbids each private module of the core, for each extra; the version is anybody's."""
    kept = contract("extras")
    private = {name for name in modules() if name.startswith("_")} - {"_version"}
    assert set(kept["source_modules"]) == {f"tela_runs.{name}" for name in extras()}
    assert set(kept["forbidden_modules"]) == {f"tela_runs.{name}" for name in private}


def test_flows_are_kept_from_io_clocks_and_randomness() -> None:
    """The contract holds for all that decides what to do next."""
    kept = contract("flows")
    assert {"tela_runs._polling", "tela_runs._hazard", "tela_runs.pacing"} <= set(kept["source_modules"])
    assert {"anyio", "asyncio", "httpx", "random", "socket", "threading", "time"} <= set(kept["forbidden_modules"])
