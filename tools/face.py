"""The public face of the generated package: what its users see, read from the source without importing it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import griffe
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ABSENT = "Unset"
_ENUMS = {"Enum", "IntEnum", "StrEnum"}


@frozen
class Slot:
    """A field of a model, or a parameter or the answer of an operation.

    Attributes:
        types: The members of its type, without the marker of an absent field.
        required: Whether it has no default.
    """

    types: frozenset[str]
    required: bool

    def __str__(self) -> str:
        return " | ".join(sorted(self.types, key=lambda name: (name == "None", name)))


@frozen
class Operation:
    """An operation, as the functions that call it have it."""

    request: str
    parameters: Mapping[str, Slot]
    answer: Slot


@frozen
class Face:
    """The models with their fields, the enums with their values, and the operations, each by its name."""

    models: Mapping[str, Mapping[str, Slot]]
    enums: Mapping[str, Mapping[str, str]]
    operations: Mapping[str, Operation]


def load(package: Path) -> griffe.Module:
    """The package in this folder, as griffe reads it."""
    loaded = griffe.load(package.name, search_paths=[package.parent], allow_inspection=False)
    if not isinstance(loaded, griffe.Module):
        raise TypeError(f"{package} is no package")
    return loaded


def face_of(package: griffe.Module) -> Face:
    """What users see of a generated package."""
    # What a module imports is no class of its own.
    classes = [
        cls for module in package["models"].modules.values() for cls in module.classes.values() if not cls.is_alias
    ]
    enums = [cls for cls in classes if any(str(base) in _ENUMS for base in cls.bases)]
    calls = [module for tag in package["api"].modules.values() for module in tag.modules.values()]
    return Face(
        models={cls.name: _fields(cls) for cls in classes if cls not in enums},
        enums={cls.name: _values(cls) for cls in enums},
        operations={f"{module.parent.name}.{module.name}": _operation(module) for module in calls},
    )


def _slot(annotation: object, *, required: bool) -> Slot:
    """What an annotation allows, whatever the order of its members."""
    pending = [ast.parse(str(annotation), mode="eval").body]
    names = set()
    while pending:
        match pending.pop():
            case ast.BinOp(left=left, right=right):
                pending += [left, right]
            case name:
                names.add(ast.unparse(name))
    return Slot(frozenset(names - {_ABSENT}), required)


def _fields(model: griffe.Class) -> dict[str, Slot]:
    return {
        name: _slot(attribute.annotation, required=attribute.value is None)
        for name, attribute in model.attributes.items()
        if attribute.annotation is not None and name != "additional_properties"
    }


def _values(enum: griffe.Class) -> dict[str, str]:
    return {name: str(attribute.value) for name, attribute in enum.attributes.items() if name.isupper()}


def _operation(module: griffe.Module) -> Operation:
    call = module.functions["sync"]
    parameters = {
        parameter.name: _slot(parameter.annotation, required=parameter.required)
        for parameter in call.parameters
        if parameter.name != "client"
    }
    return Operation(_request(module), parameters, _slot(call.returns, required=True))


def _request(module: griffe.Module) -> str:
    """The method and the path, from the literals of the function that makes the request."""
    filepath = module.filepath
    if isinstance(filepath, list):
        raise TypeError(f"{module.path} is no module")
    values: dict[str, str] = {}
    for node in ast.walk(ast.parse(filepath.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                literals = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
                if isinstance(key, ast.Constant) and key.value in ("method", "url") and literals:
                    values[key.value] = str(literals[0])
    return f"{values['method'].upper()} {values['url']}"
