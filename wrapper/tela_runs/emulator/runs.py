"""The runs that an emulator knows: how they proceed, by a time given, and what they look like as JSON.

Source: docs.tela.com, Retrieve Canvas Run (the fields) and async-and-webhooks (the statuses). What is there although
it may be null, and `prompt_application_id`, follows the model of the vendor's Python SDK, `tela` 0.2.2.
"""

import json
import random
import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import define, field, frozen

from .faults import duration

JSON = Any

# Prices are not documented; this one only makes the cost follow the size.
_COST_PER_TOKEN = 0.000_01
_CHARACTERS_PER_TOKEN = 4
# The API's own keys that are spelled differently in camelCase.
_OWN_KEYS = (
    "application_id canvas_id compatibility_date created_at credits_used deleted_at environment_name function_call "
    "has_structured_output input_content input_messages input_tokens output_content output_tokens parsed_content "
    "prompt_application_id prompt_version_id raw_input raw_output structured_output tool_calls updated_at used_at "
    "version_id webhook_url workspace_id"
)
_CAMEL = {key: key[0] + key.title().replace("_", "")[1:] for key in _OWN_KEYS.split()}
# What lies under these belongs to the user or to a model, and is never renamed.
_FREE_FORM = frozenset({"variables", "content", "raw_output", "arguments", "properties"})


@frozen
class Moment:
    """A run at one moment: its status, and when it got there, in seconds on the clock it lives by."""

    status: str
    created_at: float
    updated_at: float
    started_at: float | None = None


@define(kw_only=True)
class EmulatedRun:
    """A run that proceeds with time, from `created_at` or its first request, or by `statuses`; `epoch` is clock 0."""

    id: str
    request: Mapping[str, JSON] = field(factory=dict)
    output: JSON = None
    created_at: float | None = None
    created_for: float = field(validator=duration)
    running_for: float = field(validator=duration)
    fails: bool
    epoch: float
    camel_case: bool
    statuses: Sequence[str] | None = None
    fields: Mapping[str, JSON] = field(factory=dict)
    _moment: Moment | None = None
    _encoded: bytes = b""

    def __attrs_post_init__(self) -> None:
        if (statuses := self.statuses) is not None:
            if not statuses or isinstance(statuses, str) or not all(isinstance(status, str) for status in statuses):
                raise ValueError(f"statuses must be a sequence of at least one string, not {statuses!r}")
            if self.fails:
                raise ValueError("fails and statuses exclude each other: end the statuses with 'failed'")
            self.statuses = [*statuses]
        if not self.id:
            raise ValueError("run_id must not be empty; leave it out to get a new one")
        try:
            json.dumps([self.output, self.fields], allow_nan=False)
        except TypeError as error:
            raise ValueError(f"output and fields must be JSON: {error}") from error

    def body(self, now: float, *, advance: bool) -> bytes:
        """Encode the run as it is now, once per change; `advance` where a response with it will be sent whole."""
        created = self.created_at = now if self.created_at is None else self.created_at
        moment = self._scripted(self.statuses[0], now, created) if self.statuses else self._timed(now, created)
        if self.statuses and advance:
            self.statuses = self.statuses[1:] or self.statuses
        if moment != self._moment:
            self._moment = moment
            document = run_document(self.id, moment, request=self.request, output=self.output, epoch=self.epoch)
            document.update(self.fields)
            spelled = camel_cased(document) if self.camel_case else document
            self._encoded = json.dumps(spelled, allow_nan=False).encode()
        return self._encoded

    def _timed(self, now: float, created_at: float) -> Moment:
        started_at = created_at + self.created_for
        finished_at = started_at + self.running_for
        if now >= finished_at:
            return Moment("failed" if self.fails else "succeeded", created_at, finished_at, started_at)
        if now >= started_at:
            return Moment("running", created_at, started_at, started_at)
        return Moment("created", created_at, created_at)

    def _scripted(self, status: str, now: float, created_at: float) -> Moment:
        before = self._moment or Moment(status, created_at, created_at)
        if before.status == status:
            return before
        return Moment(status, created_at, now, now if before.started_at is None else before.started_at)


def new_run_id() -> str:
    """Make an id like the one example in the documentation, `crsv-i52z8vnqekc`."""
    return "crsv-" + "".join(random.choices(string.ascii_lowercase + string.digits, k=11))  # noqa: S311 - no secret


def run_document(
    run_id: str, moment: Moment, *, request: Mapping[str, JSON], output: JSON, epoch: float
) -> dict[str, JSON]:
    """Describe a run, started by this request, as the API does; `epoch` is the clock's 0, in seconds since 1970."""
    variables, messages = request.get("variables") or {}, request.get("messages") or []
    raw_input = {
        "version_id": "5b3a2f0e-6f4f-4c55-9a61-0d6f2f7f8c11",
        **dict.fromkeys(("canvas_id", "application_id", "webhook_url", "override")),
        **request,
        "variables": variables,
        "messages": messages,
    }
    # No source shows what the two outputs hold before the end and after a failure.
    succeeded = moment.status == "succeeded"
    return {
        "id": run_id,
        "status": moment.status,
        "input_content": {"variables": variables, "messages": messages, "files": []},
        "output_content": _output_content(output, moment, variables) if succeeded else None,
        "raw_input": raw_input,
        "raw_output": {"content": output} if succeeded else None,
        "compatibility_date": "2023-11-07T00:00:00.000Z",
        "prompt_version_id": raw_input["version_id"],
        "prompt_application_id": "77d1a3c2-0f6b-4f0a-9d53-b1a8f2e6c904",
        "workspace_id": "1f0c7f6a-95a4-4b0e-8a44-3c1f0c4f5d22",
        "created_at": timestamp(epoch + moment.created_at),
        "updated_at": timestamp(epoch + moment.updated_at),
        "deleted_at": None,
    }


def _output_content(output: JSON, moment: Moment, variables: JSON) -> dict[str, JSON]:
    started_at = moment.created_at if moment.started_at is None else moment.started_at
    input_tokens, output_tokens = (max(1, len(json.dumps(it)) // _CHARACTERS_PER_TOKEN) for it in (variables, output))
    return {
        "role": "assistant",
        "tool_calls": [],
        "information": {
            "duration": round(moment.updated_at - started_at, 3),  # the unit is not documented; here it is seconds
            "cost": round((input_tokens + output_tokens) * _COST_PER_TOKEN, 8),
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
        },
        "has_structured_output": isinstance(output, dict),
        "content": output,
        "input_messages": None,
    }


def timestamp(seconds: float) -> str:
    """Format a time, in seconds since 1970, as the API does: UTC with milliseconds and a `Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def camel_cased(value: JSON) -> JSON:
    """Spell the API's own keys in camelCase, and leave the keys of free-form values alone."""
    if isinstance(value, list):
        return [camel_cased(item) for item in value]
    if isinstance(value, dict):
        return {_CAMEL.get(key, key): item if key in _FREE_FORM else camel_cased(item) for key, item in value.items()}
    return value
