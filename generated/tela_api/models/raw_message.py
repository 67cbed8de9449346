# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.free_form_object import FreeFormObject
from ..models.image_part import ImagePart
from ..models.message_role import MessageRole
from ..models.text_part import TextPart
from ..types import UNSET, Unset

T = TypeVar("T", bound="RawMessage")


@_attrs_define
class RawMessage:
    """A message of the request that starts a run.

    Attributes:
        role (MessageRole | None | Unset): The role of the author.
        content (FreeFormObject | ImagePart | list[FreeFormObject | ImagePart | TextPart] | None | str | TextPart |
            Unset): The content of a message: a text, one part, or an array of parts.
    """

    role: MessageRole | None | Unset = UNSET
    content: (
        FreeFormObject
        | ImagePart
        | list[FreeFormObject | ImagePart | TextPart]
        | None
        | str
        | TextPart
        | Unset
    ) = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        role = self.role.value if isinstance(self.role, MessageRole) else self.role

        content = (
            self.content.to_dict()
            if isinstance(self.content, TextPart)
            else self.content.to_dict()
            if isinstance(self.content, ImagePart)
            else self.content.to_dict()
            if isinstance(self.content, FreeFormObject)
            else [
                (
                    item.to_dict()
                    if isinstance(item, TextPart)
                    else item.to_dict()
                    if isinstance(item, ImagePart)
                    else item.to_dict()
                    if isinstance(item, FreeFormObject)
                    else item
                )
                for item in self.content
            ]
            if isinstance(self.content, list)
            else self.content
        )

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if role is not UNSET:
            field_dict["role"] = role
        if content is not UNSET:
            field_dict["content"] = content

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
            raise TypeError(f"RawMessage: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        _role = d.pop("role", UNSET)
        role = MessageRole(_role) if isinstance(_role, str) else _role

        _content = d.pop("content", UNSET)
        content = (
            TextPart.from_dict(_content)
            if isinstance(_content, dict) and _content.get("type") == "text"
            else ImagePart.from_dict(_content)
            if isinstance(_content, dict) and _content.get("type") == "image_url"
            else FreeFormObject.from_dict(_content)
            if isinstance(_content, dict)
            else [
                (
                    TextPart.from_dict(item)
                    if isinstance(item, dict) and item.get("type") == "text"
                    else ImagePart.from_dict(item)
                    if isinstance(item, dict) and item.get("type") == "image_url"
                    else FreeFormObject.from_dict(item)
                    if isinstance(item, dict)
                    else item
                )
                for item in _content
            ]
            if isinstance(_content, list)
            else _content
        )

        raw_message = cls(
            role=role,
            content=content,
        )

        raw_message.additional_properties = d
        return raw_message

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
