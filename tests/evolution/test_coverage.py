"""The table of additions covers the whole contract."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tela_runs.drift import Contract, find_drift

from tests.contract.document import schemas_within

from .additions import ADDITIONS, ENUMS, RESPONSE, places

Document = dict[str, Any]


def test_the_response_is_within_the_contract(document: Document) -> None:
    """The response that is changed in the table fits the contract, and has nothing that is not in it."""
    Draft202012Validator({"$ref": "#/components/schemas/CanvasRun", "components": document["components"]}).validate(
        RESPONSE
    )
    assert find_drift([RESPONSE], Contract(document)) == []


@pytest.mark.asks_a_person
def test_the_response_has_every_documented_field(document: Document) -> None:
    """Every property of every schema of a run is in the response, so that a new field is added here too."""
    schemas = document["components"]["schemas"]
    of_runs = [schemas[name] for name in ("CanvasRun", *schemas_within(document, schemas["CanvasRun"]))]
    documented = {key for schema in of_runs for key in schema.get("properties", ())}
    shown = {path[-1] for path, _ in places() if path and isinstance(path[-1], str)}
    assert documented == shown, "give each field a value in RESPONSE, in additions.py"


@pytest.mark.asks_a_person
def test_every_enum_has_a_new_value_in_the_table(document: Document) -> None:
    """Each enum of a run stands in the table with a value that it does not list."""
    schemas = document["components"]["schemas"]
    listed = {name for name in schemas_within(document, schemas["CanvasRun"]) if "enum" in schemas[name]}
    assert set(ENUMS) == listed, "say in ENUMS, in additions.py, where each enum is in RESPONSE"
    for name, path in ENUMS.items():
        value: Any = RESPONSE
        for step in path:
            value = value[step]
        assert value in schemas[name]["enum"], name


def test_the_table_is_as_long_as_it_should_be() -> None:
    """There is a row for each object, each enum and each other value, under a name of its own."""
    names = [addition.name for addition in ADDITIONS]
    assert len(set(names)) == len(names)
    objects = [path for path, value in places() if isinstance(value, dict)]
    assert sum(name.startswith("a new field: ") for name in names) == len(objects) > 20
    assert sum(name.startswith("null: ") for name in names) > 60
