"""What carries one request and its answer: the form that our own connections and the caller's HTTP client share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from anyio.lowlevel import RunVar
from attrs import frozen

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager


class Headers(list[tuple[bytes, bytes]]):
    """Headers of a request, which no traceback with local variables shows: the key is among them."""

    def __repr__(self) -> str:
        return "<headers>"


Chunks_co = TypeVar("Chunks_co", covariant=True)


@frozen
class Reply(Generic[Chunks_co]):
    """The head of an answer, and its body as it arrives, still in its content coding."""

    status: int
    headers: list[tuple[bytes, bytes]]
    chunks: Chunks_co


class Wire(Protocol):
    """Sends a GET and hands up the answer as it arrives, synchronously."""

    def get(self, path: str, headers: Headers, timeout: float) -> AbstractContextManager[Reply[Iterable[bytes]]]:
        """Send a GET of ``path``; the whole takes ``timeout`` seconds at the most.

        Raises:
            ConfigurationError: The client is closed.
            Exception: What the HTTP library raises.
        """
        ...

    def close(self) -> None:
        """Close what was opened here."""
        ...


class AsyncWire(Protocol):
    """Sends a GET and hands up the answer as it arrives, asynchronously."""

    def get(
        self, path: str, headers: Headers, timeout: float
    ) -> AbstractAsyncContextManager[Reply[AsyncIterable[bytes]]]:
        """Send a GET of ``path``. The timeout is the caller's to keep, with a cancel scope around the context.

        Raises:
            ConfigurationError: The client is closed, or belongs to another event loop.
            Exception: What the HTTP library raises.
        """
        ...

    async def aclose(self) -> None:
        """Close what was opened here."""
        ...


def closed_error() -> ConfigurationError:
    """The error of a request on a closed client."""
    return ConfigurationError("This client is closed. Make a new one, or keep its `with` block open.")


#: An object of its own for every event loop.
_identity: RunVar[object] = RunVar("tela_runs_loop")


class LoopGuard:
    """Holds a client to the event loop that first used it: its connections live in that one."""

    def __init__(self) -> None:
        self._owner: object | None = None

    def refuse_another(self) -> None:
        """Check the running event loop.

        Raises:
            ConfigurationError: It is another than the first one that was checked.
        """
        try:
            running = _identity.get()
        except LookupError:
            running = object()
            _identity.set(running)
        if self._owner is None:
            self._owner = running
        elif self._owner is not running:
            raise ConfigurationError(
                "This AsyncRunsClient belongs to another event loop. Make one client in each event loop."
            )
