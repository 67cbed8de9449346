"""What the tests of the examples share."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from tela_runs.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _python_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples' processes import what the tests do."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, sys.path)))


@pytest.fixture
def tela(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator that the environment points to, also that of the examples' processes."""
    with Emulator() as emulator:
        monkeypatch.setenv("TELA_API_KEY", emulator.api_key)
        monkeypatch.setenv("TELA_BASE_URL", emulator.url)
        monkeypatch.setenv("TELA_CANVAS_ID", "invoices")
        yield emulator
