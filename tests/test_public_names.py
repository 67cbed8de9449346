"""The public names: there, alike to every tool, and loaded when they are used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tela_runs

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator


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


def test_the_sync_client_needs_no_event_loop(server: Emulator) -> None:
    """A program that waits for one run at a time loads no async library, and no pool of connections."""
    server.add_run("done", run_id="run-1", statuses=["running", "succeeded"])
    probe = (
        "import sys, httpx; before = {*sys.modules}\n"  # some versions of httpx load them
        "from tela_runs import FixedPacing, RunsClient\n"
        f"with RunsClient({server.api_key!r}, base_url={server.url!r}, pacing=FixedPacing(0.05)) as runs:\n"
        "    print(runs.wait('run-1').output)\n"
        "print([name for name in ('asyncio', 'anyio', 'trio', 'httpcore') if name in {*sys.modules} - before])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["done", "[]"]
