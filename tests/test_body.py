"""The body of a create: the JSON text that Python's own encoder writes; what is not JSON is named by its path."""

from __future__ import annotations

import enum
import json
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs._create import encode_body
from tela_runs.errors import ConfigurationError
from tela_runs.files import File

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


class Color(enum.StrEnum):
    """A value that is text."""

    RED = "red"


class Point(NamedTuple):
    """A value that is a tuple."""

    x: int
    y: int


def encoded(value: Any) -> Any:
    """What a server reads."""
    return json.loads(b"".join(encode_body(value)))


@given(JSON)
def test_body_is_what_the_json_module_writes(value: Any) -> None:
    """Byte for byte, in UTF-8 and without spaces: no key is renamed, no value changed."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    assert b"".join(encode_body(value)) == text.encode()


@given(JSON)
def test_files_may_stand_anywhere(value: Any) -> None:
    """Beside values of every kind, at any depth."""
    file = File.from_url("https://example.com/a.pdf")
    body = {"variables": {"a": [value, {"b": file}], "c": file}}
    seen = {"file_url": "https://example.com/a.pdf"}
    assert encoded(body) == {"variables": {"a": [value, {"b": seen}], "c": seen}}


def test_what_behaves_like_json_is_encoded_as_it() -> None:
    """Other mappings, tuples, enumerations of text, numbers and booleans of other libraries, as in a row of pandas."""
    value = [
        OrderedDict(a=1),
        MappingProxyType({"b": 2}),
        (3, Point(4, 5)),
        Color.RED,
        {Color.RED: 6},
        np.int64(7),
        np.float32(0.5),
        np.True_,
        Fraction(1, 4),
        10**400,
    ]
    assert encoded(value) == [{"a": 1}, {"b": 2}, [3, [4, 5]], "red", {"red": 6}, 7, 0.5, True, 0.25, 10**400]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "variables.invoice[2].total is NaN, infinite"),
        (float("-inf"), "variables.invoice[2].total is NaN, infinite"),
        (np.float64("inf"), "variables.invoice[2].total is NaN, infinite"),
        pytest.param(10**5000, "variables.invoice[2].total is NaN, infinite or too large", id="long"),
        (Fraction(10**400), "variables.invoice[2].total is NaN, infinite or too large"),
        (b"bytes", "variables.invoice[2].total is of type bytes"),
        (Decimal(1), "variables.invoice[2].total is of type Decimal"),
        ({1, 2}, "variables.invoice[2].total is of type set"),
        (iter([1]), "variables.invoice[2].total is of type list_iterator"),
        (np.array([1]), "variables.invoice[2].total is of type ndarray"),
        (1j, "variables.invoice[2].total is of type complex"),
        ({1: 2}, "variables.invoice[2].total has a key that is int"),
        ({None: 2}, "variables.invoice[2].total has a key that is NoneType"),
        ("\ud800", "'variables.invoice[2].total' holds a lone surrogate"),
        ({"\udfff": 1}, "'variables.invoice[2].total.\\udfff' holds a lone surrogate"),
        (File.from_url("data:,x", options={"a": b""}), "variables.invoice[2].total.options.a is of type bytes"),
        (File.from_bytes(b"x", name="\udc80.pdf"), "'variables.invoice[2].total.file_name' holds a lone surrogate"),
    ],
)
def test_what_json_does_not_have_is_rejected_with_its_path(value: Any, message: str) -> None:
    """The message names the place, and holds nothing of the value's own."""
    with pytest.raises(ConfigurationError) as caught:
        encode_body({"variables": {"invoice": [1, 2, {"total": value}]}})
    assert str(caught.value).startswith(message)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("value", [object(), {5: 1}])
def test_body_itself_is_named(value: Any) -> None:
    """Where there is no path yet."""
    with pytest.raises(ConfigurationError, match=r"^The body (is of type object|has a key that is int)"):
        encode_body(value)


def test_deep_and_cyclic_values_are_rejected() -> None:
    """With a message, rather than a RecursionError."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    cyclic: dict[str, Any] = {}
    cyclic["again"] = cyclic
    for value in (deep, cyclic):
        with pytest.raises(ConfigurationError, match="nested too deeply, or contains itself") as caught:
            encode_body(value)
        assert caught.value.__context__ is None


def test_only_files_are_pieces_of_their_own() -> None:
    """So that the number of writes does not grow with the number of values."""
    file = File.from_bytes(bytes(1 << 16), mime_type="a/b")
    assert len(encode_body([*range(1000), "x" * (1 << 16), {"a": [None]}])) == 1
    pieces = encode_body([*range(1000), file, *range(1000), file])
    assert [piece is file.file_url for piece in pieces] == [False, True, False, True, False]
