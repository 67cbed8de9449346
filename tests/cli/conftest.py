"""A command line in this process, pointed at an emulator."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from tela_runs.cli import main
from tela_runs.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What would decide how a terminal of the tests is drawn on.
_OF_TERMINALS = {"COLUMNS", "LINES", "TERM", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}


class Result(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


class Command(Protocol):
    """`tela-runs` with these words after it."""

    def __call__(self, *words: str) -> Result: ...


@pytest.fixture
def tela(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator that the environment points to."""
    with Emulator() as emulator:
        monkeypatch.setenv("TELA_BASE_URL", emulator.url)
        monkeypatch.setenv("TELA_API_KEY", emulator.api_key)
        yield emulator


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process, without a terminal."""

    def run(*words: str) -> Result:
        status = main(list(words))
        return Result(status, *capsys.readouterr())

    return run


@pytest.fixture
def environment(tela: Emulator) -> dict[str, str]:
    """The environment of a process that finds this package and `tela`."""
    return {
        **{name: value for name, value in os.environ.items() if name not in _OF_TERMINALS},
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONIOENCODING": "utf-8",
        "TELA_BASE_URL": tela.url,
        "TELA_API_KEY": tela.api_key,
    }
