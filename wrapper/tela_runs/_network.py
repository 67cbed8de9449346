"""Sync sockets that keep a deadline: every wait is cut to what is left of it.

httpx and httpcore bound each connect, read and write by itself, so a server that drips one byte a second is never cut
off (measured in `benchmarks/README.md`). Here the one deadline of a request bounds them together. Only the sync client
needs this: the async one has cancel scopes, which bound anything (`_network_async`).
"""

from __future__ import annotations

import ipaddress
import queue
import select
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

#: Bytes that are read at a time at the most. What is made of them between two reads (thousands of tiny chunks, it may
#: be) is time in which no deadline is kept.
READ_AT_ONCE = 8 * 1024


class Limit:
    """The deadline of the request that a connection is serving now."""

    __slots__ = ("_clock", "deadline")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.deadline = 0.0

    def left(self) -> float:
        """Seconds left, above 0.

        Raises:
            TimeoutError: None are left.
        """
        left = self.deadline - self._clock()
        if left <= 0:
            raise TimeoutError("the deadline of the request has passed")
        return left


class Stream:
    """A connected socket whose every operation is cut to what its `Limit` leaves."""

    __slots__ = ("_limit", "_socket")

    def __init__(self, connected: socket.socket, limit: Limit) -> None:
        self._socket = connected
        self._limit = limit

    def read(self) -> bytes:
        """Some of what has arrived, once something has; nothing at the end."""
        self._socket.settimeout(self._limit.left())
        return self._socket.recv(READ_AT_ONCE)

    def write(self, data: bytes) -> None:
        """Send all of it."""
        self._socket.settimeout(self._limit.left())
        self._socket.sendall(data)

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Speak TLS from here on."""
        self._socket.settimeout(self._limit.left())
        # In two steps: whatever ends the handshake, it is this socket that is closed.
        self._socket = secured = context.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        secured.do_handshake()

    def is_silent(self) -> bool:
        """Whether the other side has neither closed nor said anything since it was last read."""
        return not has_news(self._socket) and not (isinstance(self._socket, ssl.SSLSocket) and has_rest(self._socket))

    def close(self) -> None:
        """Close it at once."""
        self._socket.close()


def has_news(connected: socket.socket) -> bool:
    """Whether a socket has something to read, be it the end."""
    try:
        poll = select.poll()
    except AttributeError:  # Windows, whose select takes a socket of any number
        return bool(select.select([connected], [], [], 0)[0])
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))


def has_rest(secured: ssl.SSLSocket | ssl.SSLObject) -> bool:
    """Whether TLS holds something that was not read; where it does, it may be lost by this."""
    if isinstance(secured, ssl.SSLSocket):
        return secured.pending() > 0  # it takes one record at a time from the kernel
    try:
        secured.read(1)  # further records may wait, still encrypted
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True
    return True


def opened(host: str, port: int, limit: Limit, context: ssl.SSLContext | None) -> Stream:
    """A connection to a host, with TLS if there is a context for it.

    Raises:
        OSError: There is none, or not in time.
    """
    stream = Stream(connected(host, port, limit, _connect), limit)
    if context is not None:
        try:
            stream.secure(context, host)
        except BaseException:
            stream.close()
            raise
    return stream


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    made = socket.create_connection((address, port), seconds)
    try:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        made.close()
        raise
    return made


def connected(host: str, port: int, limit: Limit, connect: Callable[[str, int, float], T]) -> T:
    """Connect to the first address of a host that answers; all of them and the look-up together keep the limit.

    Raises:
        OSError: None did.
    """
    addresses = _addresses(host, port, limit)
    failure: OSError | None = None
    for tried, address in enumerate(addresses):
        # An equal share each, so that one address which swallows packets leaves time for the next.
        share = limit.left() / (len(addresses) - tried)
        try:
            return connect(address, port, share)
        except OSError as error:
            failure = error
    raise failure or OSError(f"{host} has no address")


def _addresses(host: str, port: int, limit: Limit) -> list[str]:
    """The addresses of a host, looked up in a thread: the operating system's own look-up cannot be cut short."""
    if is_address(host):
        return [host]
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()
    look_up(host, port, found.put)
    try:
        result = found.get(timeout=limit.left())
    except queue.Empty:
        raise TimeoutError(f"looking up {host} took too long") from None
    if isinstance(result, OSError):
        raise result
    return result


def look_up(host: str, port: int, tell: Callable[[list[str] | OSError], object]) -> None:
    """Look the addresses of a host up, in a thread that tells what came of it.

    Raises:
        OSError: There is no such thread.
    """

    def work() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            tell(OSError(f"looking up {host} failed: {error}"))
        else:
            tell(distinct(infos))

    try:
        threading.Thread(target=work, name="tela-runs-dns", daemon=True).start()
    except RuntimeError as error:  # too many threads, or the interpreter is shutting down
        raise OSError(f"looking up {host} failed: {error}") from None


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
