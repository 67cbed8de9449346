"""What the values seen in responses have in common, as a schema."""

from __future__ import annotations

import re
from typing import Any

from attrs import define, field

from .contract import json_type

_FREE_FORM = {"$ref": "#/components/schemas/FreeFormObject"}

_PLAIN_TYPES = ("string", "number", "boolean", "array")

# RFC 3339, in the form that the API writes.
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@define
class Observation:
    """The form of the values seen at one place. The values themselves are not kept.

    Attributes:
        types: Their JSON types.
        only_dates: Whether every string was a timestamp with its offset.
        items: The form of the items of arrays; None if there was no array.
        fields: The forms of the members of objects, by key.
    """

    types: set[str] = field(factory=set)
    only_dates: bool = True
    items: Observation | None = None
    fields: dict[str, Observation] = field(factory=dict)

    def add(self, value: Any) -> None:
        """Take in one more value."""
        self.types.add(json_type(value))
        if isinstance(value, str):
            self.only_dates = self.only_dates and _DATE_TIME.fullmatch(value) is not None
        elif isinstance(value, list):
            items = self.items = self.items or Observation()
            for item in value:
                items.add(item)
        elif isinstance(value, dict):
            for key, item in value.items():
                self.fields.setdefault(key, Observation()).add(item)

    @property
    def type_names(self) -> str:
        """The types, for people."""
        return " or ".join(sorted(self.types))

    def forms(self) -> list[dict[str, Any]]:
        """A schema for each type seen but null. Objects are free-form: no sample tells whose keys they have."""
        # An integer may be a number that happened to have no fraction.
        types = {"number" if name == "integer" else name for name in self.types}
        forms: list[dict[str, Any]] = [{"type": name} for name in _PLAIN_TYPES if name in types]
        for form in forms:
            if form["type"] == "string" and self.only_dates:
                form["format"] = "date-time"
            elif form["type"] == "array" and self.items is not None and self.items.types:
                form["items"] = self.items.schema(nullable="null" in self.items.types)
        return [*forms, dict(_FREE_FORM)] if "object" in types else forms

    def schema(self, *, nullable: bool = True) -> dict[str, Any]:
        """One schema for all; a field of which only nulls were seen may be anything.

        Args:
            nullable: Whether null is to be allowed, as the contract does for every field that is not required.
        """
        forms = self.forms()
        if not forms:
            return {}
        if len(forms) == 1 and (not nullable or "type" in forms[0]):
            return {**forms[0], "type": [forms[0]["type"], "null"]} if nullable else forms[0]
        return {"anyOf": [*forms, {"type": "null"}] if nullable else forms}
