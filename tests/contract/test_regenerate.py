"""tools/regenerate.py: the generated package is what the contract gives, and every difference is named."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "generated" / "tela_api"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the generated package, free to be spoiled."""
    target = tmp_path / "tela_api"
    shutil.copytree(PACKAGE, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def test_the_committed_package_is_what_the_contract_gives(regenerate: Any) -> None:
    """Generating afresh gives the committed package, byte for byte."""
    assert regenerate.regenerate(check=True) == []


def test_differences_are_named(regenerate: Any) -> None:
    """A changed, a missing and a stray file are each reported by name; an equal one is not."""
    committed = {"a.py": b"1", "b.py": b"1", "stray.py": b""}
    generated = {"a.py": b"1", "b.py": b"2", "new.py": b""}
    assert regenerate.differences(committed, generated) == ["differs: b.py", "missing: new.py", "stray: stray.py"]


def test_a_check_names_what_was_spoiled_and_repairs_nothing(regenerate: Any, copy: Path) -> None:
    """One character changed, one file added and one removed: all named, and all still so afterwards."""
    module = copy / "models" / "canvas_run.py"
    module.write_text(module.read_text(encoding="utf-8").replace("One run", "One rum", 1), encoding="utf-8")
    (copy / "api" / "leftover.py").write_text("", encoding="utf-8")
    (copy / "py.typed").unlink()
    expected = ["stray: api/leftover.py", "differs: models/canvas_run.py", "missing: py.typed"]
    assert regenerate.regenerate(check=True, package=copy) == expected
    assert "One rum" in module.read_text(encoding="utf-8")
    assert (copy / "api" / "leftover.py").exists()
    assert not (copy / "py.typed").exists()


def test_regenerating_leaves_nothing_behind(regenerate: Any, copy: Path) -> None:
    """Regenerating over a spoiled package gives the committed one: strays are gone, and so are caches."""
    (copy / "leftover.py").write_text("", encoding="utf-8")
    (copy / ".ruff_cache").mkdir()
    regenerate.regenerate(check=False, package=copy)
    assert {path.relative_to(copy) for path in copy.rglob("*") if path.is_file()} == {
        path.relative_to(PACKAGE) for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    assert regenerate.contents(copy) == regenerate.contents(PACKAGE)


def test_caches_are_no_difference(regenerate: Any, copy: Path) -> None:
    """Compiled modules and the caches of tools are not part of the package."""
    before = regenerate.contents(copy)
    for name in ("__pycache__", ".ruff_cache", "models/__pycache__"):
        (copy / name).mkdir()
        (copy / name / "litter").write_bytes(b"x")
    assert regenerate.contents(copy) == before


@pytest.mark.parametrize(("found", "code"), [([], 0), (["differs: client.py"], 1)])
def test_the_exit_code_shows_a_difference(
    regenerate: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    found: list[str],
    code: int,
) -> None:
    """`--check` prints what differs and exits with 1, or exits with 0 when nothing does."""
    monkeypatch.setattr(regenerate, "regenerate", lambda *, check: found if check else [])
    assert regenerate.main(["--check"]) == code
    assert capsys.readouterr().out.splitlines() == found


def test_a_failing_generator_is_an_error(regenerate: Any, tmp_path: Path) -> None:
    """A generator that fails raises what it printed, instead of giving half a package."""
    (tmp_path / "model.py.jinja").write_text("{% this is no template %}", encoding="utf-8")
    with pytest.raises(regenerate.GenerationError, match="openapi-python-client failed"):
        regenerate.generate(tmp_path / "out", templates=tmp_path)


def test_every_module_says_that_it_is_generated(regenerate: Any) -> None:
    """Every generated module starts with the do-not-edit header, and the package is marked as typed."""
    modules = list(PACKAGE.rglob("*.py"))
    assert len(modules) > 30
    for module in modules:
        assert module.read_text(encoding="utf-8").startswith(regenerate.header()), module
    assert (PACKAGE / "py.typed").exists()


def test_the_generated_package_imports_httpx_and_attrs_alone() -> None:
    """No module of the generated package needs anything but the standard library, attrs and httpx."""
    roots = set()
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                roots.add(node.module.split(".")[0])
    standard = {
        "__future__",
        "collections",
        "contextlib",
        "datetime",
        "enum",
        "functools",
        "http",
        "ssl",
        "threading",
        "typing",
        "urllib",
    }
    assert roots - standard == {"attrs", "httpx"}
