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
    from .errors import *
    from .files import File
    from .outcome import Outcome
    from .pacing import AdaptivePacing, BackoffPacing, FixedPacing, Pacing
    from .run import Run, RunStatus, Usage, parse_webhook

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

#: Where the names live: in the first of these that has one.
_MODULES = ("_version", "errors", "pacing", "files", "run", "outcome", "client", "async_client")
#: What is not loaded by its name alone, since it needs an extra.
_EXTRAS = {"celery", "emulator"}


if not TYPE_CHECKING:  # type checkers would take any name for one of ours

    def __getattr__(name: str) -> Any:
        """Load a public name, or a module of the package, when it is first used (PEP 562)."""
        if name in _MODULES:
            return _loaded(name)
        if name in __all__:
            value = next(getattr(module, name) for module in map(_loaded, _MODULES) if hasattr(module, name))
            globals()[name] = value
            return value
        hint = f": import it with `import {__name__}.{name}`" if name in _EXTRAS else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")


def _loaded(name: str) -> Any:
    try:
        return import_module(f"{__name__}.{name}")
    except AttributeError as error:  # which Python would hide behind "cannot import name" (cpython #153236)
        raise ImportError(f"{__name__}.{name} cannot be imported: {error}") from error


def __dir__() -> list[str]:
    """The public names."""
    return __all__
