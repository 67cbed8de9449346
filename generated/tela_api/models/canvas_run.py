# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.canvas_run_status import CanvasRunStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.free_form_object import FreeFormObject
    from ..models.input_content import InputContent
    from ..models.output_content import OutputContent
    from ..models.raw_input import RawInput


T = TypeVar("T", bound="CanvasRun")


@_attrs_define
class CanvasRun:
    """One run of a canvas. The same object is posted to the run's webhook.

    Attributes:
        id (str): The id of the run. Opaque.
        status (CanvasRunStatus): `created` (accepted, not started) → `running` → `succeeded` or `failed`, both final.
            Other values may appear and
            are to be kept; none of them is to be taken for a final one.
        input_content (InputContent | None | Unset): What the run was given, as the model saw it.
        output_content (None | OutputContent | Unset): What the run produced.
        raw_input (None | RawInput | Unset): The body of the request that started the run.
        raw_output (FreeFormObject | None | Unset): The model's answer, as its provider gave it. Free-form.
        compatibility_date (datetime.datetime | None | Unset): The date of the API's behaviour that the run was started
            under.
        prompt_version_id (None | str | Unset): The id of the version of the canvas that ran.
        prompt_application_id (None | str | Unset): The id of the application that the run was started through, if any.
        workspace_id (None | str | Unset): The id of the workspace the run belongs to.
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
    raw_output: FreeFormObject | None | Unset = UNSET
    compatibility_date: datetime.datetime | None | Unset = UNSET
    prompt_version_id: None | str | Unset = UNSET
    prompt_application_id: None | str | Unset = UNSET
    workspace_id: None | str | Unset = UNSET
    credits_used: float | None | Unset = UNSET
    created_at: datetime.datetime | None | Unset = UNSET
    updated_at: datetime.datetime | None | Unset = UNSET
    deleted_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.free_form_object import FreeFormObject  # noqa: PLC0415
        from ..models.input_content import InputContent  # noqa: PLC0415
        from ..models.output_content import OutputContent  # noqa: PLC0415
        from ..models.raw_input import RawInput  # noqa: PLC0415

        id = self.id

        status = self.status.value

        input_content: dict[str, Any] | None | Unset
        if isinstance(self.input_content, Unset):
            input_content = UNSET
        elif isinstance(self.input_content, InputContent):
            input_content = self.input_content.to_dict()
        else:
            input_content = self.input_content

        output_content: dict[str, Any] | None | Unset
        if isinstance(self.output_content, Unset):
            output_content = UNSET
        elif isinstance(self.output_content, OutputContent):
            output_content = self.output_content.to_dict()
        else:
            output_content = self.output_content

        raw_input: dict[str, Any] | None | Unset
        if isinstance(self.raw_input, Unset):
            raw_input = UNSET
        elif isinstance(self.raw_input, RawInput):
            raw_input = self.raw_input.to_dict()
        else:
            raw_input = self.raw_input

        raw_output: dict[str, Any] | None | Unset
        if isinstance(self.raw_output, Unset):
            raw_output = UNSET
        elif isinstance(self.raw_output, FreeFormObject):
            raw_output = self.raw_output.to_dict()
        else:
            raw_output = self.raw_output

        compatibility_date: None | str | Unset
        if isinstance(self.compatibility_date, Unset):
            compatibility_date = UNSET
        elif isinstance(self.compatibility_date, datetime.datetime):
            compatibility_date = self.compatibility_date.isoformat()
        else:
            compatibility_date = self.compatibility_date

        prompt_version_id: None | str | Unset
        if isinstance(self.prompt_version_id, Unset):
            prompt_version_id = UNSET
        else:
            prompt_version_id = self.prompt_version_id

        prompt_application_id: None | str | Unset
        if isinstance(self.prompt_application_id, Unset):
            prompt_application_id = UNSET
        else:
            prompt_application_id = self.prompt_application_id

        workspace_id: None | str | Unset
        if isinstance(self.workspace_id, Unset):
            workspace_id = UNSET
        else:
            workspace_id = self.workspace_id

        credits_used: float | None | Unset
        if isinstance(self.credits_used, Unset):
            credits_used = UNSET
        else:
            credits_used = self.credits_used

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        elif isinstance(self.updated_at, datetime.datetime):
            updated_at = self.updated_at.isoformat()
        else:
            updated_at = self.updated_at

        deleted_at: None | str | Unset
        if isinstance(self.deleted_at, Unset):
            deleted_at = UNSET
        elif isinstance(self.deleted_at, datetime.datetime):
            deleted_at = self.deleted_at.isoformat()
        else:
            deleted_at = self.deleted_at

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
        from ..models.free_form_object import FreeFormObject  # noqa: PLC0415
        from ..models.input_content import InputContent  # noqa: PLC0415
        from ..models.output_content import OutputContent  # noqa: PLC0415
        from ..models.raw_input import RawInput  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        status = CanvasRunStatus(d.pop("status"))

        def _parse_input_content(data: object) -> InputContent | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                input_content_type_0 = InputContent.from_dict(data)

                return input_content_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(InputContent | None | Unset, data)

        input_content = _parse_input_content(d.pop("input_content", UNSET))

        def _parse_output_content(data: object) -> None | OutputContent | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                output_content_type_0 = OutputContent.from_dict(data)

                return output_content_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OutputContent | Unset, data)

        output_content = _parse_output_content(d.pop("output_content", UNSET))

        def _parse_raw_input(data: object) -> None | RawInput | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                raw_input_type_0 = RawInput.from_dict(data)

                return raw_input_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RawInput | Unset, data)

        raw_input = _parse_raw_input(d.pop("raw_input", UNSET))

        def _parse_raw_output(data: object) -> FreeFormObject | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                raw_output_type_0 = FreeFormObject.from_dict(data)

                return raw_output_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FreeFormObject | None | Unset, data)

        raw_output = _parse_raw_output(d.pop("raw_output", UNSET))

        def _parse_compatibility_date(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                compatibility_date_type_0 = datetime.datetime.fromisoformat(data)

                return compatibility_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        compatibility_date = _parse_compatibility_date(d.pop("compatibility_date", UNSET))

        def _parse_prompt_version_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        prompt_version_id = _parse_prompt_version_id(d.pop("prompt_version_id", UNSET))

        def _parse_prompt_application_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        prompt_application_id = _parse_prompt_application_id(d.pop("prompt_application_id", UNSET))

        def _parse_workspace_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        workspace_id = _parse_workspace_id(d.pop("workspace_id", UNSET))

        def _parse_credits_used(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        credits_used = _parse_credits_used(d.pop("credits_used", UNSET))

        def _parse_created_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                created_at_type_0 = datetime.datetime.fromisoformat(data)

                return created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        created_at = _parse_created_at(d.pop("created_at", UNSET))

        def _parse_updated_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                updated_at_type_0 = datetime.datetime.fromisoformat(data)

                return updated_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        updated_at = _parse_updated_at(d.pop("updated_at", UNSET))

        def _parse_deleted_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                deleted_at_type_0 = datetime.datetime.fromisoformat(data)

                return deleted_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        deleted_at = _parse_deleted_at(d.pop("deleted_at", UNSET))

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
