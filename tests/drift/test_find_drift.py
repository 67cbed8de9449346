"""What counts as drift, where it is, and how often it was seen."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from tela_runs import RunsClient
from tela_runs.drift import Contract, Deviation, Kind, MissingContractError, documented_contract, find_drift
from tela_runs.emulator import Body, Emulator

from tests.contract.document import examples_of

Payload = dict[str, Any]

SAMPLE: Payload = json.loads(
    (Path(__file__).parents[1] / "contract" / "reference_sample.json").read_text(encoding="utf-8")
)
CONTRACT = documented_contract()
STATUSES: list[str] = CONTRACT.document["components"]["schemas"]["CanvasRunStatus"]["enum"]


def found(*payloads: Payload) -> list[tuple[Kind, str, str, int]]:
    """The drift of payloads, in short."""
    return [(each.kind, each.path, each.found, each.count) for each in find_drift(payloads, CONTRACT)]


def run(**fields: Any) -> Payload:
    """A run with these fields."""
    return {"id": "r1", "status": "running", **fields}


def message(content: Any) -> Payload:
    """A run that was given one message."""
    return run(input_content={"messages": [{"role": "user", "content": content}]})


def test_the_documented_sample_is_within_the_contract() -> None:
    """The run that the API reference shows is within the contract."""
    assert found(SAMPLE) == []


def test_the_examples_of_the_contract_are_within_it() -> None:
    """Every example of what is sent or received is within the contract: runs, errors and creates."""
    document = deepcopy(dict(CONTRACT.document))
    for schema, least in (("CanvasRun", 5), ("ErrorBody", 6), ("CreateRun", 2)):
        examples = examples_of(document, schema)
        assert len(examples) >= least, schema
        assert find_drift(examples, CONTRACT, schema=schema) == []


def test_the_body_of_a_create_can_be_compared() -> None:
    """An object that is further restricted by `allOf` is compared like any other."""
    body = {"async": True, "canvas_id": "c", "brand_new": 1, "variables": {"any": "thing"}}
    (deviation,) = find_drift([body], CONTRACT, schema="CreateRun")
    assert (deviation.kind, deviation.path) == (Kind.UNKNOWN_FIELD, "$.brand_new")


def test_the_response_of_a_create_is_compared_like_any_other_run() -> None:
    """The emulator's response to a create has no drift; a new field in it does."""
    with Emulator() as tela, RunsClient(tela.api_key, base_url=tela.url) as runs:
        tela.add_canvas("c-1", output="done")
        created = runs.create(canvas_id="c-1", variables={"Language": "en"}).to_dict()
        tela.inject(Body(json.dumps({**created, "brand_new": 1}).encode()), method="POST")
        newer = runs.create(canvas_id="c-1").to_dict()
    assert found(created) == []
    assert found(newer) == [(Kind.UNKNOWN_FIELD, "$.brand_new", "integer", 1)]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (run(brand_new=1), (Kind.UNKNOWN_FIELD, "$.brand_new", "integer")),
        (run(**{"two words": 1}), (Kind.UNKNOWN_FIELD, '$["two words"]', "integer")),
        (run(status="brand-new"), (Kind.UNKNOWN_VALUE, "$.status", '"brand-new"')),
        (run(status=None), (Kind.NULL, "$.status", "null")),
        (run(status=7), (Kind.WRONG_TYPE, "$.status", "integer")),
        ({"status": "running"}, (Kind.MISSING, "$.id", "id")),
        (run(workspace_id=7), (Kind.WRONG_TYPE, "$.workspace_id", "integer")),
        (run(credits_used=True), (Kind.WRONG_TYPE, "$.credits_used", "boolean")),
        (run(credits_used="4"), (Kind.WRONG_TYPE, "$.credits_used", "string")),
        (run(output_content=[]), (Kind.WRONG_TYPE, "$.output_content", "array")),
        (run(raw_input="text"), (Kind.WRONG_TYPE, "$.raw_input", "string")),
        (run(created_at="yesterday"), (Kind.WRONG_FORMAT, "$.created_at", "string")),
        (run(created_at="2025-03-14T09:26:53"), (Kind.WRONG_FORMAT, "$.created_at", "string")),
        (run(compatibility_date="2024-10"), (Kind.WRONG_FORMAT, "$.compatibility_date", "string")),
        (run(compatibility_date="2024-W40-2"), (Kind.WRONG_FORMAT, "$.compatibility_date", "string")),
        (run(workspaceId="w"), (Kind.CAMEL_CASE, "$.workspaceId", "workspaceId")),
        (run(outputContent={"extra": 1}), (Kind.CAMEL_CASE, "$.outputContent", "outputContent")),
        (message([None]), (Kind.NULL, "$.input_content.messages[*].content[*]", "null")),
        (message(7), (Kind.WRONG_TYPE, "$.input_content.messages[*].content", "integer")),
        (
            message([{"type": "audio", "audio": {"id": "a"}}]),
            (Kind.UNKNOWN_VALUE, "$.input_content.messages[*].content[*].type", '"audio"'),
        ),
        (
            message({"type": "audio"}),
            (Kind.UNKNOWN_VALUE, "$.input_content.messages[*].content.type", '"audio"'),
        ),
        (
            message([{"type": "text", "text": "t", "cached": True}]),
            (Kind.UNKNOWN_FIELD, "$.input_content.messages[*].content[*].cached", "boolean"),
        ),
    ],
    ids=lambda value: value[1] + value[2] if isinstance(value, tuple) else "",
)
def test_each_deviation_has_its_path_and_what_was_found(payload: Payload, expected: tuple[Kind, str, str]) -> None:
    """Each kind of deviation is reported with its path and with what was found there."""
    assert found(payload)[0] == (*expected, 1)


