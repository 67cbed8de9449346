"""Sync sockets that keep a deadline: an httpcore network backend that cuts every wait to what is left of it.

httpx and httpcore bound each connect, read and write by itself, so a server that drips one byte a second is never cut
off (measured in `benchmarks/README.md`). Here the one deadline of a request bounds them together. Only the sync client
needs this: the async one has cancel scopes, which bound anything (`_network_async`).
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable


#: Bytes that are read at a time at the most. What is made of them between two reads (thousands of tiny chunks, it may
#: be) is time in which no deadline is kept.
READ_AT_ONCE = 8 * 1024


class Limit:
    """The deadline of the request that a connection is serving now."""

    __slots__ = ("_clock", "deadline")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.deadline = 0.0

    def left(self, late: type[httpcore.TimeoutException]) -> float:
        """Seconds left, above 0.

        Raises:
            httpcore.TimeoutException: None are left; ``late`` is the class of it.
        """
        left = self.deadline - self._clock()
        if left <= 0:
            raise late("the deadline of the request has passed")
        return left


class LimitedStream(httpcore.NetworkStream):
    """A connection whose every operation is cut to what its `Limit` leaves; httpcore's own timeouts are not used."""

    def __init__(self, stream: httpcore.NetworkStream, limit: Limit) -> None:
        self._stream = stream
        self._limit = limit

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(min(max_bytes, READ_AT_ONCE), self._limit.left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._limit.left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = self._limit.left(httpcore.ConnectTimeout)
        try:
            return LimitedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._limit)
        except BaseException:
            self._stream.close()  # httpcore does not after a KeyboardInterrupt
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class LimitedBackend(httpcore.NetworkBackend):
    """Connects within the `Limit`: the look-up of the name and all of its addresses together."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _addresses(host, port, self._limit)
        failure: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for tried, address in enumerate(addresses):
            # An equal share each, so that one address which swallows packets leaves time for the next.
            share = self._limit.left(httpcore.ConnectTimeout) / (len(addresses) - tried)
            try:
                stream = self._backend.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return LimitedStream(stream, self._limit)
        raise failure or httpcore.ConnectError(f"{host} has no address")


def _addresses(host: str, port: int, limit: Limit) -> list[str]:
    """The addresses of a host, looked up in a thread: the operating system's own look-up cannot be cut short."""
    if is_address(host):
        return [host]
    found: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found.put(error)
        else:
            found.put(distinct(infos))

    try:
        threading.Thread(target=look_up, name="tela-runs-dns", daemon=True).start()
    except RuntimeError as error:  # too many threads, or the interpreter is shutting down
        raise httpcore.ConnectError(f"looking up {host} failed: {error}") from None
    try:
        result = found.get(timeout=limit.left(httpcore.ConnectTimeout))
    except queue.Empty:
        raise httpcore.ConnectTimeout(f"looking up {host} took too long") from None
    if isinstance(result, Exception):
        raise httpcore.ConnectError(f"looking up {host} failed: {result}")
    return result


def is_address(host: str) -> bool:
    """Whether a host needs no looking up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def distinct(infos: Iterable[tuple[Any, Any, Any, Any, tuple[Any, ...]]]) -> list[str]:
    """The addresses among what ``getaddrinfo`` gives, each once, in its order."""
    return list(dict.fromkeys(str(info[4][0]) for info in infos))
