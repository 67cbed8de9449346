"""The errors of this package: one root, names as in the SDKs its users know.

    TelaError                                .run_id
    ├── ConfigurationError (ValueError)      no key or a bad one, plain http to a remote host, a bad run id
    ├── APIError                             .status_code .request_id .retry_after .is_transient
    │   ├── APIConnectionError               no response: refused, reset, TLS, proxy
    │   │   ├── APITimeoutError (TimeoutError)
    │   │   └── AmbiguousCreateError         a create whose request may have reached the API
    │   ├── InvalidResponseError             a response that is not a valid run: not JSON, cut short, too large
    │   └── APIStatusError                   .code .message .details .body
    │       ├── BadRequestError              400
    │       ├── AuthenticationError          401
    │       ├── UsageLimitError              402
    │       ├── PermissionDeniedError        403
    │       ├── NotFoundError                404
    │       ├── ConflictError                409
    │       ├── UnprocessableEntityError     422
    │       ├── RateLimitError               429
    │       └── InternalServerError          5xx; any other number from 100 to 999 is an APIStatusError
    ├── RunFailedError                       .run: the run ended as failed
    ├── OutputError                          .run .errors: the output does not fit the type asked for
    └── WaitTimeoutError (TimeoutError)      .run .elapsed .polls .last_error

Every error says in one sentence what happened and in another what to do, carries the run id where there is one, and
survives pickle, copy and deepcopy whole. ``args`` is the text and the attributes as plain JSON, from which the class
makes an equal error again: that is how Celery's JSON results keep the type. None of them holds, or is chained to, an
exception of the HTTP library: those keep the request, and with it the key, alive in their frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .run import Run

#: Statuses below 500 that say "not now" rather than "no": request timeout, conflict, too early, too many requests.
_TRANSIENT_STATUSES = frozenset({408, 409, 425, 429})


class TelaError(Exception):
    """The root of every error of this package, made of a text and attributes: by name, or as plain JSON (``args``).

    Attributes:
        run_id: The run in question, or None where no single run is concerned.
    """

    run_id: str | None = None

    def __init__(self, text: str, plain: Mapping[str, Any] | None = None, /, **attributes: Any) -> None:
        super().__init__(text)
        if unknown := [name for name in attributes if not hasattr(type(self), name)]:
            raise TypeError(f"{type(self).__name__} has no {', '.join(unknown)}")
        if plain is not None:
            from .outcome import from_plain  # noqa: PLC0415 - outcomes are above errors

            attributes = from_plain({name: value for name, value in plain.items() if hasattr(type(self), name)})
        self.__dict__.update(attributes)

    @property
    def args(self) -> tuple[Any, ...]:  # type: ignore[override]
        """The text, and the attributes as plain JSON; made when asked for."""
        from .outcome import to_plain  # noqa: PLC0415 - outcomes are above errors

        return str(self), to_plain(self.__dict__)


class ConfigurationError(TelaError, ValueError):
    """The client cannot be made, or the call cannot be sent, as asked. Raised before anything is sent."""


class APIError(TelaError):
    """The API could not be reached, or its response is not a valid run.

    Attributes:
        run_id: The run that was asked for; None for a create.
        status_code: The HTTP status, 100 to 999, or None where none arrived.
        request_id: The server's id of the request, if it gave one.
        retry_after: Seconds the server asks to wait before the next request, or None if it does not say.
    """

    status_code: int | None = None
    request_id: str | None = None
    retry_after: float | None = None

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed later. This is the only place where that is decided.

        False where a certificate does not verify or the proxy wants credentials, for an `AmbiguousCreateError`, a
        payload, a response that is too large, and any 3xx or 4xx but 408, 409, 425 and 429.
        """
        if isinstance(self, APIConnectionError):
            return not (self.is_permanent or isinstance(self, AmbiguousCreateError))
        if isinstance(self, InvalidResponseError) and (self.status_code is None or self.is_too_large):
            return False
        return self.status_code in _TRANSIENT_STATUSES or not 300 <= (self.status_code or 0) < 500  # noqa: PLR2004


class APIConnectionError(APIError):
    """No response arrived: the connection was refused, reset or lost, or TLS or the proxy failed.

    Attributes:
        request_sent: Whether bytes of the request may have reached the API.
        is_permanent: Whether a retry cannot help: a certificate does not verify, or the proxy wants credentials.
    """

    request_sent: bool = True
    is_permanent: bool = False


class APITimeoutError(APIConnectionError, TimeoutError):
    """The whole response did not arrive within the request's timeout."""


