# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.free_form_object import FreeFormObject
from ..models.schema_type import SchemaType
from ..types import UNSET, Unset

T = TypeVar("T", bound="ObjectSchema")


@_attrs_define
class ObjectSchema:
    """A JSON Schema that describes an object.

    Attributes:
        type_ (None | SchemaType | Unset): The type that the schema describes, `object`.
        properties (FreeFormObject | None | Unset): A JSON Schema for each property, by name. Free-form; the names are
            the user's own.
        required (list[str] | None | Unset): The names of the required properties.
        title (None | str | Unset): The title of the schema.
        description (None | str | Unset): What the object is, for the model to read.
    """

    type_: None | SchemaType | Unset = UNSET
    properties: FreeFormObject | None | Unset = UNSET
    required: list[str] | None | Unset = UNSET
    title: None | str | Unset = UNSET
    description: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        type_ = self.type_.value if isinstance(self.type_, SchemaType) else self.type_

        properties = (
            self.properties.to_dict() if isinstance(self.properties, FreeFormObject) else self.properties
        )

        required = self.required

        title = self.title

        description = self.description

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if type_ is not UNSET:
            field_dict["type"] = type_
        if properties is not UNSET:
            field_dict["properties"] = properties
        if required is not UNSET:
            field_dict["required"] = required
        if title is not UNSET:
            field_dict["title"] = title
        if description is not UNSET:
            field_dict["description"] = description

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
            raise TypeError(f"ObjectSchema: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        _type_ = d.pop("type", UNSET)
        type_ = SchemaType(_type_) if isinstance(_type_, str) else _type_

        _properties = d.pop("properties", UNSET)
        properties = FreeFormObject.from_dict(_properties) if isinstance(_properties, dict) else _properties

        required = d.pop("required", UNSET)

        title = d.pop("title", UNSET)

        description = d.pop("description", UNSET)

        object_schema = cls(
            type_=type_,
            properties=properties,
            required=required,
            title=title,
            description=description,
        )

        object_schema.additional_properties = d
        return object_schema

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
