"""Compares responses with the contract: what it does not allow, with its path and how often it was seen."""

from __future__ import annotations

import json
import re
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from .contract import ALSO_SPELLED, UNIONS, Alternative, Contract, Pointer, documented_contract, json_type
from .observation import Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Kind(StrEnum):
    """The ways in which a response can deviate from the contract."""

    UNKNOWN_FIELD = "unknown field"
    UNKNOWN_VALUE = "unknown value"
    WRONG_TYPE = "wrong type"
    WRONG_FORMAT = "wrong format"
    NULL = "null"
    MISSING = "missing"
    CAMEL_CASE = "camelCase"


@frozen
class Deviation:
    """One deviation of responses from the contract.

    Attributes:
        kind: Which.
        path: Where, as a JSONPath (RFC 9535) that selects the values: ``$.output_content.tool_calls[*].name``.
        found: What was found: an unknown value as JSON; the key, of camelCase and of what is missing; else the JSON
            types. Never a value that may be the user's.
        documented: What the contract has there, for people; empty if it has nothing.
        count: How often it was seen, in all responses together.
        at: Where in the contract the amendment is to be made.
        observed: The form of all that was seen there.
    """

    kind: Kind
    path: str
    found: str
    documented: str
    count: int
    at: Pointer
    observed: Observation = field(eq=False, repr=False)


def find_drift(
    payloads: Iterable[Mapping[str, Any]], contract: Contract | None = None, *, schema: str = "CanvasRun"
) -> list[Deviation]:
    """Compare responses with the contract, and give the deviations in the order in which they were first seen.

    What the contract leaves free, such as the output of a canvas or the variables of a run, is not read.

    Args:
        payloads: Parsed JSON objects, such as those of `Run.to_dict`.
        contract: What to compare with; by default the contract that this version was generated from.
        schema: The schema of the contract that each payload is to fit.

    Raises:
        TypeError: A payload is no JSON object.
        KeyError: The contract has no such schema.
    """
    comparison = _Comparison(documented_contract() if contract is None else contract)
    at = comparison.contract.schema_pointer(schema)
    for payload in payloads:
        if not isinstance(payload, dict):
            raise TypeError(f"a payload is a JSON object, not a {type(payload).__name__}")
        comparison.compare(payload, at, "$")
    return comparison.deviations()


@define
class _Sighting:
    documented: str
    count: int = 0
    observed: Observation = field(factory=Observation)


