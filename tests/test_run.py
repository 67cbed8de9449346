"""What a run is: its fields, its copies, and what it makes of payloads nobody promised."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs import InvalidResponseError, OutputError, Run, RunStatus, Usage, WaitTimeoutError, parse_webhook

SAMPLE: dict[str, Any] = json.loads(
    (Path(__file__).parent / "contract" / "reference_sample.json").read_text(encoding="utf-8")
)

FINISHED: dict[str, Any] = {
    "id": "crsv-1",
    "status": "succeeded",
    "output_content": {
        "role": "assistant",
        "content": {"my_total": 3},
        "information": {"duration": 1.5, "cost": 0.02, "input_tokens": 10, "output_tokens": 20},
    },
    "raw_input": {"canvas_id": "c1", "variables": {"myVar": 1, "other_var": {"innerKey": [1]}}},
    "prompt_version_id": "v1",
    "created_at": "2026-01-01T00:00:00.000Z",
    "updated_at": "2026-01-01T00:00:09Z",
    "novelty": {"a": 1},
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def test_the_fields_of_a_finished_run_are_read() -> None:
    """Output, usage, canvas, version and stamps are read from where the API puts them."""
    run = Run.from_dict(FINISHED)
    assert (run.id, run.status, run.status_text) == ("crsv-1", RunStatus.SUCCEEDED, "succeeded")
    assert (run.is_finished, run.succeeded, run.failed) == (True, True, False)
    assert run.output == {"my_total": 3}
    assert run.usage == Usage(1.5, 0.02, 10, 20)
    assert (run.canvas_id, run.prompt_version_id) == ("c1", "v1")
    assert run.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert run.updated_at == datetime(2026, 1, 1, 0, 0, 9, tzinfo=UTC)
    assert run.data.additional_properties == {"novelty": {"a": 1}}
    assert run.to_dict() == FINISHED
    assert repr(run) == "<Run 'crsv-1' succeeded>"


@pytest.mark.parametrize("status", ["\x1b[2J\r\nERROR forged", "\ud800", "z" * 100_000])
def test_what_is_shown_of_a_status_is_short_and_printable(status: str) -> None:
    """A server may send any text as one."""
    run = Run.from_dict({"id": "r1", "status": status})
    with pytest.raises(OutputError) as without_output:
        run.output_as(int)
    timed_out = WaitTimeoutError(run_id="r1", run=run, elapsed=1.0, polls=1)
    for text in (repr(run), str(without_output.value), str(timed_out)):
        assert text.isprintable()
        assert len(text) < 400


def test_documented_sample_is_a_run() -> None:
    """It is a run, and `to_dict` gives it back."""
    run = Run.from_dict(SAMPLE)
    assert run.status is RunStatus.CREATED
    assert run.to_dict() == SAMPLE


def test_run_with_nothing_but_id_and_status_is_valid() -> None:
    """Everything else is None, or empty."""
    run = Run.from_dict({"id": "a", "status": "created"})
    assert (run.output, run.canvas_id, run.created_at, run.updated_at) == (None, None, None, None)
    assert run.usage == Usage()
    assert run.to_dict() == {"id": "a", "status": "created"}


def test_camel_case_is_read_and_the_users_keys_are_left_alone() -> None:
    """The API's own keys are read in both spellings; keys inside free-form values are never renamed."""
    run = Run.from_dict(
        {
            "id": "a",
            "status": "succeeded",
            "outputContent": {"content": {"myKey": {"outputContent": 1}}, "information": {"inputTokens": 4}},
            "rawInput": {"canvasId": "c9", "variables": {"canvasId": "mine", "snake_key": 1}},
            "updatedAt": "2026-01-01T00:00:00Z",
        }
    )
    assert run.output == {"myKey": {"outputContent": 1}}
    assert run.usage.input_tokens == 4
    assert run.canvas_id == "c9"
    assert run.updated_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert run.data.raw_input.variables.additional_properties == {"canvasId": "mine", "snake_key": 1}  # type: ignore[union-attr]


def test_unknown_status_is_kept_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """It is UNKNOWN and not final, its text is kept, and one warning names it."""
    with caplog.at_level(logging.WARNING, "tela_runs"):
        runs = [Run.from_dict({"id": "a", "status": "test-unknown-once"}) for _ in range(3)]
    assert {(run.status, run.status_text, run.is_finished) for run in runs} == {
        (RunStatus.UNKNOWN, "test-unknown-once", False)
    }
    assert [record.message for record in caplog.records if "test-unknown-once" in record.message] == [
        "Unknown run status 'test-unknown-once': taken as not final. A newer tela-runs may know it."
    ]


def test_status_called_unknown_is_unknown() -> None:
    """The word itself is not a status of the API."""
    assert Run.from_dict({"id": "a", "status": "unknown"}).status is RunStatus.UNKNOWN


