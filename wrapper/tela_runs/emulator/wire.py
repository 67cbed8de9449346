"""The connection itself: uvicorn's HTTP protocol, with a way past it to the socket.

An ASGI application cannot reset a connection, send half a header or use a status that the server has no
phrase for. Each request's scope therefore carries, among its extensions, the `Wire` of its connection.
"""

import asyncio
import logging
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from .faults import End, Pause, Send, Step

if sys.platform != "win32":
    import fcntl
    import termios

#: The name of the extension in the scope of a request.
WIRE = "tela_runs.emulator.wire"

_logger = logging.getLogger("tela_runs.emulator")
# A client that sends what is no HTTP is an event of the test: nothing on stderr unless logging is set up.
_logger.addHandler(logging.NullHandler())


class WireProtocol(H11Protocol):
    """uvicorn's protocol over h11, whose requests carry their `Wire`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # uvicorn's own loggers belong to the application under test, which may well run on uvicorn.
        self.logger = _logger
        self.access_log = False
        self.wire = Wire(self)
        answer = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), WIRE: self.wire}
            await answer(scope, receive, send)

        self.app = app

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, without Nagle's delay between the pieces of an answer."""
        super().connection_made(transport)
        # asyncio does so only for sockets made with an explicit protocol number; Nagle adds 40 ms.
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and wake whoever is waiting in `Wire.pause`."""
        super().connection_lost(exc)
        self.wire.lost.set()


def _bytes_on_the_way(connection: socket.socket) -> int:
    """Count the bytes that the kernel has not yet handed over to the other side; 0 where it does not say."""
    if sys.platform == "win32":
        return 0
    answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(struct.calcsize("i")))
    return int(struct.unpack("i", answer)[0])


class Wire:
    """One connection, for those who want to misuse it."""

    def __init__(self, protocol: WireProtocol) -> None:
        self._protocol = protocol
        self.lost = asyncio.Event()

    async def pause(self, seconds: float | None) -> bool:
        """Wait this many seconds (None: for ever); false as soon as the client has left."""
        try:
            async with asyncio.timeout(seconds):
                await self.lost.wait()
        except TimeoutError:
            return True
        return False

    async def play(self, script: Iterator[Step]) -> None:
        """Perform a script in place of an answer, up to its end or that of the connection."""
        # uvicorn has no more part in this answer, even if the connection goes before it is out.
        cycle = self._protocol.cycle
        cycle.response_started = cycle.response_complete = True
        for step in script:
            if self._protocol.transport.is_closing():
                return
            match step:
                case Send(data):
                    await self._send(data)
                case Pause(seconds):
                    await self.pause(seconds)
                case End(reset):
                    await self._delivered()
                    self._end(reset=reset)
                    return
        self._await_next_request()

    async def _send(self, data: bytes) -> None:
        self._protocol.transport.write(data)
        await self._protocol.flow.drain()
        # drain() returns at once while the client keeps up, and the other connections want their turn too.
        await asyncio.sleep(0)

    async def _delivered(self) -> None:
        """Wait until the client's side has all that was sent: a reset throws away what is still on its way."""
        transport = self._protocol.transport
        connection: socket.socket = transport.get_extra_info("socket")
        while not transport.is_closing() and (transport.get_write_buffer_size() or _bytes_on_the_way(connection)):
            await self.pause(0.001)

    def _end(self, *, reset: bool) -> None:
        transport = self._protocol.transport
        if reset:
            # Closing with a linger time of zero sends RST in place of FIN.
            linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            connection: socket.socket = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
        else:
            transport.close()

    def _await_next_request(self) -> None:
        protocol = self._protocol
        if protocol.transport.is_closing():
            return
        if protocol.conn.their_state is not h11.DONE:  # `Connection: close`, HTTP/1.0, or a body not read
            self._end(reset=False)
            return
        # h11 saw no answer go out; a fresh one takes over at the next request.
        pipelined, _ = protocol.conn.trailing_data
        protocol.conn = h11.Connection(h11.SERVER)
        protocol.on_response_complete()
        if pipelined:
            protocol.data_received(pipelined)
