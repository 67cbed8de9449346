"""The generated models: what fits is typed, and whatever is read is written back as it came."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_api.models import (
    CanvasRun,
    CanvasRunStatus,
    CompletionType,
    FileUsage,
    FreeFormObject,
    ImageDetail,
    ImagePart,
    InputContent,
    Message,
    MessageRole,
    OutputContent,
    RawInput,
    Role,
    TextPart,
    ToolCall,
)
from tela_api.types import UNSET

from .document import examples_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Path = tuple[str | int, ...]

# No key in camelCase, which would be written back in snake_case when it is one of the API's.
keys = st.text(max_size=8).filter(lambda key: not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", key))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)

# Below these keys everything is the user's own, and so it is below the `content` of the output.
FREE_FORM = {"variables", "raw_output", "properties", "arguments"}


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """The path of every value in a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def put(value: Any, path: Path, new: object) -> None:
    """Replace what is at `path` in a JSON value."""
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


def camel(key: str) -> str:
    """A snake_case key in camelCase."""
    first, *rest = key.split("_")
    return first + "".join(word.capitalize() for word in rest)


def pickled(value: Any) -> Any:
    """A value that has been through a pickle."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - made right here


def in_camel_case(value: Any, path: Path = ()) -> Any:
    """A run as an API with camelCase keys sends it."""
    if path and (path[-1] in FREE_FORM or path == ("output_content", "content")):
        return value
    if isinstance(value, dict):
        return {camel(key): in_camel_case(inner, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [in_camel_case(item, path) for item in value]
    return value


def test_the_reference_sample_round_trips(sample: dict[str, Any]) -> None:
    """The run of the API reference is written back equal, and the contract names all of its fields."""
    run = CanvasRun.from_dict(sample)
    assert run.to_dict() == sample
    assert run.additional_properties == {}
    assert isinstance(run.input_content, InputContent)
    assert run.input_content.additional_properties == {}
    assert isinstance(run.raw_input, RawInput)
    assert run.raw_input.additional_properties == {}


def test_a_run_is_typed_throughout(succeeded: dict[str, Any]) -> None:
    """Every documented value of a run becomes its documented type, down to the innermost."""
    run: Any = CanvasRun.from_dict(succeeded)
    assert run.status is CanvasRunStatus.SUCCEEDED
    assert run.updated_at == dt.datetime(2025, 3, 14, 9, 26, 58, 120_000, tzinfo=dt.UTC)
    assert run.deleted_at is None
    assert run.compatibility_date == dt.datetime(2024, 10, 1, tzinfo=dt.UTC)
    text, image = run.input_content.messages[1].content
    assert isinstance(text, TextPart)
    assert isinstance(image, ImagePart)
    assert run.input_content.messages[1].content[1].image_url.detail is ImageDetail.HIGH
    assert run.input_content.files[0].used_at is FileUsage.MESSAGES
    assert run.output_content.role is Role.ASSISTANT
    assert run.output_content.content == {"invoiceNumber": "17", "total": 118.0, "currency": "EUR"}
    assert run.output_content.information.input_tokens == 512
    assert run.raw_input.override.type_ is CompletionType.CHAT
    assert run.raw_input.override.functions[0].parameters.required == ["amount"]
    assert run.raw_input.variables["Language"] == "en"
    assert run.raw_input.messages[0].role is MessageRole.USER
    assert run.input_content.messages[0].function_call is UNSET


def test_every_example_round_trips(contract: dict[str, Any]) -> None:
    """Each run among the contract's examples is written back equal."""
    runs = examples_of(contract, "CanvasRun")
    assert len(runs) >= 5
    for run in runs:
        assert CanvasRun.from_dict(run).to_dict() == run


@given(data=st.data(), new=json_values)
def test_any_value_anywhere_is_kept(contract: dict[str, Any], data: st.DataObject, new: object) -> None:
    """Whatever JSON value stands anywhere inside a run, the run is read, and written back equal."""
    run = json.loads(json.dumps(contract["components"]["examples"]["RunSucceeded"]["value"]))
    path = data.draw(st.sampled_from([path for path in places(run) if path]))
    put(run, path, new)
    assert CanvasRun.from_dict(run).to_dict() == run


@given(run=st.dictionaries(keys, json_values, max_size=4), run_id=json_values, status=json_values)
def test_any_object_with_id_and_status_is_a_run(run: dict[str, Any], run_id: object, status: object) -> None:
    """An object with an id and a status is read, whatever these and the others are."""
    run |= {"id": run_id, "status": status}
    assert CanvasRun.from_dict(run).to_dict() == run


def test_one_wrong_value_does_not_untype_what_is_around_it(succeeded: dict[str, Any]) -> None:
    """An unknown role and a number for a message, deep in raw_input, leave all the rest of it typed."""
    succeeded["raw_input"]["messages"] = [{"role": "wizard", "content": "hi"}, 5, {"role": "user"}]
    succeeded["raw_input"]["override"]["type"] = "telepathy"
    run: Any = CanvasRun.from_dict(succeeded)
    first, second, third = run.raw_input.messages
    assert (first.role.value, first.content) == ("wizard", "hi")
    assert second == 5
    assert third.role is MessageRole.USER
    assert run.raw_input.override.type_ == "telepathy"
    assert isinstance(run.raw_input, RawInput)
    assert run.to_dict() == succeeded


