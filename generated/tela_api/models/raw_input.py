# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.free_form_object import FreeFormObject
from ..models.override import Override
from ..models.raw_message import RawMessage
from ..types import UNSET, Unset

T = TypeVar("T", bound="RawInput")

# The API's own keys as it may spell them, by the spelling of the contract.
_CAMEL_CASE = {
    "version_id": "versionId",
    "canvas_id": "canvasId",
    "application_id": "applicationId",
    "webhook_url": "webhookUrl",
}
_CAMEL_CASE_KEYS = frozenset(_CAMEL_CASE.values())


@_attrs_define
class RawInput:
    """The body of the request that started a run.

    Attributes:
        version_id (None | str | Unset): The version of the canvas to run.
        canvas_id (None | str | Unset): The canvas to run.
        application_id (None | str | Unset): The application to run.
        webhook_url (None | str | Unset): The URL that the run is posted to when it ends.
        variables (FreeFormObject | None | Unset): The values of the canvas's variables, by name. Free-form; the names
            are the user's own.
        messages (list[RawMessage] | None | Unset): The messages to add to the canvas's own.
        override (None | Override | Unset): The settings of the canvas that this run overrides.
    """

    version_id: None | str | Unset = UNSET
    canvas_id: None | str | Unset = UNSET
    application_id: None | str | Unset = UNSET
    webhook_url: None | str | Unset = UNSET
    variables: FreeFormObject | None | Unset = UNSET
    messages: list[RawMessage] | None | Unset = UNSET
    override: None | Override | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        version_id = self.version_id

        canvas_id = self.canvas_id

        application_id = self.application_id

        webhook_url = self.webhook_url

        variables = self.variables.to_dict() if isinstance(self.variables, FreeFormObject) else self.variables

        messages = (
            [(item.to_dict() if isinstance(item, RawMessage) else item) for item in self.messages]
            if isinstance(self.messages, list)
            else self.messages
        )

        override = self.override.to_dict() if isinstance(self.override, Override) else self.override

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if version_id is not UNSET:
            field_dict["version_id"] = version_id
        if canvas_id is not UNSET:
            field_dict["canvas_id"] = canvas_id
        if application_id is not UNSET:
            field_dict["application_id"] = application_id
        if webhook_url is not UNSET:
            field_dict["webhook_url"] = webhook_url
        if variables is not UNSET:
            field_dict["variables"] = variables
        if messages is not UNSET:
            field_dict["messages"] = messages
        if override is not UNSET:
            field_dict["override"] = override

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
            raise TypeError(f"RawInput: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        if not _CAMEL_CASE_KEYS.isdisjoint(d):
            for snake_case, camel_case in _CAMEL_CASE.items():
                if camel_case in d and snake_case not in d:
                    d[snake_case] = d.pop(camel_case)
        version_id = d.pop("version_id", UNSET)

        canvas_id = d.pop("canvas_id", UNSET)

        application_id = d.pop("application_id", UNSET)

        webhook_url = d.pop("webhook_url", UNSET)

        _variables = d.pop("variables", UNSET)
        variables = FreeFormObject.from_dict(_variables) if isinstance(_variables, dict) else _variables

        _messages = d.pop("messages", UNSET)
        messages = (
            [(RawMessage.from_dict(item) if isinstance(item, dict) else item) for item in _messages]
            if isinstance(_messages, list)
            else _messages
        )

        _override = d.pop("override", UNSET)
        override = Override.from_dict(_override) if isinstance(_override, dict) else _override

        raw_input = cls(
            version_id=version_id,
            canvas_id=canvas_id,
            application_id=application_id,
            webhook_url=webhook_url,
            variables=variables,
            messages=messages,
            override=override,
        )

        raw_input.additional_properties = d
        return raw_input

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
