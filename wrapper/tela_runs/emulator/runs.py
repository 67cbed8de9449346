"""The runs of an emulator: how they proceed as time passes, and how they look as JSON.

Source: docs.tela.com, Retrieve Canvas Run (the fields) and async-and-webhooks (the statuses). What is there although
it may be null, and `prompt_application_id`, follows the model of the vendor's Python SDK, `tela` 0.2.2.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import define, field
from attrs.validators import and_, instance_of, min_len, optional

from .faults import DURATION

JSON = Any

# What lies under these belongs to the user or to a model, and is never renamed.
_FREE_FORM = frozenset({"variables", "content", "raw_output", "arguments", "properties"})
_IS_LISTED = optional(and_(instance_of((list, tuple)), min_len(1)))


def _is_json(_instance: object, _attribute: object, value: JSON) -> None:
    json.dumps(value, allow_nan=False)


@define(kw_only=True)
class EmulatedRun:
    """A run that proceeds with time, from `created_at` or its first request, or by `statuses`; `epoch` is clock 0."""

    id: str = field(validator=min_len(1))
    request: Mapping[str, JSON] = field(factory=dict)
    output: JSON = field(default=None, validator=_is_json)
    created_at: float | None = None
    created_for: float = field(validator=DURATION)
    running_for: float = field(validator=DURATION)
    fails: bool
    epoch: float
    camel_case: bool
    statuses: Sequence[str] | None = field(default=None, validator=_IS_LISTED)
    fields: Mapping[str, JSON] = field(factory=dict, validator=_is_json)
    _scripted: tuple[str, float] = field(init=False, default=("", 0.0))

    def body(self, now: float, *, advance: bool) -> bytes:
        """Encode the run as it is now; `advance` where a response with it will be sent whole."""
        self.created_at = now if self.created_at is None else self.created_at
        status, updated_at = self._state(now, self.created_at)
        if self.statuses and advance:
            self.statuses = self.statuses[1:] or self.statuses
        document = {**self._document(status, self.created_at, updated_at), **self.fields}
        return json.dumps(camel_cased(document) if self.camel_case else document).encode()

    def _state(self, now: float, created_at: float) -> tuple[str, float]:
        """Give the status, and since when it is that."""
        if self.statuses:
            self._scripted = (self.statuses[0], now) if self._scripted[0] != self.statuses[0] else self._scripted
            return self._scripted
        started_at = created_at + self.created_for
        finished_at = started_at + self.running_for
        if now >= finished_at:
            return "failed" if self.fails else "succeeded", finished_at
        return ("running", started_at) if now >= started_at else ("created", created_at)

    def _document(self, status: str, created_at: float, updated_at: float) -> dict[str, JSON]:
        """Describe the run as the API does."""
        variables, messages = self.request.get("variables") or {}, self.request.get("messages") or []
        raw_input = {
            "version_id": "5b3a2f0e-6f4f-4c55-9a61-0d6f2f7f8c11",
            **dict.fromkeys(("canvas_id", "application_id", "webhook_url", "override")),
            **self.request,
            "variables": variables,
            "messages": messages,
        }
        # No source shows what the two outputs hold before the end and after a failure.
        succeeded = status == "succeeded"
        return {
            "id": self.id,
            "status": status,
            "input_content": {"variables": variables, "messages": messages, "files": []},
            "output_content": self._output_content(variables) if succeeded else None,
            "raw_input": raw_input,
            "raw_output": {"content": self.output} if succeeded else None,
            "compatibility_date": "2023-11-07T00:00:00.000Z",
            "prompt_version_id": raw_input["version_id"],
            "prompt_application_id": "77d1a3c2-0f6b-4f0a-9d53-b1a8f2e6c904",
            "workspace_id": "1f0c7f6a-95a4-4b0e-8a44-3c1f0c4f5d22",
            "created_at": timestamp(self.epoch + created_at),
            "updated_at": timestamp(self.epoch + updated_at),
            "deleted_at": None,
        }

    def _output_content(self, variables: JSON) -> dict[str, JSON]:
        # Neither prices nor units are documented: cost and tokens follow the size, and the duration is in seconds.
        read, written = (1 + len(json.dumps(it)) // 4 for it in (variables, self.output))
        usage = {"cost": round((read + written) * 0.00001, 8), "input_tokens": read, "output_tokens": written}
        return {
            "role": "assistant",
            "tool_calls": [],
            "information": {"duration": self.running_for, **usage},
            "has_structured_output": isinstance(self.output, dict),
            "content": self.output,
            "input_messages": None,
        }


def timestamp(seconds: float) -> str:
    """Format a time, in seconds since 1970, as the API does: UTC with milliseconds and a `Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def camel_cased(value: JSON) -> JSON:
    """Spell keys in camelCase, and leave those inside free-form values alone."""
    if isinstance(value, list):
        return [camel_cased(item) for item in value]
    if isinstance(value, dict):
        camel = {key: re.sub("_([a-z])", lambda match: match[1].upper(), key) for key in value}
        return {camel[key]: item if key in _FREE_FORM else camel_cased(item) for key, item in value.items()}
    return value
