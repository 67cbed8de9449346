"""From a JSON text to the payload of a run, without letting its size or depth crash the reader.

`docs/guarantees.md` has the limits for users. The limit of depth keeps what follows the parser (copying, pickling, the
models) from running out of stack; that of values keeps a few kilobytes of gzip from filling the memory, and from
keeping the reader busy long after a deadline. What Python reads beyond JSON, such as NaN, is kept: a paid-for result is
worth more than strictness.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .errors import InvalidResponseError

#: Levels of nested objects and arrays that are accepted. The documented responses have seven.
MAX_DEPTH = 200
#: Commas and opening brackets outside strings that are accepted: about a second's work.
MAX_VALUES = 1_000_000
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
#: A final status, looked for where the whole cannot be parsed.
_FINAL_STATUS = re.compile(rb'"status"\s*:\s*"(?:succeeded|failed)"')
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
_JSON_NAMES = {list: "array", str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def payload_of(data: bytes) -> dict[str, Any]:
    """The object in a JSON text; an InvalidResponseError unless it is one with the strings ``id`` and ``status``.

    The text of the error is the reason alone; its run id is the one in the text, if there is one.
    """
    try:
        payload = parse(data)
    except ValueError as error:
        is_json = not isinstance(error, (json.JSONDecodeError, UnicodeError))
        shows_end = is_json and _FINAL_STATUS.search(data) is not None
        raise InvalidResponseError(f"it is not readable as JSON ({error})", shows_end=shows_end) from None
    if not isinstance(payload, dict):
        raise InvalidResponseError(f"it is a JSON {_JSON_NAMES.get(type(payload), 'value')}, not an object")
    for name in ("id", "status"):
        value = payload.get(name)
        if not isinstance(value, str) or not value:
            reason = f"its {name!r} is not a string" if name in payload else f"it has no {name!r}"
            raise InvalidResponseError(reason, run_id=None if name == "id" else payload["id"])
    return payload


def parse(data: bytes) -> Any:
    """The value that ``data`` (UTF-8, -16 or -32) holds; a ValueError if it is not JSON, or more than is accepted."""
    if len(data) > MAX_VALUES and _holds_too_many(data):
        raise ValueError(f"more than {MAX_VALUES:,} values")
    try:
        value = json.loads(data)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    # Counting brackets is a scan at memory speed; only a response with many of them is walked.
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _is_too_deep(value):
        raise ValueError(_TOO_DEEP)
    return value


def excerpt(body: bytes, length: int = 200) -> str:
    """The start of a body, as one printable line of at most ``length`` characters."""
    text = body[: length * 4].decode("utf-8", "replace")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:length]


def _holds_too_many(data: bytes) -> bool:
    def marks(text: bytes) -> int:
        return text.count(b",") + text.count(b"[") + text.count(b"{")

    # Each value may have a key, and each of them two quotes. Counting these first keeps the strings to be cut out few.
    quotes = data.count(b'"') - data.count(b'\\"')
    return marks(data) > MAX_VALUES and (quotes > 4 * MAX_VALUES or marks(_STRINGS.sub(b"", data)) > MAX_VALUES)


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return any(isinstance(node, (dict, list)) for node in level)
