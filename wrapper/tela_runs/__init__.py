"""Retrieve Tela canvas runs, wait for them, and get their results: sync and async, one or a hundred thousand.

The names below are loaded when they are first used: a program that imports this package pays for the HTTP library and
the models when it makes a client, not when it starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._version import __version__
    from .client import AsyncRunsClient, RunsClient
    from .errors import (
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
        PermissionDeniedError,
        RateLimitError,
        RunFailedError,
        TelaError,
        UnprocessableEntityError,
        UsageLimitError,
        WaitTimeoutError,
    )
    from .pacing import AdaptivePacing, BackoffPacing, FixedPacing, Pacing
    from .run import Outcome, Run, Usage
    from .status import RunStatus
    from .webhook import parse_webhook

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "AdaptivePacing",
    "AsyncRunsClient",
    "AuthenticationError",
    "BackoffPacing",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "FixedPacing",
    "InternalServerError",
    "InvalidResponseError",
    "NotFoundError",
    "Outcome",
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
    "AsyncRunsClient": "_async_client",
    "RunsClient": "_client",
    "AdaptivePacing": "pacing",
    "BackoffPacing": "pacing",
    "FixedPacing": "pacing",
    "Pacing": "pacing",
    "Outcome": "run",
    "Run": "run",
    "Usage": "run",
    "RunStatus": "status",
    "parse_webhook": "webhook",
}


if not TYPE_CHECKING:  # type checkers would take any name for one of ours

    def __getattr__(name: str) -> Any:
        """Load a public name, or a module of the package, when it is first used (PEP 562)."""
        if name in __all__:
            value = getattr(import_module(f".{_HOMES.get(name, 'errors')}", __name__), name)
        elif name in {"client", "errors", "pacing", "run", "status", "webhook"}:
            value = import_module(f".{name}", __name__)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The public names."""
    return __all__
