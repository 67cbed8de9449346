"""Runs and errors as text. What a server or a model wrote is never let loose on a terminal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tela_runs import ConfigurationError, RunFailedError, TelaError, WaitTimeoutError

if TYPE_CHECKING:
    from datetime import datetime

    from tela_runs import Outcome, Run, Usage

_BLANKS = re.compile(r"\s+")


def printable(text: str, *, keep: str = "") -> str:
    r"""``text`` with every character that does not print (control, lone surrogate, change of direction) as ``\x1b``.

    The characters in ``keep`` are left as they are.
    """
    return "".join(
        char if char.isprintable() or char in keep else char.encode("unicode_escape").decode("ascii") for char in text
    )


def one_line(text: str) -> str:
    """``text`` printable, on one line."""
    return printable(_BLANKS.sub(" ", text).strip())


def whole_output(output: Any) -> str:
    """What a canvas produced, over as many lines as it has: text as it is, anything else as JSON."""
    text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False, indent=2)
    return printable(text.replace("\r\n", "\n"), keep="\n\t")


def short_output(output: Any, length: int) -> str:
    """What a canvas produced, on one line of at most ``length`` characters; empty if it is nothing."""
    if output is None:
        return ""
    line = one_line(output if isinstance(output, str) else json.dumps(output, ensure_ascii=False))
    return line if len(line) <= length else f"{line[: length - 1]}…"


def complaint(error: TelaError) -> str:
    """An error as one line that names its run."""
    if isinstance(error, RunFailedError):
        run_id = one_line(error.run.id)
        return f"Run {run_id!r} ended as failed. What it says of the cause: tela-runs get {run_id} --json"
    text = one_line(str(error))
    run_id = one_line(error.run_id or "")
    return text if run_id in text else f"{run_id}: {text}"


def tokens(usage: Usage) -> str:
    """The tokens of a run, in and out; empty if they are not known."""
    if usage.input_tokens is None and usage.output_tokens is None:
        return ""
    return f"{_known(usage.input_tokens)}+{_known(usage.output_tokens)}"


def _known(number: float | None) -> str:
    return "?" if number is None else str(number)


def usage_document(usage: Usage) -> dict[str, Any]:
    """A run's usage, for JSON."""
    return {
        "duration": usage.duration,
        "cost": usage.cost,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
    }


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """How the wait for a run ended, for JSON. The keys are always the same; what is not known is null."""
    run, error = outcome.run, outcome.error
    return {
        "id": outcome.run_id,
        "status": None if run is None else run.status_text,
        "output": None if run is None else run.output,
        "usage": None if run is None else usage_document(run.usage),
        "canvas_id": None if run is None else run.canvas_id,
        "created_at": None if run is None else _iso(run.created_at),
        "updated_at": None if run is None else _iso(run.updated_at),
        "error": None if error is None else {"type": type(error).__name__, "message": str(error)},
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


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
        "cost": usage.cost,
        "tokens": tokens(usage) or None,
    }
    lines = [f"{name:<9} {one_line(str(fact))}" for name, fact in facts.items() if fact is not None]
    if run.output is not None:
        lines += ["", whole_output(run.output)]
    return "\n".join(lines)


def verdict(error: TelaError) -> str:
    """In a word or two, how a wait that brought no succeeded run ended."""
    match error:
        case RunFailedError():
            return error.run.status_text
        case WaitTimeoutError():
            return "timed out"
        case ConfigurationError():
            return "refused"
        case _:
            return "error"
