"""Runs and errors as text. What a server or a model wrote is never let loose on a terminal."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tela_runs import APIStatusError, RunFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tela_runs import Run, TelaError, Usage

#: What can move the cursor, change the direction of text, or be encoded by no terminal: control characters, the
#: embeddings, overrides and isolates of the bidirectional algorithm, and lone surrogates. All else is text, joiners
#: (ZWJ, ZWNJ), marks (LRM, RLM) and wide and narrow spaces included: without them words of some scripts fall apart.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: What ends a line somewhere, and plain blanks. A non-breaking or an ideographic space stays as it is.
_BREAKS = re.compile("[ \t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
#: What the library's errors advise, in terms of Python, and how the same is said to users of the command.
_ADVICE = {
    "Pass api_key=… or set": "Set",
    "as api_key=… or TELA_API_KEY": "as TELA_API_KEY",
    "as base_url=… or TELA": "as --base-url or TELA",
    "allow_http=True or TELA": "set TELA",
    "canvas_id must be": "--canvas must be",
    "version_id must be": "--version-id must be",
    "environment_name must be": "--environment must be",
    ", or pass trust_env=False": "",
    ", or allow more with timeout=…": ".",
    " (see .details)": "",
    "Raise max_response_bytes if such outputs are to be expected.": "In Python, max_response_bytes allows more.",
    "Pass its content and its type: File.from_bytes(data, mime_type='application/pdf').": "Give it a usual ending.",
}
#: Ids that are named in a message.
_NAMED = 3
#: Characters that a message has of an error's details.
_LONGEST_DETAILS = 500


def printable(text: str, *, keep: str = "") -> str:
    r"""``text`` with every unsafe character escaped, as ``\x1b``; those in ``keep`` are left as they are."""
    return _UNSAFE.sub(
        lambda found: found[0] if found[0] in keep else found[0].encode("unicode_escape").decode("ascii"), text
    )


def one_line(text: str) -> str:
    """``text`` printable, on one line."""
    return printable(_BREAKS.sub(" ", text).strip())


def json_text(value: Any, *, indent: int | None = None, encoding: str = "utf-8") -> str:
    r"""``value`` as strictly valid JSON that is safe to print.

    NaN and Infinity, which JSON does not have, become the texts "NaN", "Infinity" and "-Infinity". Unsafe characters
    are escaped as ``\u001b``, and others only if the encoding lacks one.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    except ValueError:
        value = json.loads(json.dumps(value), parse_constant=str)
        text = json.dumps(value, ensure_ascii=False, indent=indent)
    text = _UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def whole_output(output: Any) -> str:
    """What a canvas produced, over as many lines as it has: text as it is, anything else as JSON."""
    text = output if isinstance(output, str) else json_text(output, indent=2)
    return printable(text.replace("\r\n", "\n"), keep="\n\t")


def short_output(output: Any, length: int) -> str:
    """What a canvas produced, on one line of at most ``length`` characters; empty if it is nothing."""
    if output is None:
        return ""
    # Of a text of megabytes no more is looked at than can be shown.
    line = one_line(output[: 4 * length] if isinstance(output, str) else json_text(output))
    return line if len(line) <= length else f"{line[: length - 1]}…"


def complaint(error: TelaError) -> str:
    """An error as one line that names its run, in terms of the command's options and variables."""
    if isinstance(error, RunFailedError):
        run_id = one_line(error.run_id or error.run.id)
        return f"Run {run_id!r} ended as failed. To see what it says of the cause: tela-runs get {run_id} --json"
    text = str(error)
    if isinstance(error, APIStatusError):
        text = text.replace("(see .details)", json_text(error.details)[:_LONGEST_DETAILS])
    text, run_id = for_command(text), one_line(error.run_id or "")
    return text if run_id in text else f"{run_id}: {text}"


def for_command(text: str) -> str:
    """A text of the library as one line, in terms of the command's options and variables."""
    for in_python, here in _ADVICE.items():
        text = text.replace(in_python, here)
    return one_line(text)


def tokens(usage: Usage) -> str:
    """The tokens of a run, in and out; empty if they are not known."""
    if usage.input_tokens is None and usage.output_tokens is None:
        return ""
    return f"{_known(usage.input_tokens)}+{_known(usage.output_tokens)}"


def _known(number: float | None) -> str:
    return "?" if number is None else str(number)


def described(run: Run) -> str:
    """A run for people: a line for each fact that is known, then what it produced."""
    usage = run.usage
    facts = {
        "id": run.id,
        "status": run.status_text,
        "canvas": run.canvas_id,
        "created": _iso(run.created_at),
        "updated": _iso(run.updated_at),
        "duration": usage.duration,
        "cost": None if usage.cost is None else decimal(usage.cost),
        "tokens": tokens(usage) or None,
    }
    lines = [f"{name:<9} {one_line(str(fact))}" for name, fact in facts.items() if fact is not None]
    if run.output is not None:
        lines += ["", whole_output(run.output)]
    return "\n".join(lines)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def decimal(number: float) -> str:
    """A number for people, without an exponent; of one with a fraction six digits."""
    return str(number) if isinstance(number, int) else format(Decimal(f"{number:.6g}"), "f")


def duration(seconds: float) -> str:
    """A duration for people: ``4.2 s``, ``75 s``, ``12 min``, ``3.5 h``."""
    if seconds < 10:  # noqa: PLR2004 - as below
        return f"{seconds:.1f} s"
    if seconds < 120:  # noqa: PLR2004
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004


def named(run_ids: Sequence[str], total: int) -> str:
    """The first few ids, and how many more there are."""
    few = ", ".join(map(one_line, run_ids[:_NAMED]))
    return f"{few} and {total - _NAMED} more" if total > _NAMED else few
