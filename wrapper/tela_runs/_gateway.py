"""The one door to the generated client: no other module imports ``tela_api``.

What the rest of the wrapper needs of the contract is here under names of its own: the path of the operation, the typed
view of a payload, and the raw client. When the API changes and the client is regenerated, this is where the wrapper
meets the change, and the type checker points at the lines.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from tela_api import AuthenticatedClient
from tela_api.api.runs import retrieve_run
from tela_api.models import CanvasRun, Information, OutputContent, RawInput
from tela_api.types import Unset

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AuthenticatedClient",
    "CanvasRun",
    "Information",
    "OutputContent",
    "RawInput",
    "as_documented",
    "contract_text",
    "outline",
    "present",
    "retrieve_path",
    "typed_view",
]

_Kind = TypeVar("_Kind")

#: Characters of a run id. The one documented example has 15; what is longer than this is not an id but a mistake, and
#: would come back from some gateway as a 414 that hides it.
_MAX_ID_LENGTH = 512


#: How the keys of `input_content`, `raw_input` and `raw_output` begin, in either spelling.
_BULKY = ("input", "raw")


def retrieve_path(run_id: str) -> str:
    """The path of `GET /v2/chat/completions/{id}` for one run, with the id percent-encoded.

    Raises:
        ConfigurationError: The id is no printable string of 1 to 512 characters, or would name another path.
    """
    if not isinstance(run_id, str):
        raise ConfigurationError(f"A run id is a string, not {type(run_id).__name__}: pass the `id` of a created run.")
    return _path(run_id)


@lru_cache(maxsize=1024)
def _path(run_id: str) -> str:
    """The path; kept for a while, since a run is asked for again and again."""
    if not run_id.strip():
        raise ConfigurationError("The run id is empty: pass the `id` of a created run.", run_id=run_id)
    if run_id != run_id.strip() or not run_id.isprintable():
        raise ConfigurationError(
            f"The run id {run_id[:100]!r} has blanks around it, or characters that cannot be printed: "
            "pass the `id` of a created run.",
            run_id=run_id,
        )
    if len(run_id) > _MAX_ID_LENGTH:
        raise ConfigurationError(
            f"The run id has {len(run_id)} characters, more than {_MAX_ID_LENGTH}: pass the `id` of a created run."
        )
    try:
        path = retrieve_run._get_kwargs(id=run_id)["url"]  # noqa: SLF001 - the generator's own seam for this
    except ValueError:
        path = None
    if path is None:
        raise ConfigurationError(
            f"{run_id!r} cannot be a run id, it would name another path: pass the `id` of a created run.", run_id=run_id
        )
    return str(path)


def typed_view(payload: Mapping[str, Any]) -> CanvasRun:
    """The generated model of a payload with at least ``id`` and ``status``; what does not fit is kept as received."""
    return CanvasRun.from_dict(payload)


def outline(payload: Mapping[str, Any]) -> CanvasRun:
    """The same without what the run was given, and what the model gave raw, but for their plain values.

    Those are most of a payload, and nothing that the wrapper looks at: a wait needs to know the canvas and the times.
    """
    return CanvasRun.from_dict(
        {
            key: _plain(value) if key.startswith(_BULKY) and isinstance(value, dict) else value
            for key, value in payload.items()
        }
    )


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {key: inner for key, inner in value.items() if not isinstance(inner, (dict, list))}


def as_documented(value: Any, kind: type[_Kind]) -> _Kind | None:
    """``value`` if it has the documented type, else None: an optional field may be unset, null or of a wrong shape."""
    return value if isinstance(value, kind) else None


def present(value: Any) -> Any:
    """``value``, with the generated client's marker of an absent field turned into None."""
    return None if isinstance(value, Unset) else value


def contract_text() -> str:
    """The contract that the generated client was made from, `openapi.yaml`, as text."""
    from importlib.resources import files  # noqa: PLC0415 - slow to load, and for the extras alone

    return files("tela_api").joinpath("openapi.yaml").read_text(encoding="utf-8")