@define
class _Comparison:
    contract: Contract
    _seen: dict[tuple[Kind, str, str, Pointer], _Sighting] = field(factory=dict)

    def deviations(self) -> list[Deviation]:
        return [
            Deviation(kind, path, found or seen.observed.type_names, seen.documented, seen.count, at, seen.observed)
            for (kind, path, found, at), seen in self._seen.items()
        ]

    def _note(self, kind: Kind, path: str, at: Pointer, value: Any, *, found: str = "", documented: str = "") -> None:
        key = (kind, path, found, at)
        seen = self._seen.setdefault(key, _Sighting(documented))
        seen.count += 1
        seen.observed.add(value)

    def compare(self, value: Any, at: Pointer, path: str) -> None:
        """Note how a value leaves the schema at a place of the contract."""
        forms = list(self.contract.alternatives(at))
        if any(form.type is None for form in forms):
            return
        type_ = json_type(value)
        fitting = [form for form in forms if form.type == type_ or (form.type == "number" and type_ == "integer")]
        if not fitting:
            kind = Kind.NULL if value is None else Kind.WRONG_TYPE
            self._note(kind, path, at, value, documented=" or ".join(dict.fromkeys(str(form.type) for form in forms)))
        elif type_ == "object":
            self._object(value, fitting, at, path)
        elif type_ == "array":
            self._array(value, self._best(value, fitting), path)
        else:
            self._scalar(value, fitting, path)

    def _scalar(self, value: Any, forms: list[Alternative], path: str) -> None:
        listed = [form for form in forms if allowed_values(form) is not None]
        if len(listed) < len(forms):
            plain = [form for form in forms if form not in listed]
            if not any(has_format(value, form.schema.get("format")) for form in plain):
                formats = " or ".join(form.schema["format"] for form in plain)
                self._note(Kind.WRONG_FORMAT, path, plain[0].at, value, documented=formats)
        elif not any(value in (allowed_values(form) or ()) for form in listed):
            values = [str(each) for form in listed for each in allowed_values(form) or ()]
            self._note(
                Kind.UNKNOWN_VALUE, path, listed[0].at, value, found=json.dumps(value), documented=", ".join(values)
            )

    def _best(self, value: list[Any], forms: list[Alternative]) -> Alternative:
        """The first form of an array that holds all of it, or else the first."""
        if len(forms) > 1:
            for form in forms:
                trial = _Comparison(self.contract)
                trial._array(value, form, "$")
                if not trial._seen:
                    return form
        return forms[0]

    def _array(self, value: list[Any], form: Alternative, path: str) -> None:
        if "items" in form.schema:
            for item in value:
                self.compare(item, (*form.at, "items"), f"{path}[*]")

    def _object(self, value: dict[str, Any], forms: list[Alternative], at: Pointer, path: str) -> None:
        marks = {form.at: self._marks(form) for form in forms}
        marked = [form for form in forms if marks[form.at]]
        form = next((form for form in marked if marks[form.at].items() <= value.items()), None)
        if form is None:
            unlisted = self._unlisted_mark(value, marked, marks)
            if unlisted is not None:
                known = [str(marks[each.at][unlisted]) for each in marked if unlisted in marks[each.at]]
                self._note(
                    Kind.UNKNOWN_VALUE,
                    child_path(path, unlisted),
                    self._union(at),
                    value,
                    found=json.dumps(value[unlisted]),
                    documented=", ".join(known),
                )
                return
            form = next((form for form in forms if form not in marked), forms[0])
        if not form.is_free:
            self._fields(value, form, path)

    def _marks(self, form: Alternative) -> dict[str, Any]:
        """The constants that tell a member of a union from the others, by property."""
        schemas = {name: self.contract.look_up(at) for name, at in form.properties.items()}
        return {name: schema["const"] for name, schema in schemas.items() if "const" in schema}

    @staticmethod
    def _unlisted_mark(
        value: dict[str, Any], marked: list[Alternative], marks: dict[Pointer, dict[str, Any]]
    ) -> str | None:
        """The property whose text says that an object is of a kind that no member of the union is."""
        names = dict.fromkeys(name for form in marked for name in marks[form.at])
        return next((name for name in names if isinstance(value.get(name), str)), None)

    def _union(self, at: Pointer) -> Pointer:
        """Where the union stands that has members told apart by constants, from a place that leads to it."""
        schema = self.contract.look_up(at)
        if "$ref" in schema:
            return self._union(self.contract.target(schema["$ref"]))
        members: list[Pointer] = [(*at, key, index) for key in UNIONS for index in range(len(schema.get(key, ())))]
        forms = [list(self.contract.alternatives(member)) for member in members]
        if any(len(each) == 1 and self._marks(each[0]) for each in forms):
            return at
        marked = (place for place, each in zip(members, forms, strict=True) if any(map(self._marks, each)))
        return self._union(next(marked))

    def _fields(self, value: dict[str, Any], form: Alternative, path: str) -> None:
        spellings = self._spellings(form)
        for key, item in value.items():
            at = form.properties.get(key)
            here = child_path(path, key)
            if at is None and key in spellings and spellings[key] not in value:
                at = form.properties[spellings[key]]
                if key not in self.contract.look_up(at).get(ALSO_SPELLED, ()):
                    self._note(Kind.CAMEL_CASE, here, at, key, found=key, documented=spellings[key])
            if at is not None:
                self.compare(item, at, here)
            elif not form.is_foreign:
                self._note(Kind.UNKNOWN_FIELD, here, (*form.at, "properties", key), item)
        present = {spellings.get(key, key) for key in value}
        for name in sorted(form.required - present):
            self._note(Kind.MISSING, child_path(path, name), form.at, None, found=name, documented="required")

    def _spellings(self, form: Alternative) -> dict[str, str]:
        """The documented key for each other spelling of it."""
        if form.is_foreign:
            return {}
        spellings = {camel_case(name): name for name in form.properties if camel_case(name) != name}
        for name, at in form.properties.items():
            spellings |= dict.fromkeys(self.contract.look_up(at).get(ALSO_SPELLED, ()), name)
        return spellings


def allowed_values(form: Alternative) -> list[Any] | None:
    """The values that the contract lists, or None if it lists none."""
    if "const" in form.schema:
        return [form.schema["const"]]
    values: list[Any] | None = form.schema.get("enum")
    return values


def has_format(value: Any, name: str | None) -> bool:
    """Whether a value has the format that the contract names; `date-time` and `date` (RFC 3339) are checked."""
    if name not in {"date-time", "date"} or not isinstance(value, str):
        return True
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        return False
    return moment.tzinfo is not None if name == "date-time" else value == moment.date().isoformat()


def camel_case(name: str) -> str:
    """The camelCase spelling of a snake_case key, as the generated models read it (`templates/model.py.jinja`)."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def child_path(path: str, key: str) -> str:
    """The JSONPath of a member of what is at `path`."""
    if _NAME.fullmatch(key):
        return f"{path}.{key}"
    return f"{path}[{json.dumps(key)}]"
