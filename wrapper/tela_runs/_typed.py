"""Outputs as the user's own types, by pydantic: read into one, described by one as a JSON Schema (extra `typed`)."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ._payload import excerpt
from .errors import ConfigurationError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import TypeAdapter

    from .run import Run

R = TypeVar("R")

#: What the API documents of a structured output's schema, at its top.
_DOCUMENTED = ("type", "title", "description", "properties", "required")
#: The fences around JSON that a model writes as a Markdown block.
_FENCES = re.compile("^```.*\n|```$")
_REFERENCE = "#/$defs/"
#: Paths that a message names.
_SHOWN = 3


def read_output(run: Run, type_: Any) -> Any:
    """The output of a run as the type. Text is read as JSON where the type does not take it as it is.

    An OutputError says what does not fit; a ConfigurationError, that pydantic is missing, or has no use for the type.
    """
    adapter = _adapter(type_)
    from pydantic import ValidationError  # noqa: PLC0415 - an extra

    paths: list[str] = []
    for text in _texts(run.output):
        try:
            return _checked(type_, partial(adapter.validate_json, text))
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False, include_input=False)
            paths = [f"{_path(detail['loc'])}: {detail['msg']}" for detail in details]
    shown = excerpt("; ".join(paths[:_SHOWN]).encode(errors="replace"), 600)  # keys are the model's
    more = f"; and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    problem = (
        f"The output of run {run.id!r} does not fit {_name(type_)}: {shown}{more}. "
        "See .errors for each path, and .run.output for what there is."
    )
    if run.output is None and not run.is_finished:
        problem = f"Run {run.id!r} has no output yet: its status is {run.status_text!r:.100}. Wait for it first."
    raise OutputError(problem, run_id=run.id, run=run, errors=paths)


def _texts(output: Any) -> Iterator[str]:
    """The output as JSON, in which a date is a string, also where a model is strict; then the JSON that it holds."""
    yield json.dumps(output)
    if isinstance(output, str):
        text = _FENCES.sub("", output.strip())
        with suppress(ValueError, RecursionError):
            json.loads(text)
            yield text


def json_schema_of(type_: Any) -> dict[str, Any]:
    """The JSON Schema of a type, in the form that the API documents for ``override.structured_output.schema``.

    Definitions are put in their places. Of other keywords at the top (such as ``additionalProperties``) nothing is
    sent: they are checked when the output is read. A ConfigurationError says why a type has none.
    """
    schema = _checked(type_, _adapter(type_).json_schema)
    with suppress(RecursionError):
        inlined = _inlined(schema, schema.pop("$defs", {}))
        if inlined.get("type") == "object" and inlined.get("properties"):
            return {key: inlined[key] for key in _DOCUMENTED if key in inlined}
    raise ConfigurationError(
        f"The schema of {_name(type_)} is not an object with properties, or contains itself, as a structured output "
        "cannot. Pass a model, a dataclass or a TypedDict that has it as a field, or a flat one."
    )


def _adapter(type_: Any) -> TypeAdapter[Any]:
    try:
        from pydantic import TypeAdapter  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError("Typed outputs need pydantic 2. Install it: pip install 'tela-runs[typed]'.") from None
    # Whatever it fails with: pydantic lets pass what its core, `typing` and hooks of the type raise.
    return _checked(type_, lambda: TypeAdapter(type_), Exception)


def _checked(type_: Any, call: Callable[[], R], *others: type[Exception]) -> R:
    """What the call returns; a type that pydantic has no use for is the caller's error."""
    from pydantic import PydanticUserError  # noqa: PLC0415 - an extra

    rejections: tuple[type[Exception], ...] = (PydanticUserError, *others)
    try:
        return call()
    except rejections as error:
        reason = str(getattr(error, "message", error)).partition("\n")[0].rstrip(".:")
    raise ConfigurationError(
        f"{_name(type_)} is not a type for outputs: {reason}. Pass one that pydantic can validate."
    )


def _path(location: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.removeprefix(".") or "output"


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    """The schema with what it refers to in its place."""
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith(_REFERENCE):
        node = definitions[reference.removeprefix(_REFERENCE)] | {k: v for k, v in node.items() if k != "$ref"}
        return _inlined(node, definitions)
    # A discriminator points to definitions; the choices that it tells apart are there without it.
    left_out = "discriminator" if "oneOf" in node else None
    return {key: _inlined(item, definitions) for key, item in node.items() if key != left_out}


def _name(type_: Any) -> str:
    return type_.__qualname__ if isinstance(type_, type) else repr(type_)
