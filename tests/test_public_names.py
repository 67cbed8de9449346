"""The public names: there, alike to every tool, and loaded when they are used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import tela_runs


def test_every_public_name_is_there() -> None:
    """Each can be got, is what its home defines, and is listed by `dir`."""
    assert dir(tela_runs) == sorted(tela_runs.__all__)
    for name in tela_runs.__all__:
        value = getattr(tela_runs, name)
        if name != "__version__":
            assert value.__name__ == name
            assert value.__module__.startswith("tela_runs.")


def test_type_checkers_see_the_same_names() -> None:
    """What is imported for type checkers is just what is public."""
    tree = ast.parse(Path(tela_runs.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert imported == set(tela_runs.__all__)


def test_a_name_that_is_not_there() -> None:
    """It is an AttributeError, and an ImportError in an import, as everywhere."""
    with pytest.raises(AttributeError, match="no attribute 'RunClient'"):
        _ = tela_runs.RunClient  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        exec("from tela_runs import RunClient")  # noqa: S102


@pytest.mark.parametrize(
    ("statement", "loaded"),
    [
        ("import tela_runs", False),
        ("from tela_runs import *", True),
        ("import tela_runs; tela_runs.errors.APIError", False),
    ],
)
def test_the_http_library_is_loaded_when_it_is_needed(statement: str, loaded: bool) -> None:
    """Importing the package loads neither httpx nor the models."""
    probe = f"{statement}; import sys; print('httpx' in sys.modules, 'tela_api' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(loaded)] * 2
