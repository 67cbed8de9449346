"""What `tela-runs` says of wrong usage and of errors: in one line, without arguments of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tela_runs.emulator import Stall, Status

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator
    from tela_runs.emulator.faults import Fault

    from .conftest import Command


@pytest.mark.parametrize(
    "words",
    [
        ("wait",),
        ("get",),
        ("await", "x"),
        ("wait", "x", "--timeout", "0"),
        ("wait", "x", "--timeout", "nan"),
        ("wait", "x", "--timeout", "soon"),
        ("wait", "x", "--timeout", "200ms"),
        ("wait", "x", "--timeout", "1.2.3"),
        ("wait", "x", "--interval", "none"),
        ("wait", "x", "--interval", "-1"),
        ("wait", "x", "--interval", "often"),
        ("wait", "x", "--api-key", "k"),
        ("get", "..", "--json"),
        ("wait", ".."),
        ("get", "x", "--base-url", "http://example.org"),
        ("get", "x", "--base-url", "http://127.0.0.1:1/v2/"),
        ("emulate", "--port", "65536"),
        ("emulate", "--fault", "503:0"),
        ("emulate", "--fault", "fire"),
        ("emulate", "--duration", "0"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_exits_with_2(tela: Emulator, command: Command, words: tuple[str, ...]) -> None:
    """What cannot be done is rejected in one line on stderr, before anything is sent."""
    result = command(*words)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("tela-runs: ")
    assert result.err.count("\n") == 1
    assert tela.requests == []


@pytest.mark.parametrize("name", ["get", "wait"])
@pytest.mark.parametrize(
    "case",
    [
        ({"TELA_API_KEY": ""}, "There is no API key. Set TELA_API_KEY."),
        ({"TELA_BASE_URL": "http://example.org"}, "Use https; if you must, set TELA_ALLOW_HTTP=1."),
        ({"TELA_BASE_URL": "https://key@example.org"}, "The base URL, as --base-url or TELA_BASE_URL, must be"),
        ({"TELA_BASE_URL": "https://api.tela.com/v2"}, "The path /v2 is added to the base URL. Leave it off."),
    ],
    ids=["no key", "plain http", "credentials", "v2"],
)
def test_advice_names_variables_and_options(
    tela: Emulator, command: Command, monkeypatch: pytest.MonkeyPatch, name: str, case: tuple[dict[str, str], str]
) -> None:
    """Where the library would name an argument of Python, the command says what can be set for it."""
    variables, advice = case
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    result = command(name, "crsv-x")
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert advice in result.err
    assert tela.requests == []


@pytest.mark.parametrize(
    "words", [("--canvas", ""), ("--version-id", " "), ("--canvas", "c-1", "--environment", "")], ids=" ".join
)
def test_an_option_that_is_blank_is_named(tela: Emulator, command: Command, words: tuple[str, ...]) -> None:
    """As a variable of the shell is that is not set."""
    result = command("create", *words)
    assert (result.status, result.out) == (2, "")
    assert result.err == f"tela-runs: {words[-2]} must be a non-empty string, not blank.\n"
    assert tela.requests == []


@pytest.mark.parametrize("ids", [["crsv-x"], ["crsv-x", "crsv-y"]])
@pytest.mark.parametrize(
    "fault", [Stall(), Status(503, body={"message": "Not now", "details": {"a": 1}})], ids=["timeout", "details"]
)
def test_nothing_of_a_wait_without_a_response_speaks_of_python(
    tela: Emulator, command: Command, ids: list[str], fault: Fault
) -> None:
    """Neither the log of the first failed poll, nor what the latest failed with, of one run or of more."""
    tela.inject(fault, times=None)
    result = command("wait", *ids, "--timeout", "0.5")
    assert result.status == 124
    assert "The latest poll failed" in result.err
    assert "timeout=" not in result.err
    assert ".details" not in result.err


def test_a_rejected_key_names_its_variable(tela: Emulator, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 401 ends the wait, and says which variable to check."""
    monkeypatch.setenv("TELA_API_KEY", "another-key")
    result = command("wait", "crsv-x")
    assert result.status == 3
    assert "Check the key that was given, as TELA_API_KEY." in result.err
