"""What the pages take for granted: `tela-runs emulate`, and the two lines to export that it prints."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Runs that end at once: what a page shows is how they end, not how long that takes.
_EMULATE = [sys.executable, "-m", "tela_runs.cli", "emulate", "--port", "0", "--duration", "0.01"]


@pytest.fixture(scope="session")
def exported() -> Iterator[dict[str, str]]:
    """The variables that `tela-runs emulate` asks to export, while it runs."""
    with subprocess.Popen(_EMULATE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        try:
            yield dict(re.findall(r"^export (\w+)=(\S+)$", "".join(lines), re.MULTILINE))
        finally:
            process.terminate()


@pytest.fixture
def environment(exported: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of the shell in which a reader tries the blocks."""
    assert exported.keys() == {"TELA_API_KEY", "TELA_BASE_URL"}
    for name, value in exported.items():
        monkeypatch.setenv(name, value)
    return exported
