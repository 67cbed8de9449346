"""Two OpenAPI documents side by side: what the answers of an operation may be by the one, and not by the other."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen
from tela_runs.drift.comparison import allowed_values, child_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tela_runs.drift import Contract
    from tela_runs.drift.contract import Alternative, Pointer

_METHODS = ("get", "put", "post", "delete", "patch")
_JSON = "application/json"
_ANY = "any"


class More(StrEnum):
    """Whose document allows more."""

    OURS = "ours"
    THEIRS = "theirs"


class What(StrEnum):
    """What is allowed by the one document and not by the other."""

    OPERATION = "operation"
    PARAMETER = "parameter"
    STATUS = "status"
    FIELD = "field"
    ABSENCE = "absence"
    NULL = "null"
    TYPE = "type"
    VALUE = "value"
    FORMAT = "format"


@frozen
class Difference:
    """One difference.

    Attributes:
        more: Whose document allows more.
        what: What it allows.
        where: The status of the answer and the JSONPath in it, such as `200 $.output_content.role`.
        detail: Which field, value, type and so on.
    """

    more: More
    what: What
    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.more:<6}  {self.what:<9}  {self.where}  {self.detail}".rstrip()


def differences_between(ours: Contract, theirs: Contract) -> list[Difference]:
    """Compare all operations of our document with those of theirs; what else they have is none of our business."""
    found: list[Difference] = []
    for path, method in _operations(ours):
        other = next((each for each in _operations(theirs) if _shape(*each) == _shape(path, method)), None)
        if other is None:
            found.append(Difference(More.OURS, What.OPERATION, f"{method.upper()} {path}", "they have none"))
        else:
            found += _operation(ours, ("paths", path, method), theirs, ("paths", *other))
    return found


def _operations(contract: Contract) -> Iterator[tuple[str, str]]:
    for path, item in contract.look_up(("paths",)).items():
        yield from ((path, method) for method in _METHODS if method in item)


def _shape(path: str, method: str) -> tuple[str, str]:
    """A path and its method, whatever its parameters are called."""
    return re.sub(r"\{[^}]*\}", "{}", path), method


def _operation(ours: Contract, our: Pointer, theirs: Contract, their: Pointer) -> Iterator[Difference]:
    known = {_resolved(ours, (*our, "parameters", index))["name"] for index in _indices(ours, our)}
    for index in _indices(theirs, their):
        parameter = _resolved(theirs, (*their, "parameters", index))
        if parameter["in"] != "path" and parameter["name"] not in known:
            yield Difference(More.THEIRS, What.PARAMETER, "request", parameter["name"])
    our_answers, their_answers = (c.look_up((*at, "responses")) for c, at in ((ours, our), (theirs, their)))
    for status in map(str, their_answers):
        match = next((each for each in (status, f"{status[0]}XX", "default") if each in our_answers), None)
        if match is None:
            yield Difference(More.THEIRS, What.STATUS, status, "we have no such answer")
            continue
        pair = _body(ours, (*our, "responses", match)), _body(theirs, (*their, "responses", status))
        if pair[0] is not None and pair[1] is not None:
            comparison = _Comparison(ours, theirs)
            comparison.compare(pair[0], pair[1], f"{status} $")
            yield from comparison.found


def _indices(contract: Contract, operation: Pointer) -> range:
    return range(len(contract.look_up(operation).get("parameters", ())))


def _place(contract: Contract, at: Pointer) -> Pointer:
    """Where something stands that may be a reference."""
    there = contract.look_up(at)
    return _place(contract, contract.target(there["$ref"])) if "$ref" in there else at


def _resolved(contract: Contract, at: Pointer) -> Any:
    return contract.look_up(_place(contract, at))


def _body(contract: Contract, response: Pointer) -> Pointer | None:
    at = (*_place(contract, response), "content", _JSON, "schema")
    try:
        contract.look_up(at)
    except KeyError:
        return None
    return at


@define
class _Comparison:
    ours: Contract
    theirs: Contract
    found: list[Difference] = field(factory=list)
    _open: list[tuple[Pointer, Pointer]] = field(factory=list)

    def _note(self, more: More, what: What, where: str, detail: str) -> None:
        self.found.append(Difference(more, what, where, detail))

    def compare(self, our: Pointer, their: Pointer, where: str) -> None:
        """Note the differences between two schemas. A schema inside itself is compared once."""
        if (our, their) in self._open:
            return
        self._open.append((our, their))
        self._compare(list(self.ours.alternatives(our)), list(self.theirs.alternatives(their)), where)
        self._open.pop()

    def _compare(self, ours: list[Alternative], theirs: list[Alternative], where: str) -> None:
        our_types, their_types = _types(ours), _types(theirs)
        for more, types, others in ((More.THEIRS, their_types, our_types), (More.OURS, our_types, their_types)):
            for name in types:
                if name not in others and _ANY not in others and not (name == "integer" and "number" in others):
                    self._note(more, What.NULL if name == "null" else What.TYPE, where, name)
        for name in their_types:
            pair = [form for form in ours if form.type == name], [form for form in theirs if form.type == name]
            if not pair[0]:
                continue
            if name == "object":
                self._objects(*pair, where)
            elif name == "array":
                self._arrays(pair[0][0], pair[1][0], where)
            else:
                self._scalars(*pair, where)

    def _scalars(self, ours: list[Alternative], theirs: list[Alternative], where: str) -> None:
        our_values, their_values = _values(ours), _values(theirs)
        for more, values, others in ((More.THEIRS, their_values, our_values), (More.OURS, our_values, their_values)):
            if others is not None:
                for value in [_ANY] if values is None else [each for each in values if each not in others]:
                    self._note(more, What.VALUE, where, str(value))
        our_formats, their_formats = ({form.schema.get("format") for form in forms} for forms in (ours, theirs))
        # Of the formats, only that of timestamps means anything to the models.
        if ("date-time" in our_formats) != ("date-time" in their_formats):
            self._note(More.THEIRS if "date-time" in our_formats else More.OURS, What.FORMAT, where, "date-time")

    def _arrays(self, our: Alternative, their: Alternative, where: str) -> None:
        if "items" in our.schema and "items" in their.schema:
            self.compare((*our.at, "items"), (*their.at, "items"), f"{where}[*]")

    def _objects(self, ours: list[Alternative], theirs: list[Alternative], where: str) -> None:
        for their in theirs:
            named = [our for our in ours if not our.is_free]
            if their.is_free and len(named) == len(ours):
                self._note(More.THEIRS, What.FIELD, where, _ANY)
            elif not their.is_free and not named:
                self._note(More.OURS, What.FIELD, where, _ANY)
            elif not their.is_free:
                self._fields(self._counterpart(named, their), their, where)

    def _counterpart(self, ours: Sequence[Alternative], their: Alternative) -> Alternative:
        """The object of ours that has the most properties of theirs, with constants that theirs allows."""

        def likeness(our: Alternative) -> tuple[bool, int]:
            shared = our.properties.keys() & their.properties.keys()
            constants = ((self.ours.look_up(our.properties[name]).get("const"), name) for name in shared)
            fits = all(
                value is None or value in (_values(list(self.theirs.alternatives(their.properties[name]))) or [value])
                for value, name in constants
            )
            return fits, len(shared)

        return max(ours, key=likeness)

    def _fields(self, our: Alternative, their: Alternative, where: str) -> None:
        for name, at in their.properties.items():
            here = child_path(where, name)
            if name not in our.properties:
                types = ", ".join(_types(list(self.theirs.alternatives(at))))
                self._note(More.THEIRS, What.FIELD, here, types)
                continue
            self.compare(our.properties[name], at, here)
            if (name in our.required) != (name in their.required):
                self._note(More.THEIRS if name in our.required else More.OURS, What.ABSENCE, here, "")
        for name in (name for name in our.properties if name not in their.properties):
            self._note(More.OURS, What.FIELD, child_path(where, name), "")


def _types(forms: list[Alternative]) -> list[str]:
    return [*dict.fromkeys(form.type or _ANY for form in forms)]


def _values(forms: list[Alternative]) -> list[Any] | None:
    """All values that the forms list, or None if one of them lists none."""
    listed = [allowed_values(form) for form in forms]
    return None if None in listed else [value for values in listed for value in values or () if value is not None]
