"""tools/merge.py: lines are merged into the contract by meaning, and the lines around them stay."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from merge import MergeError, merged

from .conftest import ROOT

CONTRACT = """\
# On top.
a:
  b: 1  # one
  # Before c.
  c: [x, "y"]

  # ---- section ----
  d: >-
    folded
    text

    with a gap
  e:
    - f: 1
    - g: 2
# At the end.
h: {i: 1}
"""


@pytest.mark.parametrize(
    ("fragment", "replaced", "by"),
    [
        ("a:\n  b: 2\n", "  b: 1  # one\n", "  b: 2 # one\n"),
        ("a:\n  c: [x, y, z]\n", '  c: [x, "y"]\n', "  c: [x, y, z]\n"),
        ("a:\n  new: {k: v}\n", "    - g: 2\n", "    - g: 2\n  new: {k: v}\n"),
        ("a:\n    new:\n        k: v # why\n", "    - g: 2\n", "    - g: 2\n  new:\n    k: v # why\n"),
        ("a:\n  c: null\n", '  c: [x, "y"]\n', ""),
        ("a:\n  d: short\n", "  d: >-\n    folded\n    text\n\n    with a gap\n", "  d: >-\n    short\n"),
        ("a:\n  e:\n    - only\n", "  e:\n    - f: 1\n    - g: 2\n", "  e:\n    - only\n"),
        ("new: 1\n", "h: {i: 1}\n", "h: {i: 1}\nnew: 1\n"),
        ("# A comment.\nh: 7\n", "h: {i: 1}\n", "h: 7\n"),
        ("a:\n  nothing: null\n", "", ""),
        ("h:\n  j: 2\n", "h: {i: 1}\n", "h: {i: 1, j: 2}\n"),
    ],
)
def test_only_what_is_named_changes(fragment: str, replaced: str, by: str) -> None:
    """Values are replaced, keys added at the end and removed; every other line stays as it is."""
    assert replaced in CONTRACT
    assert merged(CONTRACT, fragment) == CONTRACT.replace(replaced, by, 1)


@pytest.mark.parametrize(
    ("fragment", "message"),
    [
        ("[1]", "not a YAML mapping"),
        ("", "not a YAML mapping"),
        ("a: [", "This is not YAML"),
        ("a:\n  b: null\n", "Merge the lines by hand"),
    ],
)
def test_what_cannot_be_merged_is_rejected(fragment: str, message: str) -> None:
    """What is not a mapping, and what would go into a mapping on one line, is an error."""
    with pytest.raises(MergeError, match=message):
        merged(CONTRACT, fragment)


def test_the_contract_merged_with_a_part_of_itself_says_the_same() -> None:
    """Every schema of the contract, merged into it once more, changes nothing that it says."""
    text = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    fragment = yaml.safe_dump({"components": {"schemas": document["components"]["schemas"]}}, sort_keys=False)
    assert yaml.safe_load(merged(text, fragment)) == document


KEYS = st.sampled_from(["a", "b", "c", "d e", "on", "5"])
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=3)


def merge(document: Any, patch: Any) -> Any:
    """The merge of parsed documents."""
    if not isinstance(patch, dict) or not isinstance(document, dict):
        return patch
    result = {**document, **{key: merge(document.get(key), value) for key, value in patch.items()}}
    return {key: value for key, value in result.items() if key not in patch or patch[key] is not None}


@given(MAPPINGS, MAPPINGS)
def test_the_text_says_what_the_merge_says(document: dict[str, Any], patch: dict[str, Any]) -> None:
    """Whatever is merged, the text has the meaning of the merge."""
    text = merged(yaml.safe_dump(document), yaml.safe_dump(patch))
    assert yaml.safe_load(text) == merge(document, patch)


def test_the_contract_is_written_as_it_is_laid_out() -> None:
    """A merge that changes nothing gives the contract back, byte for byte."""
    text = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    assert merged(text, "openapi: 3.1.0") == text
