# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.free_form_object import FreeFormObject
from ..models.override import Override
from ..models.raw_message import RawMessage
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateRun")

# The API's own keys as it may spell them, by the spelling of the contract.
_CAMEL_CASE = {
    "canvas_id": "canvasId",
    "version_id": "versionId",
    "environment_name": "environmentName",
    "webhook_url": "webhookUrl",
}
_CAMEL_CASE_KEYS = frozenset(_CAMEL_CASE.values())
_REQUIRED = frozenset(
    {
        "async",
    }
)


@_attrs_define
class CreateRun:
    """What to run, and with what. Exactly one of `canvas_id` and `version_id`; `environment_name` is only for use with
    `canvas_id`.

    Attributes:
        async_ (Literal[True]): Whether to respond at once with the run, instead of later with its output. Always true.
        canvas_id (str | Unset): The canvas to run, in its published version.
        version_id (str | Unset): The version of a canvas to run.
        environment_name (str | Unset): The environment of the canvas whose version is to run.
        variables (FreeFormObject | Unset): A JSON object whose keys are not the API's own. They are never renamed.
        messages (list[RawMessage] | Unset): The messages to add to the canvas's own.
        override (Override | Unset): The settings of a canvas that one run overrides.
        webhook_url (str | Unset): The URL that the run is posted to when it ends.
        tags (list[str] | Unset): The tags of the run. Undocumented.
    """

    async_: Literal[True]
    canvas_id: str | Unset = UNSET
    version_id: str | Unset = UNSET
    environment_name: str | Unset = UNSET
    variables: FreeFormObject | Unset = UNSET
    messages: list[RawMessage] | Unset = UNSET
    override: Override | Unset = UNSET
    webhook_url: str | Unset = UNSET
    tags: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        async_ = self.async_

        canvas_id = self.canvas_id

        version_id = self.version_id

        environment_name = self.environment_name

        variables = self.variables.to_dict() if isinstance(self.variables, FreeFormObject) else self.variables

        messages = (
            [(item.to_dict() if isinstance(item, RawMessage) else item) for item in self.messages]
            if isinstance(self.messages, list)
            else self.messages
        )

        override = self.override.to_dict() if isinstance(self.override, Override) else self.override

        webhook_url = self.webhook_url

        tags = self.tags

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "async": async_,
            }
        )
        if canvas_id is not UNSET:
            field_dict["canvas_id"] = canvas_id
        if version_id is not UNSET:
            field_dict["version_id"] = version_id
        if environment_name is not UNSET:
            field_dict["environment_name"] = environment_name
        if variables is not UNSET:
            field_dict["variables"] = variables
        if messages is not UNSET:
            field_dict["messages"] = messages
        if override is not UNSET:
            field_dict["override"] = override
        if webhook_url is not UNSET:
            field_dict["webhook_url"] = webhook_url
        if tags is not UNSET:
            field_dict["tags"] = tags

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object. `src_dict` is not changed, but its inner objects are not copied.

        A value inside it that does not have the documented shape is kept as received.

        Raises:
            TypeError: `src_dict` is not a JSON object.
            ValueError: A required field is missing.
        """
        # `dict` is asked for first because that is quicker than asking an abstract class.
        if not isinstance(src_dict, (dict, Mapping)):
            raise TypeError(f"CreateRun: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        if not _CAMEL_CASE_KEYS.isdisjoint(d):
            for snake_case, camel_case in _CAMEL_CASE.items():
                if camel_case in d and snake_case not in d:
                    d[snake_case] = d.pop(camel_case)
        if not d.keys() >= _REQUIRED:
            raise ValueError(f"CreateRun: missing {', '.join(sorted(_REQUIRED - d.keys()))}")
        async_ = d.pop("async")

        canvas_id = d.pop("canvas_id", UNSET)

        version_id = d.pop("version_id", UNSET)

        environment_name = d.pop("environment_name", UNSET)

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

        webhook_url = d.pop("webhook_url", UNSET)

        tags = d.pop("tags", UNSET)

        create_run = cls(
            async_=async_,
            canvas_id=canvas_id,
            version_id=version_id,
            environment_name=environment_name,
            variables=variables,
            messages=messages,
            override=override,
            webhook_url=webhook_url,
            tags=tags,
        )

        create_run.additional_properties = d
        return create_run

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
