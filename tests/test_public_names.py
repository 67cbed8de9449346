"""The public names: there, the same for every tool, and loaded when they are first used."""

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


def python(code: str, *, check: bool = True, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program in another process, with what is in ``path`` in front of all that can be imported."""
    setup = "" if path is None else f"import sys; sys.path.insert(0, {str(path)!r})\n"
    return subprocess.run([sys.executable, "-c", setup + code], capture_output=True, text=True, check=check)


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
    # Not those that pytest adds where it rewrites assertions, such as "@py_builtins".
    starred = {name for name in vars(tela_runs.errors) if name.isidentifier() and not name.startswith("_")}
    assert imported - {"*"} | starred - {"Any", "TYPE_CHECKING", "annotations"} == set(tela_runs.__all__)


def test_name_that_is_not_there_is_an_attribute_error() -> None:
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
def test_http_library_is_loaded_when_it_is_needed(statement: str, loaded: bool) -> None:
    """Importing the package loads neither httpx nor the models."""
    probe = f"{statement}; import sys; print('httpx' in sys.modules, 'tela_api' in sys.modules)"
    assert python(probe).stdout.split() == [str(loaded)] * 2


def test_sync_client_starts_no_event_loop(server: Emulator) -> None:
    """Neither for one run nor for many: none is made, of asyncio or of trio."""
    server.add_run("done", run_id="run-1", statuses=["running", "succeeded"])
    probe = (
        "import asyncio, trio\n"
        "def fail(*args, **options): raise SystemExit('an event loop')\n"
        "asyncio.BaseEventLoop.__init__ = trio.run = fail\n"
        "from tela_runs import FixedPacing, RunsClient\n"
        f"with RunsClient({server.api_key!r}, base_url={server.url!r}, pacing=FixedPacing(0.05)) as runs:\n"
        "    print(runs.wait('run-1').output, runs.wait_all(['run-1'])['run-1'].output)"
    )
    assert python(probe).stdout == "done done\n"


@pytest.mark.parametrize("name", ["celery", "emulator"])
def test_extra_that_was_not_imported_says_how_to(name: str) -> None:
    """`tela_runs.emulator` without an import says which one is needed."""
    probe = f"import tela_runs\ntry: tela_runs.{name}\nexcept AttributeError as error: print(error)"
    expected = f"module 'tela_runs' has no attribute '{name}': import it with `import tela_runs.{name}`\n"
    assert python(probe).stdout == expected


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("raise ImportError('libssl is missing')", "libssl is missing"),
        ("import json; json.parse", "module 'json' has no attribute 'parse'"),
        ("raise RuntimeError('no entropy')", "no entropy"),
    ],
    ids=["ImportError", "AttributeError", "RuntimeError"],
)
@pytest.mark.parametrize("name", ["AsyncRunsClient", "RunsClient", "Run"])
def test_import_that_fails_shows_its_cause(tmp_path: Path, name: str, fault: str, cause: str) -> None:
    """Python itself would turn an AttributeError of a lazy import into "cannot import name" (cpython #153236)."""
    (tmp_path / "httpx.py").write_text(fault, encoding="utf-8")
    done = python(f"from tela_runs import {name}", check=False, path=tmp_path)
    assert done.returncode == 1
    assert cause in done.stderr
    assert "cannot import name" not in done.stderr
