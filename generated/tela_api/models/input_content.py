# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.free_form_object import FreeFormObject
from ..models.input_file import InputFile
from ..models.message import Message
from ..types import UNSET, Unset

T = TypeVar("T", bound="InputContent")


@_attrs_define
class InputContent:
    """What a run was given.

    Attributes:
        variables (FreeFormObject | None | Unset): The values of the canvas's variables, by name. Free-form: a value may
            be a string, a number, a boolean, or an object such as `{file_url}`. The names are the user's own.
        messages (list[Message] | None | Unset): The messages sent to the model, in order.
        files (list[InputFile] | None | Unset): The files that the variables and the messages refer to.
    """

    variables: FreeFormObject | None | Unset = UNSET
    messages: list[Message] | None | Unset = UNSET
    files: list[InputFile] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        variables = self.variables.to_dict() if isinstance(self.variables, FreeFormObject) else self.variables

        messages = (
            [(item.to_dict() if isinstance(item, Message) else item) for item in self.messages]
            if isinstance(self.messages, list)
            else self.messages
        )

        files = (
            [(item.to_dict() if isinstance(item, InputFile) else item) for item in self.files]
            if isinstance(self.files, list)
            else self.files
        )

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if variables is not UNSET:
            field_dict["variables"] = variables
        if messages is not UNSET:
            field_dict["messages"] = messages
        if files is not UNSET:
            field_dict["files"] = files

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
            raise TypeError(f"InputContent: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        _variables = d.pop("variables", UNSET)
        variables = FreeFormObject.from_dict(_variables) if isinstance(_variables, dict) else _variables

        _messages = d.pop("messages", UNSET)
        messages = (
            [(Message.from_dict(item) if isinstance(item, dict) else item) for item in _messages]
            if isinstance(_messages, list)
            else _messages
        )

        _files = d.pop("files", UNSET)
        files = (
            [(InputFile.from_dict(item) if isinstance(item, dict) else item) for item in _files]
            if isinstance(_files, list)
            else _files
        )

        input_content = cls(
            variables=variables,
            messages=messages,
            files=files,
        )

        input_content.additional_properties = d
        return input_content

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
