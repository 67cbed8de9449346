"""What the API may add without notice: the responses of an API that is newer than the client.

Nothing but the package and the standard library is needed, so that the table can be held against an installed wheel:
`test_old_clients.py` beside this file does that, wherever the two are copied to.
"""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Path = tuple[str | int, ...]

NEW_FIELD = "brand_new"
NEW_VALUE = "brand-new"
NEW_OBJECT = {"deep": [1, None, {"x": "y"}]}

#: A run with every documented field in it; `test_coverage.py` holds it against the contract.
RESPONSE: dict[str, Any] = {
    "id": "crsv-i52z8vnqekc",
    "status": "succeeded",
    "input_content": {
        "variables": {"Language": "en", "Invoice": {"file_url": "https://example.com/i.pdf"}},
        "messages": [
            {"role": "system", "content": "Extract.", "function_call": {"name": "f", "arguments": "{}"}},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Here:"},
                    {"type": "image_url", "image_url": {"url": "https://example.com/i.png", "detail": "high"}},
                ],
            },
        ],
        "files": [
            {
                "name": "i.png",
                "used_at": "messages",
                "parsed_content": "Total: 118",
                "url": "https://example.com/i.png",
                "type": "image",
            }
        ],
    },
    "output_content": {
        "role": "assistant",
        "tool_calls": [{"name": "convert", "arguments": '{"amount": 118}'}],
        "information": {"duration": 2140, "cost": 0.0042, "input_tokens": 512, "output_tokens": 37},
        "has_structured_output": True,
        "content": {"invoice_number": "17", "total": 118.0},
        "input_messages": "Extract.",
    },
    "raw_input": {
        "version_id": "v-1",
        "canvas_id": "c-1",
        "application_id": "a-1",
        "webhook_url": "https://example.com/hook",
        "variables": {"Language": "en"},
        "messages": [{"role": "user", "content": "Mind the currency."}],
        "override": {
            "model": "gpt-4o",
            "temperature": 0.5,
            "type": "chat",
            "functions": [
                {
                    "id": "fn-1",
                    "name": "convert",
                    "description": "Converts.",
                    "parameters": {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]},
                }
            ],
            "structured_output": {
                "enabled": True,
                "schema": {
                    "type": "object",
                    "title": "Invoice",
                    "description": "An invoice.",
                    "properties": {"total": {"type": "number"}},
                    "required": ["total"],
                },
            },
        },
    },
    "raw_output": {"choices": [{"finish_reason": "stop"}]},
    "compatibility_date": "2024-10-01T00:00:00Z",
    "prompt_version_id": "v-1",
    "prompt_application_id": "a-1",
    "workspace_id": "w-1",
    "credits_used": 4,
    "created_at": "2025-03-14T09:26:53Z",
    "updated_at": "2025-03-14T09:26:58.120Z",
    "deleted_at": "2025-04-14T09:26:58Z",
}

#: Under these lies what is the user's or a model's own.
FREE_FORM = {"variables", "content", "raw_output", "arguments", "properties"}

#: Where each enum of the contract is found in the response.
ENUMS: dict[str, Path] = {
    "CanvasRunStatus": ("status",),
    "ImageDetail": ("input_content", "messages", 1, "content", 1, "image_url", "detail"),
    "FileUsage": ("input_content", "files", 0, "used_at"),
    "FileType": ("input_content", "files", 0, "type"),
    "Role": ("output_content", "role"),
    "MessageRole": ("raw_input", "messages", 0, "role"),
    "CompletionType": ("raw_input", "override", "type"),
    "SchemaType": ("raw_input", "override", "structured_output", "schema", "type"),
}


@frozen
class Addition:
    """A response of a newer API.

    Attributes:
        name: What is new.
        response: The whole response.
        reach: How a program gets at what is new, from the typed view of the run.
        value: What it then has.
    """

    name: str
    response: dict[str, Any]
    reach: Callable[[Any], Any]
    value: Any


def reached(model: Any, path: Path) -> Any:
    """What stands at a path of the response, in the typed view; the value of an enum."""
    for step in path:
        # A model has its unknown fields as items, its known ones as attributes: with `_` where Python has the name.
        if isinstance(step, int) or isinstance(model, dict) or step in getattr(model, "additional_properties", ()):
            model = model[step]
        else:
            model = getattr(model, step) if hasattr(model, step) else getattr(model, f"{step}_")
    return getattr(model, "value", model)


def changed(path: Path, value: Any) -> dict[str, Any]:
    """The response with this value at a path."""
    response = deepcopy(RESPONSE)
    holder: Any = response
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return response


