"""A run, as users of the wrapper see it: `Run`, `RunStatus`, `Usage`, and `parse_webhook`."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, overload

from attrs import fields, frozen

from ._generated import CanvasRun, Information, OutputContent, RawInput, as_documented, outline, present
from ._payload import excerpt, parse, payload_of
from .errors import InvalidResponseError, RunFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
_logger = logging.getLogger("tela_runs")


class RunStatus(StrEnum):
    """Where a run is in its life: created → running → succeeded or failed.

    Source: docs.tela.com, "Async and webhooks". A status that this version does not know is `UNKNOWN`: not final, so
    a wait goes on; the text as received is `Run.status_text`.
    """

    CREATED = "created"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        """Whether the run has ended: a run leaves neither `SUCCEEDED` nor `FAILED` by itself."""
        return self is RunStatus.SUCCEEDED or self is RunStatus.FAILED


@frozen
class Usage:
    """What a run used. Each is None where the API does not say (usually before the end).

    Attributes:
        duration: How long the canvas ran, a number; the API does not document its unit.
        cost: What the run cost, a number; the API does not document its unit.
        input_tokens: Tokens read.
        output_tokens: Tokens written.
    """

    duration: float | None = None
    cost: float | None = None
    input_tokens: int | float | None = None
    output_tokens: int | float | None = None


class Run:
    """One canvas run, as one response of the API described it. Immutable, comparable, picklable.

    Only `id` and `status` are sure to be there; everything else is None until the API sends it. Make one from a payload
    of your own with `from_dict` or `from_json`.

    Attributes:
        id: The run's id, opaque.
        status: Where the run is in its life.
        status_text: The status exactly as received; differs from `status` where that is UNKNOWN.
    """

    id: str
    status: RunStatus
    status_text: str

    _json: bytes
    # Made of it when first asked for.
    _payload: dict[str, Any] | None = None
    _outline: CanvasRun | None = None
    _data: CanvasRun | None = None

    def __init__(self, data: bytes) -> None:
        """The run of a response; an InvalidResponseError with the reason alone if that is not a valid one."""
        payload = payload_of(data)
        values = vars(self)  # one by one: `update` would take more memory
        values["id"], values["status_text"] = payload["id"], payload["status"]
        values["status"] = _status_of(payload["status"])
        values["_json"], values["_payload"] = data, payload

    @classmethod
    def from_json(cls, data: bytes | str) -> Run:
        """The run that a JSON text (a response's body, a webhook's payload) describes.

        Raises:
            InvalidResponseError: The text is not JSON, or not an object with a string ``id`` and a string ``status``.
        """
        if not isinstance(data, (bytes, bytearray, memoryview, str)):
            kind = type(data).__name__
            raise InvalidResponseError(f"The payload is {kind}, not a JSON text. Pass the body as it was received.")
        encoded = data.encode(errors="surrogatepass") if isinstance(data, str) else bytes(data)
        try:
            return cls(encoded)
        except InvalidResponseError as error:
            reason, run_id = str(error), error.run_id
        text = f"The payload is not a valid run: {reason}. Pass the run object as the API sent it."
        raise InvalidResponseError(text, run_id=run_id, body=excerpt(encoded))

    @classmethod
    def from_dict(cls, obj: Mapping[str, Any]) -> Run:
        """The run that a payload, already parsed, describes. The run keeps a copy.

        Raises:
            InvalidResponseError: ``obj`` is not a JSON object with a string ``id`` and a string ``status``.
        """
        with suppress(TypeError, ValueError, RecursionError):
            return cls.from_json(json.dumps(dict(obj)))
        raise InvalidResponseError("The payload is not a JSON object. Pass the run object as the API sent it.")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A Run cannot be changed: {name!r} is read-only.")

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __reduce__(self) -> tuple[Callable[[bytes], Run], tuple[bytes]]:
        return type(self).from_json, (self._json,)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Run):
            return NotImplemented
        return self._json == other._json or self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.id, self.status_text))

    def __repr__(self) -> str:
        return f"<Run {self.id!r} {excerpt(self.status_text.encode(errors='replace'), 100)}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        """IPython's text for a run, in terminals and notebooks: with what it used, and its output."""
        printer.text(repr(self))
        for part in (self.usage, self.output):
            if part not in (None, Usage()):
                printer.break_()
                printer.pretty(part)

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended, one way or the other."""
        return self.status.is_terminal

    @property
    def succeeded(self) -> bool:
        """Whether the run has ended well."""
        return self.status is RunStatus.SUCCEEDED

    @property
    def failed(self) -> bool:
        """Whether the run has ended as failed."""
        return self.status is RunStatus.FAILED

    @property
    def data(self) -> CanvasRun:
        """The generated model of the whole payload, built when first asked for.

        Fields the contract does not know are in ``additional_properties`` at every level; a value that does not have
        the documented shape is kept there as received.
        """
        # Never of a dict that was handed out, so that changes to it cannot reach the model.
        data = vars(self)["_data"] = self._data or CanvasRun.from_dict(self._payload or self.to_dict())
        return data

    @property
    def _short(self) -> CanvasRun:
        """The part of `data` that a wait needs, at a quarter of the cost."""
        short = vars(self)["_outline"] = self._outline or outline(self._payload or self.to_dict())
        return short

    @property
    def output(self) -> Any:
        """What the canvas produced (``output_content.content``): any JSON value, None until there is any."""
        content = as_documented(self.data.output_content, OutputContent)
        return present(content.content) if content is not None else None

    @overload
    def output_as(self, type_: type[T]) -> T: ...
    @overload
    def output_as(self, type_: Any) -> Any: ...
    def output_as(self, type_: Any) -> Any:
        """The output as a value of your own type, validated by pydantic (extra ``typed``).

        Args:
            type_: A pydantic model, a dataclass, a TypedDict, or any other type for ``pydantic.TypeAdapter``. Text that
                holds JSON is read as JSON where the type asks for more than text.

        Raises:
            RunFailedError: The run ended as failed.
            OutputError: The output does not fit, or there is none yet and the type does not allow None.
            ConfigurationError: pydantic is not installed, or cannot read the type.
        """
        from ._typed import read_output  # noqa: PLC0415 - pydantic, loaded only when asked for

        if self.failed:
            raise RunFailedError(self)
        return read_output(self, type_)

    @property
    def usage(self) -> Usage:
        """What the run used; each part is None where the API does not say."""
        content = as_documented(self.data.output_content, OutputContent)
        information = as_documented(content.information, Information) if content is not None else None
        values = {each.name: getattr(information, each.name, None) for each in fields(Usage)}
        return Usage(**{name: value for name, value in values.items() if type(value) in {int, float}})

    @property
    def canvas_id(self) -> str | None:
        """The id of the canvas that was run (``raw_input.canvas_id``)."""
        request = as_documented(self._short.raw_input, RawInput)
        return as_documented(request.canvas_id, str) if request is not None else None

    @property
    def prompt_version_id(self) -> str | None:
        """The id of the version of the canvas that was run."""
        return as_documented(self._short.prompt_version_id, str)

    @property
    def created_at(self) -> datetime | None:
        """When the run was accepted, by the API's clock."""
        return as_documented(self._short.created_at, datetime)

    @property
    def updated_at(self) -> datetime | None:
        """When the run last changed, by the API's clock: for a finished run, when it ended."""
        return as_documented(self._short.updated_at, datetime)

    def to_json(self) -> bytes:
        """The JSON text exactly as received."""
        return self._json

    def to_dict(self) -> dict[str, Any]:
        """The JSON object exactly as received, fields this version does not know included. A copy of your own."""
        payload: dict[str, Any] = parse(self._json)
        return payload


def parse_webhook(body: bytes | str) -> Run:
    """The run that a webhook's payload describes, unverified.

    The payloads are not known to be signed, so anybody who knows the address can send one. Take no more than the id
    from it and retrieve the run with the key: `RunsClient.confirm` does both.

    Source: docs.tela.com, "Async and webhooks": one POST with the run object when the run succeeds or fails.

    Raises:
        InvalidResponseError: As `Run.from_json`.
    """
    return Run.from_json(body)


@lru_cache(maxsize=100)
def _status_of(text: str) -> RunStatus:
    """The status that a text stands for; one that is not known is logged, once: it stays in the cache."""
    with suppress(ValueError):
        return RunStatus(text)
    _logger.warning("Unknown run status %r: taken as not final. A newer tela-runs may know it.", text[:100])
    return RunStatus.UNKNOWN


def slimmed(run: Run) -> Run:
    """The same run without what was parsed from its text, for the many that are waited for or kept."""
    slim = object.__new__(Run)
    for name in ("id", "status_text", "status", "_json"):
        vars(slim)[name] = vars(run)[name]
    return slim
