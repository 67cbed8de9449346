"""From a JSON text to the payload of a run, without letting its size or depth crash the reader.

The rules, which `docs/guarantees.md` repeats for users:

- ``NaN``, ``Infinity`` and ``-Infinity`` are kept as floats, as the standard library does, and so is a number beyond a
  double's range: a paid-for result is worth more than strictness.
- Of duplicate keys in one object the last counts.
- More than `MAX_DEPTH` levels of nesting are rejected, on every Python version alike: what comes after the parser
  (copying, pickling, the models) must not run out of stack either.
- More than `MAX_VALUES` values are rejected: a few kilobytes of gzip could hold enough to fill the memory, and keep the
  reader busy for long after a deadline. Commas inside strings do not count.
- An integer of more digits than Python converts (4,300 by default) is rejected.
"""

from __future__ import annotations

import json
import re
from typing import Any

#: Levels of nested objects and arrays that are accepted. The documented responses have seven.
MAX_DEPTH = 200
#: Commas and opening brackets outside strings that are accepted: about a second's work.
MAX_VALUES = 1_000_000
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
#: A final status, looked for where the whole cannot be parsed.
_FINAL_STATUS = re.compile(rb'"status"\s*:\s*"(?:succeeded|failed)"')
_JSON_NAMES = {list: "array", str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


class InvalidPayloadError(ValueError):
    """A JSON text is not a valid run; says why, in half a sentence."""

    def __init__(self, reason: str, run_id: str | None = None, *, shows_end: bool = False) -> None:
        super().__init__(reason)
        self.run_id = run_id  # that is in it all the same
        self.shows_end = shows_end  # whether it is of a finished run, though it holds more than can be parsed


class _LimitError(ValueError):
    """JSON that may well be valid, but holds more than is accepted."""


def payload_of(data: bytes) -> dict[str, Any]:
    """What a JSON text holds; an InvalidPayloadError if that is no object with the strings ``id`` and ``status``."""
    try:
        payload = parse(data)
    except ValueError as error:
        shows_end = isinstance(error, _LimitError) and _FINAL_STATUS.search(data) is not None
        raise InvalidPayloadError(
            f"it is not readable as JSON ({_one_line(str(error))})", shows_end=shows_end
        ) from None
    if not isinstance(payload, dict):
        raise InvalidPayloadError(f"it is a JSON {_JSON_NAMES.get(type(payload), 'value')}, not an object")
    for name in ("id", "status"):
        value = payload.get(name)
        if not isinstance(value, str) or not value:
            reason = f"its {name!r} is not a string" if name in payload else f"it has no {name!r}"
            raise InvalidPayloadError(reason, None if name == "id" else payload["id"])
    return payload


def parse(data: bytes) -> Any:
    """The value that ``data`` (UTF-8, -16 or -32) holds; a ValueError if it is not JSON, or more than is accepted."""
    if len(data) > MAX_VALUES and _marks(data) > MAX_VALUES and _holds_too_many(data):
        raise _LimitError(f"more than {MAX_VALUES:,} values")
    try:
        value = json.loads(data)
    except RecursionError:
        # `from None`: the chained traceback would hold hundreds of frames.
        raise _LimitError(f"nested more than {MAX_DEPTH} levels deep") from None
    except (json.JSONDecodeError, UnicodeError):
        raise
    except ValueError as error:  # a number of too many digits
        raise _LimitError(str(error)) from None
    # Counting brackets is a scan at memory speed; only a response with many of them is walked.
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        _reject_deeper(value)
    return value


def excerpt(body: bytes, length: int = 200) -> str:
    """The start of a body, as one printable line of at most ``length`` characters."""
    return _one_line(body[: length * 4].decode("utf-8", "replace"))[:length]


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _holds_too_many(data: bytes) -> bool:
    # Each value may have a key, and each of them two quotes. Counting these first keeps the strings to be cut out few.
    quotes = data.count(b'"') - data.count(b'\\"')
    return quotes > 4 * MAX_VALUES or _marks(_STRINGS.sub(b"", data)) > MAX_VALUES


def _marks(data: bytes) -> int:
    return data.count(b",") + data.count(b"[") + data.count(b"{")


def _reject_deeper(value: Any) -> None:
    level = [value] if isinstance(value, (dict, list)) else []
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _LimitError(f"nested more than {MAX_DEPTH} levels deep")
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
