"""Requests and responses, and the connection that they are on.

h11 reads the requests; responses are written past it, since faults break the rules of HTTP.
"""

import asyncio
import json
import re
import socket
import struct
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from email.utils import formatdate
from http.client import responses
from typing import Any
from uuid import uuid4

import h11
from attrs import define, evolve, frozen

_READ_SIZE = 65_536

HeaderPairs = tuple[tuple[str, str], ...]


@define
class Request:
    """One request as it arrived.

    `path` is the raw target, percent-encoding and query included; `headers` are by name in lower case; `at` is in
    seconds on the emulator's clock; `run_id` is the run that it is for or has started; `status` is that of the
    response, None where there is none or no whole one; `fault` names the fault that it met, such as `Reset`.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    at: float = 0.0
    run_id: str | None = None
    status: int | None = None
    fault: str | None = None


@frozen
class Response:
    """Status, headers and body."""

    status: int
    headers: HeaderPairs = ()
    body: bytes = b""

    def with_headers(self, headers: HeaderPairs) -> "Response":
        """Give the same response with these headers in place of those of the same names."""
        replaced = {name.lower() for name, _ in headers}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in replaced)
        return evolve(self, headers=kept + headers)

    def head(self) -> bytes:
        """Encode the status line and the headers, with a Content-Length where there is no framing yet."""
        headers, names = self.headers, {name.lower() for name, _ in self.headers}
        # RFC 9110, 15.3.5 and 15.4.5: 204 and 304 have no content, and so no length of one.
        if names.isdisjoint({"content-length", "transfer-encoding"}) and self.status not in (204, 304):
            headers += (("content-length", str(len(self.body))),)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"HTTP/1.1 {self.status} {responses.get(self.status, '')}\r\n{lines}\r\n".encode("latin-1")

    def encoded(self) -> bytes:
        """Encode all of it."""
        return self.head() + self.body


def header_pairs(headers: Mapping[str, str] | Iterable[tuple[str, str]] | None) -> HeaderPairs:
    """Give headers as pairs, in order; ValueError for what Latin-1 does not have."""
    pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers or ())
    "".join(name + value for name, value in pairs).encode("latin-1")
    return pairs


def api_response(status: int, body: bytes = b"", media_type: str = "application/json") -> Response:
    """Give a response with the headers that each response of the API carries."""
    standing = (("date", formatdate(usegmt=True)), ("x-request-id", f"req_{uuid4().hex}"))
    return Response(status, (*standing, ("content-type", media_type)), body)


def error_response(status: int, message: str | None = None, **more: Any) -> Response:
    """Give an error as docs.tela.com, errors-and-retries, has it; its `code`, undocumented, follows the phrase."""
    phrase = responses.get(status, f"Status {status}")
    code = re.sub(r"\W+", "_", phrase).upper()
    error = {"code": code, "message": message or phrase, "status": status, "name": "Error", **more}
    return api_response(status, json.dumps(error).encode())


class Connection:
    """Reads requests, one at a time, and sends what responds to them; OSError once the client has left."""

    request: Request

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._parser = h11.Connection(h11.SERVER)

    async def receive(self) -> Request | None:
        """Read the next request; None at the end of the connection, and after one that is not valid."""
        if self._writer.is_closing() or self._parser.their_state is h11.MUST_CLOSE:
            return None
        unread, _ = self._parser.trailing_data
        # h11 sees no response go out, so each request has a parser of its own.
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_READ_SIZE)
        if unread:
            self._parser.receive_data(unread)
        body = bytearray()
        try:
            while not isinstance(event := self._parser.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    self._parser.receive_data(await self._reader.read(_READ_SIZE))
                elif isinstance(event, h11.Request):
                    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
                    self.request = Request(event.method.decode(), event.target.decode("latin-1"), headers)
                elif isinstance(event, h11.Data):
                    body += event.data
                else:
                    return None
        except h11.RemoteProtocolError as error:
            await self.send(error_response(error.error_status_hint, str(error)).encoded())
            return None
        self.request.body = bytes(body)
        return self.request

    async def send(self, data: Response | bytes) -> None:
        """Send a response, whose status the request then has, or bytes as they are."""
        if isinstance(data, Response):
            self.request.status = data.status
            data = data.encoded()
        self._writer.write(data)
        await self._writer.drain()
        # drain() returns at once while the client keeps up, and the other connections want their turn too.
        await asyncio.sleep(0)

    async def pause(self, seconds: float | None = None) -> None:
        """Wait this many seconds, or for ever; what the client sends is kept for later."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while data := await self._reader.read(_READ_SIZE):
                    self._parser.receive_data(data)
                raise ConnectionAbortedError("the client has left")

    async def close(self) -> None:
        """End the connection in good order."""
        self._writer.close()
        await self._writer.wait_closed()

    async def reset(self) -> None:
        """End the connection with a TCP reset."""
        await self.pause(0.02)  # a reset discards what is on its way
        # Closing with a linger time of zero sends RST in place of FIN.
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()
