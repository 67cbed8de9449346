"""Which error an HTTP status is, and the advice that goes with it."""

from __future__ import annotations

from tela_runs.errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
    UsageLimitError,
)

#: The class of each documented status, and the advice that goes with it: for a run, and for a create.
_BY_STATUS: dict[int, tuple[type[APIStatusError], str, str]] = {
    400: (BadRequestError, "Check the run id and the base URL.", "Correct the request."),
    401: (AuthenticationError, "", "Check the key that was given, as api_key=… or TELA_API_KEY."),
    402: (UsageLimitError, "", "Raise the workspace's usage limit at Tela."),
    403: (
        PermissionDeniedError,
        "Use a key of the workspace that owns the run.",
        "Use a key of the workspace that owns the canvas.",
    ),
    404: (
        NotFoundError,
        "Check the run id, the base URL, and that the key belongs to the run's workspace.",
        "Check the ids of canvas, version and files, the name of the environment, and the base URL.",
    ),
    409: (ConflictError, "", "Try again in a moment."),
    422: (UnprocessableEntityError, "Check the run id.", "Correct the request."),
    429: (RateLimitError, "", "Send fewer requests."),
}


def class_for_status(status_code: int, *, of_create: bool = False) -> tuple[type[APIStatusError], str]:
    """The error class of an HTTP status, and the advice that goes with it."""
    if status_code in _BY_STATUS:
        kind, for_run, for_create = _BY_STATUS[status_code]
        return kind, for_create if of_create else for_run or for_create
    if 500 <= status_code < 600:  # noqa: PLR2004
        return InternalServerError, "The failure is on the server's side: try again later."
    if 300 <= status_code < 400:  # noqa: PLR2004
        return APIStatusError, "Redirects are not followed, to keep the key at its own host: check the base URL."
    return APIStatusError, "Check the base URL and what stands between here and the API."
