"""From deviations to the lines of `openapi.yaml` that make them part of the contract.

An amendment widens: what was valid stays so. It is written as a merge patch (RFC 7396) of the contract: objects are
merged, everything else is replaced, and null removes a key.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from .comparison import Deviation, Kind
from .contract import ALSO_SPELLED, SCHEMAS, UNIONS, Contract, Pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .observation import Observation

_UNDOCUMENTED = "Undocumented; seen in responses."
# Beside these keywords a further type would not be allowed by adding its name to `type`.
_CONSTRAINTS = ("enum", "const", "format", "items", "properties", "required", "additionalProperties")


def amend(contract: Contract, deviations: Iterable[Deviation]) -> Contract:
    """The contract with the deviations added: the responses in which they were found fit it."""
    document: dict[str, Any] = deepcopy(dict(contract.document))
    amended = Contract(document)
    # Changes inside a schema come before those that split it, so that the deviations' pointers stay valid.
    for deviation in sorted(deviations, key=lambda each: (-len(each.at), each.kind is not Kind.UNKNOWN_VALUE)):
        _MAKE[deviation.kind](amended, deviation)
    return amended


def amendment(contract: Contract, deviations: Iterable[Deviation]) -> dict[str, Any]:
    """What to merge into the contract's document, so that the deviations are part of it; empty if there are none."""
    return _merge_patch(contract.document, amend(contract, deviations).document)


def amendment_yaml(contract: Contract, deviations: Iterable[Deviation]) -> str:
    """The same as YAML; empty if there is nothing to merge.

    Raises:
        ModuleNotFoundError: PyYAML is missing; it comes with the extra `cli`.
    """
    import yaml  # noqa: PLC0415 - of an extra: see `documented_contract`

    patch = amendment(contract, deviations)
    if not patch:
        return ""

    class IndentedDumper(yaml.SafeDumper):
        """Writes lists as openapi.yaml has them: names on one line, anything else indented; and double quotes."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
            super().increase_indent(flow, indentless=False)

        def choose_scalar_style(self) -> str:
            style: str = super().choose_scalar_style()
            return '"' if style == "'" else style

        def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
            plain = not any(isinstance(item, (dict, list)) for item in sequence)
            return super().represent_sequence(tag, sequence, flow_style=plain or flow_style)

    text: str = yaml.dump(patch, Dumper=IndentedDumper, sort_keys=False, width=110)
    return text


def _merge_patch(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    patch: dict[str, Any] = dict.fromkeys(key for key in old if key not in new)
    for key, value in new.items():
        if key not in old:
            patch[key] = value
        elif isinstance(value, dict) and isinstance(old[key], dict):
            inner = _merge_patch(old[key], value)
            patch |= {key: inner} if inner else {}
        elif value != old[key]:
            patch[key] = value
    return patch


def _add_field(contract: Contract, deviation: Deviation) -> None:
    name = str(deviation.at[-1])
    schema = contract.look_up(deviation.at[:-2])
    schema.setdefault("properties", {})[name] = {**deviation.observed.schema(), "description": _UNDOCUMENTED}


def _add_value(contract: Contract, deviation: Deviation) -> None:
    schema = contract.look_up(deviation.at)
    if any(union in schema for union in UNIONS):
        _add_member(contract, deviation)
    else:
        # A constant that stands alone becomes the first of a list.
        values = [schema.pop("const")] if "const" in schema else schema["enum"]
        schema["enum"] = [*values, json.loads(deviation.found)]


def _add_member(contract: Contract, deviation: Deviation) -> None:
    """Add an object of a kind that a union does not list, under a name made of its mark and the union's last word."""
    mark = deviation.path.rpartition(".")[2]
    value = json.loads(deviation.found)
    words = re.findall(r"[A-Za-z0-9]+", value)
    kind = re.findall(r"[A-Z][a-z0-9]*|$", str(deviation.at[-1]))[-2:][0]
    name = "".join(word[0].upper() + word[1:] for word in words) + kind
    schemas = contract.look_up(SCHEMAS)
    while name in schemas:
        name += "Again"
    fields: dict[str, Observation] = deviation.observed.fields
    schemas[name] = {
        "type": "object",
        "description": _UNDOCUMENTED,
        "additionalProperties": True,
        "properties": {
            mark: {"const": value, "description": f"The kind, `{value}`."},
            **{key: {**seen.schema(), "description": _UNDOCUMENTED} for key, seen in fields.items() if key != mark},
        },
    }
    schema = contract.look_up(deviation.at)
    union = next(union for union in UNIONS if union in schema)
    # Before the free-form member, which would take everything.
    place = next(
        (
            index
            for index in range(len(schema[union]))
            if any(form.is_free for form in contract.alternatives((*deviation.at, union, index)))
        ),
        len(schema[union]),
    )
    schema[union].insert(place, {"$ref": f"#/components/schemas/{name}"})


def _widen(contract: Contract, deviation: Deviation) -> None:
    for form in deviation.observed.forms() or [{"type": "null"}]:
        _allow(contract, deviation.at, form)


def _allow(contract: Contract, at: Pointer, form: dict[str, Any]) -> None:
    """Let a schema allow one more form."""
    schema = contract.look_up(at)
    if "$ref" in schema:
        target = contract.target(schema["$ref"])
        if any(union in contract.look_up(target) for union in UNIONS):
            _allow(contract, target, form)
        else:
            schema["anyOf"] = [{"$ref": schema.pop("$ref")}, form]
        return
    union = next((union for union in UNIONS if union in schema), None)
    if union is not None:
        if form not in schema[union]:
            schema[union] = _null_last([*schema[union], form])
    elif "type" in schema and form.keys() == {"type"} and not any(key in schema for key in _CONSTRAINTS):
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema["type"] = _null_last([*types, form["type"]])
    else:
        constrained = {key: schema.pop(key) for key in ("type", *_CONSTRAINTS) if key in schema}
        schema["anyOf"] = _null_last([*_taken_apart(constrained), form])


def _null_last(members: list[Any]) -> list[Any]:
    """The names of types, or the members of a union, in the contract's order."""
    return sorted(members, key=lambda member: member in ("null", {"type": "null"}))


def _taken_apart(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The members of a union equivalent to one schema, with null as a member of its own."""
    types = schema.get("type")
    if not isinstance(types, list) or "null" not in types:
        return [schema]
    others = [name for name in types if name != "null"]
    return [{**schema, "type": others[0] if len(others) == 1 else others}, {"type": "null"}]


def _drop_format(contract: Contract, deviation: Deviation) -> None:
    """Allow a text that lacks the format, beside those that have it."""
    at = deviation.at
    _allow(contract, at[:-2] if isinstance(at[-1], int) else at, {"type": "string"})  # of a union, in the union


def _make_optional(contract: Contract, deviation: Deviation) -> None:
    schema = contract.look_up(deviation.at)
    schema["required"] = [name for name in schema["required"] if name != deviation.found]


def _add_spelling(contract: Contract, deviation: Deviation) -> None:
    contract.look_up(deviation.at).setdefault(ALSO_SPELLED, []).append(deviation.found)


_MAKE = {
    Kind.UNKNOWN_FIELD: _add_field,
    Kind.UNKNOWN_VALUE: _add_value,
    Kind.WRONG_TYPE: _widen,
    Kind.WRONG_FORMAT: _drop_format,
    Kind.NULL: _widen,
    Kind.MISSING: _make_optional,
    Kind.CAMEL_CASE: _add_spelling,
}
