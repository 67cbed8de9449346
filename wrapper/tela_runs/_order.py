"""A create as it will be sent: checked and encoded before anything is, and shown by no repr, log or traceback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from json.encoder import encode_basestring  # C where there is C; json.dumps without the checks of its options
from math import inf, isfinite
from numbers import Integral, Real
from typing import Any, TypedDict, Unpack

from ._config import Secret
from ._generated import create_body
from .errors import ConfigurationError
from .files import File

#: Pieces shorter than this are joined.
_SMALL = 1 << 16


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


class Order(Secret[list[bytes]]):
    """The body of a create, in pieces."""

    __slots__ = ()


def ordered(**arguments: Unpack[CreateArguments]) -> Order | ConfigurationError | TypeError:
    """The create that these arguments ask for, or what is wrong with them.

    The error is returned, to be raised where no frame has the user's data among its locals any more.
    """
    fields: dict[str, Any] = dict.fromkeys(CreateArguments.__annotations__)
    unknown = arguments.keys() - fields.keys()
    if unknown:
        return TypeError(f"create takes no argument {min(unknown)!r}")
    fields.update(arguments)
    output_type, extra_body = fields.pop("output_type"), fields.pop("extra_body")
    try:
        _check(fields, extra_body)
        if output_type is not None:
            fields["override"] = _with_output_type(fields["override"], output_type)
        body, extra = create_body(fields), extra_body or {}
        if twice := body.keys() & extra.keys():
            raise ConfigurationError(f"extra_body has {min(twice)!r} once more. Give each field once.")  # noqa: TRY301
        return Order(encode_body({**body, **extra}))
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


def _with_output_type(override: Mapping[str, Any] | None, output_type: Any) -> dict[str, Any]:
    from ._typed import json_schema_of  # noqa: PLC0415 - pydantic, which only they load who ask for it

    if override is not None and "structured_output" in override:
        raise ConfigurationError("output_type and override's structured_output exclude each other: pass one of them.")
    return {**(override or {}), "structured_output": {"enabled": True, "schema": json_schema_of(output_type)}}


def encode_body(value: Any) -> list[bytes]:
    """The strict JSON text of ``value`` in pieces: the content of a file goes out as it is held, without a copy.

    A ConfigurationError names the path of what JSON does not have.
    """
    pieces: list[bytes] = []
    try:
        _encode(value, "", pieces)
    except RecursionError:
        pass
    else:
        return [
            piece
            for is_small, group in groupby(pieces, key=lambda piece: len(piece) < _SMALL)
            for piece in ([b"".join(group)] if is_small else group)
        ]
    raise ConfigurationError("The request is nested too deeply, or contains itself. Pass a flatter value.")


def _encode(value: Any, path: str, pieces: list[bytes]) -> None:
    if isinstance(value, str):
        pieces.append(_text(value, path))
    elif isinstance(value, Mapping):
        _encode_mapping(value, path, pieces)
    elif isinstance(value, (list, tuple)):
        separator = b"["
        for index, item in enumerate(value):
            pieces.append(separator)
            _encode(item, f"{path}[{index}]", pieces)
            separator = b","
        pieces.append(b"]" if value else b"[]")
    elif isinstance(value, File):
        _encode_file(value, path, pieces)
    else:
        pieces.append(_scalar(value, path))


def _encode_mapping(value: Mapping[Any, Any], path: str, pieces: list[bytes]) -> None:
    separator = b"{"
    for key, item in value.items():
        if not isinstance(key, str):
            kind = type(key).__name__
            raise ConfigurationError(f"{path or 'The body'} has a key that is {kind}. Pass strings as keys.")
        inner = f"{path}.{key}" if path else key
        pieces += (separator, _text(key, inner), b":")
        _encode(item, inner, pieces)
        separator = b","
    pieces.append(b"}" if value else b"{}")


def _encode_file(value: File, path: str, pieces: list[bytes]) -> None:
    pieces += (b'{"file_url":"', value.file_url, b'"')
    for key, item in (("options", value.options), ("file_name", value.name)):
        if item is not None:
            pieces.append(f',"{key}":'.encode())
            _encode(item, f"{path}.{key}", pieces)
    pieces.append(b"}")


def _text(value: str, path: str) -> bytes:
    try:
        return encode_basestring(value).encode()
    except UnicodeEncodeError:
        pass  # that error holds the whole text
    raise ConfigurationError(f"{path!a} holds a lone surrogate, which UTF-8 cannot encode. Pass text that is Unicode.")


def _scalar(value: Any, path: str) -> bytes:
    if value is None:
        return b"null"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, Real):  # those of other libraries, such as numpy's, as well
        try:
            number = int(value) if isinstance(value, Integral) else float(value)
            text = repr(number)
        except (OverflowError, ValueError):
            number, text = inf, "too large a number"
        if isinstance(number, float) and not isfinite(number):
            raise ConfigurationError(f"{path} is {text}, which JSON does not have. Pass a finite number or None.")
        return text.encode()
    raise ConfigurationError(
        f"{path or 'The body'} is of type {type(value).__name__}, which JSON does not have. "
        "Pass a string, a number, a boolean, None, a list, a dict or a File."
    )
