"""The ten lines of `docs/celery.md` run as they stand."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import working

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator

PAGE = Path(__file__).resolve().parents[2] / "docs" / "celery.md"


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The Python of the page. Its first block is `shop.py` in the current folder; the environment names the broker."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CELERY_BROKER_URL", "memory://")
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "cache+memory://")
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    found = re.findall(r"^```python[^\n]*\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    Path("shop.py").write_text(found[0], encoding="utf-8")
    Path("outcomes").mkdir()
    return found


def test_the_ten_lines_wait_for_many_runs(tela: Emulator, code: list[str]) -> None:
    """`record` has a file for each run, and the result is ready when they all ended."""
    shop = importlib.import_module("shop")
    run_ids = [tela.add_run(number, running_for=number / 5) for number in range(10)]
    names: dict[str, Any] = {"run_ids": run_ids}
    with working(shop.app, queues=["tela"]):
        exec(code[1], names)  # noqa: S102 - the project's own page
        names["result"].get(timeout=30)
    outcomes = [json.loads(path.read_text(encoding="utf-8")) for path in Path("outcomes").iterdir()]
    assert sorted(outcome["run"]["output_content"]["content"] for outcome in outcomes) == list(range(10))
