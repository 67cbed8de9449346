"""tools/upstream.py: the contract against a document such as the vendor might publish."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
import upstream
import yaml
from tela_runs.drift import Contract
from upstream import Exemption, read_exemptions, unexplained
from upstream_comparison import Difference, More, What, differences_between

from .additions import ENUMS
from .conftest import DOCUMENT, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Document = dict[str, Any]

SAMPLE = json.loads((ROOT / "tests" / "contract" / "reference_sample.json").read_text(encoding="utf-8"))
#: The sample shows one value of each enum; the document lists the same as the contract.
SHOWN = {values[0]: values for values in (DOCUMENT["components"]["schemas"][name]["enum"] for name in ENUMS)}


def strict_schema(value: Any, key: str = "") -> dict[str, Any]:
    """A schema that says no more than the reference does: all is required, nothing is null."""
    if isinstance(value, dict):
        properties = {name: strict_schema(item, name) for name, item in value.items()}
        return {"type": "object", "properties": properties, "required": [*properties]} if value else {"type": "object"}
    if isinstance(value, list):
        return {"type": "array", "items": strict_schema(value[0])}
    if isinstance(value, str):
        return _text(value, key)
    return {"type": "boolean" if isinstance(value, bool) else "number"}


def _text(value: str, key: str) -> dict[str, Any]:
    if key.endswith(("_at", "_date")) and value[:2] == "20":
        return {"type": "string", "format": "date-time"}
    if value == "<string>":
        return {"type": "string"}
    return {"type": "string", "enum": SHOWN[value]}


def vendors() -> Document:
    """A document of the vendor's, with the id called otherwise than in ours, and with an operation that we lack."""
    error = {"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}
    responses = {
        "200": {"content": {"application/json": {"schema": strict_schema(SAMPLE)}}},
        "404": {"$ref": "#/components/responses/NotFound"},
    }
    parameters = [{"name": "runId", "in": "path", "required": True, "schema": {"type": "string"}}]
    return {
        "openapi": "3.0.3",
        "info": {"title": "Tela", "version": "1"},
        "paths": {
            "/v2/chat/completions": {"post": {"responses": {}}},
            "/v2/chat/completions/{runId}": {"get": {"parameters": parameters, "responses": responses}},
        },
        "components": {"responses": {"NotFound": {"content": {"application/json": {"schema": error}}}}},
    }


def run_schema(document: Document) -> Document:
    """The properties of the run."""
    found: Document = document["paths"]["/v2/chat/completions/{runId}"]["get"]["responses"]["200"]
    properties: Document = found["content"]["application/json"]["schema"]["properties"]
    return properties


def remaining(document: Document) -> list[tuple[More, What, str, str]]:
    """The differences that no exemption covers."""
    found = differences_between(Contract(DOCUMENT), Contract(document))
    errors = {"404 $.name", "404 $.status", "404 $.details"}
    rest = [each for each in unexplained(found, read_exemptions()) if each.where not in errors]
    return [(each.more, each.what, each.where, each.detail) for each in rest]


@pytest.mark.asks_a_person
def test_the_reference_differs_on_purpose_alone() -> None:
    """A strict document made from the reference differs from the contract where an exemption says why, no more."""
    rest = remaining(vendors())
    assert rest == [], "give the reason in tools/exceptions.yaml, or show the field in reference_sample.json"


def test_every_exemption_is_needed() -> None:
    """Each exemption covers a difference to the reference: none is left over."""
    found = differences_between(Contract(DOCUMENT), Contract(vendors()))
    idle = [each.where for each in read_exemptions() if not any(each.covers(difference) for difference in found)]
    assert idle == []


def test_the_contract_does_not_differ_from_itself() -> None:
    """Compared with itself, the contract has no difference."""
    assert differences_between(Contract(DOCUMENT), Contract(DOCUMENT)) == []


def _add(document: Document) -> None:
    run_schema(document)["brand_new"] = {"type": "string", "nullable": True}


def _add_value(document: Document) -> None:
    schema = run_schema(document)["status"]
    schema["enum"] = [*(value for value in schema["enum"] if value != "failed"), "brand-new"]


def _change_type(document: Document) -> None:
    run_schema(document)["output_content"]["properties"]["information"]["properties"]["cost"] = {"type": "string"}


def _allow_null(document: Document) -> None:
    run_schema(document)["id"]["nullable"] = True


def _allow_absence(document: Document) -> None:
    schema = document["paths"]["/v2/chat/completions/{runId}"]["get"]["responses"]["200"]
    schema["content"]["application/json"]["schema"]["required"].remove("status")


def _drop_a_format(document: Document) -> None:
    run_schema(document)["created_at"].pop("format")


def _open_an_enum(document: Document) -> None:
    run_schema(document)["status"].pop("enum")


def _drop_a_field(document: Document) -> None:
    del run_schema(document)["workspace_id"]


def _free_an_object(document: Document) -> None:
    run_schema(document)["output_content"]["properties"]["information"] = {"type": "object"}


def _describe_the_free(document: Document) -> None:
    variables = run_schema(document)["input_content"]["properties"]["variables"]
    variables["properties"] = {"model": {"type": "string"}}


def _add_a_parameter(document: Document) -> None:
    parameter = {"name": "expand", "in": "query", "schema": {"type": "string"}}
    document["paths"]["/v2/chat/completions/{runId}"]["get"]["parameters"].append(parameter)


def _add_a_status(document: Document) -> None:
    document["paths"]["/v2/chat/completions/{runId}"]["get"]["responses"]["304"] = {"description": "Not modified."}


def _move_the_operation(document: Document) -> None:
    document["paths"]["/v3/runs/{runId}"] = document["paths"].pop("/v2/chat/completions/{runId}")


def _wrap_in_all_of(document: Document) -> None:
    properties = run_schema(document)
    inner = properties["output_content"]
    inner["properties"]["seconds"] = {"type": "integer"}
    more = {"type": "object", "properties": {"cached": {"type": "boolean"}}}
    properties["output_content"] = {"allOf": [inner, more]}


OURS, THEIRS = More.OURS, More.THEIRS


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_add, [(THEIRS, What.FIELD, "200 $.brand_new", "string, null")]),
        (
            _add_value,
            [(THEIRS, What.VALUE, "200 $.status", "brand-new"), (OURS, What.VALUE, "200 $.status", "failed")],
        ),
        (
            _change_type,
            [
                (THEIRS, What.TYPE, "200 $.output_content.information.cost", "string"),
                (OURS, What.TYPE, "200 $.output_content.information.cost", "number"),
            ],
        ),
        (_allow_null, [(THEIRS, What.NULL, "200 $.id", "null")]),
        (_allow_absence, [(THEIRS, What.ABSENCE, "200 $.status", "")]),
        (_drop_a_format, [(THEIRS, What.FORMAT, "200 $.created_at", "date-time")]),
        (_open_an_enum, [(THEIRS, What.VALUE, "200 $.status", "any")]),
        (_free_an_object, [(THEIRS, What.FIELD, "200 $.output_content.information", "any")]),
        (_describe_the_free, [(OURS, What.FIELD, "200 $.input_content.variables", "any")]),
        (_drop_a_field, [(OURS, What.FIELD, "200 $.workspace_id", "string, null")]),
        (_add_a_parameter, [(THEIRS, What.PARAMETER, "request", "expand")]),
        (_add_a_status, [(THEIRS, What.STATUS, "304", "we have no such response")]),
        (
            _move_the_operation,
            [(OURS, What.OPERATION, "GET /v2/chat/completions/{id}", "they have none")],
        ),
        (
            _wrap_in_all_of,
            [
                (THEIRS, What.FIELD, "200 $.output_content.seconds", "integer"),
                (THEIRS, What.FIELD, "200 $.output_content.cached", "boolean"),
            ],
        ),
    ],
)
def test_each_difference_is_reported(
    change: Callable[[Document], None], expected: list[tuple[More, What, str, str]]
) -> None:
    """What the vendor changes is reported with its place, and with whose document allows more."""
    document = vendors()
    change(document)
    before = remaining(vendors())
    assert [difference for difference in remaining(document) if difference not in before] == expected