def _addition(name: str, path: Path, value: Any) -> Addition:
    return Addition(f"{name}: {'.'.join(map(str, path))}", changed(path, value), partial(reached, path=path), value)


def places(value: Any = RESPONSE, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of the response that is the API's own, with its path; what is inside free-form values is not."""
    yield path, value
    # The content of a message is the API's own where it has parts.
    parts = path[-1:] == ("content",) and isinstance(value, list)
    if path and path[-1] in FREE_FORM and not parts:
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from places(item, (*path, step))


def _fields() -> Iterator[Addition]:
    for path, value in places():
        if isinstance(value, dict):
            yield _addition("a new field", (*path, NEW_FIELD), NEW_OBJECT)


def _values() -> Iterator[Addition]:
    for path in ENUMS.values():
        yield _addition("a new value", path, NEW_VALUE)


def _nulls_and_objects() -> Iterator[Addition]:
    for path, value in places():
        # The kind of a part is not a value but what tells it from the others.
        if path and path not in {("id",), ("status",)} and path[3:4] + path[5:] != ("content", "type"):
            yield _addition("null", path, None)
            if not isinstance(value, (dict, list)):
                yield _addition("another type", path, [NEW_VALUE, 1])


def _parts() -> Iterator[Addition]:
    parts: Path = ("input_content", "messages", 1, "content")
    audio = {"type": "audio", "audio": {"url": "https://example.com/a.mp3"}, "text": 5}
    response = changed((*parts, 1), audio)
    yield Addition("a new kind of part", response, lambda data: reached(data, parts)[1].to_dict(), audio)
    alone = changed(parts, audio)
    yield Addition("a part instead of a list", alone, lambda data: reached(data, parts).to_dict(), audio)


def _free_forms() -> Iterator[Addition]:
    for path in (
        ("output_content", "content"),
        ("output_content", "tool_calls", 0, "arguments"),
        ("input_content", "variables", "Language"),
    ):
        value = {"camelCase": {"snake_case": 1}}
        yield Addition(
            f"an object in place of a text: {'.'.join(map(str, path))}",
            changed(path, value),
            partial(_plainly_reached, path=path),
            value,
        )


def _plainly_reached(data: Any, path: Path) -> Any:
    value = reached(data, path)
    return value.to_dict() if hasattr(value, "to_dict") else value


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _camel_cased(value: Any, key: str = "") -> Any:
    parts = key == "content" and isinstance(value, list)
    if key in FREE_FORM and not parts:
        return value
    if isinstance(value, dict):
        return {_camel(name): _camel_cased(item, name) for name, item in value.items()}
    return [_camel_cased(item) for item in value] if isinstance(value, list) else value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    # The constant that tells a part from others names its field too.
    return name if name == "image_url" else first + "".join(map(str.title, others))


def _spellings() -> Iterator[Addition]:
    yield Addition("another order of keys", _reversed(RESPONSE), lambda data: data.to_dict(), RESPONSE)
    yield Addition("camelCase keys", _camel_cased(RESPONSE), lambda data: data.to_dict(), RESPONSE)


def _timestamps() -> Iterator[Addition]:
    for text in ("2025-03-14", "2025-03-14T09:26:53", "1741944413", "yesterday"):
        yield _addition(f"a timestamp such as {text}", ("created_at",), text)


ADDITIONS: list[Addition] = [
    *_fields(),
    *_values(),
    *_nulls_and_objects(),
    *_parts(),
    *_free_forms(),
    *_spellings(),
    *_timestamps(),
]

#: Ids in forms that no source shows.
RUN_IDS = ["0190b8e4-7a3f-7c1e-9f6d-2b8c4d5e6f70", "42", "run:eu-1:7", "runs/7", "läuf 7?#%", "r" * 500]

#: Statuses that stand between those that are documented.
STATUSES = ["created", "brand-new", "running", "brand-newer", "succeeded"]

HEADERS = {
    "X-RateLimit-Remaining": "17",
    "Deprecation": "@1735689600",
    "Sunset": "Wed, 31 Dec 2031 23:59:59 GMT",
    "Link": '<https://docs.tela.com>; rel="deprecation"',
    "Server-Timing": "db;dur=53",
    "Cache-Control": "no-store",
    "Set-Cookie": "a=b",
    "Content-Type": "application/vnd.tela.run+json; charset=utf-8; v=3",
}

ERROR_BODY: dict[str, Any] = {
    "code": "RUN_ARCHIVED",
    "message": "The run was archived.",
    "status": 404,
    "name": "ArchivedError",
    "details": {"archive": {"at": "2031-01-01T00:00:00Z"}},
    "trace_id": "t-1",
    "errors": [{"path": ["id"], "reasons": ["archived"] * 50}],
    "help": None,
}
