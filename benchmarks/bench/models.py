"""From the JSON of a run to its typed form: each subject reads the same 5 KB."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .payload import encoded, finished_run
from .schema import msgspec_run, pydantic_run

if TYPE_CHECKING:
    from collections.abc import Callable


def _model() -> Callable[[], object]:
    model, payload = import_module("tela_api.models").CanvasRun, json.loads(encoded(finished_run()))
    return lambda: model.from_dict(payload)


def _whole_model() -> Callable[[], object]:
    model, body = import_module("tela_api.models").CanvasRun, encoded(finished_run())
    return lambda: model.from_dict(json.loads(body))


def _run() -> Callable[[], object]:
    run_class, body = import_module("tela_runs").Run, encoded(finished_run())

    def once() -> object:
        run: Any = run_class.from_json(body)
        return run.status, run.output, run.usage

    return once


def _pydantic_from_dict() -> Callable[[], object]:
    model, payload = pydantic_run(import_module("pydantic").BaseModel), json.loads(encoded(finished_run()))
    return lambda: model.model_validate(payload)


def _pydantic_from_json() -> Callable[[], object]:
    model, body = pydantic_run(import_module("pydantic").BaseModel), encoded(finished_run())
    return lambda: model.model_validate_json(body)


def _msgspec_from_json() -> Callable[[], object]:
    decode, body = import_module("msgspec").json.Decoder(msgspec_run()).decode, encoded(finished_run())
    return lambda: decode(body)


def _json() -> Callable[[], object]:
    body = encoded(finished_run())
    return lambda: json.loads(body)


#: By name.
SUBJECTS: dict[str, Callable[[], Callable[[], object]]] = {
    "json.loads": _json,
    "CanvasRun.from_dict": _model,
    "json.loads + CanvasRun.from_dict": _whole_model,
    "Run.from_json, its output and usage": _run,
    "pydantic, from a dict": _pydantic_from_dict,
    "pydantic, from JSON": _pydantic_from_json,
    "msgspec, from JSON": _msgspec_from_json,
}
