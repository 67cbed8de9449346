"""A pytest plugin with the fixture `tela_emulator`; pytest finds it by its entry point.

pytest imports this module whether a test needs it or not, so heavy imports wait for the first test that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .emulator import Emulator


@pytest.fixture
def tela_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator of the Tela API for this test; `TELA_API_KEY` and `TELA_BASE_URL` point to it."""
    from .emulator import Emulator  # noqa: PLC0415

    with Emulator() as emulator:
        monkeypatch.setenv("TELA_API_KEY", emulator.api_key)
        monkeypatch.setenv("TELA_BASE_URL", emulator.url)
        yield emulator
