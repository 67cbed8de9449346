"""The body of a create as strict JSON, in pieces: the content of a file goes out as it is held, without a copy."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from json.encoder import encode_basestring  # C where there is C; json.dumps without the checks of its options
from math import inf, isfinite
from numbers import Integral, Real
from typing import Any

from .errors import ConfigurationError
from .files import File

#: Pieces shorter than this are joined.
_SMALL = 1 << 16


def encode_body(value: Any) -> list[bytes]:
    """The JSON text of ``value``, in UTF-8, as pieces whose concatenation it is; the keys are as given.

    Args:
        value: None, strings, booleans, finite numbers, mappings with string keys, lists, tuples, and `File`.

    Raises:
        ConfigurationError: There is something else in it; the message says where.
    """
    pieces: list[bytes] = []
    try:
        _encode(value, "", pieces)
    except RecursionError:
        pass
    else:
        return _merged(pieces)
    raise ConfigurationError("The request is nested too deeply, or contains itself. Pass a flatter value.")


def _merged(pieces: list[bytes]) -> list[bytes]:
    merged: list[bytes] = []
    for is_small, group in groupby(pieces, key=lambda piece: len(piece) < _SMALL):
        alike = list(group)
        merged.extend([b"".join(alike)] if is_small else alike)
    return merged


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
