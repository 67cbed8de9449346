# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.free_form_object import FreeFormObject
    from ..models.image_part import ImagePart
    from ..models.text_part import TextPart
    from ..models.tool_call import ToolCall


T = TypeVar("T", bound="Message")


@_attrs_define
class Message:
    """A message sent to the model.

    Attributes:
        role (None | str | Unset): Who speaks.
        content (FreeFormObject | ImagePart | list[FreeFormObject | ImagePart | TextPart] | None | str | TextPart |
            Unset): The content of a message, a text, one part, or an array of parts.
        function_call (None | ToolCall | Unset): The function that the message calls.
    """

    role: None | str | Unset = UNSET
    content: (
        FreeFormObject
        | ImagePart
        | list[FreeFormObject | ImagePart | TextPart]
        | None
        | str
        | TextPart
        | Unset
    ) = UNSET
    function_call: None | ToolCall | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.free_form_object import FreeFormObject  # noqa: PLC0415
        from ..models.image_part import ImagePart  # noqa: PLC0415
        from ..models.text_part import TextPart  # noqa: PLC0415
        from ..models.tool_call import ToolCall  # noqa: PLC0415

        role: None | str | Unset
        if isinstance(self.role, Unset):
            role = UNSET
        else:
            role = self.role

        content: dict[str, Any] | list[dict[str, Any]] | None | str | Unset
        if isinstance(self.content, Unset):
            content = UNSET
        elif isinstance(self.content, TextPart):
            content = self.content.to_dict()
        elif isinstance(self.content, ImagePart):
            content = self.content.to_dict()
        elif isinstance(self.content, FreeFormObject):
            content = self.content.to_dict()
        elif isinstance(self.content, list):
            content = []
            for componentsschemas_message_content_type_2_item_data in self.content:
                componentsschemas_message_content_type_2_item: dict[str, Any]
                if isinstance(componentsschemas_message_content_type_2_item_data, TextPart):
                    componentsschemas_message_content_type_2_item = (
                        componentsschemas_message_content_type_2_item_data.to_dict()
                    )
                elif isinstance(componentsschemas_message_content_type_2_item_data, ImagePart):
                    componentsschemas_message_content_type_2_item = (
                        componentsschemas_message_content_type_2_item_data.to_dict()
                    )
                else:
                    componentsschemas_message_content_type_2_item = (
                        componentsschemas_message_content_type_2_item_data.to_dict()
                    )

                content.append(componentsschemas_message_content_type_2_item)

        else:
            content = self.content

        function_call: dict[str, Any] | None | Unset
        if isinstance(self.function_call, Unset):
            function_call = UNSET
        elif isinstance(self.function_call, ToolCall):
            function_call = self.function_call.to_dict()
        else:
            function_call = self.function_call

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if role is not UNSET:
            field_dict["role"] = role
        if content is not UNSET:
            field_dict["content"] = content
        if function_call is not UNSET:
            field_dict["function_call"] = function_call

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.free_form_object import FreeFormObject  # noqa: PLC0415
        from ..models.image_part import ImagePart  # noqa: PLC0415
        from ..models.text_part import TextPart  # noqa: PLC0415
        from ..models.tool_call import ToolCall  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_role(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        role = _parse_role(d.pop("role", UNSET))

        def _parse_content(
            data: object,
        ) -> (
            FreeFormObject
            | ImagePart
            | list[FreeFormObject | ImagePart | TextPart]
            | None
            | str
            | TextPart
            | Unset
        ):
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_content_part_type_0 = TextPart.from_dict(data)

                return componentsschemas_content_part_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_content_part_type_1 = ImagePart.from_dict(data)

                return componentsschemas_content_part_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_content_part_type_2 = FreeFormObject.from_dict(data)

                return componentsschemas_content_part_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_message_content_type_2 = []
                _componentsschemas_message_content_type_2 = data
                for (
                    componentsschemas_message_content_type_2_item_data
                ) in _componentsschemas_message_content_type_2:

                    def _parse_componentsschemas_message_content_type_2_item(
                        data: object,
                    ) -> FreeFormObject | ImagePart | TextPart:
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            componentsschemas_content_part_type_0 = TextPart.from_dict(data)

                            return componentsschemas_content_part_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            componentsschemas_content_part_type_1 = ImagePart.from_dict(data)

                            return componentsschemas_content_part_type_1
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        if not isinstance(data, dict):
                            raise TypeError()
                        componentsschemas_content_part_type_2 = FreeFormObject.from_dict(data)

                        return componentsschemas_content_part_type_2

                    componentsschemas_message_content_type_2_item = (
                        _parse_componentsschemas_message_content_type_2_item(
                            componentsschemas_message_content_type_2_item_data
                        )
                    )

                    componentsschemas_message_content_type_2.append(
                        componentsschemas_message_content_type_2_item
                    )

                return componentsschemas_message_content_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(
                FreeFormObject
                | ImagePart
                | list[FreeFormObject | ImagePart | TextPart]
                | None
                | str
                | TextPart
                | Unset,
                data,
            )

        content = _parse_content(d.pop("content", UNSET))

        def _parse_function_call(data: object) -> None | ToolCall | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                function_call_type_0 = ToolCall.from_dict(data)

                return function_call_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ToolCall | Unset, data)

        function_call = _parse_function_call(d.pop("function_call", UNSET))

        message = cls(
            role=role,
            content=content,
            function_call=function_call,
        )

        message.additional_properties = d
        return message

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
