"""An HTTP answer as plain data, and the bytes it is on the wire."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.utils import formatdate
from http import HTTPStatus
from uuid import uuid4

from attrs import evolve, field, frozen

HeaderPairs = tuple[tuple[str, str], ...]
Content = bytes | Callable[[], Iterable[bytes]]

# RFC 9110, 15.3.5 and 15.4.5: these have no content, and so no framing of one.
_WITHOUT_CONTENT = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


def header_pairs(headers: Mapping[str, str] | Iterable[tuple[str, str]] | None) -> HeaderPairs:
    """Give headers as pairs, in order; repeated names are possible when pairs are given.

    Raises:
        ValueError: a name or value that would break the head of the answer (`Raw` can send such bytes).
    """
    pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers or ())
    for name, value in pairs:
        if not name or ":" in name or any(sign in name + value for sign in "\r\n\0"):
            raise ValueError(f"{name!r}: {value!r} cannot be sent as a header; use Raw to send malformed bytes")
        (name + value).encode("latin-1")  # UnicodeEncodeError is a ValueError
    return pairs


@frozen
class Answer:
    """Status, headers and body; a body that need not fit memory is a function that makes its chunks."""

    status: int
    headers: HeaderPairs = field(default=(), converter=header_pairs)
    body: Content = b""

    def with_headers(self, headers: HeaderPairs) -> "Answer":
        """Give the same answer with these headers in place of those of the same names."""
        replaced = {name.lower() for name, _ in headers}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in replaced)
        return evolve(self, headers=kept + headers)

    def head(self) -> bytes:
        """Encode the status line and the headers, with the framing headers that are missing."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = ""
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in self._framed())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def parts(self) -> Iterator[bytes]:
        """Encode the body, piece by piece."""
        if isinstance(self.body, bytes):
            if self.body:
                yield self.body
        elif self._says("content-length"):
            yield from self.body()
        else:
            for chunk in filter(None, self.body()):
                yield b"%x\r\n%b\r\n" % (len(chunk), chunk)
            yield b"0\r\n\r\n"

    def _says(self, name: str) -> bool:
        return any(given.lower() == name for given, _ in self.headers)

    def _framed(self) -> HeaderPairs:
        if self._says("content-length") or self._says("transfer-encoding"):
            return self.headers
        if not isinstance(self.body, bytes):
            return (*self.headers, ("transfer-encoding", "chunked"))
        if self.status in _WITHOUT_CONTENT:
            return self.headers
        return (*self.headers, ("content-length", str(len(self.body))))


def standing_headers() -> HeaderPairs:
    """Make the headers that each answer carries.

    `x-request-id` is an addition of the emulator, for tests of what a client does with one: Tela documents no
    such header.
    """
    return (("date", formatdate(usegmt=True)), ("x-request-id", f"req_{uuid4().hex}"))


def error_body(status: int, *, message: str | None = None) -> bytes:
    """Encode an error as Tela documents it: `code`, `message`, `status`, `name`.

    The values of `code` are not documented; this one is made from the status' standard phrase.
    Source: docs.tela.com, errors-and-retries.
    """
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = f"Status {status}"
    code = phrase.upper().replace(" ", "_").replace("-", "_").replace("'", "")
    return json.dumps({"code": code, "message": message or phrase, "status": status, "name": "Error"}).encode()
