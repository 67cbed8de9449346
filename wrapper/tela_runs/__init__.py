"""Start Tela canvas runs, wait for them, and get their results: sync and async, one or a million.

The names below are loaded when they are first used: a program that imports this package pays for the HTTP library and
the models when it makes a client, not when it starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._version import __version__
    from .async_client import AsyncRunsClient
    from .client import RunsClient
    from .errors import (
        AmbiguousCreateError,
        APIConnectionError,
        APIError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        ConflictError,
        InternalServerError,
        InvalidResponseError,
        NotFoundError,
        OutputError,
        PermissionDeniedError,
        RateLimitError,
        RunFailedError,
        TelaError,
        UnprocessableEntityError,
        UsageLimitError,
        WaitTimeoutError,
    )
    from .files import File
    from .outcome import Outcome
    from .pacing import AdaptivePacing, BackoffPacing, FixedPacing, Pacing
    from .run import Run, Usage, parse_webhook
    from .status import RunStatus

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "AdaptivePacing",
    "AmbiguousCreateError",
    "AsyncRunsClient",
    "AuthenticationError",
    "BackoffPacing",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "File",
    "FixedPacing",
    "InternalServerError",
    "InvalidResponseError",
    "NotFoundError",
    "Outcome",
    "OutputError",
    "Pacing",
    "PermissionDeniedError",
    "RateLimitError",
    "Run",
    "RunFailedError",
    "RunStatus",
    "RunsClient",
    "TelaError",
    "UnprocessableEntityError",
    "Usage",
    "UsageLimitError",
    "WaitTimeoutError",
    "__version__",
    "parse_webhook",
]

#: Where each name lives; what is not here is an error, and lives in `errors`.
_HOMES = {
    "__version__": "_version",
    "AsyncRunsClient": "async_client",
    "RunsClient": "client",
    "File": "files",
    "Outcome": "outcome",
    "AdaptivePacing": "pacing",
    "BackoffPacing": "pacing",
    "FixedPacing": "pacing",
    "Pacing": "pacing",
    "Run": "run",
    "Usage": "run",
    "parse_webhook": "run",
    "RunStatus": "status",
}
#: What is not loaded by its name alone, since it needs an extra.
_EXTRAS = {"celery", "emulator"}


if not TYPE_CHECKING:  # type checkers would take any name for one of ours

    def __getattr__(name: str) -> Any:
        """Load a public name, or a module of the package, when it is first used (PEP 562)."""
        if name in __all__:
            value = getattr(import_module(f".{_HOMES.get(name, 'errors')}", __name__), name)
        elif name in {"errors", *_HOMES.values()} - {"_version"}:
            value = import_module(f".{name}", __name__)
        else:
            hint = f": import it with `import {__name__}.{name}`" if name in _EXTRAS else ""
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The public names."""
    return __all__
