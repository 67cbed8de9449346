"""An OpenAPI document, read: its operations, however many there are, and what stands behind its references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

Document = dict[str, Any]


@frozen
class Content:
    """A JSON body that an operation takes or gives.

    Attributes:
        status: The status that it comes with, such as `200` or `4XX`; None for the body of a request.
        schema: Its schema.
        examples: What it is shown to be.
    """

    status: str | None
    schema: dict[str, Any]
    examples: list[Any]

    @property
    def is_error(self) -> bool:
        """Whether it comes with the status of an error."""
        return self.status is not None and self.status[0] in "45"


def operations(contract: Document) -> dict[str, dict[str, Any]]:
    """Every operation, by its `operationId`, with its `path` and `method`."""
    methods = {"get", "put", "post", "delete", "patch"}
    return {
        operation["operationId"]: {"path": path, "method": method, **operation}
        for path, item in contract["paths"].items()
        for method, operation in item.items()
        if method in methods
    }


def resolved(contract: Document, value: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to; anything else as it is."""
    while "$ref" in value:
        found: Any = contract
        for key in value["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        value = found
    return value


def contents(contract: Document, operation: dict[str, Any]) -> Iterator[Content]:
    """Every JSON body that an operation takes or gives."""
    bodies = {None: operation["requestBody"]} if "requestBody" in operation else {}
    for status, body in [*bodies.items(), *operation["responses"].items()]:
        media = resolved(contract, body).get("content", {}).get("application/json")
        if media is not None:
            examples = [resolved(contract, example)["value"] for example in media.get("examples", {}).values()]
            yield Content(status, media["schema"], examples)


def examples_of(contract: Document, schema: str) -> list[Any]:
    """Every example of a body with this schema, each once."""
    found: list[Any] = []
    for operation in operations(contract).values():
        for content in contents(contract, operation):
            if content.schema == {"$ref": f"#/components/schemas/{schema}"}:
                found += [example for example in content.examples if example not in found]
    return found


def references(value: object) -> Iterator[str]:
    """Every reference in a JSON value."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def schemas_within(contract: Document, value: object) -> set[str]:
    """The names of all schemas that a value refers to, directly and by way of others."""
    names: set[str] = set()
    waiting = [value]
    while waiting:
        found = {ref.rsplit("/", 1)[1] for ref in references(waiting.pop()) if ref.startswith("#/components/schemas/")}
        waiting += [contract["components"]["schemas"][name] for name in found - names]
        names |= found
    return names


def response_schemas(contract: Document) -> set[str]:
    """The names of all schemas that a response may hold, at any depth."""
    bodies = [content for each in operations(contract).values() for content in contents(contract, each)]
    return schemas_within(contract, [content.schema for content in bodies if content.status is not None])
