"""What carries one request and its answer: the form that our own connections and the caller's HTTP client share."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Headers(list[tuple[bytes, bytes]]):
    """Headers of a request, which no traceback with local variables shows: the key is among them."""

    _lines: Outgoing | None = None

    def lines(self) -> Outgoing:
        """The lines of a request that they make; put together once."""
        if self._lines is None:
            # In one expression, without a variable that would show a header.
            self._lines = Outgoing(b"%b: %b\r\n" * len(self) % tuple(chain.from_iterable(self)))
        return self._lines

    def __repr__(self) -> str:
        return "<headers>"


class Outgoing(bytes):
    """Bytes of a request, which no traceback with local variables shows."""

    def __repr__(self) -> str:
        return "<request>"


class Taker(Protocol):
    """Takes an answer in as it arrives, the body still in its content coding."""

    def begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take the head in."""
        ...

    def feed(self, chunk: bytes | bytearray) -> bool:
        """Take a chunk of the body in; whether more is wanted."""
        ...


class Wire(Protocol):
    """Sends a GET and hands over the answer as it arrives, synchronously."""

    def get(self, path: str, headers: Headers, timeout: float, taker: Taker) -> None:
        """Send a GET of ``path``; the whole takes ``timeout`` seconds at the most.

        Raises:
            ConfigurationError: The client is closed.
            Exception: What the sockets raise, or the HTTP library.
        """
        ...

    def close(self) -> None:
        """Close what was opened here."""
        ...


class AsyncWire(Protocol):
    """Sends a GET and hands over the answer as it arrives, asynchronously."""

    async def get(self, path: str, headers: Headers, timeout: float, taker: Taker) -> None:
        """Send a GET of ``path``. The timeout is the caller's to keep, with a cancel scope around this.

        Raises:
            ConfigurationError: The client is closed, or belongs to another event loop.
            Exception: What the sockets raise, or the HTTP library.
        """
        ...

    async def aclose(self) -> None:
        """Close what was opened here."""
        ...


def closed_error() -> ConfigurationError:
    """The error of a request on a closed client."""
    return ConfigurationError("This client is closed. Make a new one, or keep its `with` block open.")
