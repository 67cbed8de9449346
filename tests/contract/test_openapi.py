"""The contract itself: valid, complete, liberal where it must be."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator

from .document import contents, examples_of, operations, references, resolved, response_schemas, schemas_within

Contract = dict[str, Any]

#: What the sources name. The contract may come to have more.
DOCUMENTED = {"createRun": ("post", "/v2/chat/completions"), "retrieveRun": ("get", "/v2/chat/completions/{id}")}


def validator(contract: Contract, schema: str | dict[str, Any]) -> Draft202012Validator:
    """A validator of a schema, or of the named one of the contract; dates and date-times included."""
    if isinstance(schema, str):
        schema = {"$ref": f"#/components/schemas/{schema}"}
    return Draft202012Validator(
        {**schema, "components": contract["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def test_the_contract_is_valid_openapi(contract: Contract) -> None:
    """openapi.yaml is a valid OpenAPI 3.1 document."""
    assert list(OpenAPIV31SpecValidator(contract).iter_errors()) == []


def test_the_contract_names_the_documented_operations(contract: Contract) -> None:
    """The documented operations are there, at the documented server."""
    found = {name: (operation["method"], operation["path"]) for name, operation in operations(contract).items()}
    assert found.items() >= DOCUMENTED.items()
    assert contract["servers"][0]["url"] == "https://api.tela.com"
    assert all(operations(contract)[name]["tags"] == ["runs"] for name in DOCUMENTED)


def test_every_operation_needs_the_key(contract: Contract) -> None:
    """Each operation asks for the key itself: the generator does not read security at the root."""
    for name, operation in operations(contract).items():
        assert operation["security"] == [{"apiKey": []}], name
    assert contract["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_response_is_there(contract: Contract, name: str) -> None:
    """A run, the documented errors, one by one, and the ranges around them; each with the id of the request."""
    responses = operations(contract)[name]["responses"]
    assert set(responses) == {"200", "400", "401", "402", "403", "404", "4XX", "5XX"}
    run = {"$ref": "#/components/schemas/CanvasRun"}
    assert [body.schema for body in contents(contract, operations(contract)[name]) if body.status == "200"] == [run]
    for response in responses.values():
        assert set(resolved(contract, response)["headers"]) == {"x-request-id"}


def test_every_error_has_the_documented_body(contract: Contract) -> None:
    """Whatever the operation and the status, the body of an error is an ErrorBody."""
    for name, operation in operations(contract).items():
        for body in contents(contract, operation):
            if body.is_error:
                assert body.schema == {"$ref": "#/components/schemas/ErrorBody"}, (name, body.status)


def test_every_example_fits_the_schema_it_is_shown_for(contract: Contract) -> None:
    """Every example of a request or a response is valid, that of an error names its status, and none is unused."""
    for operation in operations(contract).values():
        for body in contents(contract, operation):
            for example in body.examples:
                validator(contract, body.schema).validate(example)
                if body.is_error and str(body.status).isdigit():
                    assert str(example["status"]) == body.status
    used = {ref.rsplit("/", 1)[1] for ref in references(contract) if ref.startswith("#/components/examples/")}
    assert used == set(contract["components"]["examples"])


@pytest.mark.asks_a_person
def test_the_examples_show_every_documented_status(contract: Contract) -> None:
    """There is an example of a run in each documented status, and of an error with each documented number."""
    statuses = contract["components"]["schemas"]["CanvasRunStatus"]["enum"]
    assert {run["status"] for run in examples_of(contract, "CanvasRun")} == set(statuses), (
        "give each status an example in openapi.yaml, and retrieveRun a reference to it"
    )
    assert {error["status"] for error in examples_of(contract, "ErrorBody")} == {400, 401, 402, 403, 404, 500}


def test_everything_is_described(contract: Contract) -> None:
    """Every operation, every schema, and every property of every schema, has a description."""
    for name, operation in operations(contract).items():
        assert operation.get("summary"), name
        assert operation.get("description"), name
    for name, schema in contract["components"]["schemas"].items():
        assert schema.get("description"), name
        for key, value in schema.get("properties", {}).items():
            assert value.get("description"), f"{name}.{key}"


def test_the_id_is_an_opaque_string_described_where_the_generator_looks(contract: Contract) -> None:
    """The path parameter has no pattern, format or length, and its description stands inside its schema too."""
    (parameter,) = operations(contract)["retrieveRun"]["parameters"]
    assert parameter["schema"] == {"type": "string", "description": parameter["description"]}


def test_a_run_needs_nothing_but_its_id_and_status(contract: Contract) -> None:
    """A run requires these two, and no schema inside a run requires anything, so that `from_dict` cannot fail there."""
    schemas = contract["components"]["schemas"]
    assert schemas["CanvasRun"]["required"] == ["id", "status"]
    inside = schemas_within(contract, schemas["CanvasRun"])
    assert "StructuredOutput" in inside
    assert {name for name in inside if "required" in schemas[name]} == set()


def test_every_optional_field_of_a_response_may_be_null(contract: Contract) -> None:
    """Null is valid for every property of a response but required ones and the constants that tell parts apart."""
    found = response_schemas(contract)
    assert {"CanvasRun", "ErrorBody", "ImageUrl"} <= found
    for name in found:
        schema = contract["components"]["schemas"][name]
        for key, value in schema.get("properties", {}).items():
            nullable = key not in schema.get("required", []) and "const" not in value
            assert validator(contract, value).is_valid(None) or not nullable, f"{name}.{key}"


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


@pytest.mark.parametrize("date", ["2024-10-01", "2024-10-01T00:00:00Z", None])
def test_the_compatibility_date_may_have_a_time(contract: Contract, date: str | None) -> None:
    """The compatibility date is valid as a plain date and as a date-time."""
    validator(contract, "CanvasRun").validate({"id": "a", "status": "created", "compatibility_date": date})


@pytest.mark.parametrize("output", [{"a": [1]}, [1], "text", 5, True, None])
def test_the_raw_output_may_be_any_json(contract: Contract, output: object) -> None:
    """The raw output is valid whatever JSON it is."""
    validator(contract, "CanvasRun").validate({"id": "a", "status": "failed", "raw_output": output})


def test_the_roles_of_a_request_are_not_those_of_an_output(contract: Contract) -> None:
    """A message of a request comes from a tool, the output from a function: as each of the sources says."""
    schemas = contract["components"]["schemas"]
    assert schemas["MessageRole"]["enum"] == ["user", "assistant", "system", "tool"]
    assert schemas["Role"]["enum"] == ["system", "user", "assistant", "function"]


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
        {"id": "crsv-1", "status": "created", "compatibility_date": "20241001"},
        {"id": "crsv-1", "status": "created", "output_content": []},
    ],
)
def test_the_contract_rejects_what_is_not_a_valid_run(contract: Contract, body: dict[str, Any]) -> None:
    """The contract says something: these bodies are not valid."""
    with pytest.raises(ValidationError):
        validator(contract, "CanvasRun").validate(body)


@pytest.mark.parametrize(
    "body",
    [
        {"canvas_id": "c"},
        {"version_id": "v"},
        {"canvas_id": "c", "environment_name": "eu-production-2"},
        {"canvas_id": "c", "variables": {"async": {"canvas_id": [None]}, "Invoice": {"file_url": "data:,a"}}},
        {"canvas_id": "c", "messages": [{"role": "tool", "content": {"file_url": "https://example.com/a.pdf"}}]},
        {"canvas_id": "c", "override": {"structured_output": {"enabled": True, "schema": {"type": "object"}}}},
        {"canvas_id": "c", "webhook_url": "https://example.com/hook", "tags": ["a"], "brand_new": {"a": 1}},
    ],
)
def test_a_run_may_be_started_with(contract: Contract, body: dict[str, Any]) -> None:
    """What the sources say that a request may hold is valid, and so are fields that none of them names."""
    validator(contract, "CreateRun").validate({"async": True, **body})


@pytest.mark.parametrize(
    "body",
    [
        {"async": True},
        {"async": True, "canvas_id": "c", "version_id": "v"},
        {"async": True, "version_id": "v", "environment_name": "production"},
        {"canvas_id": "c"},
        {"async": False, "canvas_id": "c"},
        {"async": True, "canvas_id": None},
        {"async": True, "canvas_id": "c", "variables": [1]},
        *({"async": True, "canvas_id": "c", "environment_name": name} for name in ("", "EU", "a--b", "a-", "a" * 65)),
    ],
)
def test_the_contract_rejects_what_starts_no_run(contract: Contract, body: dict[str, Any]) -> None:
    """Without one canvas or version, with both, without `async`, or with another environment name: not valid."""
    with pytest.raises(ValidationError):
        validator(contract, "CreateRun").validate(body)
