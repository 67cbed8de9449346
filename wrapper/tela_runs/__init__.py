"""Retrieve Tela canvas runs, wait for them, and get their results: sync and async, one or a hundred thousand."""

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
