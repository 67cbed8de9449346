"""The errors of this package: one root, names as in the SDKs its users know.

    TelaError
    ├── ConfigurationError (ValueError)      no key or a bad one, plain http to a remote host, a bad run id
    ├── APIError                             .run_id .retry_after
    │   ├── APIConnectionError               no answer: refused, reset, TLS, proxy
    │   │   └── APITimeoutError (TimeoutError)
    │   ├── InvalidResponseError             an answer that is no run: not JSON, cut short, too large, wrong shape
    │   └── APIStatusError                   .status_code .code .message .details .request_id .body
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
    └── WaitTimeoutError (TimeoutError)      .run .elapsed .polls .last_error

Every error says in one sentence what happened and in another what to do, carries the run id where there is one, and
survives pickle, copy and deepcopy whole. None of them holds, or is chained to, an exception of the HTTP library: those
keep the request, and with it the key, alive in their frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from .run import Run

_Error = TypeVar("_Error", bound="TelaError")

#: Statuses below 500 that say "not now" rather than "no": request timeout, conflict, too early, too many requests.
_PASSING_STATUSES = frozenset({408, 409, 425, 429})


def _rebuilt(kind: type[_Error], args: tuple[Any, ...], state: dict[str, Any]) -> _Error:
    """Make an unpickled or copied error: the default way would call ``__init__`` without its keyword arguments."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class TelaError(Exception):
    """The root of every error of this package.

    Attributes:
        run_id: The run in question, or None where no single run is concerned.
    """

    run_id: str | None

    def __init__(self, message: str, *, run_id: str | None = None) -> None:
        super().__init__(message)
        self.run_id = run_id

    def __reduce__(self) -> tuple[Callable[..., TelaError], tuple[Any, ...]]:
        return _rebuilt, (type(self), self.args, self.__dict__)


class ConfigurationError(TelaError, ValueError):
    """The client cannot be made, or the call cannot be sent, as asked. Raised before anything is sent."""


class APIError(TelaError):
    """The API could not be asked, or its answer is not a run.

    Attributes:
        run_id: The run that was asked for.
        retry_after: Seconds the server asks to wait before the next request, or None where it does not say.
    """

    retry_after: float | None

    def __init__(self, message: str, *, run_id: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, run_id=run_id)
        self.retry_after = retry_after

    @property
    def is_transient(self) -> bool:
        """Whether the same request may well succeed later. The one place where that is decided."""
        return True


class APIConnectionError(APIError):
    """No answer arrived: the connection was refused, reset or lost, or TLS or the proxy failed."""


class APITimeoutError(APIConnectionError, TimeoutError):
    """The whole answer did not arrive within the request's timeout."""


class InvalidResponseError(APIError):
    """An answer arrived that is no run: not JSON, cut short, too large, or of another shape.

    Attributes:
        status_code: The answer's HTTP status, or None for a payload that did not come as an answer (a webhook).
        body: The first bytes of it, as text.
        request_id: The server's name for the request, where it gave one.
    """

    status_code: int | None
    body: str
    request_id: str | None

    def __init__(
        self,
        message: str,
        *,
        run_id: str | None = None,
        retry_after: float | None = None,
        status_code: int | None = None,
        body: str = "",
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, run_id=run_id, retry_after=retry_after)
        self.status_code = status_code
        self.body = body
        self.request_id = request_id

    @property
    def is_transient(self) -> bool:
        """True for an answer: the next may be whole. A payload that did not come as one stays as it is."""
        return self.status_code is not None


