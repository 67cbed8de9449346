"""`tela-runs drift`: real responses in, a report and an exit status out."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tela_runs.cli import main
from tela_runs.emulator import Emulator, Status

from .test_find_drift import STATUSES

if TYPE_CHECKING:
    from pathlib import Path

CLEAN = {"id": "r1", "status": "running"}
ODD = {**CLEAN, "status": "brand-new", "brand_new": "high"}


def file_of(folder: Path, content: Any) -> str:
    """A file with this in it, as JSON."""
    path = folder / "payload.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


@pytest.fixture
def tela(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """Give an emulator that the command finds."""
    monkeypatch.setenv("TELA_API_KEY", server.api_key)
    monkeypatch.setenv("TELA_BASE_URL", server.url)
    return server


def test_a_file_without_drift_exits_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Within the contract the exit status is 0, and no key is needed."""
    assert main(["drift", "--file", file_of(tmp_path, CLEAN)]) == 0
    assert capsys.readouterr() == ("# 0 deviations in 1 response\n", "")


def test_a_file_with_drift_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With drift the exit status is 1; the report is YAML, with the deviations as comments."""
    assert main(["drift", "--file", file_of(tmp_path, [ODD, CLEAN, ODD])]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[:4] == [
        "# 2 deviations in 3 responses",
        "#",
        f'# unknown value  $.status     2x  "brand-new" (documented: {", ".join(STATUSES)})',
        "# unknown field  $.brand_new  2x  string",
    ]
    assert list(yaml.safe_load(out)["components"]["schemas"]) == ["CanvasRun", "CanvasRunStatus"]


def test_json_gives_the_report_as_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--json` the report is one JSON object."""
    assert main(["drift", "--json", "--file", file_of(tmp_path, ODD)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["responses"] == 1
    assert report["deviations"] == [
        {
            "kind": "unknown value",
            "path": "$.status",
            "found": '"brand-new"',
            "documented": ", ".join(STATUSES),
            "count": 1,
        },
        {"kind": "unknown field", "path": "$.brand_new", "found": "string", "documented": "", "count": 1},
    ]
    assert report["amendment"]["components"]["schemas"]["CanvasRunStatus"]["enum"][-1] == "brand-new"


def test_runs_are_retrieved_by_their_ids(tela: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs named by their ids are retrieved, each once, and all responses are one report."""
    ids = [tela.add_run(statuses=["succeeded"], brand_new=number) for number in (1, 2)]
    assert main(["drift", *ids, ids[0]]) == 1
    assert "# unknown field  $.brand_new  2x  integer\n" in capsys.readouterr().out
    assert len(tela.requests) == 2


def test_the_emulator_does_not_drift(tela: Emulator) -> None:
    """The responses of the emulator are within the contract."""
    ids = [tela.add_run("done", statuses=[status]) for status in ("created", "running", "succeeded", "failed")]
    assert main(["drift", *ids]) == 0


def test_what_cannot_be_retrieved_is_reported(tela: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that cannot be had is reported on stderr, and shows in the exit status; the others are reported."""
    good, bad = tela.add_run(statuses=["succeeded"], brand_new=1), tela.add_run()
    tela.inject(Status(403), run_id=bad)
    assert main(["drift", bad, good]) == 3
    out, err = capsys.readouterr()
    assert "$.brand_new" in out
    assert bad in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("absent",), 3),
        (("absent", "--json"), 3),
        (("absent", " "), 2),
        (("r1", "--base-url", "http://127.0.0.1:9"), 3),
    ],
    ids=["rejected", "rejected, --json", "a bad id too", "not reached"],
)
@pytest.mark.usefixtures("tela")
def test_nothing_is_reported_of_no_responses(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int
) -> None:
    """Where no run could be retrieved, nothing was compared and stdout stays empty: "0 deviations" would mislead."""
    assert main(["drift", *words]) == status
    out, err = capsys.readouterr()
    assert (out, "tela-runs: " in err) == ("", True)


@pytest.mark.usefixtures("tela")
@pytest.mark.parametrize(("content", "deviations"), [(CLEAN, 0), (ODD, 2)], ids=["clean", "odd"])
def test_a_file_is_reported_though_a_run_cannot_be_retrieved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: Any, deviations: int
) -> None:
    """What there is, is compared; the exit status is that of the run that could not be retrieved."""
    assert main(["drift", "absent", "--json", "--file", file_of(tmp_path, content)]) == 3
    out, err = capsys.readouterr()
    assert len(json.loads(out)["deviations"]) == deviations
    assert "HTTP 404" in err


def test_a_dash_reads_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`-` reads what another command printed."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(ODD).encode())))
    assert main(["drift", "--file", "-"]) == 1
    assert "2 deviations in 1 response" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "reason"), [("[", "is not JSON"), ("[1]", "neither a run"), ("7", "neither a run")]
)
def test_what_is_not_a_run_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, reason: str
) -> None:
    """A file that holds something else is a wrong usage, reported in one line."""
    path = tmp_path / "payload.json"
    path.write_text(content, encoding="utf-8")
    assert main(["drift", "--file", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert reason in err
    assert len(err.splitlines()) == 1


def test_nothing_to_compare_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Without ids and files there is nothing to do, which is a wrong usage."""
    assert main(["drift"]) == 2
    assert "Give the ids of runs, or --file." in capsys.readouterr().err


def test_odd_characters_do_no_harm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys and values with control characters stay in their comment, escaped, and the YAML says what they were."""
    key, value = "a\x1b[31m\nb: c", "x\n\x07# y: \ud800"
    assert main(["drift", "--file", file_of(tmp_path, {**CLEAN, "status": value, key: 1})]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    schemas = yaml.safe_load(out)["components"]["schemas"]
    assert schemas["CanvasRunStatus"]["enum"][-1] == value
    assert key in schemas["CanvasRun"]["properties"]


def test_a_missing_contract_is_reported_and_is_not_drift(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that was frozen without data files says what it lacks; the exit status is not that of drift."""
    absent = tmp_path / "openapi.yaml"
    monkeypatch.setattr("tela_runs.drift.contract.files", lambda _package: tmp_path)
    assert main(["drift", "--file", file_of(tmp_path, CLEAN)]) == 3
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"{absent}" in err
    assert "pyinstaller --collect-data tela_api" in err
