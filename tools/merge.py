"""Merge what `tela-runs drift` printed into `openapi.yaml`, as a person would: by lines, every comment left in place.

The rules are those of a merge patch (RFC 7396): mappings are merged, everything else is replaced, null removes a key.
New keys go to the end of their mapping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from attrs import frozen

if TYPE_CHECKING:
    from pathlib import Path


class MergeError(ValueError):
    """The lines cannot be merged mechanically. The message says what to do."""


@frozen
class _Edit:
    """Lines `first` up to, but without, `end` give way to others."""

    first: int
    end: int
    lines: list[str]


def merge_file(contract: Path, fragment: Path) -> None:
    """Merge the YAML in `fragment` into the contract.

    Raises:
        MergeError: See `merged`. The contract is untouched.
        OSError: A file cannot be read or written.
    """
    text = merged(contract.read_text(encoding="utf-8"), fragment.read_text(encoding="utf-8"))
    contract.write_text(text, encoding="utf-8")


def merged(contract: str, fragment: str) -> str:
    """The text of the contract with the fragment in it.

    Raises:
        MergeError: The fragment is no YAML mapping, or the contract is not laid out in blocks where it is to change.
    """
    try:
        patch, document = yaml.safe_load(fragment), yaml.safe_load(contract)
        root, additions = yaml.compose(contract), yaml.compose(fragment)
    except yaml.YAMLError as error:
        raise MergeError(f"This is no YAML: {error}") from error
    if not isinstance(root, yaml.MappingNode) or not isinstance(additions, yaml.MappingNode):
        raise MergeError("The lines to merge are no YAML mapping. Give what `tela-runs drift` printed.")
    lines = contract.splitlines()
    for edit in sorted(_edits(root, additions, fragment.splitlines()), key=lambda edit: edit.first, reverse=True):
        lines[edit.first : edit.end] = edit.lines
    text = "\n".join(lines) + "\n"
    if _read(text) != apply_patch(document, patch):
        raise MergeError("The lines do not fit how the contract is laid out there. Merge them by hand.")
    return text


def _read(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def apply_patch(document: Any, patch: Any) -> Any:
    """The merge of parsed documents (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = apply_patch(result.get(key), value)
    return result


def _edits(old: yaml.MappingNode, new: yaml.MappingNode, source: list[str]) -> list[_Edit]:
    """What to change in the lines of `old` for the mapping `new`, whose text is `source`."""
    present = {key.value: (key, value) for key, value in old.value}
    edits: list[_Edit] = []
    added: list[str] = []
    for key, value in new.value:
        removed = isinstance(value, yaml.ScalarNode) and value.tag == "tag:yaml.org,2002:null"
        if key.value not in present:
            added += [] if removed else _moved(key, value, source, old.start_mark.column)
            continue
        here, found = present[key.value]
        if isinstance(found, yaml.MappingNode) and isinstance(value, yaml.MappingNode):
            edits += _edits(found, value, source)
        else:
            lines = [] if removed else _moved(key, value, source, old.start_mark.column)
            edits.append(_Edit(here.start_mark.line, _end(found), lines))
    if added:
        edits.append(_Edit(_end(old), _end(old), added))
    return edits


def _moved(key: yaml.Node, value: yaml.Node, source: list[str], column: int) -> list[str]:
    """The lines of a key and its value, indented so that the key stands in this column."""
    lines = source[key.start_mark.line : _end(value)]
    return [f"{' ' * column}{line[key.start_mark.column :]}".rstrip() for line in lines]


def _end(node: yaml.Node) -> int:
    """The line after the last one of a node; comments and blank lines that follow are not part of it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    # The mark of a block scalar stands at the beginning of the line after it.
    behind = node.end_mark.column == 0 and node.end_mark.line > node.start_mark.line
    return int(node.end_mark.line) + (not behind)
