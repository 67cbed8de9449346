"""The documented run as plain dataclasses, made into models of pydantic's and msgspec's, which read the same fields."""

from __future__ import annotations

import dataclasses
from datetime import datetime  # noqa: TC003 - the hints are evaluated
from importlib import import_module
from typing import Any, get_type_hints


@dataclasses.dataclass
class _FunctionCall:
    name: str
    arguments: str


@dataclasses.dataclass
class _Message:
    role: str
    content: str | list[dict[str, Any]]
    function_call: _FunctionCall | None = None


@dataclasses.dataclass
class _File:
    name: str | None = None
    used_at: str | None = None
    parsed_content: str | None = None
    url: str | None = None
    type: str | None = None


@dataclasses.dataclass
class _InputContent:
    variables: dict[str, Any] | None = None
    messages: list[_Message] | None = None
    files: list[_File] | None = None


@dataclasses.dataclass
class _Information:
    duration: float | None = None
    cost: float | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None


@dataclasses.dataclass
class _ToolCall:
    name: str
    arguments: str


@dataclasses.dataclass
class _OutputContent:
    role: str | None = None
    tool_calls: list[_ToolCall] | None = None
    information: _Information | None = None
    has_structured_output: bool | None = None
    content: Any = None
    input_messages: str | None = None


@dataclasses.dataclass
class _Function:
    id: str | None = None
    name: str | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None


@dataclasses.dataclass
class _Override:
    model: str | None = None
    temperature: float | None = None
    type: str | None = None
    functions: list[_Function] | None = None
    structured_output: dict[str, Any] | None = None


@dataclasses.dataclass
class _RawInput:
    version_id: str | None = None
    canvas_id: str | None = None
    application_id: str | None = None
    webhook_url: str | None = None
    variables: dict[str, Any] | None = None
    messages: list[_Message] | None = None
    override: _Override | None = None


@dataclasses.dataclass
class _CanvasRun:
    id: str
    status: str
    input_content: _InputContent | None = None
    output_content: _OutputContent | None = None
    raw_input: _RawInput | None = None
    raw_output: dict[str, Any] | None = None
    compatibility_date: datetime | None = None
    prompt_version_id: str | None = None
    prompt_application_id: str | None = None
    workspace_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


#: Each after those that it holds.
_CLASSES = (
    *(_FunctionCall, _Message, _File, _InputContent, _Information, _ToolCall, _OutputContent),
    *(_Function, _Override, _RawInput, _CanvasRun),
)


def pydantic_run(base: Any) -> Any:
    """The run as a pydantic model with this base: pydantic's own, or that of an SDK."""
    create_model = import_module("pydantic").create_model
    made: dict[str, Any] = {}
    for cls in _CLASSES:
        hints = get_type_hints(cls, localns=made)
        fields = {
            field.name: (hints[field.name], ... if field.default is dataclasses.MISSING else field.default)
            for field in dataclasses.fields(cls)
        }
        made[cls.__name__] = create_model(cls.__name__.lstrip("_"), __base__=base, **fields)
    return made["_CanvasRun"]


def msgspec_run() -> Any:
    """The run as a msgspec struct."""
    defstruct = import_module("msgspec").defstruct
    made: dict[str, Any] = {}
    for cls in _CLASSES:
        hints = get_type_hints(cls, localns=made)
        fields = [
            (field.name, hints[field.name], *([] if field.default is dataclasses.MISSING else [field.default]))
            for field in dataclasses.fields(cls)
        ]
        made[cls.__name__] = defstruct(cls.__name__.lstrip("_"), fields)
    return made["_CanvasRun"]
