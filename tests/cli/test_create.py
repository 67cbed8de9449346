"""`tela-runs create`: a run is started with the variables of the options, and perhaps waited for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tela_runs import Outcome
from tela_runs.emulator import Close, Status

if TYPE_CHECKING:
    from pathlib import Path

    from tela_runs.emulator import Emulator

    from .conftest import Command

CANVAS = ("--canvas", "canvas-1")


@pytest.fixture
def bodies(tela: Emulator) -> list[dict[str, Any]]:
    """A canvas whose runs produce their variables; the bodies of the requests that started them."""
    received: list[dict[str, Any]] = []

    def output(body: dict[str, Any]) -> Any:
        received.append(body)
        return body.get("variables")

    tela.add_canvas("canvas-1", output=output, created_for=0.0, running_for=0.0)
    return received


def test_create_prints_the_id_alone(tela: Emulator, command: Command, bodies: list[dict[str, Any]]) -> None:
    """What a shell takes with `$(…)` is the id, and no more."""
    result = command("create", *CANVAS, "--environment", "production", "--var", "city=Lisbon")
    assert (result.status, result.err) == (0, "")
    assert re.fullmatch(r"\S+\n", result.out)
    assert command("get", result.out.strip()).status == 0
    (body,) = bodies
    assert body["canvas_id"] == "canvas-1"
    assert body["environment_name"] == "production"
    assert body["variables"] == {"city": "Lisbon"}
    assert body["async"] is True


def test_create_json_prints_the_run(command: Command, bodies: list[dict[str, Any]]) -> None:
    """`--json` prints the run as received, on one line."""
    result = command("create", *CANVAS, "--json")
    assert result.out.count("\n") == 1
    assert {"id", "status", "raw_input"} <= json.loads(result.out).keys()


def test_variables_are_text_json_or_files(command: Command, bodies: list[dict[str, Any]], tmp_path: Path) -> None:
    """`--var` is text, with `@` that of a file; `--var-json` is JSON; `--file` is a file or its URL."""
    (tmp_path / "letter.txt").write_text("Olá,\nmundo=1", encoding="utf-8")
    (tmp_path / "scan.png").write_bytes(b"\x89PNG")
    result = command(
        *("create", *CANVAS, "--var", "a=1=2", "--var", f"letter=@{tmp_path / 'letter.txt'}"),
        *("--var-json", 'limits={"words": [1, 2.5, null]}', "--var", "empty="),
        *("--file", f"scan={tmp_path / 'scan.png'}", "--file", "page=https://example.org/a.pdf"),
    )
    assert result.status == 0
    variables = bodies[0]["variables"]
    assert {name: variables[name] for name in ("a", "letter", "limits", "empty")} == {
        "a": "1=2",
        "letter": "Olá,\nmundo=1",
        "limits": {"words": [1, 2.5, None]},
        "empty": "",
    }
    assert variables["scan"]["file_url"] == "data:image/png;base64,iVBORw=="
    assert variables["page"]["file_url"] == "https://example.org/a.pdf"


def test_create_and_wait_prints_what_wait_prints(command: Command, bodies: list[dict[str, Any]]) -> None:
    """With `--wait` the outcome is printed: a line a change, the output alone, or JSON."""
    assert json.loads(command("create", *CANVAS, "--var", "a=b", "--wait", "-q").out) == {"a": "b"}
    as_json = command("create", *CANVAS, "--var", "a=b", "--wait", "--json")
    assert Outcome.from_dict(json.loads(as_json.out)).output == {"a": "b"}
    assert '\tsucceeded\t{"a": "b"}\n' in command("create", *CANVAS, "--var", "a=b", "--wait").out


def test_a_wait_that_times_out_names_the_run(tela: Emulator, command: Command) -> None:
    """The run goes on, and the command that waits for it is printed."""
    tela.add_canvas("canvas-2", running_for=60.0)
    result = command("create", "--canvas", "canvas-2", "--wait", "--timeout", "0.3")
    assert result.status == 124
    assert re.search(r"tela-runs: to continue: tela-runs wait \S+\n", result.err)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Give either --canvas or --version-id."),
        ((*CANVAS, "--version-id", "v"), "Give either --canvas or --version-id."),
        (("--version-id", "v", "--environment", "e"), "--environment belongs to a canvas."),
        ((*CANVAS, "--var", "city"), "Give NAME=VALUE."),
        ((*CANVAS, "--var", "=x"), "Give NAME=VALUE."),
        ((*CANVAS, "--var", "a=1", "--var", "a=2"), "'a' is given twice"),
        ((*CANVAS, "--var", "a=1", "--var-json", "a=2"), "'a' is given twice"),
        ((*CANVAS, "--var-json", "a=text"), "Give text with --var."),
        ((*CANVAS, "--var-json", "a=NaN"), "which JSON does not have"),
        ((*CANVAS, "--var", "a=@absent.txt"), "No such file or directory. Give text that begins with @ with"),
        ((*CANVAS, "--file", "a=absent.pdf"), "absent.pdf"),
        ((*CANVAS, "--file", "a=http://example.org/a.pdf"), "https:"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_create_that_cannot_be_sent_is_wrong_usage(
    tela: Emulator, command: Command, words: tuple[str, ...], message: str
) -> None:
    """It is an error of one line, before anything is sent."""
    result = command("create", *words)
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert message in result.err
    assert tela.requests == []


def test_a_rejected_create_says_what_is_wrong_and_where(command: Command, bodies: list[dict[str, Any]]) -> None:
    """The details of the error, which users of the library find on it."""
    result = command("create", *CANVAS, "--environment", "Not A Name")
    assert (result.status, result.err.count("\n")) == (3, 1)
    assert 'The request body is not valid [{"path": ["environment_name"], "message": ' in result.err


def test_a_file_without_a_known_type_is_reported_without_python(
    tela: Emulator, command: Command, tmp_path: Path
) -> None:
    """The advice is something that can be done from a shell."""
    (tmp_path / "data").write_bytes(b"x")
    result = command("create", *CANVAS, "--file", f"a={tmp_path / 'data'}")
    assert result.status == 2
    assert "from_bytes" not in result.err
    assert "Give it a usual ending." in result.err


def test_a_create_is_not_sent_twice(tela: Emulator, command: Command, bodies: list[dict[str, Any]]) -> None:
    """A connection that closes without a response, and a 500, are errors that say so: a run may have been started."""
    for fault in (Close(), Status(500)):
        before = len(tela.requests)
        tela.inject(fault)
        result = command("create", *CANVAS)
        assert (result.status, result.out) == (3, "")
        assert "may have been started" in result.err or "may have started" in result.err
        assert len(tela.requests) == before + 1
