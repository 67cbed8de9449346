# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.role import Role
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.information import Information
    from ..models.tool_call import ToolCall


T = TypeVar("T", bound="OutputContent")


@_attrs_define
class OutputContent:
    """What a run produced.

    Attributes:
        role (None | Role | Unset): Who speaks, normally `assistant`.
        tool_calls (list[ToolCall] | None | Unset): The tools that the model called.
        information (Information | None | Unset): What the run took and cost.
        has_structured_output (bool | None | Unset): Whether `content` follows the structured output that the canvas
            asks for.
        content (Any | Unset): The result: an object when the canvas has a structured output, otherwise mostly a string.
            Any JSON value may appear. The keys are the user's own.
        input_messages (None | str | Unset): The messages that the output answers, as one text.
    """

    role: None | Role | Unset = UNSET
    tool_calls: list[ToolCall] | None | Unset = UNSET
    information: Information | None | Unset = UNSET
    has_structured_output: bool | None | Unset = UNSET
    content: Any | Unset = UNSET
    input_messages: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.information import Information  # noqa: PLC0415

        role: None | str | Unset
        if isinstance(self.role, Unset):
            role = UNSET
        elif isinstance(self.role, Role):
            role = self.role.value
        else:
            role = self.role

        tool_calls: list[dict[str, Any]] | None | Unset
        if isinstance(self.tool_calls, Unset):
            tool_calls = UNSET
        elif isinstance(self.tool_calls, list):
            tool_calls = []
            for tool_calls_type_0_item_data in self.tool_calls:
                tool_calls_type_0_item = tool_calls_type_0_item_data.to_dict()
                tool_calls.append(tool_calls_type_0_item)

        else:
            tool_calls = self.tool_calls

        information: dict[str, Any] | None | Unset
        if isinstance(self.information, Unset):
            information = UNSET
        elif isinstance(self.information, Information):
            information = self.information.to_dict()
        else:
            information = self.information

        has_structured_output: bool | None | Unset
        if isinstance(self.has_structured_output, Unset):
            has_structured_output = UNSET
        else:
            has_structured_output = self.has_structured_output

        content = self.content

        input_messages: None | str | Unset
        if isinstance(self.input_messages, Unset):
            input_messages = UNSET
        else:
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
        from ..models.information import Information  # noqa: PLC0415
        from ..models.tool_call import ToolCall  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_role(data: object) -> None | Role | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                role_type_0 = Role(data)

                return role_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Role | Unset, data)

        role = _parse_role(d.pop("role", UNSET))

        def _parse_tool_calls(data: object) -> list[ToolCall] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                tool_calls_type_0 = []
                _tool_calls_type_0 = data
                for tool_calls_type_0_item_data in _tool_calls_type_0:
                    tool_calls_type_0_item = ToolCall.from_dict(tool_calls_type_0_item_data)

                    tool_calls_type_0.append(tool_calls_type_0_item)

                return tool_calls_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[ToolCall] | None | Unset, data)

        tool_calls = _parse_tool_calls(d.pop("tool_calls", UNSET))

        def _parse_information(data: object) -> Information | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                information_type_0 = Information.from_dict(data)

                return information_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Information | None | Unset, data)

        information = _parse_information(d.pop("information", UNSET))

        def _parse_has_structured_output(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        has_structured_output = _parse_has_structured_output(d.pop("has_structured_output", UNSET))

        content = d.pop("content", UNSET)

        def _parse_input_messages(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        input_messages = _parse_input_messages(d.pop("input_messages", UNSET))

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