@pytest.mark.parametrize("status", list(RunStatus))
def test_two_statuses_are_final(status: RunStatus) -> None:
    """A run leaves neither succeeded nor failed, and may leave all others."""
    assert status.is_terminal is (status in {"succeeded", "failed"})


def test_run_cannot_be_changed_through_what_it_hands_out() -> None:
    """Neither its attributes, nor its output, nor its dict reach back into it."""
    run = Run.from_dict(FINISHED)
    with pytest.raises(AttributeError):
        run.id = "b"
    with pytest.raises(AttributeError):
        del run.id
    run.output["my_total"] = 0
    run.to_dict()["status"] = "failed"
    assert run.to_dict() == FINISHED
    with pytest.raises(TypeError):
        Run()  # type: ignore[call-arg]


def test_run_keeps_a_copy_of_what_it_was_made_of() -> None:
    """Changing the dict later does not change the run."""
    source = copy.deepcopy(FINISHED)
    run = Run.from_dict(source)
    source["output_content"]["content"] = None
    assert run.output == {"my_total": 3}


@pytest.mark.parametrize("remake", [copy.copy, copy.deepcopy, lambda run: pickle.loads(pickle.dumps(run))])  # noqa: S301
def test_run_is_copied_and_pickled_whole(remake: Any) -> None:
    """Before and after its data was read, the copy equals it, hashes alike, and shows the same."""
    run = Run.from_dict(FINISHED)
    for _ in range(2):
        twin = remake(run)
        assert twin == run
        assert hash(twin) == hash(run)
        assert twin.to_dict() == FINISHED
        assert twin.output == run.output


def test_runs_are_equal_by_what_they_hold() -> None:
    """White space does not count, a status does, and other objects are never equal."""
    run = Run.from_json('{"id": "a", "status": "created"}')
    assert run == Run.from_json(b'{"id":"a","status":"created"}')
    assert run != Run.from_json(b'{"id":"a","status":"running"}')
    assert run != "a"


def test_json_beyond_the_standard_is_kept() -> None:
    """NaN and infinities are kept as floats, of duplicate keys the last counts, half surrogates are kept."""
    run = Run.from_json(
        '{"id":"a","status":"created","status":"succeeded",'
        '"output_content":{"content":[NaN,-Infinity,1e999,"\\ud800"]}}'
    )
    assert run.succeeded
    assert repr(run.output) == "[nan, -inf, inf, '\\ud800']"


@given(st.dictionaries(st.sampled_from([*SAMPLE, "outputContent", "rawInput", "createdAt", "x"]), JSON, max_size=8))
def test_any_value_in_any_field_leaves_a_run(fields: dict[str, Any]) -> None:
    """With an id and a status there is a run, whose every property can be read, and nothing of it is lost."""
    payload = {**fields, "id": "a", "status": "succeeded"}
    run = Run.from_dict(payload)
    for name in ("output", "usage", "canvas_id", "prompt_version_id", "created_at", "updated_at", "data"):
        getattr(run, name)
    assert run.succeeded
    assert json.dumps(run.to_dict()) == json.dumps(payload)


@given(st.sampled_from(["input_content", "output_content", "raw_input"]), st.data())
def test_any_value_inside_the_parts_leaves_a_run(part: str, data: st.DataObject) -> None:
    """The same holds one and two levels down."""
    inner = data.draw(st.dictionaries(st.sampled_from([*SAMPLE[part]]), JSON, max_size=5))
    run = Run.from_dict({**SAMPLE, part: {**SAMPLE[part], **inner}})
    assert isinstance(run.usage, Usage)
    _ = run.output, run.canvas_id, run.data.to_dict()
    assert json.dumps(run.to_dict()[part]) == json.dumps({**SAMPLE[part], **inner})


@pytest.mark.parametrize("payload", [[1], {"id": "a", "status": {1, 2}}, {"id": "a"}, {}])
def test_from_dict_rejects_what_is_not_a_payload(payload: Any) -> None:
    """A list, values that are not JSON, a missing status: an InvalidResponseError."""
    with pytest.raises(InvalidResponseError):
        Run.from_dict(payload)


def test_payload_of_a_webhook_is_a_run() -> None:
    """Bytes and text alike; anything else is rejected, naming why."""
    body = json.dumps(FINISHED)
    assert parse_webhook(body) == parse_webhook(body.encode()) == Run.from_dict(FINISHED)
    with pytest.raises(InvalidResponseError, match="no 'status'") as caught:
        parse_webhook(b'{"id": "a"}')
    assert not caught.value.is_transient
    assert caught.value.run_id == "a"
    for payload in (b'{"id": 5}', b'{"id": ""}', b"[1]", b"{", b'{"status": "failed"}'):
        with pytest.raises(InvalidResponseError) as caught:
            parse_webhook(payload)
        assert caught.value.run_id is None