def test_the_body_of_a_request_is_compared_too() -> None:
    """What a create may send by the vendor's document, and not by ours, is reported."""
    document = vendors()
    fields = {"canvas_id": {"type": "string"}, "variables": {"type": "array"}, "priority": {"type": "string"}}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}
    document["paths"]["/v2/chat/completions"]["post"]["requestBody"] = body
    assert [difference for difference in remaining(document) if difference[0] is THEIRS] == [
        (THEIRS, What.TYPE, "request $.variables", "array"),
        (THEIRS, What.FIELD, "request $.priority", "string"),
    ]


def test_schemas_inside_themselves_come_to_an_end() -> None:
    """A document whose schemas contain themselves is compared like any other."""
    document = deepcopy(DOCUMENT)
    tree = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Tree"}}}
    document["components"]["schemas"]["Tree"] = tree
    document["components"]["schemas"]["CanvasRun"]["properties"]["tree"] = {"$ref": "#/components/schemas/Tree"}
    assert differences_between(Contract(document), Contract(document)) == []


@pytest.mark.parametrize(
    ("where", "covered"),
    [
        ("200 $.a", True),
        ("**", True),
        ("200 $.**", True),
        ("200 $.a.**", False),
        ("200 $xa", False),
        ("404 $.a", False),
    ],
)
def test_an_exemption_holds_where_its_pattern_matches(where: str, covered: bool) -> None:
    """`**` stands for anything; everything else is literal."""
    exemption = Exemption(More.OURS, What.NULL, where, "because")
    assert exemption.covers(Difference(More.OURS, What.NULL, "200 $.a", "null")) is covered
    assert not exemption.covers(Difference(More.THEIRS, What.NULL, "200 $.a", "null"))
    assert not exemption.covers(Difference(More.OURS, What.TYPE, "200 $.a", "null"))


