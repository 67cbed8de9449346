# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.image_url import ImageUrl
from ..types import UNSET, Unset

T = TypeVar("T", bound="ImagePart")

# The API's own keys as it may spell them, by the spelling of the contract.
_CAMEL_CASE = {
    "image_url": "imageUrl",
}
_CAMEL_CASE_KEYS = frozenset(_CAMEL_CASE.values())


@_attrs_define
class ImagePart:
    """An image part.

    Attributes:
        type_ (Literal['image_url'] | Unset): The kind of part, `image_url`.
        image_url (ImageUrl | None | Unset): The image, by its URL.
    """

    type_: Literal["image_url"] | Unset = UNSET
    image_url: ImageUrl | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        type_ = self.type_

        image_url = self.image_url.to_dict() if isinstance(self.image_url, ImageUrl) else self.image_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if type_ is not UNSET:
            field_dict["type"] = type_
        if image_url is not UNSET:
            field_dict["image_url"] = image_url

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
            raise TypeError(f"ImagePart: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        if not _CAMEL_CASE_KEYS.isdisjoint(d):
            for snake_case, camel_case in _CAMEL_CASE.items():
                if camel_case in d and snake_case not in d:
                    d[snake_case] = d.pop(camel_case)
        type_ = d.pop("type", UNSET)

        _image_url = d.pop("image_url", UNSET)
        image_url = ImageUrl.from_dict(_image_url) if isinstance(_image_url, dict) else _image_url

        image_part = cls(
            type_=type_,
            image_url=image_url,
        )

        image_part.additional_properties = d
        return image_part

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
