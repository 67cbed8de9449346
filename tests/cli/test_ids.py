"""Where `wait` takes its ids from: arguments, a file, stdin."""

from __future__ import annotations

import codecs
import io
import json
from typing import TYPE_CHECKING

import click
import pytest
from tela_runs.cli.ids import ids_in

if TYPE_CHECKING:
    from pathlib import Path

    from tela_runs.emulator import Emulator

    from .conftest import Command

TEXT = "crsv-a\r\n\r\n# a comment\n  crsv-b  \n#crsv-c\rcrsv-ç\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8-bom", "utf-16-le", "utf-16-be"],
)
def test_line_ends_blanks_comments_and_byte_order_marks_are_no_ids(data: bytes) -> None:
    """A list of ids reads the same as editors and shells of all systems write it."""
    assert ids_in(data, "ids.txt") == ["crsv-a", "crsv-b", "crsv-ç"]


def test_json_lines_give_their_run_id_or_id() -> None:
    """Outcomes name a run as `run_id`, runs of the API as `id`; a JSON string is what jq prints without `-r`."""
    lines = [{"run_id": "crsv-a", "id": "other"}, {"id": "crsv-b", "status": "running"}, "crsv-c"]
    assert ids_in("\n".join(map(json.dumps, lines)).encode(), "x") == ["crsv-a", "crsv-b", "crsv-c"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"crsv-a crsv-b", "two words"),
        (b"{", "cut JSON"),
        (b"{}", "no id"),
        (b'{"id": 7}', "a number"),
        (b'{"run_id": null, "id": "x"}', "null"),
        (b'""', "empty"),
        (b"\xff\xfe\x00", "not text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_line_that_is_not_an_id_is_rejected_with_its_number(line: bytes, name: str) -> None:
    """A typing error in a list does not become a request."""
    with pytest.raises(click.UsageError, match=r"Line 2 of ids\.txt is not an id|ids\.txt is not UTF-8 text"):
        ids_in(b"crsv-a\n" + line, "ids.txt")


def test_ids_come_from_a_file(tela: Emulator, command: Command, tmp_path: Path) -> None:
    """`--ids-file` adds to the arguments."""
    first, second = (tela.add_run(statuses=["succeeded"]) for _ in range(2))
    path = tmp_path / "ids.txt"
    path.write_text(f"{second}\n{second}\n", encoding="utf-8")
    result = command("wait", first, "--ids-file", str(path), "--json")
    assert result.status == 0
    assert {json.loads(line)["run_id"] for line in result.out.splitlines()} == {first, second}
    assert len(tela.requests) == 2


def test_a_list_too_long_for_a_command_line_comes_from_stdin(
    tela: Emulator, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` reads ids from stdin; no request is made for an id `-`."""
    run_ids = [tela.add_run(statuses=["succeeded"]) for _ in range(30)]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("\n".join(run_ids).encode())))
    result = command("wait", "-", "-q")
    assert (result.status, result.err) == (0, "")
    assert sorted(request.run_id or "" for request in tela.requests) == sorted(run_ids)


@pytest.mark.parametrize("stdin", [b"", b"# nothing\n"])
def test_an_empty_list_is_wrong_usage(
    tela: Emulator, command: Command, monkeypatch: pytest.MonkeyPatch, stdin: bytes
) -> None:
    """A pipe whose writer has failed does not look like a wait that succeeded."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    result = command("wait", "-")
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert "There are no ids." in result.err


def test_a_closed_stdin_is_reported(tela: Emulator, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """`tela-runs wait - <&-`."""
    monkeypatch.setattr("sys.stdin", None)
    assert command("wait", "-").err.startswith("tela-runs: '-' reads ids from stdin, which is closed.")


def test_ids_from_stdin_are_named_where_the_wait_did_not_end(
    tela: Emulator, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stdin is gone by then: the command that goes on names the few that are left."""
    run_id = tela.add_run(statuses=["running"])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(run_id.encode())))
    result = command("wait", "-", "--timeout", "0.3")
    assert f"tela-runs: to continue: tela-runs wait --timeout 0.3 {run_id}\n" in result.err
