"""Compares two OpenAPI documents: what one allows in the bodies of an operation, and the other does not."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import frozen
from tela_runs.drift.comparison import allowed_values, child_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tela_runs.drift import Contract
    from tela_runs.drift.contract import Pointer

_METHODS = ("get", "put", "post", "delete", "patch")
_ANY = "any"


#: Whose document allows more.
More = StrEnum("More", ["OURS", "THEIRS"])
#: What is allowed by the one document and not by the other.
What = StrEnum("What", ["OPERATION", "PARAMETER", "STATUS", "FIELD", "ABSENCE", "NULL", "TYPE", "VALUE", "FORMAT"])


@frozen
class Difference:
    """One difference.

    Attributes:
        more: Whose document allows more.
        what: What it allows.
        where: The status of the response, or `request`, and the JSONPath in it, such as `200 $.output_content.role`.
        detail: Which field, value, type and so on.
    """

    more: More
    what: What
    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.more:<6}  {self.what:<9}  {self.where}  {self.detail}".rstrip()


@frozen
class _Place:
    """What may stand at one place, by one document; several schemas that may stand there are one place."""

    types: tuple[str, ...]  # of JSON; `any` is among them where everything goes
    values: tuple[Any, ...] | None  # that are listed; None if there may be others
    has_dates: bool
    is_required: bool
    is_free: bool  # an object there may have any keys


def differences_between(ours: Contract, theirs: Contract) -> list[Difference]:
    """Compare all operations of our document with those of theirs; their other operations are ignored."""
    found: list[Difference] = []
    others = {_shape(*each): each for each in _operations(theirs)}
    for path, method in _operations(ours):
        other = others.get(_shape(path, method))
        if other is None:
            found.append(Difference(More.OURS, What.OPERATION, f"{method.upper()} {path}", "they have none"))
        else:
            found += _operation(ours, ("paths", path, method), theirs, ("paths", *other))
    # What two operations share, such as a run, is reported once.
    return [*dict.fromkeys(found)]


def _operations(contract: Contract) -> Iterator[tuple[str, str]]:
    for path, item in contract.look_up(("paths",)).items():
        yield from ((path, method) for method in _METHODS if method in item)


def _shape(path: str, method: str) -> tuple[str, str]:
    """A path and its method, whatever its parameters are called."""
    return re.sub(r"\{[^}]*\}", "{}", path), method


def _operation(ours: Contract, our: Pointer, theirs: Contract, their: Pointer) -> Iterator[Difference]:
    known = {parameter["name"] for parameter in _parameters(ours, our)}
    for parameter in _parameters(theirs, their):
        if parameter["in"] != "path" and parameter["name"] not in known:
            yield Difference(More.THEIRS, What.PARAMETER, "request", parameter["name"])
    yield from _bodies(ours, (*our, "requestBody"), theirs, (*their, "requestBody"), "request")
    our_responses, their_responses = (c.look_up((*at, "responses")) for c, at in ((ours, our), (theirs, their)))
    for status in map(str, their_responses):
        match = next((each for each in (status, f"{status[0]}XX", "default") if each in our_responses), None)
        if match is None:
            yield Difference(More.THEIRS, What.STATUS, status, "we have no such response")
        else:
            yield from _bodies(ours, (*our, "responses", match), theirs, (*their, "responses", status), status)


def _place(contract: Contract, at: Pointer) -> Pointer:
    """Where something stands that may be a reference."""
    there = contract.look_up(at)
    return _place(contract, contract.target(there["$ref"])) if "$ref" in there else at


def _parameters(contract: Contract, operation: Pointer) -> list[Any]:
    count = len(contract.look_up(operation).get("parameters", ()))
    return [contract.look_up(_place(contract, (*operation, "parameters", index))) for index in range(count)]


def _bodies(ours: Contract, our: Pointer, theirs: Contract, their: Pointer, name: str) -> Iterator[Difference]:
    places = []
    for contract, at in ((ours, our), (theirs, their)):
        try:
            schema = (*_place(contract, at), "content", "application/json", "schema")
            contract.look_up(schema)
        except KeyError:  # there is no such body
            return
        places.append(dict(_places(contract, [schema], f"{name} $", ())))
    for more, one, other in ((More.THEIRS, places[1], places[0]), (More.OURS, places[0], places[1])):
        for where, place in one.items():
            if where in other:
                yield from _more(more, where, place, other[where])
            else:
                # What is in a place that the other document has no object at is reported at that place.
                holder = other.get(_holder(where))
                if holder is not None and "object" in holder.types and not holder.is_free:
                    yield Difference(more, What.FIELD, where, ", ".join(place.types))


def _holder(where: str) -> str:
    """The place of the object that a field is in; of what is not a field, itself."""
    return re.sub(r'(\.\w+|\["(?:[^"\\]|\\.)*"\])$', "", where)


def _places(
    contract: Contract, schemas: list[Pointer], where: str, within: tuple[list[Pointer], ...], *, required: bool = True
) -> Iterator[tuple[str, _Place]]:
    """A place and all places in it, by the schemas that may stand there. A schema inside itself is taken once."""
    if schemas in within:
        return
    forms = [form for at in schemas for form in contract.alternatives(at)]
    listed = [allowed_values(form) for form in forms if form.type != "null"]
    values = None if None in listed else tuple(each for some in listed for each in some or () if each is not None)
    objects = [form for form in forms if form.type == "object"]
    yield (
        where,
        _Place(
            types=tuple(dict.fromkeys(form.type or _ANY for form in forms)),
            values=values,
            has_dates=any(form.schema.get("format") == "date-time" for form in forms),
            is_required=required,
            is_free=any(form.is_free for form in objects),
        ),
    )
    inner: dict[str, list[Pointer]] = {}
    for form in objects:
        for name, at in form.properties.items():
            inner.setdefault(child_path(where, name), []).append(at)
    always = {child_path(where, name) for form in objects for name in form.required}
    items: list[Pointer] = [(*form.at, "items") for form in forms if form.type == "array" and "items" in form.schema]
    for place, inside in [*inner.items(), *([(f"{where}[*]", items)] if items else [])]:
        yield from _places(contract, inside, place, (*within, schemas), required=place in always)


def _more(more: More, where: str, one: _Place, other: _Place) -> Iterator[Difference]:
    """What one document allows at a place that the other has too, and does not allow there."""
    known = {*other.types, *(["integer"] if "number" in other.types else [])}
    if _ANY not in known:
        for name in one.types:
            if name not in known:
                yield Difference(more, What.NULL if name == "null" else What.TYPE, where, name)
    if other.values is not None and {*one.types} & {*other.types} - {"null"}:
        for value in (_ANY,) if one.values is None else one.values:
            if value not in other.values:
                yield Difference(more, What.VALUE, where, str(value))
    if other.has_dates and not one.has_dates:
        yield Difference(more, What.FORMAT, where, "date-time")
    if one.is_free and not other.is_free and "object" in other.types:
        yield Difference(more, What.FIELD, where, _ANY)
    if other.is_required and not one.is_required:
        yield Difference(more, What.ABSENCE, where, "")
