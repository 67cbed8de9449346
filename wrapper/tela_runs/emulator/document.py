"""What a run looks like as JSON, in the documented snake_case or in camelCase.

Source: docs.tela.com, Retrieve Canvas Run (the fields) and async-and-webhooks (the statuses). What is there although
it may be null, and `prompt_application_id`, follows the model of the vendor's Python SDK, `tela` 0.2.2.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

JSON = Any

DEFAULT_VERSION_ID = "5b3a2f0e-6f4f-4c55-9a61-0d6f2f7f8c11"
_WORKSPACE_ID = "1f0c7f6a-95a4-4b0e-8a44-3c1f0c4f5d22"
_APPLICATION_ID = "77d1a3c2-0f6b-4f0a-9d53-b1a8f2e6c904"

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


def run_document(
    run_id: str, moment: Moment, *, request: Mapping[str, JSON], output: JSON, epoch: float
) -> dict[str, JSON]:
    """Describe a run, started by this request, as the API does; `epoch` is the clock's 0, in seconds since 1970.

    Before the end and after a failure `output_content` and `raw_output` are null; no source shows what they
    hold then.
    """
    variables, messages = request.get("variables") or {}, request.get("messages") or []
    raw_input = {
        "version_id": DEFAULT_VERSION_ID,
        **dict.fromkeys(("canvas_id", "application_id", "webhook_url", "override")),
        **request,
        "variables": variables,
        "messages": messages,
    }
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
        "prompt_application_id": _APPLICATION_ID,
        "workspace_id": _WORKSPACE_ID,
        "created_at": timestamp(epoch + moment.created_at),
        "updated_at": timestamp(epoch + moment.updated_at),
        "deleted_at": None,
    }


def _output_content(output: JSON, moment: Moment, variables: JSON) -> dict[str, JSON]:
    started_at = moment.created_at if moment.started_at is None else moment.started_at
    input_tokens, output_tokens = _tokens(variables), _tokens(output)
    return {
        "role": "assistant",
        "tool_calls": [],
        "information": {
            # The unit is not documented; here it is seconds.
            "duration": round(moment.updated_at - started_at, 3),
            "cost": round((input_tokens + output_tokens) * _COST_PER_TOKEN, 8),
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
        },
        "has_structured_output": isinstance(output, dict),
        "content": output,
        "input_messages": None,
    }


def completion_document(run_id: str, output: JSON, created_at: float) -> dict[str, JSON]:
    """Describe the response to a create that is neither asynchronous nor a stream; the time in seconds since 1970."""
    content = output if isinstance(output, str) else json.dumps(output)
    message = {"role": "assistant", "content": content, "function_call": None, "tool_calls": None}
    return {"id": run_id, "object": "chat.completion", "created": int(created_at), "choices": [{"message": message}]}


def _tokens(value: JSON) -> int:
    return max(1, len(json.dumps(value)) // _CHARACTERS_PER_TOKEN)


def timestamp(seconds: float) -> str:
    """Format a time, in seconds since 1970, as the API does: UTC with milliseconds and a `Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def camel_cased(value: JSON) -> JSON:
    """Spell the API's own keys in camelCase, and leave the keys of free-form values alone."""
    if isinstance(value, list):
        return [camel_cased(item) for item in value]
    if isinstance(value, dict):
        return {_CAMEL.get(key, key): item if key in _FREE_FORM else camel_cased(item) for key, item in value.items()}
    return value
