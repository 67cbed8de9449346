# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.free_form_object import FreeFormObject
from ..types import UNSET, Unset

T = TypeVar("T", bound="ToolCall")


@_attrs_define
class ToolCall:
    """A tool call or a function call by the model.

    Attributes:
        name (None | str | Unset): The name of the tool.
        arguments (FreeFormObject | None | str | Unset): The arguments, as an object or as its JSON text. The keys are
            the user's own.
    """

    name: None | str | Unset = UNSET
    arguments: FreeFormObject | None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        name = self.name

        arguments = self.arguments.to_dict() if isinstance(self.arguments, FreeFormObject) else self.arguments

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if arguments is not UNSET:
            field_dict["arguments"] = arguments

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
            raise TypeError(f"ToolCall: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        name = d.pop("name", UNSET)

        _arguments = d.pop("arguments", UNSET)
        arguments = FreeFormObject.from_dict(_arguments) if isinstance(_arguments, dict) else _arguments

        tool_call = cls(
            name=name,
            arguments=arguments,
        )

        tool_call.additional_properties = d
        return tool_call

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
