"""Every Python block in the README and in `docs/` is complete, and does what the page says."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
#: A block that cannot be run says why: ```python no-run: needs Redis. One for a notebook may await at its top level.
FENCE = re.compile(r"^```python(?P<note>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
#: What a block prints, where the page shows it: the next thing after it, of a program that is run.
PRINTED = re.compile(r"\s*^```console\n\$ python \S+\.py\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
#: The fixtures that the pages speak of; pytest finds those of an installed distribution itself.
PLUGIN = [] if entry_points(group="pytest11", name="tela_runs") else ["-p", "tela_runs.pytest_plugin"]
LINK = re.compile(r"\]\((?!https?://)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")


class Block(NamedTuple):
    """A block of Python, where it begins, and what the page says that it prints, if anything."""

    page: Path
    code: str
    line: int
    is_for_notebooks: bool
    printed: str | None


def blocks(page: Path) -> list[Block]:
    """The blocks of a page that are to be run."""
    text = page.read_text(encoding="utf-8")
    found = []
    for fence in FENCE.finditer(text):
        note = fence["note"].strip()
        assert re.fullmatch(r"|notebook|no-run: \S.*", note), f"{page.name}: {note!r} gives no reason"
        printed = PRINTED.match(text, fence.end())
        line = text.count("\n", 0, fence.start("code"))
        if not note.startswith("no-run"):
            found.append(Block(page, fence["code"], line, note == "notebook", printed and printed["text"]))
    return found


def run_block(block: Block, folder: Path) -> None:
    """Run a block as a program of its own would; one with tests is given to pytest."""
    if "def test_" in block.code:
        script = folder / f"test_line_{block.line}.py"
        script.write_text(block.code, encoding="utf-8")
        options = ["-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGIN, f"--rootdir={folder}"]
        result = subprocess.run([sys.executable, *options, str(script)], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        return
    # Blank lines before it, so that a traceback names the line of the page.
    source = "\n" * block.line + block.code
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if block.is_for_notebooks else 0
    code = compile(source, str(block.page), "exec", flags=flags, dont_inherit=True)
    result_or_coroutine = eval(code, {"__name__": "__main__"})  # noqa: S307 - the project's own pages
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(result_or_coroutine)


BLOCKS = [block for page in PAGES for block in blocks(page)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.page.name}:{block.line}")
@pytest.mark.usefixtures("environment")
def test_a_block_runs_as_it_stands(block: Block, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By itself, against `tela-runs emulate`; and it prints what the page shows after it."""
    run_block(block, tmp_path)
    if block.printed is not None:
        assert capsys.readouterr().out == block.printed


def test_blocks_pass_a_strict_type_checker(tmp_path: Path) -> None:
    """Those that are programs: readers copy them into applications that are checked."""
    scripts = []
    for block in BLOCKS:
        if not block.is_for_notebooks:
            scripts.append(tmp_path / f"{block.page.stem.replace('-', '_')}_{block.line}.py")
            scripts[-1].write_text(block.code, encoding="utf-8")
    options = ["--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(str(ROOT / name) for name in ("generated", "wrapper"))}
    command = [sys.executable, "-m", "mypy", *options, *map(str, scripts)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_first_pages_show_what_their_programs_print() -> None:
    """The README and the quick start have at least one block each whose output is shown, and so compared."""
    shown = {block.page.name for block in BLOCKS if block.printed}
    assert {"README.md", "quickstart.md"} <= shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file of the project names one that exists."""
    targets = [link["target"] for link in LINK.finditer(page.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_tables_of_the_benchmarks_are_those_of_the_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """No figure was changed in a page alone."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import scale  # noqa: PLC0415 - a program, found by the path above
    from bench import readme  # noqa: PLC0415

    made = {**readme.sections(), **scale.sections()}
    for page in (*readme.PAGES, scale.PAGE):
        text = page.read_text(encoding="utf-8")
        assert readme.filled(text, made) == text
