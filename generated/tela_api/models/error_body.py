# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ErrorBody")


@_attrs_define
class ErrorBody:
    """The body of an error. Branch on the status and on `code`; the message may change.

    Attributes:
        code (None | str | Unset): What went wrong, for programs.
        message (None | str | Unset): What went wrong, for people.
        status (int | None | Unset): The HTTP status code.
        name (None | str | Unset): The class of the error, `Error` in every example seen.
        details (Any | Unset): More about the error. Any JSON value; its form is not documented.
    """

    code: None | str | Unset = UNSET
    message: None | str | Unset = UNSET
    status: int | None | Unset = UNSET
    name: None | str | Unset = UNSET
    details: Any | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        code = self.code

        message = self.message

        status = self.status

        name = self.name

        details = self.details

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if code is not UNSET:
            field_dict["code"] = code
        if message is not UNSET:
            field_dict["message"] = message
        if status is not UNSET:
            field_dict["status"] = status
        if name is not UNSET:
            field_dict["name"] = name
        if details is not UNSET:
            field_dict["details"] = details

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
            raise TypeError(f"ErrorBody: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        code = d.pop("code", UNSET)

        message = d.pop("message", UNSET)

        status = d.pop("status", UNSET)

        name = d.pop("name", UNSET)

        details = d.pop("details", UNSET)

        error_body = cls(
            code=code,
            message=message,
            status=status,
            name=name,
            details=details,
        )

        error_body.additional_properties = d
        return error_body

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
