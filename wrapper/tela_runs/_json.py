"""JSON from outside, read without letting its size or depth crash the reader.

The rules, which `docs/guarantees.md` repeats for users:

- ``NaN``, ``Infinity`` and ``-Infinity`` are kept as floats, as the standard library does, and so is a number beyond a
  double's range: a paid-for result is worth more than strictness.
- Of duplicate keys in one object the last counts.
- More than `MAX_DEPTH` levels of nesting are refused, on every Python version alike: what comes after the parser
  (copying, pickling, the models) must not run out of stack either.
- More than `MAX_VALUES` values are refused: a few kilobytes of gzip could hold enough to fill the memory, and keep the
  reader busy for long after a deadline. Commas inside texts do not count.
- An integer of more digits than Python converts (4,300 by default) is refused.
"""

from __future__ import annotations

import json
import re
from typing import Any

#: Levels of nested objects and arrays that are accepted. The documented answers have seven.
MAX_DEPTH = 200
#: Commas and opening brackets outside texts that are accepted: a second's work, about.
MAX_VALUES = 1_000_000
_TEXTS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def parse(data: bytes) -> Any:
    """The value that ``data`` (UTF-8, -16 or -32) holds.

    Raises:
        ValueError: It is not JSON, not text, nested deeper than `MAX_DEPTH`, or of more than `MAX_VALUES` values.
    """
    if _marks(data) > MAX_VALUES and _holds_too_many(data):
        raise ValueError(f"more than {MAX_VALUES:,} values")
    try:
        value = json.loads(data)
    except RecursionError:
        # `from None`: the chained traceback would hold hundreds of frames.
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep") from None
    # Counting brackets is a scan at memory speed; only an answer with many of them is walked.
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        _refuse_deeper(value)
    return value


def _holds_too_many(data: bytes) -> bool:
    # Each value may have a key, and each of them two quotes. Counting these first keeps the texts to be cut out few.
    quotes = data.count(b'"') - data.count(b'\\"')
    return quotes > 4 * MAX_VALUES or _marks(_TEXTS.sub(b"", data)) > MAX_VALUES


def _marks(data: bytes) -> int:
    return data.count(b",") + data.count(b"[") + data.count(b"{")


def _refuse_deeper(value: Any) -> None:
    level = [value] if isinstance(value, (dict, list)) else []
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
