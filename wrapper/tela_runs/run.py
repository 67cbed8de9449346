"""What a run is, to the users of the wrapper: `Run`, `RunStatus`, `Usage`, and `Outcome` for one of many."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import frozen

from . import _json
from ._gateway import Information, OutputContent, RawInput, as_documented, outline, present, typed_view
from ._payload import NoRunError, excerpt, payload_of
from .errors import InvalidResponseError, TelaError
from .status import RunStatus, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._gateway import CanvasRun


#: Deflate without a header: what a text is compressed against goes with it.
RAW = -zlib.MAX_WBITS


@frozen
class Usage:
    """What a run used. Each is None where the API does not tell (before the end, as a rule).

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
    """One canvas run, as one answer of the API described it. Immutable, comparable, picklable.

    Only `id` and `status` are sure to be there; everything else is None until the API tells it. Make one from a payload
    of your own with `from_dict` or `from_json`.
    """

    __slots__ = ("_data", "_json", "_outline", "_payload", "_sample", "id", "status", "status_text")

    #: The run's id, opaque.
    id: str
    #: Where the run is in its life.
    status: RunStatus
    #: The status exactly as received; differs from `status` where that is UNKNOWN.
    status_text: str

    _json: bytes
    #: What the text is compressed against; None if it is as received.
    _sample: bytes | None
    _payload: dict[str, Any] | None
    _data: CanvasRun | None
    _outline: CanvasRun | None

    def __init__(self) -> None:
        raise TypeError("Make a Run with Run.from_dict or Run.from_json.")

    @classmethod
    def from_json(cls, data: bytes | str) -> Run:
        """The run that a JSON text (an answer's body, a webhook's payload) describes.

        Raises:
            InvalidResponseError: The text is not JSON, or not an object with a string ``id`` and a string ``status``.
        """
        if not isinstance(data, (bytes, bytearray, memoryview, str)):
            kind = type(data).__name__
            raise InvalidResponseError(f"The payload is no JSON text but {kind}. For a dict there is Run.from_dict.")
        encoded = data.encode(errors="surrogatepass") if isinstance(data, str) else bytes(data)
        try:
            return decoded(encoded)
        except NoRunError as error:
            reason, run_id = str(error), error.run_id
        raise InvalidResponseError(
            f"The payload is no run: {reason}. Pass the run object as the API sent it.",
            run_id=run_id,
            body=excerpt(encoded),
        )

    @classmethod
    def from_dict(cls, obj: Mapping[str, Any]) -> Run:
        """The run that a payload, already parsed, describes. The run keeps a copy.

        Raises:
            InvalidResponseError: ``obj`` is no JSON object with a string ``id`` and a string ``status``.
        """
        try:
            text = json.dumps(dict(obj))
        except (TypeError, ValueError, RecursionError):
            text = None
        if text is None:
            raise InvalidResponseError("The payload is no JSON object. Pass the run object as the API sent it.")
        return cls.from_json(text)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A Run cannot be changed: {name!r} is read-only.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"A Run cannot be changed: {name!r} is read-only.")

    def __reduce__(self) -> tuple[Callable[[bytes], Run], tuple[bytes]]:
        return type(self).from_json, (self.to_json(),)

    def __copy__(self) -> Run:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Run:
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Run):
            return NotImplemented
        return self.to_json() == other.to_json() or self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.id, self.status_text))

    def __repr__(self) -> str:
        return f"<Run {self.id!r} {self.status_text}>"

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
        data = self._data
        if data is None:
            data = typed_view(self._parsed())
            object.__setattr__(self, "_data", data)
        return data

    def _parsed(self) -> dict[str, Any]:
        """The payload that the models are made of: not what `to_dict` gives, so that changes cannot reach that."""
        payload = self._payload
        if payload is None:
            payload = self.to_dict()
            object.__setattr__(self, "_payload", payload)
        return payload

    def _seen(self) -> CanvasRun:
        """The model of what the properties below look at, made when first asked for."""
        seen = self._outline
        if seen is None:
            seen = outline(self._parsed())
            object.__setattr__(self, "_outline", seen)
        return seen

    @property
    def output(self) -> Any:
        """What the canvas produced (``output_content.content``): any JSON value, None until there is any."""
        content = as_documented(self._seen().output_content, OutputContent)
        return present(content.content) if content is not None else None

    @property
    def usage(self) -> Usage:
        """What the run used; each part is None where the API does not tell it."""
        content = as_documented(self._seen().output_content, OutputContent)
        information = as_documented(content.information, Information) if content is not None else None
        if information is None:
            return Usage()
        return Usage(
            _number(information.duration),
            _number(information.cost),
            _number(information.input_tokens),
            _number(information.output_tokens),
        )

    @property
    def canvas_id(self) -> str | None:
        """The id of the canvas that was run (``raw_input.canvas_id``)."""
        request = as_documented(self._seen().raw_input, RawInput)
        return as_documented(request.canvas_id, str) if request is not None else None

    @property
    def prompt_version_id(self) -> str | None:
        """The id of the version of the canvas that was run."""
        return as_documented(self._seen().prompt_version_id, str)

    @property
    def created_at(self) -> datetime | None:
        """When the run was accepted, by the API's clock."""
        return as_documented(self._seen().created_at, datetime)

    @property
    def updated_at(self) -> datetime | None:
        """When the run last changed, by the API's clock: for a finished run, when it ended."""
        return as_documented(self._seen().updated_at, datetime)

    def to_json(self) -> bytes:
        """The JSON text exactly as received."""
        if self._sample is None:
            return self._json
        return zlib.decompressobj(wbits=RAW, zdict=self._sample).decompress(self._json)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object exactly as received, fields this version does not know included. A copy of your own."""
        payload: dict[str, Any] = _json.parse(self.to_json())
        return payload


@frozen
class Outcome:
    """How the wait for one of many runs ended.

    Attributes:
        run_id: The run.
        run: The run as last seen; None if it was never seen.
        error: None if the run succeeded, else what `RunsClient.wait` would have raised.
    """

    run_id: str
    run: Run | None = None
    error: TelaError | None = None

    def unwrap(self) -> Run:
        """The succeeded run.

        Raises:
            TelaError: What `error` holds, if the run did not succeed.
        """
        if self.error is not None:
            raise self.error
        if self.run is None:
            raise ValueError(f"The outcome of {self.run_id!r} holds neither a run nor an error.")
        return self.run


def decoded(data: bytes) -> Run:
    """The run that a JSON text describes.

    Raises:
        NoRunError: It describes none.
    """
    payload = payload_of(data)
    return made(payload["id"], payload["status"], data, payload)


def made(
    run_id: str, status_text: str, data: bytes, payload: dict[str, Any] | None, sample: bytes | None = None
) -> Run:
    """A run of checked parts: its text, as received or compressed against ``sample``, and what was parsed of it."""
    run = object.__new__(Run)
    fix = object.__setattr__
    fix(run, "id", run_id)
    fix(run, "status_text", status_text)
    fix(run, "status", status_of(status_text))
    fix(run, "_json", data)
    fix(run, "_sample", sample)
    fix(run, "_payload", payload)
    fix(run, "_data", None)
    fix(run, "_outline", None)
    return run


def _number(value: Any) -> Any:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
