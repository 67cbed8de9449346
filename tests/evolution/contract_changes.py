"""Changes of the contract, each made in its document in place."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


FREE_FORM = {"$ref": "#/components/schemas/FreeFormObject"}


def properties(document: Document, schema: str) -> dict[str, Any]:
    """The properties of a schema."""
    found: dict[str, Any] = document["components"]["schemas"][schema]["properties"]
    return found


def operation(document: Document) -> dict[str, Any]:
    """The operation that retrieves a run."""
    operations = (operation for item in document["paths"].values() for operation in item.values())
    found: dict[str, Any] = next(each for each in operations if each["operationId"] == "retrieveRun")
    return found


def rename(mapping: dict[str, Any], old: str, new: str) -> None:
    """Give a key another name, at the end."""
    mapping[new] = mapping.pop(old)


def a_new_field(document: Document) -> None:
    """A new field."""
    properties(document, "CanvasRun")["brand_new"] = {"type": ["string", "null"], "description": "New."}


def a_new_required_field(document: Document) -> None:
    """A new required field."""
    properties(document, "Override")["brand_newer"] = {"type": "integer", "description": "New."}
    document["components"]["schemas"]["Override"]["required"] = ["brand_newer"]


def a_removed_field(document: Document) -> None:
    """A removed field."""
    del properties(document, "RawInput")["canvas_id"]


def a_renamed_field(document: Document) -> None:
    """A renamed field."""
    rename(properties(document, "Information"), "cost", "price")


def a_field_that_becomes_required(document: Document) -> None:
    """A field that becomes required."""
    document["components"]["schemas"]["CanvasRun"]["required"].append("workspace_id")


def a_field_that_becomes_optional(document: Document) -> None:
    """A field that becomes optional."""
    document["components"]["schemas"]["CanvasRun"]["required"].remove("id")


def a_wider_type(document: Document) -> None:
    """A wider type."""
    properties(document, "Information")["duration"]["type"] = ["number", "string", "null"]


def a_narrower_type(document: Document) -> None:
    """A narrower type."""
    properties(document, "Information")["cost"]["type"] = "number"


def another_type(document: Document) -> None:
    """Another type."""
    properties(document, "CanvasRun")["created_at"].pop("format")


def a_model_in_place_of_a_free_form(document: Document) -> None:
    """A model in place of a free form."""
    document["components"]["schemas"]["Output"] = {"type": "object", "description": "New.", "properties": {}}
    properties(document, "InputContent")["variables"]["anyOf"][0] = {"$ref": "#/components/schemas/Output"}


def a_new_value(document: Document) -> None:
    """A new value."""
    document["components"]["schemas"]["CanvasRunStatus"]["enum"].append("brand-new")


def a_removed_value(document: Document) -> None:
    """A removed value."""
    document["components"]["schemas"]["CanvasRunStatus"]["enum"].remove("created")


def another_spelling_of_a_value(document: Document) -> None:
    """Another spelling of a value."""
    enum = document["components"]["schemas"]["CanvasRunStatus"]["enum"]
    enum[enum.index("failed")] = "FAILED"


def another_constant(document: Document) -> None:
    """Another constant."""
    properties(document, "TextPart")["type"]["const"] = "input_text"


def a_renamed_model(document: Document) -> None:
    """A renamed model."""
    schemas = document["components"]["schemas"]
    rename(schemas, "ImageUrl", "ImageAddress")
    properties(document, "ImagePart")["image_url"]["anyOf"][0]["$ref"] = "#/components/schemas/ImageAddress"


def a_renamed_operation(document: Document) -> None:
    """A renamed operation."""
    operation(document)["operationId"] = "getRun"


def another_path(document: Document) -> None:
    """Another path."""
    rename(document["paths"], "/v2/chat/completions/{id}", "/v3/runs/{id}")


def a_new_optional_parameter(document: Document) -> None:
    """A new optional parameter."""
    schema = {"type": "string"}
    operation(document)["parameters"].append({"name": "expand", "in": "query", "schema": schema})


def a_new_required_parameter(document: Document) -> None:
    """A new required parameter."""
    schema = {"type": "string"}
    operation(document)["parameters"].append({"name": "expand", "in": "query", "required": True, "schema": schema})


def another_answer(document: Document) -> None:
    """Another response."""
    media = {"application/json": {"schema": FREE_FORM}}
    operation(document)["responses"]["401"] = {"description": "New.", "content": media}


def other_words(document: Document) -> None:
    """Other words."""
    document["components"]["schemas"]["CanvasRun"]["description"] = "Other words."
    properties(document, "CanvasRun")["id"]["description"] = "Other words."
    operation(document)["summary"] = "Other words"
