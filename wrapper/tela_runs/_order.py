"""A create as it will be sent: checked and encoded before anything is, and shown by no repr, log or traceback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict, Unpack

from ._body import encode_body
from ._generated import create_body
from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


class CreateArguments(TypedDict, total=False):
    """The arguments of `RunsClient.create`."""

    canvas_id: str | None
    environment_name: str | None
    version_id: str | None
    variables: Mapping[str, Any] | None
    messages: Sequence[Mapping[str, Any]] | None
    override: Mapping[str, Any] | None
    output_type: Any
    webhook_url: str | None
    extra_body: Mapping[str, Any] | None


class Order:
    """The body of a create, in pieces; it lives in a closure alone."""

    __slots__ = ("pieces",)

    pieces: Callable[[], list[bytes]]

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = lambda: pieces

    def __repr__(self) -> str:
        return "<create>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A create holds the user's data and is not pickled.")


def ordered(**arguments: Unpack[CreateArguments]) -> Order | ConfigurationError:
    """The create that these arguments ask for, or what is wrong with them.

    The error is returned, to be raised where no frame has the user's data among its locals any more.
    """
    fields: dict[str, Any] = dict.fromkeys(CreateArguments.__annotations__)
    unknown = arguments.keys() - fields.keys()
    if unknown:
        raise TypeError(f"create takes no argument {min(unknown)!r}")
    fields.update(arguments)
    output_type, extra_body = fields.pop("output_type"), fields.pop("extra_body")
    try:
        _check(fields, extra_body)
        if output_type is not None:
            fields["override"] = _with_output_type(fields["override"], output_type)
        return Order(encode_body(_merged(create_body(fields), extra_body or {})))
    except ConfigurationError as error:
        error.__context__ = None
        return error.with_traceback(None)


def _check(fields: dict[str, Any], extra_body: Any) -> None:
    if (fields["canvas_id"] is None) == (fields["version_id"] is None):
        raise ConfigurationError("A create needs a canvas or a version: pass exactly one of canvas_id and version_id.")
    if fields["environment_name"] is not None and fields["canvas_id"] is None:
        raise ConfigurationError("environment_name chooses a version of a canvas: pass it with canvas_id only.")
    for name in ("canvas_id", "version_id", "environment_name", "webhook_url"):
        value = fields[name]
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise ConfigurationError(f"{name} must be a string that is not empty, not {type(value).__name__}.")
    mappings = {"variables": fields["variables"], "override": fields["override"], "extra_body": extra_body}
    for name, value in mappings.items():
        if value is not None and not isinstance(value, Mapping):
            raise ConfigurationError(f"{name} must be a mapping with strings as keys, not {type(value).__name__}.")
    messages = fields["messages"]
    if messages is not None and (isinstance(messages, (str, bytes)) or not isinstance(messages, Sequence)):
        raise ConfigurationError(f"messages must be a list of messages, not {type(messages).__name__}.")


def _merged(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    twice = body.keys() & extra.keys()
    if twice:
        raise ConfigurationError(f"extra_body has {min(twice)!r} once more. Give each field once.")
    return {**body, **extra}


def _with_output_type(override: Mapping[str, Any] | None, output_type: Any) -> dict[str, Any]:
    from ._typed import json_schema_of  # noqa: PLC0415 - pydantic, which only they load who ask for it

    if override is not None and "structured_output" in override:
        raise ConfigurationError("output_type and override's structured_output exclude each other: pass one of them.")
    return {**(override or {}), "structured_output": {"enabled": True, "schema": json_schema_of(output_type)}}
