"""Every Python block in the README and in `docs/` does what the page says."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest
from tela_runs.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
#: A block that cannot be run says why: ```python no-run: needs a Tela account
FENCE = re.compile(r"^```python(?P<note>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
#: The fixtures that the pages speak of; pytest finds those of an installed distribution itself.
PLUGIN = [] if entry_points(group="pytest11", name="tela_runs") else ["-p", "tela_runs.pytest_plugin"]
LINK = re.compile(r"\]\((?!https?://)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")


class Block(NamedTuple):
    """A block of Python, and where it begins."""

    code: str
    line: int


def blocks(page: Path) -> list[Block]:
    """The blocks of a page that are to be run."""
    text = page.read_text(encoding="utf-8")
    found = []
    for fence in FENCE.finditer(text):
        note = fence["note"].strip()
        assert not note or re.fullmatch(r"no-run: \S.*", note), f"{page.name}: {note!r} gives no reason"
        if not note:
            found.append(Block(fence["code"], text.count("\n", 0, fence.start("code"))))
    return found


def run_block(page: Path, block: Block, namespace: dict[str, Any], folder: Path) -> None:
    """Run a block in the page's namespace; `await` may stand at its top level. One with tests is given to pytest."""
    if "def test_" in block.code:
        script = folder / f"test_line_{block.line}.py"
        script.write_text(block.code, encoding="utf-8")
        options = ["-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGIN, f"--rootdir={folder}"]
        result = subprocess.run([sys.executable, *options, str(script)], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        return
    # Blank lines before it, so that a traceback names the line of the page.
    source = "\n" * block.line + block.code
    code = compile(source, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    result_or_coroutine = eval(code, namespace)  # noqa: S307 - the project's own pages
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(result_or_coroutine)


@pytest.fixture
def namespace(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What the pages take for granted: a key in the environment, and runs to ask for."""
    with Emulator() as tela:
        monkeypatch.setenv("TELA_API_KEY", tela.api_key)
        monkeypatch.setenv("TELA_BASE_URL", tela.url)
        run_ids = [tela.add_run({"total": number}, statuses=["succeeded"]) for number in range(3)]
        failing = tela.add_run(statuses=["failed"])
        webhook = httpx.get(
            f"{tela.url}/v2/chat/completions/{run_ids[0]}", headers={"Authorization": f"Bearer {tela.api_key}"}
        )
        yield {
            "__name__": "__main__",
            "run_id": run_ids[0],
            "run_ids": [*run_ids, failing, "crsv-absent"],
            "failing_run_id": failing,
            "webhook_body": json.dumps(webhook.json()).encode(),
        }


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_the_blocks_of_a_page_run(page: Path, namespace: dict[str, Any], tmp_path: Path) -> None:
    """The blocks of a page run as they stand, one after the other."""
    for block in blocks(page):
        run_block(page, block, namespace, tmp_path)


def test_the_readme_s_outcomes_are_told_apart(namespace: dict[str, Any], tmp_path: Path) -> None:
    """After the README's blocks, the runs that failed are those that were made to."""
    readme = ROOT / "README.md"
    for block in blocks(readme):
        run_block(readme, block, namespace, tmp_path)
    assert namespace["failed"] == namespace["run_ids"][-2:]
    assert namespace["outcomes"][namespace["run_id"]].unwrap().output == {"total": 0}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file of the project names one that exists."""
    targets = [link["target"] for link in LINK.finditer(page.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (page.parent / target).exists()] == []
