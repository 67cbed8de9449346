"""The YAML that is printed takes the drift in, and nothing else changes."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tela_runs.drift import Kind, amend, amendment, amendment_yaml, documented_contract, find_drift

from .test_find_drift import SAMPLE, STATUSES, message, run

if TYPE_CHECKING:
    from collections.abc import Callable

Payload = dict[str, Any]

CONTRACT = documented_contract()
BEFORE = deepcopy(CONTRACT.document)


def schemas_of(*payloads: Payload) -> dict[str, Any]:
    """What the amendment for these payloads says about the schemas."""
    patch = amendment(CONTRACT, find_drift(payloads, CONTRACT))
    assert list(patch) == ["components"]
    schemas: dict[str, Any] = patch["components"]["schemas"]
    return schemas


def test_without_drift_there_is_nothing_to_add() -> None:
    """No deviation, no amendment, no YAML."""
    assert amendment(CONTRACT, []) == {}
    assert amendment_yaml(CONTRACT, []) == ""


SEEN = "Undocumented; seen in responses."
FREE = {"$ref": "#/components/schemas/FreeFormObject"}


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        (["high"], {"type": ["string", "null"]}),
        ([7], {"type": ["number", "null"]}),
        ([1.5, 7, None], {"type": ["number", "null"]}),
        ([True], {"type": ["boolean", "null"]}),
        ([None], {}),
        (["2025-03-14T09:26:53Z"], {"type": ["string", "null"], "format": "date-time"}),
        (["2025-03-14T09:26:53Z", "never"], {"type": ["string", "null"]}),
        ([{"a": 1}], {"anyOf": [FREE, {"type": "null"}]}),
        ([["a"], []], {"type": ["array", "null"], "items": {"type": "string"}}),
        ([[]], {"type": ["array", "null"]}),
        ([[{"a": 1}, None]], {"type": ["array", "null"], "items": {"anyOf": [FREE, {"type": "null"}]}}),
        (["a", 1], {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]}),
    ],
    ids=str,
)
def test_a_new_field_has_the_type_of_all_that_was_seen(values: list[Any], schema: dict[str, Any]) -> None:
    """A field is nullable, of the type of all values seen; an object is free-form."""
    field = {**schema, "description": SEEN}
    assert schemas_of(*(run(brand_new=value) for value in values)) == {
        "CanvasRun": {"properties": {"brand_new": field}}
    }


@pytest.mark.parametrize(
    ("payload", "schemas"),
    [
        (run(status="brand-new"), {"CanvasRunStatus": {"enum": [*STATUSES, "brand-new"]}}),
        (
            run(credits_used="4"),
            {"CanvasRun": {"properties": {"credits_used": {"type": ["number", "string", "null"]}}}},
        ),
        (run(workspaceId="w"), {"CanvasRun": {"properties": {"workspace_id": {"x-also-spelled": ["workspaceId"]}}}}),
        ({"status": "running"}, {"CanvasRun": {"required": ["status"]}}),
        (
            run(status=None),
            {
                "CanvasRun": {
                    "properties": {
                        "status": {
                            "$ref": None,
                            "anyOf": [{"$ref": "#/components/schemas/CanvasRunStatus"}, {"type": "null"}],
                        }
                    }
                }
            },
        ),
        (
            run(created_at="yesterday"),
            {
                "CanvasRun": {
                    "properties": {
                        "created_at": {
                            "type": None,
                            "format": None,
                            "anyOf": [
                                {"type": "string", "format": "date-time"},
                                {"type": "string"},
                                {"type": "null"},
                            ],
                        }
                    }
                }
            },
        ),
        (
            run(compatibility_date="today"),
            {
                "CanvasRun": {
                    "properties": {
                        "compatibility_date": {
                            "anyOf": [
                                {"type": "string", "format": "date"},
                                {"type": "string", "format": "date-time"},
                                {"type": "string"},
                                {"type": "null"},
                            ]
                        }
                    }
                }
            },
        ),
        (
            message(7),
            {
                "MessageContent": {
                    "anyOf": [
                        {"type": "string"},
                        {"$ref": "#/components/schemas/ContentPart"},
                        {"type": "array", "items": {"$ref": "#/components/schemas/ContentPart"}},
                        {"type": "number"},
                        {"type": "null"},
                    ]
                }
            },
        ),
        (
            message([{"type": "input_audio", "seconds": 7}]),
            {
                "ContentPart": {
                    "anyOf": [
                        {"$ref": "#/components/schemas/TextPart"},
                        {"$ref": "#/components/schemas/ImagePart"},
                        {"$ref": "#/components/schemas/InputAudioPart"},
                        FREE,
                    ]
                },
                "InputAudioPart": {
                    "type": "object",
                    "description": SEEN,
                    "additionalProperties": True,
                    "properties": {
                        "type": {"const": "input_audio", "description": "The kind, `input_audio`."},
                        "seconds": {"type": ["number", "null"], "description": SEEN},
                    },
                },
            },
        ),
    ],
    ids=["value", "type", "spelling", "missing", "null", "format", "formats", "union", "part"],
)
def test_each_kind_of_deviation_has_its_amendment(payload: Payload, schemas: dict[str, Any]) -> None:
    """What is to be merged is the least that allows what was seen."""
    assert schemas_of(payload) == schemas


def test_the_yaml_says_what_the_amendment_says() -> None:
    """The YAML is that of the amendment, in the layout of openapi.yaml."""
    deviations = find_drift([run(status="brand-new", brand_new="high")], CONTRACT)
    text = amendment_yaml(CONTRACT, deviations)
    assert yaml.safe_load(text) == amendment(CONTRACT, deviations)
    assert '          type: [string, "null"]\n' in text
    assert f"      enum: [{', '.join(STATUSES)}, brand-new]\n" in text


def test_the_contract_is_left_as_it_is() -> None:
    """Amending gives another contract."""
    amend(CONTRACT, find_drift([run(status="brand-new", brand_new=1)], CONTRACT))
    assert CONTRACT.document == BEFORE


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def spoiled_runs(draw: st.DrawFn) -> Payload:
    """The documented sample with a few of its values and keys replaced, wherever they are."""
    payload = deepcopy(SAMPLE)
    for _ in range(draw(st.integers(1, 6))):
        holder: Any = payload
        while isinstance(holder, (dict, list)) and holder:
            step = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
            inner = holder[step]
            if not isinstance(inner, (dict, list)) or not inner or draw(st.booleans()):
                _spoil(draw, holder, step)
                break
            holder = inner
    return payload


def _spoil(draw: st.DrawFn, holder: Any, step: Any) -> None:
    ways: list[Callable[[], None]] = [lambda: holder.__setitem__(step, draw(JSON))]
    if isinstance(holder, dict):
        ways += [
            lambda: holder.__setitem__(draw(st.text(min_size=1, max_size=5)), draw(JSON)),
            lambda: holder.__setitem__(step.title().replace("_", ""), holder.pop(step)),
            lambda: holder.pop(step),
        ]
    draw(st.sampled_from(ways))()


@given(st.lists(spoiled_runs(), min_size=1, max_size=3))
def test_an_amended_contract_has_no_drift_left(payloads: list[Payload]) -> None:
    """Whatever was found, the amended contract holds it: no drift remains, and JSON Schema finds the payloads valid."""
    deviations = find_drift(payloads, CONTRACT)
    amended = amend(CONTRACT, deviations)
    assert find_drift(payloads, amended) == []
    check = Draft202012Validator(
        {"$ref": "#/components/schemas/CanvasRun", "components": amended.document["components"]}
    )
    for payload in payloads:
        check.validate(payload)


@given(spoiled_runs())
@example(run(compatibility_date=""))
def test_what_is_invalid_is_drift(payload: Payload) -> None:
    """A payload that is not valid by JSON Schema has a deviation that says so."""
    check = Draft202012Validator(
        {"$ref": "#/components/schemas/CanvasRun", "components": CONTRACT.document["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    kinds = {deviation.kind for deviation in find_drift([payload], CONTRACT)}
    if not check.is_valid(payload):
        # An additional field is valid, in either spelling.
        assert kinds - {Kind.UNKNOWN_FIELD, Kind.CAMEL_CASE}


def test_an_array_may_be_any_of_the_arrays_that_are_documented() -> None:
    """Where one amendment adds a second kind of array to a place, both are free of drift (found by chance)."""
    payloads = [message([[False]]), message([{"type": "text", "text": "Hello"}]), message([])]
    amended = amend(CONTRACT, find_drift(payloads, CONTRACT))
    assert find_drift(payloads, amended) == []
    assert [deviation.kind for deviation in find_drift([message([[1]])], amended)] == [Kind.WRONG_TYPE]
