"""`Outcome`, how the wait for one of many runs ended, and the plain JSON in which runs and errors travel."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from . import errors
from .errors import ConfigurationError, TelaError
from .run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Plain: TypeAlias = "dict[str, Any]"

#: The attributes of an error in `Outcome.to_dict`, besides its type and message.
_OF_ERRORS = ("status_code", "code", "request_id", "retry_after")


@frozen
class Outcome:
    """How the wait for one of many runs ended.

    Attributes:
        run_id: The run that was asked for.
        run: The run as last seen; None if it was never seen.
        error: None if the run succeeded, else what `RunsClient.wait` would have raised.
    """

    run_id: str
    run: Run | None = None
    error: TelaError | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the run ended well."""
        return self.error is None and self.run is not None and self.run.succeeded

    @property
    def output(self) -> Any:
        """What the canvas produced; None if the run did not succeed."""
        return self.run.output if self.succeeded and self.run is not None else None

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

    def to_dict(self) -> Plain:
        """The outcome as plain, strictly valid JSON: the form of result files, JSON lines and messages.

        Its keys are ``run_id``, and ``status``, ``run`` (both as received) and ``error``, each of which may be null. An
        error has ``type``, ``message``, ``status_code``, ``code``, ``request_id`` and ``retry_after``. NaN and
        Infinity, which JSON does not have, become the texts "NaN", "Infinity" and "-Infinity".
        """
        error, status = None, None if self.run is None else self.run.status_text
        if self.error is not None:
            attributes = {name: to_plain(getattr(self.error, name, None)) for name in _OF_ERRORS}
            error = {"type": type(self.error).__name__, "message": str(self.error), **attributes}
        return {"run_id": self.run_id, "status": status, "run": to_plain(self.run), "error": error}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Outcome:
        """The outcome that `to_dict` gave. Attributes of an error that are not in it have their defaults.

        Raises:
            ConfigurationError: ``plain`` is not an outcome.
        """
        with suppress(KeyError, TypeError, AttributeError, RecursionError, TelaError):
            run_id, error = _text(plain["run_id"]), None
            run = None if plain["run"] is None else Run.from_dict(plain["run"])
            if plain["error"] is not None:
                attributes = {**plain["error"], "run_id": run_id, "run": plain["run"]}
                error = error_from_plain(_text(attributes.pop("message")), attributes)
            return cls(run_id, run, error)
        raise ConfigurationError("This is not an outcome. Pass what Outcome.to_dict gave.")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def error_from_plain(text: str, attributes: Plain) -> TelaError:
    """The error with this text and these attributes, of the class in ``type``; a `TelaError` if that is unknown."""
    kind = getattr(errors, attributes["type"], None)
    if not (isinstance(kind, type) and issubclass(kind, TelaError)):
        kind = TelaError
    return kind(text, attributes)


def from_plain(attributes: Plain) -> Plain:
    """The attributes of an error, from the plain form that `to_plain` gave."""
    makers: dict[str, Callable[[Any], Any]] = {
        "run": Run.from_dict,
        "last_error": lambda plain: error_from_plain(*plain),
    }
    given = {name: value for name, value in attributes.items() if value is not None}
    return {name: makers[name](value) if name in makers else value for name, value in given.items()}


def to_plain(value: Any) -> Any:
    """A value as strictly valid JSON: a run as received, an error as `error_from_plain` takes it, others as texts."""
    return json.loads(json.dumps(value, default=_as_json), parse_constant=str)


def _as_json(value: object) -> Any:
    if isinstance(value, TelaError):
        text, attributes = value.args
        return text, {**attributes, "type": type(value).__name__}
    return value.to_dict() if isinstance(value, Run) else str(value)
