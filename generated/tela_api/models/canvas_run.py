# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.canvas_run_status import CanvasRunStatus
from ..models.input_content import InputContent
from ..models.output_content import OutputContent
from ..models.raw_input import RawInput
from ..types import UNSET, Unset, format_datetime, parse_date, parse_datetime

T = TypeVar("T", bound="CanvasRun")

# The API's own keys as it may spell them, by the spelling of the contract.
_CAMEL_CASE = {
    "input_content": "inputContent",
    "output_content": "outputContent",
    "raw_input": "rawInput",
    "raw_output": "rawOutput",
    "compatibility_date": "compatibilityDate",
    "prompt_version_id": "promptVersionId",
    "prompt_application_id": "promptApplicationId",
    "workspace_id": "workspaceId",
    "credits_used": "creditsUsed",
    "created_at": "createdAt",
    "updated_at": "updatedAt",
    "deleted_at": "deletedAt",
}
_CAMEL_CASE_KEYS = frozenset(_CAMEL_CASE.values())
_REQUIRED = frozenset(
    {
        "id",
        "status",
    }
)


@_attrs_define
class CanvasRun:
    """One run of a canvas. The same object is posted to the run's webhook.

    Attributes:
        id (str): The id of the run. Opaque.
        status (CanvasRunStatus): `created` (accepted, not started) → `running` → `succeeded` or `failed`, both final.
            Other values may appear and are to be kept; none of them is to be treated as final.
        input_content (InputContent | None | Unset): What the run was given, as the model saw it.
        output_content (None | OutputContent | Unset): What the run produced.
        raw_input (None | RawInput | Unset): The body of the request that started the run.
        raw_output (Any | Unset): The raw output of the run. Any JSON value, whose form depends on the canvas; the keys
            are not the API's own.
        compatibility_date (datetime.date | datetime.datetime | None | Unset): The compatibility date of the API that
            the run was started with.
        prompt_version_id (None | str | Unset): The id of the version of the canvas that ran.
        prompt_application_id (None | str | Unset): The id of the application that the run was started through, if any.
        workspace_id (None | str | Unset): The id of the workspace that the run belongs to.
        credits_used (float | None | Unset): The credits that the run has used. Undocumented; unit unknown.
        created_at (datetime.datetime | None | Unset): When the run was created.
        updated_at (datetime.datetime | None | Unset): When the run last changed.
        deleted_at (datetime.datetime | None | Unset): When the run was deleted, if it was.
    """

    id: str
    status: CanvasRunStatus
    input_content: InputContent | None | Unset = UNSET
    output_content: None | OutputContent | Unset = UNSET
    raw_input: None | RawInput | Unset = UNSET
    raw_output: Any | Unset = UNSET
    compatibility_date: datetime.date | datetime.datetime | None | Unset = UNSET
    prompt_version_id: None | str | Unset = UNSET
    prompt_application_id: None | str | Unset = UNSET
    workspace_id: None | str | Unset = UNSET
    credits_used: float | None | Unset = UNSET
    created_at: datetime.datetime | None | Unset = UNSET
    updated_at: datetime.datetime | None | Unset = UNSET
    deleted_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for, with the keys of the contract."""
        id = self.id

        status = self.status.value if isinstance(self.status, CanvasRunStatus) else self.status

        input_content = (
            self.input_content.to_dict()
            if isinstance(self.input_content, InputContent)
            else self.input_content
        )

        output_content = (
            self.output_content.to_dict()
            if isinstance(self.output_content, OutputContent)
            else self.output_content
        )

        raw_input = self.raw_input.to_dict() if isinstance(self.raw_input, RawInput) else self.raw_input

        raw_output = self.raw_output

        compatibility_date = (
            format_datetime(self.compatibility_date)
            if isinstance(self.compatibility_date, datetime.date)
            else format_datetime(self.compatibility_date)
            if isinstance(self.compatibility_date, datetime.datetime)
            else self.compatibility_date
        )

        prompt_version_id = self.prompt_version_id

        prompt_application_id = self.prompt_application_id

        workspace_id = self.workspace_id

        credits_used = self.credits_used

        created_at = (
            format_datetime(self.created_at)
            if isinstance(self.created_at, datetime.datetime)
            else self.created_at
        )

        updated_at = (
            format_datetime(self.updated_at)
            if isinstance(self.updated_at, datetime.datetime)
            else self.updated_at
        )

        deleted_at = (
            format_datetime(self.deleted_at)
            if isinstance(self.deleted_at, datetime.datetime)
            else self.deleted_at
        )

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "status": status,
            }
        )
        if input_content is not UNSET:
            field_dict["input_content"] = input_content
        if output_content is not UNSET:
            field_dict["output_content"] = output_content
        if raw_input is not UNSET:
            field_dict["raw_input"] = raw_input
        if raw_output is not UNSET:
            field_dict["raw_output"] = raw_output
        if compatibility_date is not UNSET:
            field_dict["compatibility_date"] = compatibility_date
        if prompt_version_id is not UNSET:
            field_dict["prompt_version_id"] = prompt_version_id
        if prompt_application_id is not UNSET:
            field_dict["prompt_application_id"] = prompt_application_id
        if workspace_id is not UNSET:
            field_dict["workspace_id"] = workspace_id
        if credits_used is not UNSET:
            field_dict["credits_used"] = credits_used
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at
        if deleted_at is not UNSET:
            field_dict["deleted_at"] = deleted_at

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
            raise TypeError(f"CanvasRun: not a JSON object but {type(src_dict).__name__}")
        d = dict(src_dict)
        if not _CAMEL_CASE_KEYS.isdisjoint(d):
            for snake_case, camel_case in _CAMEL_CASE.items():
                if camel_case in d and snake_case not in d:
                    d[snake_case] = d.pop(camel_case)
        if not d.keys() >= _REQUIRED:
            raise ValueError(f"CanvasRun: missing {', '.join(sorted(_REQUIRED - d.keys()))}")
        id = d.pop("id")

        _status = d.pop("status")
        status = CanvasRunStatus(_status) if isinstance(_status, str) else _status

        _input_content = d.pop("input_content", UNSET)
        input_content = (
            InputContent.from_dict(_input_content) if isinstance(_input_content, dict) else _input_content
        )

        _output_content = d.pop("output_content", UNSET)
        output_content = (
            OutputContent.from_dict(_output_content) if isinstance(_output_content, dict) else _output_content
        )

        _raw_input = d.pop("raw_input", UNSET)
        raw_input = RawInput.from_dict(_raw_input) if isinstance(_raw_input, dict) else _raw_input

        raw_output = d.pop("raw_output", UNSET)

        _compatibility_date = d.pop("compatibility_date", UNSET)
        compatibility_date = (
            parse_date(_compatibility_date)
            if isinstance(_compatibility_date, str) and len(_compatibility_date) == 10
            else parse_datetime(_compatibility_date)
            if isinstance(_compatibility_date, str)
            else _compatibility_date
        )

        prompt_version_id = d.pop("prompt_version_id", UNSET)

        prompt_application_id = d.pop("prompt_application_id", UNSET)

        workspace_id = d.pop("workspace_id", UNSET)

        credits_used = d.pop("credits_used", UNSET)

        _created_at = d.pop("created_at", UNSET)
        created_at = parse_datetime(_created_at) if isinstance(_created_at, str) else _created_at

        _updated_at = d.pop("updated_at", UNSET)
        updated_at = parse_datetime(_updated_at) if isinstance(_updated_at, str) else _updated_at

        _deleted_at = d.pop("deleted_at", UNSET)
        deleted_at = parse_datetime(_deleted_at) if isinstance(_deleted_at, str) else _deleted_at

        canvas_run = cls(
            id=id,
            status=status,
            input_content=input_content,
            output_content=output_content,
            raw_input=raw_input,
            raw_output=raw_output,
            compatibility_date=compatibility_date,
            prompt_version_id=prompt_version_id,
            prompt_application_id=prompt_application_id,
            workspace_id=workspace_id,
            credits_used=credits_used,
            created_at=created_at,
            updated_at=updated_at,
            deleted_at=deleted_at,
        )

        canvas_run.additional_properties = d
        return canvas_run

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
