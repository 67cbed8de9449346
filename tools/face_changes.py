"""What changed between two public faces, and what of it breaks the code of users.

A change breaks if code that was right no longer is, by its types or when it runs:

- what is taken away breaks: a model, a field, an enum or a value of it, an operation, a parameter;
- a model is read, so that a field's type may become narrower, but not wider;
- a field that becomes required breaks those who build the model, and the reading of answers that lack it; one that
  ceases to be breaks those who read it;
- a parameter is given, so that its type may become wider, but not narrower, and a new one must have a default;
- enums are open, and keep values they do not know: a new value breaks nothing.

The order of fields is no part of the face: models are built with keywords.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import griffe
from attrs import frozen
from face import Face, Operation, Slot, face_of, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

T = TypeVar("T")

#: Looked at in the faces, with their types, which griffe's own comparison leaves out.
_COMPARED_HERE = ("tela_api.models", "tela_api.api")


class Sort(StrEnum):
    """The section of the changelog that a change belongs to."""

    ADDED = "Added"
    CHANGED = "Changed"
    REMOVED = "Removed"


@frozen
class Change:
    """One difference.

    Attributes:
        sort: Which kind.
        name: What changed: a model, `Model.field`, `Enum.VALUE`, `tag.operation` or `tag.operation(parameter)`.
        detail: How, in words that follow the name.
        breaks: Whether code of users breaks.
    """

    sort: Sort
    name: str
    detail: str
    breaks: bool


def changes_between(old: Path, new: Path) -> list[Change]:
    """Compare two generated packages, each a folder; those that break come first."""
    before, after = load(old), load(new)
    changes = [*_compare(face_of(before), face_of(after)), *_other(before, after)]
    return sorted(changes, key=lambda change: not change.breaks)


def _compare(old: Face, new: Face) -> Iterator[Change]:
    yield from _each("a model", old.models, new.models, _model)
    yield from _each("an enum", old.enums, new.enums, _enum)
    yield from _each("an operation", old.operations, new.operations, _operation)


def _each(
    kind: str, old: Mapping[str, T], new: Mapping[str, T], compare: Callable[[str, T, T], Iterator[Change]]
) -> Iterator[Change]:
    for name, thing in old.items():
        if name in new:
            yield from compare(name, thing, new[name])
        else:
            yield Change(Sort.REMOVED, name, f"is gone, {kind}", True)
    for name in new:
        if name not in old:
            yield Change(Sort.ADDED, name, f"is new, {kind}", False)


def _model(name: str, old: Mapping[str, Slot], new: Mapping[str, Slot]) -> Iterator[Change]:
    for field, slot in old.items():
        if field not in new:
            yield Change(Sort.REMOVED, f"{name}.{field}", f"is gone; it was `{slot}`", True)
        else:
            yield from _slot(f"{name}.{field}", slot, new[field])
    for field, slot in new.items():
        if field not in old:
            required = ", required" if slot.required else ""
            detail = f"is new: `{slot}`{required}; until now it was in `additional_properties`"
            yield Change(Sort.ADDED, f"{name}.{field}", detail, slot.required)


def _slot(name: str, old: Slot, new: Slot) -> Iterator[Change]:
    if old.types != new.types:
        yield Change(Sort.CHANGED, name, f"is `{new}`, no longer `{old}`", not new.types <= old.types)
    if old.required != new.required:
        yield Change(Sort.CHANGED, name, "is required" if new.required else "may be absent", True)


def _enum(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for member, value in old.items():
        if member not in new:
            yield Change(Sort.REMOVED, f"{name}.{member}", f"is gone; it was {value}", True)
        elif new[member] != value:
            yield Change(Sort.CHANGED, f"{name}.{member}", f"is {new[member]}, no longer {value}", True)
    for member, value in new.items():
        if member not in old:
            yield Change(Sort.ADDED, f"{name}.{member}", f"is new: {value}", False)


def _operation(name: str, old: Operation, new: Operation) -> Iterator[Change]:
    if old.request != new.request:
        yield Change(Sort.CHANGED, name, f"asks for `{new.request}`, no longer for `{old.request}`", False)
    yield from _slot(f"{name}()", old.answer, new.answer)
    for parameter, slot in old.parameters.items():
        if parameter not in new.parameters:
            yield Change(Sort.REMOVED, f"{name}({parameter})", "is gone", True)
            continue
        other = new.parameters[parameter]
        if slot.types != other.types:
            detail = f"takes `{other}`, no longer `{slot}`"
            yield Change(Sort.CHANGED, f"{name}({parameter})", detail, not slot.types <= other.types)
        if slot.required != other.required:
            detail = "is required" if other.required else "may be left out"
            yield Change(Sort.CHANGED, f"{name}({parameter})", detail, other.required)
    for parameter, slot in new.parameters.items():
        if parameter not in old.parameters:
            required = ", required" if slot.required else ""
            yield Change(Sort.ADDED, f"{name}({parameter})", f"is new: `{slot}`{required}", slot.required)


def _other(old: griffe.Module, new: griffe.Module) -> Iterator[Change]:
    """What breaks in the modules that come from templates alone: the client, its errors and its types."""
    for breakage in griffe.find_breaking_changes(old, new):
        if not breakage.obj.path.startswith(_COMPARED_HERE):
            name = breakage.obj.path.removeprefix(f"{old.path}.")
            yield Change(Sort.CHANGED, name, breakage.kind.value[0].lower() + breakage.kind.value[1:], True)
