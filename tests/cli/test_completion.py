"""The shell completion that the documentation tells how to switch on."""

from __future__ import annotations

import subprocess

import pytest

from .terminal import COMMAND


@pytest.mark.parametrize(
    ("words", "completed"), [("tela-runs wa", "plain,wait"), ("tela-runs wait --res", "plain,--resume")]
)
def test_commands_and_options_are_completed(environment: dict[str, str], words: str, completed: str) -> None:
    """What a shell asks the command for."""
    asked = {"_TELA_RUNS_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    result = subprocess.run(COMMAND, capture_output=True, text=True, env={**environment, **asked}, check=True)
    assert result.stdout.splitlines() == [completed]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(environment: dict[str, str], shell: str) -> None:
    """As `docs/command-line.md` names it."""
    asked = {**environment, "_TELA_RUNS_COMPLETE": f"{shell}_source"}
    result = subprocess.run(COMMAND, capture_output=True, text=True, env=asked, check=True)
    assert "_TELA_RUNS_COMPLETE" in result.stdout
