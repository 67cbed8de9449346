"""What runs look like, against the contract."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tela_runs.emulator.connection import error_response
from tela_runs.emulator.runs import EmulatedRun, camel_cased, timestamp

CONTRACT = yaml.safe_load((Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8"))
STATUSES = ["created", "running", "succeeded", "failed"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=10,
)


def _validator(schema: str) -> jsonschema.Draft202012Validator:
    wanted = {"$ref": f"#/components/schemas/{schema}", "components": CONTRACT["components"]}
    return jsonschema.Draft202012Validator(wanted, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def _document(status: str, output: Any = None, /, **fields: Any) -> dict[str, Any]:
    run = EmulatedRun(
        id="crsv-i52z8vnqekc",
        request={"canvas_id": "canvas"},
        output=output,
        created_at=0.0,
        created_for=1.0,
        running_for=2.5,
        fails=status == "failed",
        epoch=1.7e9,
        camel_case=False,
        fields=fields,
    )
    now = {"created": 0.0, "running": 1.0}.get(status, 3.5)
    document: dict[str, Any] = json.loads(run.body(now, advance=True))
    assert document["status"] == status
    return document


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("output", [{"total": 42}, "Done.", ["a"], None])
def test_runs_satisfy_the_contract(status: str, output: Any) -> None:
    """A run of every status and every kind of output is valid against openapi.yaml."""
    _validator("CanvasRun").validate(_document(status, output))


def test_the_contract_can_be_broken() -> None:
    """The validation above does find what the contract forbids."""
    with pytest.raises(jsonschema.ValidationError):
        _validator("CanvasRun").validate(_document("created", output_content=[]))


def test_runs_have_every_field_of_the_documented_sample() -> None:
    """A run has the sample's top-level fields, and the one that the vendor's SDK adds."""
    assert set(_document("created")) == {
        *("id", "status", "input_content", "output_content", "raw_input", "raw_output", "compatibility_date"),
        *("prompt_version_id", "prompt_application_id", "workspace_id", "created_at", "updated_at", "deleted_at"),
    }


def test_errors_satisfy_the_contract() -> None:
    """The error body is valid against openapi.yaml, for standard statuses and others."""
    for status in (401, 404, 418, 503, 799):
        body = json.loads(error_response(status).body)
        _validator("ErrorBody").validate(body)
        assert (body["status"], body["name"]) == (status, "Error")


def test_a_succeeded_run_has_its_usage() -> None:
    """A finished run has its output, and the duration for which it was running."""
    content = _document("succeeded", {"total": 42})["output_content"]
    assert content["content"] == {"total": 42}
    assert content["has_structured_output"] is True
    assert content["information"] == {"duration": 2.5, "cost": 0.00005, "input_tokens": 1, "output_tokens": 4}


@pytest.mark.parametrize("status", ["created", "running", "failed"])
def test_only_a_succeeded_run_shows_its_output(status: str) -> None:
    """Before the end and after a failure there is no output."""
    document = _document(status, "Done.")
    assert (document["output_content"], document["raw_output"]) == (None, None)


def test_camel_case_renames_keys() -> None:
    """Keys are renamed at every depth."""
    document = camel_cased(_document("succeeded", {"total": 42}, credits_used=3))
    snake = re.compile("[a-z]_[a-z]")
    assert [key for key in document if snake.search(key)] == []
    assert document["creditsUsed"] == 3
    assert set(document["outputContent"]["information"]) == {
        "duration",
        "cost",
        "inputTokens",
        "outputTokens",
    }
    assert document["rawInput"]["canvasId"] == "canvas"


@given(JSON)
def test_camel_case_leaves_free_form_values_alone(value: Any) -> None:
    """No key inside the output, the variables or the arguments of a call is ever renamed."""
    document = camel_cased(
        _document(
            "succeeded",
            {"created_at": value},
            input_content={"variables": {"canvas_id": value}},
            raw_input={
                "messages": [{"function_call": {"arguments": {"used_at": value}}}],
                "override": {"structured_output": {"schema": {"properties": {"updated_at": value}}}},
            },
        )
    )
    assert document["outputContent"]["content"] == {"created_at": value}
    assert document["inputContent"]["variables"] == {"canvas_id": value}
    schema = document["rawInput"]["override"]["structuredOutput"]["schema"]
    assert schema == {"properties": {"updated_at": value}}
    assert document["rawInput"]["messages"][0]["functionCall"]["arguments"] == {"used_at": value}


@given(st.integers(0, 4_000_000_000_000))
def test_timestamps_are_utc_with_milliseconds(milliseconds: int) -> None:
    """A timestamp reads back as the same millisecond."""
    text = timestamp(milliseconds / 1000)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    read = datetime.fromisoformat(text)
    assert read.tzinfo == UTC
    assert abs(read.timestamp() * 1000 - milliseconds) <= 1
