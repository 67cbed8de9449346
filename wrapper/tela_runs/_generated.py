"""The only module that imports the generated client, ``tela_api``.

When the API changes and the client is regenerated, this is where the wrapper meets the change, and the type checker
points at the lines.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from tela_api import AuthenticatedClient
from tela_api.api.runs import create_run, retrieve_run
from tela_api.models import CanvasRun, CreateRun, Information, OutputContent, RawInput
from tela_api.types import Unset

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

__all__ = ["AuthenticatedClient", "CanvasRun", "Information", "OutputContent", "RawInput"]

_Kind = TypeVar("_Kind")

#: Characters of a run id. The one documented example has 15; what is longer than this is a mistake,
#: and some gateway would hide that behind a 414.
_MAX_ID_LENGTH = 512


def check_run_id(run_id: str) -> None:
    """Raise a ConfigurationError for what cannot be a run id, before anything is sent."""
    if isinstance(run_id, str):
        is_clean = run_id == run_id.strip() and run_id.isprintable() and len(run_id) <= _MAX_ID_LENGTH
        if is_clean and run_id not in {"", ".", ".."}:
            return
    text = f"{run_id!r:.100} cannot be a run id: pass the `id` of a created run."
    raise ConfigurationError(text, run_id=run_id if isinstance(run_id, str) else None)


def poll_request(client: AuthenticatedClient, run_id: str) -> httpx.Request:
    """The request of `GET /v2/chat/completions/{id}` for one run.

    A ConfigurationError says that no URL can hold the id, which may have come in response to a create.
    """
    with suppress(ValueError):
        return retrieve_run.build_request(run_id, client=client)
    text = f"Run {run_id!r} cannot be polled, no URL can hold its id: check at Tela how it ends."
    raise ConfigurationError(text, run_id=run_id)


def create_request(client: AuthenticatedClient) -> httpx.Request:
    """The request of `POST /v2/chat/completions`. Its body stands in for the pieces that the sender puts in."""
    return create_run.build_request(client=client, body=CreateRun(async_=True))


def create_object(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object of an asynchronous create, of the documented fields."""
    return CreateRun(async_=True, **fields).to_dict()


def outline(payload: Mapping[str, Any]) -> CanvasRun:
    """The model of a run's own texts and those of its ``raw_input`` alone, which is a quarter of the work."""
    request = payload.get("raw_input", payload.get("rawInput"))
    texts, request_texts = (
        {name: text for name, text in part.items() if isinstance(text, str)}
        for part in (payload, request if isinstance(request, dict) else {})
    )
    return CanvasRun.from_dict({**texts, "raw_input": request_texts})


def as_documented(value: Any, kind: type[_Kind]) -> _Kind | None:
    """``value`` if it has the documented type, else None: an optional field may be unset, null or of a wrong shape."""
    return value if isinstance(value, kind) else None


def present(value: Any) -> Any:
    """``value``, with the generated client's marker of an absent field turned into None."""
    return None if isinstance(value, Unset) else value
