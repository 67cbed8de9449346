"""Merge what `tela-runs drift` printed into `openapi.yaml`, every comment left in place.

Mappings are merged, everything else is replaced, and null removes a key that is there: as in a merge patch (RFC 7396),
but that what is new is taken as it is, with its nulls. New keys go to the end of their mapping.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark, YAMLError
from ruamel.yaml.scalarstring import ScalarString
from ruamel.yaml.tokens import CommentToken


class MergeError(ValueError):
    """The fragment cannot be merged. The message says what to do."""


def merged(contract: str, fragment: str) -> str:
    """The text of the contract with the fragment in it.

    Raises:
        MergeError: The fragment is not a YAML mapping, or a comment would be lost.
    """
    yaml = _contract_yaml()
    try:
        document, patch = yaml.load(contract), yaml.load(fragment)
    except YAMLError as error:
        raise MergeError(f"This is not YAML: {error}") from error
    if not isinstance(document, CommentedMap) or not isinstance(patch, CommentedMap):
        raise MergeError("What is to be merged is not a YAML mapping. Give what `tela-runs drift` printed.")
    _apply(document, patch)
    stream = io.StringIO()
    yaml.dump(document, stream)
    text = stream.getvalue()
    if _comments(contract) - _comments(text):
        raise MergeError("A comment of the contract would be lost. Merge the lines by hand.")
    return text


def _comments(text: str) -> Counter[str]:
    """The lines that are a comment, and how often each is there."""
    return Counter(line for line in map(str.strip, text.splitlines()) if line.startswith("#"))


def _contract_yaml() -> YAML:
    """A reader and writer that gives openapi.yaml back as it is laid out."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(
        type(None), lambda representer, _: representer.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    return yaml


def _apply(document: CommentedMap, patch: CommentedMap) -> None:
    """Merge a patch in place. What follows the line of a key, comments and blank lines, goes on following it."""
    for key, value in patch.items():
        if value is None and key not in document:
            continue
        keys = [*document]
        following = _take(document, key if key in document else keys[-1]) if keys else ""
        if value is None:
            del document[key]
            document.ca.items.pop(key, None)
            key = next(reversed(keys[: keys.index(key)]), None)  # noqa: PLW2901 - the line that is before it
        elif isinstance(value, CommentedMap) and isinstance(document.get(key), CommentedMap):
            _apply(document[key], value)
        else:
            document[key] = value
        if key is not None:
            _put(document, key, following)


def _leaf(holder: Any, key: Any) -> tuple[Any, Any, int]:
    """The holder and the key of the last line of a value, and the place of the comment after it."""
    value = holder[key]
    while isinstance(value, (CommentedMap, CommentedSeq)) and value and not value.fa.flow_style():
        holder, key = value, next(reversed(value)) if isinstance(value, CommentedMap) else len(value) - 1
        value = holder[key]
    return holder, key, 2 if isinstance(holder, CommentedMap) else 0


def _take(holder: Any, key: Any) -> str:
    """Take away what follows the last line of a value: the rest of the file has it as a comment on that line."""
    holder, key, place = _leaf(holder, key)
    token = holder.ca.items.get(key, [None] * 4)[place]
    if token is None:
        return ""
    is_block = isinstance(holder[key], ScalarString) and holder[key].style in ("|", ">")
    own, end, rest = ("", "", token.value) if is_block else token.value.partition("\n")
    token.value = own + end if own else ""
    if not own:
        holder.ca.items[key][place] = None
    return str(rest)


def _put(holder: Any, key: Any, following: str) -> None:
    """Let this follow the last line of a value."""
    if not following:
        return
    holder, key, place = _leaf(holder, key)
    comments = holder.ca.items.setdefault(key, [None] * 4)
    is_block = isinstance(holder[key], ScalarString) and holder[key].style in ("|", ">")
    own = comments[place].value if comments[place] else "" if is_block else "\n"
    comments[place] = CommentToken(own + following, CommentMark(0), None)
