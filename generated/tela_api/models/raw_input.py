# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.free_form_object import FreeFormObject
    from ..models.override import Override
    from ..models.raw_message import RawMessage


T = TypeVar("T", bound="RawInput")


@_attrs_define
class RawInput:
    """The body of the request that started a run.

    Attributes:
        version_id (None | str | Unset): The version of the canvas to run.
        canvas_id (None | str | Unset): The canvas to run.
        application_id (None | str | Unset): The application to run.
        webhook_url (None | str | Unset): Where the run is posted to when it ends.
        variables (FreeFormObject | None | Unset): The values of the canvas's variables, by name. Free-form; the names
            are the user's own.
        messages (list[RawMessage] | None | Unset): The messages to add to the canvas's own.
        override (None | Override | Unset): The settings of the canvas that this run replaces.
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
        from ..models.free_form_object import FreeFormObject  # noqa: PLC0415
        from ..models.override import Override  # noqa: PLC0415

        version_id: None | str | Unset
        if isinstance(self.version_id, Unset):
            version_id = UNSET
        else:
            version_id = self.version_id

        canvas_id: None | str | Unset
        if isinstance(self.canvas_id, Unset):
            canvas_id = UNSET
        else:
            canvas_id = self.canvas_id

        application_id: None | str | Unset
        if isinstance(self.application_id, Unset):
            application_id = UNSET
        else:
            application_id = self.application_id

        webhook_url: None | str | Unset
        if isinstance(self.webhook_url, Unset):
            webhook_url = UNSET
        else:
            webhook_url = self.webhook_url

        variables: dict[str, Any] | None | Unset
        if isinstance(self.variables, Unset):
            variables = UNSET
        elif isinstance(self.variables, FreeFormObject):
            variables = self.variables.to_dict()
        else:
            variables = self.variables

        messages: list[dict[str, Any]] | None | Unset
        if isinstance(self.messages, Unset):
            messages = UNSET
        elif isinstance(self.messages, list):
            messages = []
            for messages_type_0_item_data in self.messages:
                messages_type_0_item = messages_type_0_item_data.to_dict()
                messages.append(messages_type_0_item)

        else:
            messages = self.messages

        override: dict[str, Any] | None | Unset
        if isinstance(self.override, Unset):
            override = UNSET
        elif isinstance(self.override, Override):
            override = self.override.to_dict()
        else:
            override = self.override

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
        from ..models.free_form_object import FreeFormObject  # noqa: PLC0415
        from ..models.override import Override  # noqa: PLC0415
        from ..models.raw_message import RawMessage  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_version_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        version_id = _parse_version_id(d.pop("version_id", UNSET))

        def _parse_canvas_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        canvas_id = _parse_canvas_id(d.pop("canvas_id", UNSET))

        def _parse_application_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        application_id = _parse_application_id(d.pop("application_id", UNSET))

        def _parse_webhook_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        webhook_url = _parse_webhook_url(d.pop("webhook_url", UNSET))

        def _parse_variables(data: object) -> FreeFormObject | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                variables_type_0 = FreeFormObject.from_dict(data)

                return variables_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FreeFormObject | None | Unset, data)

        variables = _parse_variables(d.pop("variables", UNSET))

        def _parse_messages(data: object) -> list[RawMessage] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                messages_type_0 = []
                _messages_type_0 = data
                for messages_type_0_item_data in _messages_type_0:
                    messages_type_0_item = RawMessage.from_dict(messages_type_0_item_data)

                    messages_type_0.append(messages_type_0_item)

                return messages_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[RawMessage] | None | Unset, data)

        messages = _parse_messages(d.pop("messages", UNSET))

        def _parse_override(data: object) -> None | Override | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                override_type_0 = Override.from_dict(data)

                return override_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Override | Unset, data)

        override = _parse_override(d.pop("override", UNSET))

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
