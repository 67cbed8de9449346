# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.information import Information
from ..models.role import Role
from ..models.tool_call import ToolCall
from ..types import UNSET, Unset

T = TypeVar("T", bound="OutputContent")

# The API's own keys as it may spell them, by the spelling of the contract.
_CAMEL_CASE = {
    "tool_calls": "toolCalls",
    "has_structured_output": "hasStructuredOutput",
    "input_messages": "inputMessages",
}
_CAMEL_CASE_KEYS = frozenset(_CAMEL_CASE.values())


@_attrs_define
class OutputContent:
    """What a run produced.

    Attributes:
        role (None | Role | Unset): The role of the author, usually `assistant`.
        tool_calls (list[ToolCall] | None | Unset): The tools that the model called.
        information (Information | None | Unset): The run's duration, cost and token counts.
        has_structured_output (bool | None | Unset): Whether `content` follows the structured output that the canvas
            asks for.
        content (Any | Unset): The result: an object when the canvas has a structured output, otherwise usually a
            string. Any JSON value may appear. The keys are the user's own.
        input_messages (None | str | Unset): The messages that led to the output, as one text.
    """

    role: None | Role | Unset = UNSET
    tool_calls: list[ToolCall] | None | Unset = UNSET
    information: Information | None | Unset = UNSET
    has_structured_output: bool | None | Unset = UNSET
    content: Any | Unset = UNSET
    input_messages: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        role = self.role.value if isinstance(self.role, Role) else self.role

        tool_calls = (
            [(item.to_dict() if isinstance(item, ToolCall) else item) for item in self.tool_calls]
            if isinstance(self.tool_calls, list)
            else self.tool_calls
        )

        information = (
            self.information.to_dict() if isinstance(self.information, Information) else self.information
        )

        has_structured_output = self.has_structured_output

        content = self.content

        input_messages = self.input_messages

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if role is not UNSET:
            field_dict["role"] = role
        if tool_calls is not UNSET:
            field_dict["tool_calls"] = tool_calls
        if information is not UNSET:
            field_dict["information"] = information
        if has_structured_output is not UNSET:
            field_dict["has_structured_output"] = has_structured_output
        if content is not UNSET:
            field_dict["content"] = content
        if input_messages is not UNSET:
            field_dict["input_messages"] = input_messages

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object. `src_dict` is not changed, but its inner objects are not copied.

        A value inside it that does not have the documented shape is kept as received.

        Raises:
            TypeError: `src_dict` is not a JSON object.
        """
        # `dict` is asked for first because that is quicker than asking an abstract class.
        if not isinstance(src_dict, (dict, Mapping)):
            raise TypeError(f"OutputContent: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        if not _CAMEL_CASE_KEYS.isdisjoint(d):
            for snake_case, camel_case in _CAMEL_CASE.items():
                if camel_case in d and snake_case not in d:
                    d[snake_case] = d.pop(camel_case)
        _role = d.pop("role", UNSET)
        role = Role(_role) if isinstance(_role, str) else _role

        _tool_calls = d.pop("tool_calls", UNSET)
        tool_calls = (
            [(ToolCall.from_dict(item) if isinstance(item, dict) else item) for item in _tool_calls]
            if isinstance(_tool_calls, list)
            else _tool_calls
        )

        _information = d.pop("information", UNSET)
        information = Information.from_dict(_information) if isinstance(_information, dict) else _information

        has_structured_output = d.pop("has_structured_output", UNSET)

        content = d.pop("content", UNSET)

        input_messages = d.pop("input_messages", UNSET)

        output_content = cls(
            role=role,
            tool_calls=tool_calls,
            information=information,
            has_structured_output=has_structured_output,
            content=content,
            input_messages=input_messages,
        )

        output_content.additional_properties = d
        return output_content

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
