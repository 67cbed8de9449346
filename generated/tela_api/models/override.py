# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.completion_type import CompletionType
from ..models.function_definition import FunctionDefinition
from ..models.structured_output import StructuredOutput
from ..types import UNSET, Unset

T = TypeVar("T", bound="Override")

# The API's own keys as it may spell them, by the spelling of the contract.
_CAMEL_CASE = {
    "structured_output": "structuredOutput",
}
_CAMEL_CASE_KEYS = frozenset(_CAMEL_CASE.values())


@_attrs_define
class Override:
    """The settings of a canvas that one run overrides.

    Attributes:
        model (None | str | Unset): The model to use.
        temperature (float | None | Unset): The sampling temperature, from 0 to 1.
        type_ (CompletionType | None | Unset): The kind of completion.
        functions (list[FunctionDefinition] | None | Unset): The functions that the model may call.
        structured_output (None | StructuredOutput | Unset): The structure that the output is to have.
    """

    model: None | str | Unset = UNSET
    temperature: float | None | Unset = UNSET
    type_: CompletionType | None | Unset = UNSET
    functions: list[FunctionDefinition] | None | Unset = UNSET
    structured_output: None | StructuredOutput | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        model = self.model

        temperature = self.temperature

        type_ = self.type_.value if isinstance(self.type_, CompletionType) else self.type_

        functions = (
            [(item.to_dict() if isinstance(item, FunctionDefinition) else item) for item in self.functions]
            if isinstance(self.functions, list)
            else self.functions
        )

        structured_output = (
            self.structured_output.to_dict()
            if isinstance(self.structured_output, StructuredOutput)
            else self.structured_output
        )

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if model is not UNSET:
            field_dict["model"] = model
        if temperature is not UNSET:
            field_dict["temperature"] = temperature
        if type_ is not UNSET:
            field_dict["type"] = type_
        if functions is not UNSET:
            field_dict["functions"] = functions
        if structured_output is not UNSET:
            field_dict["structured_output"] = structured_output

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
            raise TypeError(f"Override: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        if not _CAMEL_CASE_KEYS.isdisjoint(d):
            for snake_case, camel_case in _CAMEL_CASE.items():
                if camel_case in d and snake_case not in d:
                    d[snake_case] = d.pop(camel_case)
        model = d.pop("model", UNSET)

        temperature = d.pop("temperature", UNSET)

        _type_ = d.pop("type", UNSET)
        type_ = CompletionType(_type_) if isinstance(_type_, str) else _type_

        _functions = d.pop("functions", UNSET)
        functions = (
            [(FunctionDefinition.from_dict(item) if isinstance(item, dict) else item) for item in _functions]
            if isinstance(_functions, list)
            else _functions
        )

        _structured_output = d.pop("structured_output", UNSET)
        structured_output = (
            StructuredOutput.from_dict(_structured_output)
            if isinstance(_structured_output, dict)
            else _structured_output
        )

        override = cls(
            model=model,
            temperature=temperature,
            type_=type_,
            functions=functions,
            structured_output=structured_output,
        )

        override.additional_properties = d
        return override

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
