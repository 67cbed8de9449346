"""The changes in a generated package that its users see, and which of them break their code.

griffe finds what has gone and what has become of parameters. It compares neither the types of fields, parameters and
results nor at what is new, which is done here:

- a model is read, so that a field's type may become narrower, but not wider;
- a field that becomes required breaks those who build the model, and the reading of responses that lack it; one that
  ceases to be breaks those who read it;
- a parameter is given, so that its type may become wider, but not narrower;
- enums are open, and keep values they do not know: a new value breaks nothing.

The order of fields is not part of it: models are built with keywords.
"""

from __future__ import annotations

import ast
from enum import StrEnum
from typing import TYPE_CHECKING

import griffe
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from griffe import Breakage


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


@frozen
class Member:
    """A model, an enum or an operation, or one of their fields, values, parameters and results.

    Attributes:
        kind: Which of them.
        owner: The name of what it is a part of; empty if of nothing.
        types: The members of its type, without the marker of an absent field; of a value, the value.
        required: Whether it has no default.
    """

    kind: str
    owner: str = ""
    types: frozenset[str] = frozenset()
    required: bool = False

    def __str__(self) -> str:
        return " | ".join(sorted(self.types, key=lambda name: (name == "None", name)))


def load(package: Path) -> griffe.Module:
    """The package in this folder, as griffe reads it, without importing it."""
    loaded = griffe.load(package.name, search_paths=[package.parent], allow_inspection=False)
    if not isinstance(loaded, griffe.Module):
        raise TypeError(f"{package} is not a package")
    return loaded


def changes_between(old: Path, new: Path) -> list[Change]:
    """Compare two generated packages, each a folder; those that break come first."""
    before, after = load(old), load(new)
    found = [*map(_broken, griffe.find_breaking_changes(before, after)), *_compare(members(before), members(after))]
    # The functions of an operation have the same parameters: a change of one is reported once.
    return sorted(dict.fromkeys(change for change in found if change), key=lambda change: not change.breaks)


def _broken(breakage: Breakage) -> Change | None:
    """What griffe found; None for the modules of models, which are reported by their classes."""
    parts = breakage.obj.path.split(".")[1:]
    is_removed = breakage.kind is griffe.BreakageKind.OBJECT_REMOVED
    if parts[0] == "models":
        if breakage.obj.is_module:
            return None
        parts = parts[1 if len(parts) == 2 else 2 :]  # noqa: PLR2004 - a name of the package, or of a module of it
    elif parts[0] == "api":
        parts = parts[1:3]
    name = ".".join(parts)
    if is_removed:
        return Change(Sort.REMOVED, name, "is gone", breaks=True)
    value = breakage.old_value or breakage.new_value
    name += f"({value.name})" if isinstance(value, griffe.Parameter) else ""
    return Change(Sort.CHANGED, name, f"breaks: {breakage.kind.value.lower()}", breaks=True)


def members(package: griffe.Module) -> dict[str, Member]:
    """The public parts of the models and the operations of a generated package, by name."""
    found: dict[str, Member] = {}
    for module in package["models"].modules.values():
        # What a module imports is not a class of its own.
        for cls in (cls for cls in module.classes.values() if not cls.is_alias):
            is_enum = any(str(base).endswith("Enum") for base in cls.bases)
            found[cls.name] = Member("an enum" if is_enum else "a model")
            found |= {f"{cls.name}.{name}": member for name, member in _parts(cls, is_enum=is_enum)}
    for tag in package["api"].modules.values():
        for module in tag.modules.values():
            name, call = f"{tag.name}.{module.name}", module.functions["sync"]
            found[name] = Member("an operation")
            found[f"{name}()"] = Member("a result", name, _types(call.returns), required=True)
            for each in call.parameters:
                if each.name != "client":
                    found[f"{name}({each.name})"] = Member("a parameter", name, _types(each.annotation), each.required)
    return found


def _parts(cls: griffe.Class, *, is_enum: bool) -> Iterator[tuple[str, Member]]:
    for name, attribute in cls.attributes.items():
        if is_enum and name.isupper():
            yield name, Member("a value", cls.name, frozenset({str(attribute.value)}))
        elif not is_enum and attribute.annotation is not None and name != "additional_properties":
            yield name, Member("a field", cls.name, _types(attribute.annotation), attribute.value is None)


def _types(annotation: object) -> frozenset[str]:
    """What an annotation allows, whatever the order of its members."""
    pending, names = [ast.parse(str(annotation), mode="eval").body], set()
    while pending:
        match pending.pop():
            case ast.BinOp(left=left, right=right):
                pending += [left, right]
            case name:
                names.add(ast.unparse(name))
    return frozenset(names - {"Unset"})


def _compare(old: dict[str, Member], new: dict[str, Member]) -> Iterator[Change]:
    """The differences that griffe does not compare."""
    for name, member in new.items():
        if name not in old and (not member.owner or member.owner in old):
            until = "; until now it was in `additional_properties`" if member.kind == "a field" else ""
            required = ", required" if member.required else ""
            detail = f"is new: `{member}`{required}{until}" if member.types else f"is new, {member.kind}"
            yield Change(Sort.ADDED, name, detail, member.required)
        elif name in old:
            before, is_given = old[name], member.kind == "a parameter"
            if before.types != member.types:
                narrow, wide = (before, member) if is_given else (member, before)
                detail = f"{'takes' if is_given else 'is'} `{member}`, no longer `{before}`"
                yield Change(Sort.CHANGED, name, detail, not narrow.types <= wide.types)
            if before.required != member.required and not is_given:
                yield Change(Sort.CHANGED, name, "is required" if member.required else "may be absent", breaks=True)
