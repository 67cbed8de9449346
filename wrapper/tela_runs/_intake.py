"""Takes an answer in, chunk by chunk, as the wire hands it over: decodes it and stops at the limit."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

from ._answer import Answer, headers_of

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Bytes that are kept of a body larger than the limit, and of the pages that gateways answer errors with.
KEPT_BYTES = 64 * 1024
#: The content codings that are asked for and decoded. Others cannot be decoded step by step with the standard library.
_CODINGS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
#: Bytes that are decoded at a time: a kilobyte of gzip can hold a megabyte.
_DECODED_AT_ONCE = 1024 * 1024
_OK = 200


class Intake:
    """Takes an answer in and stops at the limit, whatever it would decode to.

    Attributes:
        status: The status of the answer; 0 until its head has come.
        flaw: Why the body is not whole, in half a sentence; empty if nothing is known against it.
    """

    __slots__ = ("_body", "_decoder", "_headers", "_limit", "_received_at", "flaw", "status")

    def __init__(self, limit: int) -> None:
        self.status = 0
        self.flaw = ""
        self._limit = limit
        self._body = bytearray()  # a list of chunks could weigh many times what is in them
        self._decoder: zlib._Decompress | None = None
        self._headers: dict[str, str] = {}
        self._received_at = 0.0

    def begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take the head in."""
        self.status = status
        self._headers = headers_of(headers)
        self._received_at = time.time()
        if status != _OK:
            self._limit = min(self._limit, KEPT_BYTES)
        coding = self._headers.get("content-encoding", "").strip().lower()
        if coding in _CODINGS:
            self._decoder = zlib.decompressobj(_CODINGS[coding])
        elif coding not in {"", "identity"}:
            self.flaw = f"its content coding {coding[:40]!r} was not asked for"

    def feed(self, chunk: bytes | bytearray) -> bool:
        """Take a chunk in; whether more is wanted."""
        if self.flaw:
            return False
        if self._decoder is None:
            return self._add(chunk)
        # What is behind the end of the compressed body is nothing of this answer.
        while chunk and not self._decoder.eof:
            try:
                decoded = self._decoder.decompress(chunk, _DECODED_AT_ONCE)
            except zlib.error:
                self.flaw = "its compressed body cannot be decoded"
                return False
            if not self._add(decoded):
                return False
            chunk = self._decoder.unconsumed_tail
        return True

    def _add(self, data: bytes | bytearray) -> bool:
        if len(self._body) + len(data) > self._limit:
            self.flaw = f"it is larger than {self._limit} bytes (max_response_bytes)"
            self._body += data[: max(KEPT_BYTES - len(self._body), 0)]
            del self._body[KEPT_BYTES:]
            return False
        self._body += data
        return True

    def answer(self) -> Answer:
        """What was taken in."""
        if self._decoder is not None and not self._decoder.eof and not self.flaw:
            self.flaw = "its compressed body was cut short"
        return Answer(self.status, self._headers, bytes(self._body), self.flaw, self._received_at)
