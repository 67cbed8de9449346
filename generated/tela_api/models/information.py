# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Information")

# The API's own keys as it may spell them, by the spelling of the contract.
_CAMEL_CASE = {
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
}
_CAMEL_CASE_KEYS = frozenset(_CAMEL_CASE.values())


@_attrs_define
class Information:
    """The duration, cost and token counts of a run.

    Attributes:
        duration (float | None | Unset): How long the run took. The unit is not documented.
        cost (float | None | Unset): What the run cost. The unit is not documented.
        input_tokens (float | None | Unset): The number of tokens in the model's input.
        output_tokens (float | None | Unset): The number of tokens in the model's output.
    """

    duration: float | None | Unset = UNSET
    cost: float | None | Unset = UNSET
    input_tokens: float | None | Unset = UNSET
    output_tokens: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        duration = self.duration

        cost = self.cost

        input_tokens = self.input_tokens

        output_tokens = self.output_tokens

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if duration is not UNSET:
            field_dict["duration"] = duration
        if cost is not UNSET:
            field_dict["cost"] = cost
        if input_tokens is not UNSET:
            field_dict["input_tokens"] = input_tokens
        if output_tokens is not UNSET:
            field_dict["output_tokens"] = output_tokens

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
            raise TypeError(f"Information: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        if not _CAMEL_CASE_KEYS.isdisjoint(d):
            for snake_case, camel_case in _CAMEL_CASE.items():
                if camel_case in d and snake_case not in d:
                    d[snake_case] = d.pop(camel_case)
        duration = d.pop("duration", UNSET)

        cost = d.pop("cost", UNSET)

        input_tokens = d.pop("input_tokens", UNSET)

        output_tokens = d.pop("output_tokens", UNSET)

        information = cls(
            duration=duration,
            cost=cost,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
        )

        information.additional_properties = d
        return information

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
