"""An OpenAPI document in which schemas are looked up: references are followed, unions split."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from attrs import frozen

from tela_runs.errors import TelaError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The way from the root of a document to a schema in it: the keys and indices, one by one.
Pointer = tuple[str | int, ...]

SCHEMAS: Pointer = ("components", "schemas")

#: Other spellings under which a property was seen. An extension of this project's contract; the generator ignores it,
#: since the models read camelCase anyway.
ALSO_SPELLED = "x-also-spelled"

#: Schemas whose keys are a vocabulary of someone else's. Here it is that of JSON Schema, of which the contract names a
#: few words; the others are the user's to choose, and no change of the API.
_FOREIGN = frozenset({"ObjectSchema"})

#: A boolean is an `int` to Python, so that it comes first.
_JSON_TYPES = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}

#: The keywords of a union.
UNIONS = ("anyOf", "oneOf")


class MissingContractError(TelaError):
    """The contract is not among the installed files, as in a program frozen without its data files."""


@frozen
class Alternative:
    """One of the forms a value may have: of one JSON type, and where the contract says so.

    Attributes:
        at: Where its schema stands.
        type: A JSON Schema type; None if any value will do.
        schema: The schema.
        properties: Of an object, where the schemas of its properties stand.
        required: Of an object, the properties that must be there.
    """

    at: Pointer
    type: str | None
    schema: Mapping[str, Any]
    properties: Mapping[str, Pointer]
    required: frozenset[str]

    @property
    def is_free(self) -> bool:
        """Whether it says nothing about what is inside: any value, or an object whose keys are not the API's."""
        return self.type is None or (self.type == "object" and not self.properties)

    @property
    def is_foreign(self) -> bool:
        """Whether keys beyond its properties are expected, and no deviation."""
        return self.is_free or self.at[-1] in _FOREIGN


@frozen
class Contract:
    """An OpenAPI 3 document, parsed."""

    document: Mapping[str, Any]

    def look_up(self, at: Pointer) -> Any:
        """What stands there.

        Raises:
            KeyError: Nothing does.
        """
        found: Any = self.document
        for step in at:
            try:
                found = found[step]
            except (IndexError, TypeError):
                raise KeyError(at) from None
        return found

    def schema_pointer(self, name: str) -> Pointer:
        """Where the named schema of the components stands.

        Raises:
            KeyError: There is none.
        """
        at = (*SCHEMAS, name)
        self.look_up(at)
        return at

    def target(self, reference: str) -> Pointer:
        """Where a reference inside the document, `#/…`, leads.

        Raises:
            ValueError: It leads to another document.
        """
        if not reference.startswith("#/"):
            raise ValueError(f"{reference!r} leads to another document: bundle the documents into one.")
        return tuple(part.replace("~1", "/").replace("~0", "~") for part in reference[2:].split("/"))

    def alternatives(self, at: Pointer) -> Iterator[Alternative]:
        """The forms that the schema at this place allows, in its order."""
        schema = self.look_up(at)
        if "$ref" in schema:
            yield from self.alternatives(self.target(schema["$ref"]))
            return
        union = next((key for key in UNIONS if key in schema), None)
        if union is not None:
            for index in range(len(schema[union])):
                yield from self.alternatives((*at, union, index))
        elif "allOf" in schema:
            yield from self._merged(at, schema)
        else:
            for name in _types(schema):
                yield _alternative(at, name, schema)
        # Of OpenAPI 3.0, which vendors' documents may follow.
        if schema.get("nullable"):
            yield _alternative(at, "null", schema)

    def _merged(self, at: Pointer, schema: Mapping[str, Any]) -> Iterator[Alternative]:
        """The forms of an `allOf`: those of its one part, or one object with all their properties and its own."""
        parts = [list(self.alternatives((*at, "allOf", index))) for index in range(len(schema["allOf"]))]
        if len(parts) == 1 and "properties" not in schema:
            yield from parts[0]
            return
        objects = [part for forms in parts for part in forms if part.type == "object"]
        properties = {name: place for part in objects for name, place in part.properties.items()}
        properties |= {name: (*at, "properties", name) for name in schema.get("properties", {})}
        required = frozenset(schema.get("required", ())).union(*(part.required for part in objects))
        yield Alternative(at, "object", schema, properties, required)


def _alternative(at: Pointer, type_: str | None, schema: Mapping[str, Any]) -> Alternative:
    if type_ != "object":
        return Alternative(at, type_, schema, {}, frozenset())
    properties = {name: (*at, "properties", name) for name in schema.get("properties", {})}
    return Alternative(at, type_, schema, properties, frozenset(schema.get("required", ())))


def _types(schema: Mapping[str, Any]) -> list[str | None]:
    """The JSON types that a schema without references or unions allows; `[None]` if any."""
    types = schema.get("type")
    if isinstance(types, list):
        return [*types]
    if types is not None:
        return [types]
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values:
        return [*dict.fromkeys(json_type(value) for value in values)]
    return ["object"] if "properties" in schema else [None]


def json_type(value: Any) -> str:
    """The JSON Schema type of a parsed JSON value; a number without a fraction is an ``integer``.

    Raises:
        TypeError: It is no JSON value.
    """
    if isinstance(value, float) and value.is_integer():
        return "integer"
    for kind, name in _JSON_TYPES.items():
        if isinstance(value, kind):
            return name
    raise TypeError(f"a {type(value).__name__} is no JSON value")


def documented_contract() -> Contract:
    """The contract that this version of the package was generated from.

    Raises:
        MissingContractError: Its file is missing.
        ModuleNotFoundError: PyYAML is missing; it comes with the extra `cli`.
    """
    import yaml  # noqa: PLC0415 - of an extra: the comparison with a contract at hand does without

    try:
        text = files("tela_api").joinpath("openapi.yaml").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MissingContractError(
            f"A data file of tela_api is missing: {error.filename}. Install tela-runs again; for a frozen program, "
            "collect the package's data: pyinstaller --collect-data tela_api."
        ) from None
    return Contract(yaml.safe_load(text))
