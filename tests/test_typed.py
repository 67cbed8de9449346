"""Typed outputs: JSON as the user's type, the paths that do not fit, and the schema that is sent for a type."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field, RootModel
from tela_runs import OutputError, Run
from tela_runs._typed import json_schema_of
from tela_runs.errors import ConfigurationError
from typing_extensions import TypedDict


class Item(BaseModel):
    """A line of an invoice."""

    name: str
    total: float


class Invoice(BaseModel):
    """An invoice, with a strict model: a date must be a date, which in JSON is a string."""

    model_config = ConfigDict(strict=True, extra="forbid")

    number: str = Field(alias="invoiceNumber")
    when: date
    items: list[Item] = []
    best: Item | None = None


@dataclass
class Summary:
    """A dataclass that holds a model."""

    pages: int
    first: Item


class Person(TypedDict):
    """A TypedDict."""

    name: str
    age: NotRequired[int]


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Zoo(BaseModel):
    animal: Annotated[Cat | Dog, Field(discriminator="kind")]
    discriminator: int = 0


class Node(BaseModel):
    children: list[Node]


class First(BaseModel):
    value: int


class Second(BaseModel):
    value: int


class Plain:
    """What pydantic knows nothing of."""


OUTPUT = {"invoiceNumber": "A-1", "when": "2026-01-02", "items": [{"name": "a", "total": 1}]}
INVOICE = Invoice(invoiceNumber="A-1", when=date(2026, 1, 2), items=[Item(name="a", total=1.0)])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("ab\"\\\n{'é")
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner))


def read_output(output: Any, type_: Any) -> Any:
    """The output of a run, read as the type."""
    return Run.from_dict({"id": "r1", "status": "succeeded", "output_content": {"content": output}}).output_as(type_)


def mismatch(output: Any, type_: Any) -> tuple[str, ...]:
    """What of the output of a run does not fit the type."""
    with pytest.raises(OutputError) as caught:
        read_output(output, type_)
    return tuple(caught.value.errors)


@pytest.mark.parametrize(
    ("output", "type_", "value"),
    [
        (OUTPUT, Invoice, INVOICE),
        ({"pages": 2, "first": {"name": "a", "total": 2}}, Summary, Summary(2, Item(name="a", total=2.0))),
        ({"name": "Ada"}, Person, {"name": "Ada"}),
        ([1, 2], list[int], [1, 2]),
        ([[1, "a"]], list[tuple[int, str]], [(1, "a")]),
        ([1], Annotated[list[int], []], [1]),
        ("1.50", Decimal, Decimal("1.50")),
        (5, int, 5),
        (None, Invoice | None, None),
        (None, Any, None),
        (OUTPUT, Any, OUTPUT),
    ],
)
def test_output_is_read_as_the_type(output: Any, type_: Any, value: Any) -> None:
    """Models, dataclasses, TypedDicts and plain types; no output is None, which the type must allow."""
    assert read_output(output, type_) == value


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(OUTPUT),
        f" \n{json.dumps(OUTPUT, indent=2)}\n",
        f"```json\n{json.dumps(OUTPUT, indent=2)}\n```",
        f"```\n{json.dumps(OUTPUT)}\n```\n",
    ],
)
def test_text_that_holds_json_is_read_as_json(text: str) -> None:
    """As it is, or as the Markdown block that models like to make of it; text inside the output is text."""
    assert read_output(text, Invoice) == INVOICE
    assert mismatch([text], list[Invoice | None]) == ("[0]: Input should be an object",)


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ('"quoted"', str, '"quoted"'),
        ("[1]", str, "[1]"),
        ("5", int | str, "5"),
        (json.dumps(OUTPUT), Invoice | str, json.dumps(OUTPUT)),
        ("[1]", Any, "[1]"),
        ("2026-01-02", date, date(2026, 1, 2)),
        ("null", Invoice | None, None),
        ('"cat"', Literal["cat"], "cat"),
    ],
)
def test_text_is_kept_as_it_is_where_the_type_allows_that(text: str, type_: Any, value: Any) -> None:
    """JSON in it is read only if the type asks for more than text."""
    assert read_output(text, type_) == value


@given(st.lists(VALUES) | st.dictionaries(st.text("ab"), VALUES))
def test_text_and_value_are_read_alike(value: Any) -> None:
    """Whatever the JSON holds."""
    type_: Any = list[Any] | dict[str, Any]
    assert read_output(value, type_) == value
    assert read_output(json.dumps(value), type_) == value


def test_each_path_that_does_not_fit_is_named() -> None:
    """All of them, in one go; the same for text that holds JSON."""
    output = {"invoiceNumber": 1, "when": "2026-01-02", "items": [{"name": "a"}, 5], "surplus": 1}
    errors = (
        "invoiceNumber: Input should be a valid string",
        "items[0].total: Field required",
        "items[1]: Input should be an object",
        "surplus: Extra inputs are not permitted",
    )
    assert mismatch(output, Invoice) == errors
    assert mismatch(json.dumps(output), Invoice) == errors


@pytest.mark.parametrize(
    ("output", "type_", "error"),
    [
        (None, Invoice, "output: Input should be an object"),
        (None, str, "output: Input should be a valid string"),
        ("I cannot read this invoice.", Invoice, "output: Input should be an object"),
        ("[" * 100_000, list[int], "output: Input should be a valid array"),
        ("```", list[int], "output: Input should be a valid array"),
        ([1, "x"], list[int], "[1]: Input should be a valid integer, unable to parse string as an integer"),
    ],
)
def test_output_of_another_kind_does_not_fit(output: Any, type_: Any, error: str) -> None:
    """No output where the type does not allow None, text that holds no JSON."""
    assert mismatch(output, type_) == (error,)


def test_output_of_a_run_that_has_not_ended_is_reported_as_missing() -> None:
    """Not to be of another type."""
    run = Run.from_dict({"id": "run-1", "status": "running"})
    with pytest.raises(OutputError, match=r"^Run 'run-1' has no output yet: its status is 'running'"):
        run.output_as(Invoice)
    assert run.output_as(Invoice | None) is None


def test_order_of_a_union_counts() -> None:
    """Unions that compare equal are told apart: of two that fit, the first is taken."""
    types: list[Any] = [First | Second, Second | First]
    assert types[0] == types[1]
    assert [read_output({"value": 1}, type_) for type_ in types] == [First(value=1), Second(value=1)]


@pytest.mark.parametrize("type_", [Plain, 5, "NotDefined"])
def test_type_that_pydantic_cannot_validate_is_rejected(type_: Any) -> None:
    """With pydantic's own reason."""
    for use in (lambda: read_output({}, type_), lambda: json_schema_of(type_)):
        with pytest.raises(ConfigurationError, match=r"is not a type for outputs: .*(schema|defined)"):
            use()


