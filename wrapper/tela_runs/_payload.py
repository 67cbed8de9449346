"""From a JSON text to the payload of a run, or to why it is none."""

from __future__ import annotations

from typing import Any

from . import _json

_JSON_NAMES = {list: "array", str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


class NoRunError(ValueError):
    """A JSON text describes no run; says why, in half a sentence.

    Attributes:
        run_id: The id that is in it all the same, or None.
    """

    def __init__(self, reason: str, run_id: str | None = None) -> None:
        super().__init__(reason)
        self.run_id = run_id


def payload_of(data: bytes) -> dict[str, Any]:
    """What a JSON text holds, if that is a run: an object with a string ``id`` and a string ``status``.

    Raises:
        NoRunError: It is not.
    """
    try:
        payload = _json.parse(data)
    except ValueError as error:
        raise NoRunError(f"it is not readable as JSON ({_one_line(str(error))})") from None
    if not isinstance(payload, dict):
        raise NoRunError(f"it is a JSON {_JSON_NAMES.get(type(payload), 'value')}, not an object")
    for name in ("id", "status"):
        value = payload.get(name)
        if not isinstance(value, str) or not value:
            reason = f"its {name!r} is no text" if name in payload else f"it has no {name!r}"
            raise NoRunError(reason, None if name == "id" else payload["id"])
    return payload


def excerpt(body: bytes, length: int = 200) -> str:
    """The start of a body, as one printable line of at most ``length`` characters."""
    return _one_line(body[: length * 4].decode("utf-8", "replace"))[:length]


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
