"""An HTTP response as plain data, and the bytes that it is sent as."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.utils import formatdate
from http.client import responses
from typing import Any
from uuid import uuid4

from attrs import evolve, field, frozen

HeaderPairs = tuple[tuple[str, str], ...]
Content = bytes | Callable[[], Iterable[bytes]]


def header_pairs(headers: Mapping[str, str] | Iterable[tuple[str, str]] | None) -> HeaderPairs:
    """Give headers as pairs, in order; ValueError for what cannot be sent (`Raw` can send such bytes)."""
    pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers or ())
    for name, value in pairs:
        if not name or ":" in name or any(sign in name + value for sign in "\r\n\0"):
            raise ValueError(f"{name!r}: {value!r} cannot be sent as a header; use Raw to send malformed bytes")
        (name + value).encode("latin-1")  # UnicodeEncodeError is a ValueError
    return pairs


@frozen
class Response:
    """Status, headers and body, which may be made chunk by chunk; sent after `delay` seconds."""

    status: int
    headers: HeaderPairs = field(default=(), converter=header_pairs)
    body: Content = b""
    delay: float = 0.0

    def with_headers(self, headers: HeaderPairs) -> "Response":
        """Give the same response with these headers in place of those of the same names."""
        replaced = {name.lower() for name, _ in headers}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in replaced)
        return evolve(self, headers=kept + headers)

    def head(self) -> bytes:
        """Encode the status line and the headers, with the framing headers that are missing."""
        lines = (f"{name}: {value}\r\n" for name, value in (*self.headers, *self._framing()))
        return f"HTTP/1.1 {self.status} {responses.get(self.status, '')}\r\n{''.join(lines)}\r\n".encode("latin-1")

    def encoded(self) -> Iterator[bytes]:
        """Encode all of it: as one piece, unless the body is made chunk by chunk."""
        if isinstance(self.body, bytes):
            yield self.head() + self.body
            return
        yield self.head()
        if "content-length" in self._names():
            yield from self.body()
        else:
            yield from (b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in self.body() if chunk)
            yield b"0\r\n\r\n"

    def _names(self) -> set[str]:
        return {name.lower() for name, _ in self.headers}

    def _framing(self) -> HeaderPairs:
        if self._names() & {"content-length", "transfer-encoding"}:
            return ()
        if not isinstance(self.body, bytes):
            return (("transfer-encoding", "chunked"),)
        # RFC 9110, 15.3.5 and 15.4.5: 204 and 304 have no content, and so no framing of one.
        return () if self.status in (204, 304) else (("content-length", str(len(self.body))),)


def api_response(status: int, body: Content, media_type: str = "application/json") -> Response:
    """Give a response with the headers that each response of the API carries."""
    standing = (("date", formatdate(usegmt=True)), ("x-request-id", f"req_{uuid4().hex}"))
    return Response(status, (*standing, ("content-type", media_type)), body)


def error_response(status: int, message: str | None = None, **more: Any) -> Response:
    """Give an error as docs.tela.com, errors-and-retries, has it; its `code`, undocumented, follows the phrase."""
    phrase = responses.get(status, f"Status {status}")
    code = phrase.upper().replace(" ", "_").replace("-", "_").replace("'", "")
    error = {"code": code, "message": message or phrase, "status": status, "name": "Error", **more}
    return api_response(status, json.dumps(error).encode())
