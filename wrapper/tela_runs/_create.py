"""The body of a create: checked and encoded before anything is sent, and shown by no repr, log or traceback."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import isfinite
from numbers import Integral, Real
from typing import Any, TypeAlias, TypedDict, Unpack

from ._config import hidden, is_bool
from ._generated import create_object
from .errors import ConfigurationError
from .files import File

#: Returns a body in pieces: the URL of a file is one of them, not a copy.
CreateBody: TypeAlias = Callable[[], list[bytes]]

#: Stands in the JSON text where a file's URL belongs: a lone surrogate, which no text of the user's may hold.
_FILE_URL = "\ud800"


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


#: The types that arguments must have, and how messages name them.
_KINDS: tuple[tuple[type | tuple[type, ...], str, tuple[str, ...]], ...] = (
    (str, "a non-empty string", ("canvas_id", "environment_name", "version_id", "webhook_url")),
    (Mapping, "a mapping with strings as keys", ("variables", "override", "extra_body")),
    ((list, tuple), "a list of messages", ("messages",)),
)


def create_body(**arguments: Unpack[CreateArguments]) -> CreateBody | Exception:
    """The body of the create that these arguments ask for, or what is wrong with them.

    The error is returned, to be raised where no frame has the user's data among its locals.
    """
    try:
        return hidden(encode_body(_checked(dict(arguments))))
    except (ConfigurationError, TypeError) as error:
        error.__context__ = None
        return error.with_traceback(None)


def _checked(arguments: dict[str, Any]) -> dict[str, Any]:
    """The JSON object that the arguments ask for; a TypeError for an unknown one."""
    if unknown := arguments.keys() - CreateArguments.__annotations__.keys():
        raise TypeError(f"create takes no argument {min(unknown)!r}. Pass a field of the API in extra_body.")
    given = {name: value for name, value in arguments.items() if value is not None}
    if ("canvas_id" in given) == ("version_id" in given):
        raise ConfigurationError("A create needs a canvas or a version: pass exactly one of canvas_id and version_id.")
    if "environment_name" in given and "canvas_id" not in given:
        raise ConfigurationError("environment_name chooses a version of a canvas: pass it with canvas_id only.")
    _check_kinds(given)
    if "output_type" in given:
        from ._typed import json_schema_of  # noqa: PLC0415 - pydantic, loaded only when asked for

        override = given.get("override", {})
        if "structured_output" in override:
            raise ConfigurationError("output_type stands for override's structured_output: pass one of them.")
        schema = json_schema_of(given.pop("output_type"))
        given["override"] = {**override, "structured_output": {"enabled": True, "schema": schema}}
    extra = given.pop("extra_body", {})
    body = create_object(given)
    if twice := body.keys() & extra.keys():
        raise ConfigurationError(f"extra_body has {min(twice)!r} once more. Give each field once.")
    return {**body, **extra}


def _check_kinds(given: Mapping[str, Any]) -> None:
    for kind, wanted, names in _KINDS:
        for name in names:
            value = given.get(name)
            is_blank = isinstance(value, str) and not value.strip()
            if value is not None and (is_blank or not isinstance(value, kind)):
                given_as = "blank" if is_blank else type(value).__name__
                raise ConfigurationError(f"{name} must be {wanted}, not {given_as}.")
    for index, message in enumerate(given.get("messages", ())):
        if not isinstance(message, Mapping):
            given_as = type(message).__name__
            raise ConfigurationError(f"messages[{index}] must be a mapping with role and content, not {given_as}.")


def encode_body(value: Any) -> list[bytes]:
    """The strict JSON text of ``value``, in pieces. A ConfigurationError names the path of what JSON does not have."""
    urls: list[bytes] = []
    with suppress(RecursionError):
        text = json.dumps(_plain(value, "", urls), ensure_ascii=False, separators=(",", ":"))
        first, *others = text.split(_FILE_URL)
        pieces = [first.encode()]
        for url, other in zip(urls, others, strict=True):
            pieces += (url, other.encode())
        return pieces
    raise ConfigurationError("The request is nested too deeply, or contains itself. Pass a flatter value.")


def _plain(value: Any, path: str, urls: list[bytes]) -> Any:
    """``value`` as the json module knows it. ``urls`` gets those of the files in it, in their order."""
    match bool(value) if is_bool(value) else value:
        case None | bool() as atom:
            return atom
        case str():
            return _text(value, path)
        case list() | tuple():
            return [_plain(item, f"{path}[{index}]", urls) for index, item in enumerate(value)]
        case Real():  # numbers of other libraries, such as numpy's, as well
            return _number(value, path)
        case File():
            urls.append(value.file_url)
            others = {"options": value.options, "file_name": value.name}
            given = {key: item for key, item in others.items() if item is not None}
            return {"file_url": _FILE_URL, **_plain(given, path, urls)}
        case Mapping():
            plain = {}
            for key, item in value.items():
                if not isinstance(key, str):
                    kind = type(key).__name__
                    raise ConfigurationError(f"{path or 'The body'} has a key that is {kind}. Pass strings as keys.")
                inner = f"{path}.{key}" if path else key
                plain[_text(key, inner)] = _plain(item, inner, urls)
            return plain
    raise ConfigurationError(
        f"{path or 'The body'} is of type {type(value).__name__}, which JSON does not have. "
        "Pass a string, a number, a boolean, None, a list, a dict or a File."
    )


def _text(value: str, path: str) -> str:
    with suppress(UnicodeEncodeError):  # that error holds the whole text
        value.encode()
        return value
    raise ConfigurationError(f"{path!a} holds a lone surrogate, which UTF-8 cannot encode. Pass text that is Unicode.")


def _number(value: Real, path: str) -> float:
    with suppress(OverflowError, ValueError):
        if isinstance(value, Integral):
            str(number := int(value))  # a ValueError for more digits than Python writes, 4,300 by default
            return number
        if isfinite(rounded := float(value)):
            return rounded
    raise ConfigurationError(
        f"{path} is NaN, infinite or too large, which JSON does not have. Pass a finite number or None."
    )