@pytest.mark.parametrize(
    "payload",
    [
        run(),
        run(output_content=None, raw_input=None, created_at=None, credits_used=None),
        run(credits_used=4, output_content={"information": {"duration": 1.5, "input_tokens": 5}}),
        run(output_content={"content": {"outputContent": None, "status": 7}}),
        run(output_content={"content": [1, "two", None]}),
        run(raw_output={"anyThing": {"at_all": None}}),
        run(raw_output="text", compatibility_date="2024-10-01"),
        run(compatibility_date="2024-10-01T00:00:00Z", created_at="2025-03-14t09:26:53z"),
        run(input_content={"variables": {"camelCase": {"file_url": 7}, "Two words": None}}),
        run(output_content={"tool_calls": [{"name": "f", "arguments": {"anyThing": 7}}, {"arguments": "{}"}]}),
        run(raw_input={"override": {"structured_output": {"schema": {"additionalProperties": False, "$defs": {}}}}}),
        message([{"text": "of no kind"}]),
        message({"type": "text", "text": "alone"}),
    ],
)
def test_what_the_contract_leaves_free_is_not_compared(payload: Payload) -> None:
    """Variables, outputs, arguments and JSON Schemas are the user's: nothing inside them is drift."""
    assert found(payload) == []


def test_what_is_seen_often_is_reported_once() -> None:
    """The same deviation in several places of a list, and in several responses, is one, with the number of times."""
    odd = run(output_content={"tool_calls": [{"id": "1"}, {"id": "2"}, {"id": 3}]})
    assert found(odd, odd, run(status="brand-new")) == [
        (Kind.UNKNOWN_FIELD, "$.output_content.tool_calls[*].id", "integer or string", 6),
        (Kind.UNKNOWN_VALUE, "$.status", '"brand-new"', 1),
    ]


def test_camel_case_is_compared_like_the_spelling_of_the_contract() -> None:
    """What is inside a field in camelCase is compared with the field it stands for."""
    assert found(run(outputContent={"information": {"inputTokens": "5"}})) == [
        (Kind.CAMEL_CASE, "$.outputContent", "outputContent", 1),
        (Kind.CAMEL_CASE, "$.outputContent.information.inputTokens", "inputTokens", 1),
        (Kind.WRONG_TYPE, "$.outputContent.information.inputTokens", "string", 1),
    ]


def test_both_spellings_at_once_are_one_unknown_field() -> None:
    """Beside the documented key, its camelCase spelling is a field of its own."""
    assert found(run(workspace_id="w", workspaceId="w")) == [(Kind.UNKNOWN_FIELD, "$.workspaceId", "string", 1)]


def test_what_was_documented_is_reported() -> None:
    """A deviation says what the contract has in its place."""
    deviations = find_drift([run(status="brand-new", credits_used="4", workspaceId="w", brand_new=1)], CONTRACT)
    assert [each.documented for each in deviations] == [
        ", ".join(STATUSES),
        "number or null",
        "workspace_id",
        "",
    ]


def test_values_of_users_are_not_reported() -> None:
    """Nothing of a value that may be the user's is in a deviation, nor in its repr."""
    secret = "s3cr3t"
    payload = run(brand_new=secret, credits_used=secret, created_at=secret, extra={"a": [secret]})
    deviations: list[Deviation] = find_drift([payload], CONTRACT)
    assert len(deviations) == 4
    assert secret not in repr(deviations)


@pytest.mark.parametrize("payload", [[], "text", None, 7])
def test_what_is_not_an_object_is_rejected(payload: Any) -> None:
    """Only a JSON object can be a run."""
    with pytest.raises(TypeError, match="a payload is a JSON object"):
        find_drift([payload], CONTRACT)


def test_an_unknown_schema_is_rejected() -> None:
    """A schema that the contract does not have is an error."""
    with pytest.raises(KeyError):
        find_drift([run()], CONTRACT, schema="Nonsense")


def test_the_contract_may_be_another() -> None:
    """Payloads are compared with the contract given, whatever the package was generated from."""
    document = deepcopy(dict(CONTRACT.document))
    document["components"]["schemas"]["CanvasRunStatus"]["enum"].append("brand-new")
    assert find_drift([run(status="brand-new")], Contract(document)) == []


def test_a_missing_contract_is_an_error_that_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the installed package lacks openapi.yaml, as in a frozen program, the error names the file."""
    absent = tmp_path / "openapi.yaml"
    monkeypatch.setattr("tela_runs.drift.contract.files", lambda _package: tmp_path)
    with pytest.raises(MissingContractError, match="collect the package's data") as caught:
        find_drift([run()])
    assert str(absent) in str(caught.value)


def test_the_payloads_are_left_as_they_are() -> None:
    """Comparing changes nothing."""
    payload = run(outputContent={"information": {"cost": "1"}}, extra={"a": [1]})
    before = deepcopy(payload)
    find_drift([payload], CONTRACT)
    assert payload == before
