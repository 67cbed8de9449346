"""One connection of a client: requests read by h11, responses written past it, since faults break the rules of HTTP."""

import asyncio
import socket
import struct
import sys
from collections.abc import Iterator, Mapping

import h11
from attrs import define

from .faults import End, Pause, Step
from .response import Response, error_response

if sys.platform != "win32":
    import fcntl
    import termios

_READ_SIZE = 65_536


@define
class Request:
    """One request as it arrived.

    `path` is the raw target, percent-encoding and query included; `headers` are by name in lower case; `at` is in
    seconds on the emulator's clock; `run_id` is the run that it asks for or has started; `status` is that of the
    response, None where there is none or no whole one; `fault` names the fault that it met, such as `Reset`.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = 0.0
    run_id: str | None = None
    status: int | None = None
    fault: str | None = None


class Connection:
    """Reads requests, one at a time, and performs the steps of a script in response."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._parser = h11.Connection(h11.SERVER)
        self._client_left = False

    async def receive(self) -> Request | None:
        """Read the next request; None at the end of the connection, and after one that is not valid."""
        if self._client_left or self._writer.is_closing() or self._parser.their_state is h11.MUST_CLOSE:
            return None
        unread, _ = self._parser.trailing_data
        # h11 sees no response go out, so each request has a parser of its own.
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_READ_SIZE)
        if unread:
            self._parser.receive_data(unread)
        try:
            return await self._read_request()
        except h11.RemoteProtocolError as error:
            await self._write(b"".join(error_response(error.error_status_hint, str(error)).encoded()))
            return None

    async def _read_request(self) -> Request | None:
        request, body = None, bytearray()
        while not isinstance(event := self._parser.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                if self._parser.they_are_waiting_for_100_continue:
                    go_on = h11.InformationalResponse(status_code=100, headers=[])
                    self._writer.write(self._parser.send(go_on) or b"")
                self._parser.receive_data(await self._reader.read(_READ_SIZE))
            elif isinstance(event, h11.Request):
                headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
                request = Request(event.method.decode(), event.target.decode("latin-1"), headers, b"")
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                return None
        assert request is not None
        request.body = bytes(body)
        return request

    async def perform(self, script: Iterator[Step], request: Request) -> None:
        """Take these steps, up to the last one or the end of the connection; notes the status on the request."""
        for step in script:
            if not (self._client_left or self._writer.is_closing()):
                await self._take(step, request)
            elif request.method == "GET":
                return  # while the API starts a run also when nobody waits for the response any more

    async def _take(self, step: Step, request: Request) -> None:
        match step:
            case bytes():
                await self._write(step)
            case Response():
                if step.delay:
                    await self._pause(step.delay)
                request.status = step.status
                for data in step.encoded():
                    await self._write(data)
            case Pause(seconds):
                await self._pause(seconds)
            case End(reset=True):
                await self._reset()
            case End():
                await self.close()

    async def _pause(self, seconds: float | None) -> None:
        """Wait this many seconds (None: for ever), or until the client leaves; what it sends is kept for later."""
        try:
            async with asyncio.timeout(seconds):
                while data := await self._reader.read(_READ_SIZE):
                    self._parser.receive_data(data)
                self._client_left = True
        except TimeoutError:
            return
        except OSError:
            self._client_left = True

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()
        # drain() returns at once while the client keeps up, and the other connections want their turn too.
        await asyncio.sleep(0)

    async def close(self) -> None:
        """End the connection in good order."""
        self._writer.close()
        await self._writer.wait_closed()

    async def _reset(self) -> None:
        """Send a TCP reset, once the client's side has all that was sent: a reset discards what is on its way."""
        transport = self._writer.transport
        connection: socket.socket = transport.get_extra_info("socket")
        while not self._client_left and (transport.get_write_buffer_size() or _bytes_on_the_way(connection)):
            await self._pause(0.001)
        # Closing with a linger time of zero sends RST in place of FIN.
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()


def _bytes_on_the_way(connection: socket.socket) -> int:
    """Count the bytes that the client's side has not yet acknowledged; 0 where the kernel does not say."""
    if sys.platform == "win32":
        return 0
    return int.from_bytes(fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
