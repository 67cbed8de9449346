"""The import contracts in pyproject.toml leave no module out. `nox -s lint` is what holds the modules to them."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = {"tela_runs.celery", "tela_runs.cli", "tela_runs.drift", "tela_runs.emulator", "tela_runs.pytest_plugin"}


def test_the_extras_are_kept_from_every_private_module() -> None:
    """The contract on the extras forbids each private module and package of the core."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}
    private = {f"tela_runs.{path.stem}" for path in (ROOT / "wrapper" / "tela_runs").glob("_[a-z]*")}
    assert set(contracts["extras"]["source_modules"]) == EXTRAS
    assert set(contracts["extras"]["forbidden_modules"]) == private - {"tela_runs._version"}
