# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.object_schema import ObjectSchema
from ..types import UNSET, Unset

T = TypeVar("T", bound="StructuredOutput")


@_attrs_define
class StructuredOutput:
    """The structure that an output is to have.

    Attributes:
        enabled (bool | None | Unset): Whether the output is to be structured.
        schema (None | ObjectSchema | Unset): The structure, as a JSON Schema of an object.
    """

    enabled: bool | None | Unset = UNSET
    schema: None | ObjectSchema | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        enabled = self.enabled

        schema = self.schema.to_dict() if isinstance(self.schema, ObjectSchema) else self.schema

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if enabled is not UNSET:
            field_dict["enabled"] = enabled
        if schema is not UNSET:
            field_dict["schema"] = schema

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
            raise TypeError(f"StructuredOutput: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        enabled = d.pop("enabled", UNSET)

        _schema = d.pop("schema", UNSET)
        schema = ObjectSchema.from_dict(_schema) if isinstance(_schema, dict) else _schema

        structured_output = cls(
            enabled=enabled,
            schema=schema,
        )

        structured_output.additional_properties = d
        return structured_output

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