def test_unknown_fields_are_kept_at_every_level(succeeded: dict[str, Any]) -> None:
    """A field that the contract does not name is kept in every object of a run, and written back."""
    objects = 0
    for path in list(places(succeeded)):
        value: Any = succeeded
        for key in path:
            value = value[key]
        if isinstance(value, dict):
            value["x-new"] = {"at": list(path)}
            objects += 1
    assert objects > 20
    run: Any = CanvasRun.from_dict(succeeded)
    assert run["x-new"] == {"at": []}
    assert run.raw_input.override.structured_output["x-new"] == {"at": ["raw_input", "override", "structured_output"]}
    assert run.to_dict() == succeeded


def test_camel_case_is_read_as_snake_case(succeeded: dict[str, Any]) -> None:
    """A run with the API's own keys in camelCase is equal to the same run in snake_case."""
    received = in_camel_case(succeeded)
    assert "inputContent" in received
    assert "parsedContent" in received["inputContent"]["files"][0]
    assert received["outputContent"]["content"] == succeeded["output_content"]["content"]
    assert CanvasRun.from_dict(received) == CanvasRun.from_dict(succeeded)
    assert CanvasRun.from_dict(received).to_dict() == succeeded


def test_the_sample_in_camel_case_leaves_no_key_over(sample: dict[str, Any]) -> None:
    """No documented key of the reference sample is unknown in camelCase."""
    assert CanvasRun.from_dict(in_camel_case(sample)) == CanvasRun.from_dict(sample)


def test_snake_case_wins() -> None:
    """When a key comes in both spellings, snake_case is the field, and the other is kept as it is."""
    body = {"id": "a", "status": "created", "credits_used": 1, "creditsUsed": 2}
    run = CanvasRun.from_dict(body)
    assert run.credits_used == 1
    assert run.additional_properties == {"creditsUsed": 2}
    assert run.to_dict() == body


@pytest.mark.parametrize("key", ["output_content", "outputContent", "used_at", "usedAt", "inputTokens", "type"])
def test_keys_of_free_form_objects_are_never_renamed(key: str) -> None:
    """A user's key that is spelled as one of the API's is left alone, wherever users' keys stand."""
    users = {key: {key: 1}}
    body = {
        "id": "a",
        "status": "succeeded",
        "input_content": {"variables": users, "messages": [{"function_call": {"arguments": users}}]},
        "output_content": {"content": users, "tool_calls": [{"arguments": users}]},
        "raw_input": {
            "variables": users,
            "override": {"structured_output": {"schema": {"properties": users}}},
        },
        "raw_output": users,
    }
    run: Any = CanvasRun.from_dict(body)
    assert run.to_dict() == body
    assert run.raw_output[key] == {key: 1}
    assert run.output_content.content == users
    assert run.input_content.variables.additional_properties == users


@pytest.mark.parametrize("body", [None, [], "created", 5, [["id", "a"], ["status", "created"]]])
def test_what_is_not_an_object_is_a_type_error(body: Any) -> None:
    """`from_dict` of anything but an object says so, also of a list that `dict` would take."""
    with pytest.raises(TypeError, match=f"CanvasRun: not a JSON object but {type(body).__name__}"):
        CanvasRun.from_dict(body)


@pytest.mark.parametrize(
    ("body", "missing"),
    [({}, "id, status"), ({"id": "a"}, "status"), ({"Status": "created", "id": "a"}, "status")],
)
def test_a_missing_required_field_is_a_value_error(body: dict[str, Any], missing: str) -> None:
    """`from_dict` names the required fields that are not there."""
    with pytest.raises(ValueError, match=f"^CanvasRun: missing {missing}$"):
        CanvasRun.from_dict(body)


def test_reading_changes_nothing_of_what_is_read(succeeded: dict[str, Any]) -> None:
    """`from_dict` leaves the object that it is given as it was, in either spelling."""
    for body in (succeeded, in_camel_case(succeeded)):
        before = copy.deepcopy(body)
        CanvasRun.from_dict(body)
        assert body == before


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_a_model_survives_copy_and_pickle(again: Callable[[Any], Any], succeeded: dict[str, Any]) -> None:
    """A copied and a pickled run equal the run, and are written back equal, with an unknown status too."""
    succeeded["status"] = "completed"
    run = CanvasRun.from_dict(succeeded)
    assert again(run) == run
    assert again(run).to_dict() == succeeded
    assert again(run).status.value == "completed"


def test_parts_are_told_apart_by_their_type() -> None:
    """A part is of the class that its type names, and of a free-form object when its type is unknown."""
    parts = [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "audio"}, {"text": "a"}, "a", None]
    message: Any = Message.from_dict({"content": parts})
    assert [type(part) for part in message.content] == [
        TextPart,
        ImagePart,
        FreeFormObject,
        FreeFormObject,
        str,
        type(None),
    ]
    assert message.to_dict() == {"content": parts}


@pytest.mark.parametrize("arguments", ['{"a": 1}', {"a": 1}, None, [1], 5])
def test_arguments_are_text_or_object(arguments: object) -> None:
    """The arguments of a tool call are kept as text, or as an object."""
    call = ToolCall.from_dict({"arguments": arguments})
    assert call.to_dict() == {"arguments": arguments}
    assert isinstance(call.arguments, FreeFormObject) == isinstance(arguments, dict)


@pytest.mark.parametrize("content", [None, "", "text", 5, 1.5, False, [], [1], {}, {"a": {"b": [None]}}])
def test_the_output_may_be_any_json(content: object) -> None:
    """The content of the output is what it was, whatever JSON it is."""
    output = OutputContent.from_dict({"content": content})
    assert output.content == content
    assert type(output.content) is type(content)
