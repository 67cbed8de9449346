"""What the tests of the contract share: the contract itself, its sample, and packages generated from it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class GeneratedPackage:
    """A generated package, by its modules, whatever name it was imported under."""

    client: Any
    endpoint: Any
    errors: Any
    models: Any
    types: Any

    @classmethod
    def load(cls, name: str) -> GeneratedPackage:
        """The package importable as `name`."""
        return cls(
            client=importlib.import_module(f"{name}.client"),
            endpoint=importlib.import_module(f"{name}.api.runs.retrieve_run"),
            errors=importlib.import_module(f"{name}.errors"),
            models=importlib.import_module(f"{name}.models"),
            types=importlib.import_module(f"{name}.types"),
        )


def load_module(name: str, path: Path) -> ModuleType:
    """Import the file at `path` as `name`. When it is a package, its folder is searched for its modules."""
    folders = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=folders)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    """`openapi.yaml`, read."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    return document


@pytest.fixture
def sample() -> dict[str, Any]:
    """The run that the API reference shows, every documented field with a placeholder in it."""
    run: dict[str, Any] = json.loads((HERE / "reference_sample.json").read_text(encoding="utf-8"))
    return run


@pytest.fixture
def succeeded(contract: dict[str, Any]) -> dict[str, Any]:
    """The contract's example of a run with every kind of value in it, as decoded from JSON."""
    run: dict[str, Any] = json.loads(json.dumps(contract["components"]["examples"]["RunSucceeded"]["value"]))
    return run


@pytest.fixture(scope="session")
def regenerate() -> Any:
    """The module `tools/regenerate.py`."""
    sys.path.insert(0, str(ROOT / "tools"))  # as when it is run as a script
    return importlib.import_module("regenerate")


@pytest.fixture(scope="session")
def overridden() -> GeneratedPackage:
    """The package of this project, made with the overrides in `templates/`."""
    return GeneratedPackage.load("tela_api")


@pytest.fixture(scope="session")
def stock(regenerate: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GeneratedPackage]:
    """The package that the generator makes of the same contract with its own templates."""
    folder = tmp_path_factory.mktemp("stock") / "stock_tela_api"
    regenerate.generate(folder, templates=None)
    load_module(folder.name, folder / "__init__.py")
    yield GeneratedPackage.load(folder.name)
    for name in [name for name in sys.modules if name.split(".")[0] == folder.name]:
        del sys.modules[name]
