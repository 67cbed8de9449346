"""The contract itself: valid, complete, liberal where it must be."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator

Contract = dict[str, Any]


def validator(contract: Contract, schema: str) -> Draft202012Validator:
    """A validator of one of the contract's schemas, date-times included."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": contract["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def operation(contract: Contract) -> dict[str, Any]:
    """The one operation of the contract."""
    found: dict[str, Any] = contract["paths"]["/v2/chat/completions/{id}"]["get"]
    return found


def test_the_contract_is_valid_openapi(contract: Contract) -> None:
    """openapi.yaml is a valid OpenAPI 3.1 document."""
    assert list(OpenAPIV31SpecValidator(contract).iter_errors()) == []


def test_the_contract_names_the_documented_operation(contract: Contract) -> None:
    """The contract holds the documented endpoint alone, at the documented server, with the key on it."""
    assert list(contract["paths"]) == ["/v2/chat/completions/{id}"]
    assert list(contract["paths"]["/v2/chat/completions/{id}"]) == ["get"]
    assert contract["servers"][0]["url"] == "https://api.tela.com"
    assert operation(contract)["operationId"] == "retrieveRun"
    assert operation(contract)["tags"] == ["runs"]
    assert operation(contract)["security"] == [{"apiKey": []}]
    assert contract["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_every_documented_error_has_its_response(contract: Contract) -> None:
    """The documented errors are there, one by one, and so are the ranges around them."""
    responses = operation(contract)["responses"]
    assert set(responses) == {"200", "400", "401", "402", "403", "404", "4XX", "5XX"}
    for status, response in responses.items():
        schema = response["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        assert schema == ("CanvasRun" if status == "200" else "ErrorBody")


def test_every_example_fits_the_schema_it_is_shown_for(contract: Contract) -> None:
    """Every example of a response is valid, and no example is left unused."""
    used = set()
    for status, response in operation(contract)["responses"].items():
        media = response["content"]["application/json"]
        check = validator(contract, media["schema"]["$ref"].rsplit("/", 1)[1])
        for reference in media.get("examples", {}).values():
            name = reference["$ref"].rsplit("/", 1)[1]
            value = contract["components"]["examples"][name]["value"]
            check.validate(value)
            if status.isdigit() and status != "200":
                assert value["status"] == int(status)
            used.add(name)
    assert used == set(contract["components"]["examples"])


def test_the_examples_show_every_documented_status(contract: Contract) -> None:
    """There is an example of a run in each documented status, and of an error with each documented number."""
    values = [example["value"] for example in contract["components"]["examples"].values()]
    statuses = contract["components"]["schemas"]["CanvasRunStatus"]["enum"]
    assert {value["status"] for value in values} == {*statuses, 400, 401, 402, 403, 404, 500}


def test_everything_is_described(contract: Contract) -> None:
    """Every schema, and every property of every schema, has a description."""
    for name, schema in contract["components"]["schemas"].items():
        assert schema.get("description"), name
        for key, value in schema.get("properties", {}).items():
            assert value.get("description"), f"{name}.{key}"


def test_the_id_is_an_opaque_string_described_where_the_generator_looks(contract: Contract) -> None:
    """The path parameter has no pattern, format or length, and its description stands inside its schema too."""
    (parameter,) = operation(contract)["parameters"]
    assert parameter["schema"] == {"type": "string", "description": parameter["description"]}


def test_only_id_and_status_are_required(contract: Contract) -> None:
    """No schema but the run requires anything: `from_dict` of a run cannot fail on what is inside it."""
    required = {name: s["required"] for name, s in contract["components"]["schemas"].items() if "required" in s}
    assert required == {"CanvasRun": ["id", "status"]}


def test_every_optional_field_may_be_null(contract: Contract) -> None:
    """Null is valid for every property but the two required ones and the constants that tell parts apart."""
    for name, schema in contract["components"]["schemas"].items():
        for key, value in schema.get("properties", {}).items():
            check = Draft202012Validator({**value, "components": contract["components"]})
            nullable = key not in schema.get("required", []) and "const" not in value
            assert check.is_valid(None) == nullable, f"{name}.{key}"


def test_unknown_fields_are_valid(contract: Contract) -> None:
    """Every object of the contract allows fields that it does not name."""
    for name, schema in contract["components"]["schemas"].items():
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is True, name


def test_the_reference_sample_is_valid(contract: Contract, sample: dict[str, Any]) -> None:
    """The run shown in the API reference fits the contract."""
    validator(contract, "CanvasRun").validate(sample)


@pytest.mark.parametrize(
    "content",
    [
        "text",
        None,
        {"type": "text", "text": "hello"},
        [{"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}],
        [{"type": "audio", "audio": {"id": "a"}}],
    ],
)
def test_message_content_may_take_every_form_seen(contract: Contract, content: object) -> None:
    """A message holds a text, a part, an array of parts of known and unknown kinds, or null."""
    validator(contract, "Message").validate({"role": "user", "content": content})


@pytest.mark.parametrize("arguments", ['{"a": 1}', {"a": 1}, None])
def test_tool_call_arguments_may_be_text_or_object(contract: Contract, arguments: object) -> None:
    """The arguments of a tool call are valid as a string and as an object."""
    validator(contract, "ToolCall").validate({"name": "f", "arguments": arguments})


@pytest.mark.parametrize(
    "body",
    [
        {"status": "created"},
        {"id": "crsv-1"},
        {"id": 5, "status": "created"},
        {"id": "crsv-1", "status": "created", "created_at": "yesterday"},
        {"id": "crsv-1", "status": "created", "output_content": []},
    ],
)
def test_the_contract_refuses_what_is_no_run(contract: Contract, body: dict[str, Any]) -> None:
    """The contract says something: these bodies are not valid."""
    with pytest.raises(ValidationError):
        validator(contract, "CanvasRun").validate(body)
