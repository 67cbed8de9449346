"""The two clients, `RunsClient` and `AsyncRunsClient`. Each lives in a module of its own, to be loaded alone."""

from ._async_client import AsyncRunsClient
from ._client import RunsClient

__all__ = ["AsyncRunsClient", "RunsClient"]
