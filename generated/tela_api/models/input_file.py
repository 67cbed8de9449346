# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.file_type import FileType
from ..models.file_usage import FileUsage
from ..types import UNSET, Unset

T = TypeVar("T", bound="InputFile")

# The API's own keys as it may spell them, by the spelling of the contract.
_CAMEL_CASE = {
    "used_at": "usedAt",
    "parsed_content": "parsedContent",
}
_CAMEL_CASE_KEYS = frozenset(_CAMEL_CASE.values())


@_attrs_define
class InputFile:
    """A file given to a run.

    Attributes:
        name (None | str | Unset): The name of the file.
        used_at (FileUsage | None | Unset): Where the run refers to the file.
        parsed_content (None | str | Unset): The text extracted from the file.
        url (None | str | Unset): The URL of the file.
        type_ (FileType | None | Unset): The kind of file.
    """

    name: None | str | Unset = UNSET
    used_at: FileUsage | None | Unset = UNSET
    parsed_content: None | str | Unset = UNSET
    url: None | str | Unset = UNSET
    type_: FileType | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        name = self.name

        used_at = self.used_at.value if isinstance(self.used_at, FileUsage) else self.used_at

        parsed_content = self.parsed_content

        url = self.url

        type_ = self.type_.value if isinstance(self.type_, FileType) else self.type_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if used_at is not UNSET:
            field_dict["used_at"] = used_at
        if parsed_content is not UNSET:
            field_dict["parsed_content"] = parsed_content
        if url is not UNSET:
            field_dict["url"] = url
        if type_ is not UNSET:
            field_dict["type"] = type_

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
            raise TypeError(f"InputFile: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        if not _CAMEL_CASE_KEYS.isdisjoint(d):
            for snake_case, camel_case in _CAMEL_CASE.items():
                if camel_case in d and snake_case not in d:
                    d[snake_case] = d.pop(camel_case)
        name = d.pop("name", UNSET)

        _used_at = d.pop("used_at", UNSET)
        used_at = FileUsage(_used_at) if isinstance(_used_at, str) else _used_at

        parsed_content = d.pop("parsed_content", UNSET)

        url = d.pop("url", UNSET)

        _type_ = d.pop("type", UNSET)
        type_ = FileType(_type_) if isinstance(_type_, str) else _type_

        input_file = cls(
            name=name,
            used_at=used_at,
            parsed_content=parsed_content,
            url=url,
            type_=type_,
        )

        input_file.additional_properties = d
        return input_file

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