@pytest.mark.parametrize(
    "type_", [{"a": int}, Annotated[str, Field(pattern="(")], Annotated[int | str, Field(discriminator="kind")]]
)
def test_type_that_pydantic_fails_on_is_rejected(type_: Any) -> None:
    """Where it raises something else than an error of its own: KeyError, SchemaError, TypeError."""
    for use in (lambda: read_output({}, type_), lambda: json_schema_of(type_)):
        with pytest.raises(ConfigurationError, match="is not a type for outputs: "):
            use()


def test_missing_pydantic_is_reported_with_the_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than an ImportError."""

    class Unseen(BaseModel):
        pass

    monkeypatch.setitem(sys.modules, "pydantic", None)
    for use in (lambda: read_output({}, Unseen), lambda: json_schema_of(Unseen)):
        with pytest.raises(ConfigurationError, match=r"pip install 'tela-runs\[typed\]'"):
            use()


@pytest.mark.parametrize(
    ("type_", "output", "keys"),
    [
        (Invoice, OUTPUT, {"type", "title", "description", "properties", "required"}),
        (Summary, {"pages": 1, "first": {"name": "a", "total": 1}}, {"type", "title", "properties", "required"}),
        (Person, {"name": "Ada"}, {"type", "title", "description", "properties", "required"}),
        (Zoo, {"animal": {"kind": "dog"}, "discriminator": 1}, {"type", "title", "properties", "required"}),
    ],
)
def test_schema_has_the_documented_form(type_: Any, output: Any, keys: set[str]) -> None:
    """An object with the documented keys; definitions are in their places; what fits the type fits the schema."""
    schema = json_schema_of(type_)
    assert schema["type"] == "object"
    assert schema.keys() - {"description"} == keys - {"description"}
    assert "$ref" not in json.dumps(schema)
    assert "$defs" not in json.dumps(schema)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(output)
    assert not Draft202012Validator(schema).is_valid({})


def test_schema_keeps_the_names_and_descriptions_of_the_type() -> None:
    """Names as in JSON (aliases), and what the model is to know of each."""
    assert json_schema_of(Invoice) == {
        "type": "object",
        "title": "Invoice",
        "description": "An invoice, with a strict model: a date must be a date, which in JSON is a string.",
        "properties": {
            "invoiceNumber": {"type": "string", "title": "Invoicenumber"},
            "when": {"type": "string", "title": "When", "format": "date"},
            "items": {"type": "array", "title": "Items", "default": [], "items": json_schema_of(Item)},
            "best": {"anyOf": [json_schema_of(Item), {"type": "null"}], "default": None},
        },
        "required": ["invoiceNumber", "when"],
    }


@pytest.mark.parametrize("type_", [list[Item], Invoice | None, dict[str, int], RootModel[list[int]], str, Any])
def test_type_that_is_not_an_object_has_no_schema(type_: Any) -> None:
    """The API documents schemas of objects alone."""
    with pytest.raises(ConfigurationError, match="is not an object with properties"):
        json_schema_of(type_)


def test_type_that_contains_itself_has_no_schema() -> None:
    """Since it cannot do without references."""
    with pytest.raises(ConfigurationError, match=r"Node is not an object .* or contains itself"):
        json_schema_of(Node)