@pytest.mark.parametrize(
    "entry",
    [
        {"more": "ours", "what": "null", "where": "**"},
        {"more": "ours", "what": "null", "where": "**", "reason": " "},
        {"more": "nobody", "what": "null", "where": "**", "reason": "r"},
        {"more": "ours", "what": "mood", "where": "**", "reason": "r"},
    ],
)
def test_an_exemption_needs_a_reason(tmp_path: Path, entry: dict[str, str]) -> None:
    """An entry without a reason, or with words that mean nothing, is an error."""
    path = tmp_path / "exceptions.yaml"
    path.write_text(yaml.safe_dump([entry]), encoding="utf-8")
    with pytest.raises((TypeError, ValueError), match=r"'reason'|is not a valid"):
        read_exemptions(path)


def test_the_exit_code_tells_a_difference_from_a_wrong_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 0 for the contract itself, 1 for a difference, and 2 for what is no OpenAPI document."""
    assert upstream.main([str(ROOT / "openapi.yaml")]) == 0
    assert capsys.readouterr().out.startswith("0 differences to look into; 0 are there on purpose.\n")
    path = tmp_path / "theirs.json"
    document = vendors()
    _add(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    assert upstream.main([str(path)]) == 1
    assert "theirs  field      200 $.brand_new  string, null\n" in capsys.readouterr().out
    for text in ("[]", "{", "openapi: 2.0", "openapi: 3.1.0"):
        path.write_text(text, encoding="utf-8")
        assert upstream.main([str(path)]) == 2
        assert capsys.readouterr().err.startswith("Cannot compare: ")
