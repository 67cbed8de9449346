# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.completion_type import CompletionType
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.function_definition import FunctionDefinition
    from ..models.structured_output import StructuredOutput


T = TypeVar("T", bound="Override")


@_attrs_define
class Override:
    """The settings of a canvas that one run replaces.

    Attributes:
        model (None | str | Unset): The model to run on.
        temperature (float | None | Unset): The sampling temperature.
        type_ (CompletionType | None | Unset): The kind of completion.
        functions (list[FunctionDefinition] | None | Unset): The functions that the model may call.
        structured_output (None | StructuredOutput | Unset): The form that the output is to have.
    """

    model: None | str | Unset = UNSET
    temperature: float | None | Unset = UNSET
    type_: CompletionType | None | Unset = UNSET
    functions: list[FunctionDefinition] | None | Unset = UNSET
    structured_output: None | StructuredOutput | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.structured_output import StructuredOutput  # noqa: PLC0415

        model: None | str | Unset
        if isinstance(self.model, Unset):
            model = UNSET
        else:
            model = self.model

        temperature: float | None | Unset
        if isinstance(self.temperature, Unset):
            temperature = UNSET
        else:
            temperature = self.temperature

        type_: None | str | Unset
        if isinstance(self.type_, Unset):
            type_ = UNSET
        elif isinstance(self.type_, CompletionType):
            type_ = self.type_.value
        else:
            type_ = self.type_

        functions: list[dict[str, Any]] | None | Unset
        if isinstance(self.functions, Unset):
            functions = UNSET
        elif isinstance(self.functions, list):
            functions = []
            for functions_type_0_item_data in self.functions:
                functions_type_0_item = functions_type_0_item_data.to_dict()
                functions.append(functions_type_0_item)

        else:
            functions = self.functions

        structured_output: dict[str, Any] | None | Unset
        if isinstance(self.structured_output, Unset):
            structured_output = UNSET
        elif isinstance(self.structured_output, StructuredOutput):
            structured_output = self.structured_output.to_dict()
        else:
            structured_output = self.structured_output

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
        from ..models.function_definition import FunctionDefinition  # noqa: PLC0415
        from ..models.structured_output import StructuredOutput  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_model(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        model = _parse_model(d.pop("model", UNSET))

        def _parse_temperature(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        temperature = _parse_temperature(d.pop("temperature", UNSET))

        def _parse_type_(data: object) -> CompletionType | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                type_type_0 = CompletionType(data)

                return type_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CompletionType | None | Unset, data)

        type_ = _parse_type_(d.pop("type", UNSET))

        def _parse_functions(data: object) -> list[FunctionDefinition] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                functions_type_0 = []
                _functions_type_0 = data
                for functions_type_0_item_data in _functions_type_0:
                    functions_type_0_item = FunctionDefinition.from_dict(functions_type_0_item_data)

                    functions_type_0.append(functions_type_0_item)

                return functions_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[FunctionDefinition] | None | Unset, data)

        functions = _parse_functions(d.pop("functions", UNSET))

        def _parse_structured_output(data: object) -> None | StructuredOutput | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                structured_output_type_0 = StructuredOutput.from_dict(data)

                return structured_output_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | StructuredOutput | Unset, data)

        structured_output = _parse_structured_output(d.pop("structured_output", UNSET))

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