class AmbiguousCreateError(APIConnectionError):
    """A create got no whole response, though its request may have reached the API: a run may have been started.

    It was not sent again: every accepted request makes a new, billed run, and there is no idempotency key (source:
    docs.tela.com, "Errors and retries"). Check at Tela whether the run is there before you create it again.
    """


class InvalidResponseError(APIError):
    """A response arrived that is not a valid run: not JSON, cut short, too large, or of another shape.

    Attributes:
        status_code: As above; None for a payload that did not come as a response (a webhook).
        body: The first bytes of it, as text.
        is_too_large: Whether it has more bytes than ``max_response_bytes``.
        shows_end: Whether it shows a final status, though it holds more than can be parsed.
    """

    body: str = ""
    is_too_large: bool = False
    shows_end: bool = False


class APIStatusError(APIError):
    """The response has a status other than 200.

    Attributes:
        code: The documented error body's ``code``, where there is one. Branch on it or on the status.
        message: The error body's ``message``, else the start of the body. It may change without notice.
        details: The error body's ``details``, any JSON value, or None.
        body: The error body: the parsed JSON where it is JSON, else text.
        may_have_started: Whether this was a create that may have started a run all the same (408, 5xx).

    Source of the body's shape: docs.tela.com, "Errors and retries".
    """

    status_code: int = 0
    code: str | None = None
    message: str = ""
    details: Any = None
    body: Any = None
    may_have_started: bool = False


class BadRequestError(APIStatusError):
    """400: the request's form is wrong."""


class AuthenticationError(APIStatusError):
    """401: the key is missing, invalid or revoked."""


class UsageLimitError(APIStatusError):
    """402: the workspace has reached its usage limit."""


class PermissionDeniedError(APIStatusError):
    """403: the key may not access the run."""


class NotFoundError(APIStatusError):
    """404: there is no such run, or this key may not see it."""


class ConflictError(APIStatusError):
    """409: the request conflicts with another one in progress."""


class UnprocessableEntityError(APIStatusError):
    """422: the request was understood and rejected."""


class RateLimitError(APIStatusError):
    """429: too many requests; ``retry_after`` says for how long, in seconds, where the server does."""


class InternalServerError(APIStatusError):
    """5xx: a failure on Tela's side, or of a gateway in front of it."""


class RunFailedError(TelaError):
    """The run ended as failed. A failed run does not start again by itself.

    Attributes:
        run: The failed run, whole. What it says of the cause is not documented.
    """

    run: Run = None  # type: ignore[assignment]  # missing only where made of a text alone

    def __init__(self, run: Run | str, plain: Mapping[str, Any] | None = None, /) -> None:
        if isinstance(run, str):
            super().__init__(run, plain)
        else:
            advice = "See .run.to_dict() for what it says, if anything, of the cause, then start a new run."
            super().__init__(f"Run {run.id!r} ended as failed. {advice}", run_id=run.id, run=run)


class OutputError(TelaError):
    """The output of a run does not fit the type that was asked for. The run was paid for: it is kept in `run`.

    Attributes:
        run: The run, whole.
        errors: What does not fit, one text for each path in the output.
    """

    run: Run = None  # type: ignore[assignment]  # as above
    errors: Sequence[str] = ()


class WaitTimeoutError(TelaError, TimeoutError):
    """The run had not finished by the deadline. It goes on at Tela: wait for the same id again to get its result.

    Attributes:
        run: The run as last seen, or None if no poll showed it.
        elapsed: Seconds waited.
        polls: How many requests were sent.
        last_error: What the latest poll failed with, or None if it succeeded.
    """

    run: Run | None = None
    elapsed: float = 0.0
    polls: int = 0
    last_error: TelaError | None = None

    def __init__(self, text: str = "", plain: Mapping[str, Any] | None = None, /, **attributes: Any) -> None:
        super().__init__(text or _how_it_went(**attributes), plain, **attributes)


def _how_it_went(run_id: str, run: Run | None, elapsed: float, polls: int, last_error: object = None) -> str:
    what, advice = "was not seen in", "Wait for the same id again: if it runs at Tela, it goes on."
    if run is not None:
        what, advice = "had not finished after", "It goes on at Tela: wait for the same id again to get its result."
    seen = "" if run is None else f" (last seen as {run.status_text!r:.100})"
    failed = "" if last_error is None else f" The latest poll failed: {last_error}"
    requests = "1 request" if polls == 1 else f"{polls} requests"
    return f"Run {run_id!r} {what} {elapsed:.1f} s and {requests}{seen}. {advice}{failed}"