class APIStatusError(APIError):
    """The API answered with a status other than 200.

    Attributes:
        status_code: The HTTP status, 100 to 999.
        code: The documented error body's ``code``, where there is one. Branch on it or on the status.
        message: The error body's ``message``, else the start of the body. It may change without notice.
        details: The error body's ``details``, any JSON value, or None.
        request_id: The server's name for the request, where it gave one.
        body: The error body: the parsed JSON where it is JSON, else text.
        retry_after: Seconds, as for every `APIError`.

    Source of the body's shape: docs.tela.com, "Errors and retries".
    """

    status_code: int
    code: str | None
    message: str
    details: Any
    request_id: str | None
    body: Any

    def __init__(
        self,
        text: str,
        *,
        status_code: int,
        run_id: str | None = None,
        retry_after: float | None = None,
        code: str | None = None,
        message: str = "",
        details: Any = None,
        request_id: str | None = None,
        body: Any = None,
    ) -> None:
        super().__init__(text, run_id=run_id, retry_after=retry_after)
        self.status_code = status_code
        self.code = code
        self.message = message
        self.details = details
        self.request_id = request_id
        self.body = body

    @property
    def is_transient(self) -> bool:
        """True for 408, 409, 425, 429, 5xx and for numbers outside 3xx and 4xx; any other 3xx or 4xx is a refusal."""
        return self.status_code in _PASSING_STATUSES or not 300 <= self.status_code < 500  # noqa: PLR2004


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
    """422: the request was understood and refused."""


class RateLimitError(APIStatusError):
    """429: too many requests; ``retry_after`` says for how long, in seconds, where the server does."""


class InternalServerError(APIStatusError):
    """5xx: a failure on Tela's side, or of a gateway in front of it."""


class RunFailedError(TelaError):
    """The run ended as failed. A failed run does not start again by itself.

    Attributes:
        run: The failed run, whole. What it says of the cause is not documented.
        run_id: Its id.
    """

    run: Run

    def __init__(self, run: Run) -> None:
        super().__init__(
            f"Run {run.id!r} ended as failed. See .run.to_dict() for what it tells, if anything, of the cause, "
            "then start a new run.",
            run_id=run.id,
        )
        self.run = run


class WaitTimeoutError(TelaError, TimeoutError):
    """The run had not finished by the deadline. It goes on at Tela: wait for the same id again to get its result.

    Attributes:
        run_id: The run waited for.
        run: The run as last seen, or None if no look at it succeeded.
        elapsed: Seconds waited.
        polls: How many requests were sent.
        last_error: What the latest look failed with, or None if it succeeded.
    """

    run: Run | None
    elapsed: float
    polls: int
    last_error: APIError | None

    def __init__(
        self,
        *,
        run_id: str,
        run: Run | None,
        elapsed: float,
        polls: int,
        last_error: APIError | None,
    ) -> None:
        after = f"{elapsed:.1f} s and {polls} requests"
        what = (
            f"Run {run_id!r} was not seen in {after}. Wait for the same id again: if it runs at Tela, it goes on."
            if run is None
            else f"Run {run_id!r} had not finished after {after} (last seen as {run.status_text!r}). "
            "It goes on at Tela: wait for the same id again to get its result."
        )
        cause = f" The latest look failed: {last_error}" if last_error is not None else ""
        super().__init__(what + cause, run_id=run_id)
        self.run = run
        self.elapsed = elapsed
        self.polls = polls
        self.last_error = last_error


_BY_STATUS: dict[int, tuple[type[APIStatusError], str]] = {
    400: (BadRequestError, "Check the run id and the base URL."),
    401: (AuthenticationError, "Check the key that was given, as api_key=… or TELA_API_KEY."),
    402: (UsageLimitError, "Raise the workspace's usage limit at Tela."),
    403: (PermissionDeniedError, "Use a key of the workspace that owns the run."),
    404: (NotFoundError, "Check the run id, the base URL, and that the key belongs to the run's workspace."),
    409: (ConflictError, "Try again in a moment."),
    422: (UnprocessableEntityError, "Check the run id."),
    429: (RateLimitError, "Ask less often."),
}


def class_for_status(status_code: int) -> tuple[type[APIStatusError], str]:
    """The error class of an HTTP status, and the advice that goes with it."""
    if status_code in _BY_STATUS:
        return _BY_STATUS[status_code]
    if 500 <= status_code < 600:  # noqa: PLR2004
        return InternalServerError, "The failure is on the server's side: try again later."
    if 300 <= status_code < 400:  # noqa: PLR2004
        return APIStatusError, "Redirects are not followed, to keep the key at its own host: check the base URL."
    return APIStatusError, "Check the base URL and what stands between here and the API."
