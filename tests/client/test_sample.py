"""The documentation's own sample of a run, over a socket: every field is reachable, typed and kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

import attrs
from tela_runs import RunStatus, Usage
from tela_runs.emulator import Body

from .listing import SAMPLE

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator

    from .callers import Caller


def _assert_reachable(model: Any, sample: dict[str, Any], path: str) -> int:
    """Every field of the sample is an attribute of the same name with the value; how many were compared."""
    assert attrs.has(type(model)), f"{path} is a bare {type(model).__name__}"
    seen = 0
    for name, value in sample.items():
        attribute = getattr(model, f"{name}_" if name in {"id", "type"} and not hasattr(model, name) else name)
        here = f"{path}.{name}"
        if isinstance(value, dict):
            seen += _assert_reachable(attribute, value, here) if value else _assert_empty(attribute, here)
        elif isinstance(value, list) and isinstance(value[0], dict):
            (item,) = attribute
            seen += _assert_reachable(item, value[0], here)
        elif isinstance(attribute, datetime):
            assert attribute == datetime(2023, 11, 7, 5, 31, 56, tzinfo=UTC), here
        else:
            assert (attribute.value if isinstance(attribute, Enum) else attribute) == value, here
        seen += 1
    return seen


def _assert_empty(attribute: Any, path: str) -> int:
    assert (attribute if isinstance(attribute, dict) else attribute.to_dict()) == {}, path
    return 0


def test_every_field_of_the_sample_is_typed_and_kept(server: Emulator, caller: Caller) -> None:
    """All that the sample has is an attribute of the typed view, with its documented type, and nothing is left over."""
    server.inject(Body(json.dumps(SAMPLE).encode()))
    run = caller.retrieve("any")
    assert run.to_dict() == SAMPLE
    assert run.data.additional_properties == {}
    typed = {name: value for name, value in SAMPLE.items() if name != "raw_output"}
    assert _assert_reachable(run.data, typed, "run") > 60
    assert isinstance(run.data.compatibility_date, datetime)


def test_properties_of_a_run_match_the_sample(server: Emulator, caller: Caller) -> None:
    """What a `Run` offers by itself is what the sample says."""
    server.inject(Body(json.dumps(SAMPLE).encode()))
    run = caller.retrieve("any")
    assert (run.id, run.status, run.status_text) == ("<string>", RunStatus.CREATED, "created")
    assert (run.is_finished, run.succeeded, run.failed) == (False, False, False)
    assert run.usage == Usage(duration=123, cost=123, input_tokens=123, output_tokens=123)
    assert (run.canvas_id, run.prompt_version_id) == ("<string>", "<string>")
    assert run.created_at == run.updated_at == datetime(2023, 11, 7, 5, 31, 56, tzinfo=UTC)
