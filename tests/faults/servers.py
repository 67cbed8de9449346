"""Servers for what the emulator cannot do: endless responses, full queues, TLS and proxies."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

#: What a server does with a connection.
Handler: TypeAlias = Callable[[socket.socket], object]


class Listening:
    """A server with a thread per connection, and what it has received."""

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None, family: socket.AddressFamily) -> None:
        self.connections = 0
        self._handler = handler
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self._socket.listen(128)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def still_open(self) -> int:
        """How many of the connections no side has closed."""
        return sum(1 for connection in list(self._open) if _is_alive(connection))

    def stop(self) -> None:
        """Cut all connections and end the threads."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._threads[0].join()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # What the client does to the connection is no matter of the server's.
        with suppress(OSError):
            if self._tls is None:
                self._handler(connection)
                return
            with connection.dup() as plain, self._tls.wrap_socket(plain, server_side=True) as encrypted:
                self._handler(encrypted)
            connection.shutdown(socket.SHUT_RDWR)


def _is_alive(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@contextmanager
def listening(
    handler: Handler, *, tls: ssl.SSLContext | None = None, family: socket.AddressFamily = socket.AF_INET
) -> Iterator[Listening]:
    """Serve each connection with a function in a thread of its own, until it returns or the block is left."""
    server = Listening(handler, tls, family)
    try:
        yield server
    finally:
        server.stop()


def read_headers(connection: socket.socket) -> bytes:
    """The request line and headers; empty if the client has left."""
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(65536)
        if not data:
            return b""
        head += data
    return head


def drain(connection: socket.socket) -> None:
    """Read until the client leaves, and send nothing."""
    while connection.recv(65536):
        pass


def endless(beginning: bytes, repeated: bytes) -> Handler:
    """Respond with a beginning, and then the same bytes again and again."""

    def flood(connection: socket.socket) -> None:
        read_headers(connection)
        connection.sendall(beginning)
        while True:
            connection.sendall(repeated)

    return flood


def answering(body: bytes) -> Handler:
    """Respond to every request with 200 and this body."""

    def respond(connection: socket.socket) -> None:
        while read_headers(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))

    return respond


def reset(connection: socket.socket) -> None:
    """End a connection with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def relay(target: tuple[str, int], heads: list[bytes]) -> Handler:
    """Be a proxy that opens every tunnel to the same place, and notes what it is asked with."""

    def tunnel(connection: socket.socket) -> None:
        heads.append(read_headers(connection))
        with socket.create_connection(target) as onwards:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(onwards, connection))
            back.start()
            pump(connection, onwards)
            back.join()

    return tunnel


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Hand on what comes, to the end of either."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def settle(condition: Callable[[], bool]) -> None:
    """Wait until something has come about."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextmanager
def full_backlog(address: tuple[str, int] = ("127.0.0.1", 0)) -> Iterator[tuple[str, int]]:
    """An address whose queue of connections is full: further ones are left unanswered."""
    with ExitStack() as stack:
        busy = stack.enter_context(socket.create_server(address, backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(busy.getsockname())
        yield busy.getsockname()
