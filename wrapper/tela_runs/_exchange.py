"""One request and its answer, over connections of our own or over the caller's HTTP client.

Here the exceptions of the HTTP libraries end: what goes on from here is a `Seen` or one of our errors, raised outside
the ``except`` block that made it, so that no frame which held the request, and with it the key, is chained to it.
"""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

import anyio
import httpcore
import httpx

from ._answer import Answer, headers_of, read
from ._gateway import retrieve_path
from ._version import __version__
from ._wire import Headers
from .errors import APIConnectionError, APITimeoutError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._answer import Seen
    from ._settings import Secret
    from ._wire import AsyncWire, Reply, Wire

#: Bytes that are kept of a body larger than the limit, and of the pages that gateways answer errors with.
KEPT_BYTES = 64 * 1024
#: The content codings that are asked for and decoded. Others cannot be decoded step by step with the standard library.
_CODINGS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
#: Bytes that are decoded at a time: a kilobyte of gzip can hold a megabyte.
_DECODED_AT_ONCE = 1024 * 1024
#: Seconds that a request may take at the most: what sockets and locks can count to on every platform, about 23 days.
_LONGEST = 2e6
_OK = 200

_TIMEOUTS = (httpx.TimeoutException, httpcore.TimeoutException, TimeoutError)
#: What else an exchange fails with.
_FAILURES = (
    httpx.HTTPError,
    httpx.StreamError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    OSError,
    UnicodeError,
    # A closed client, another event loop: ours, but its frames hold the request all the same.
    ConfigurationError,
)


class Intake:
    """Takes an answer in, chunk by chunk: decodes it and stops at the limit, whatever it would decode to."""

    def __init__(self, reply: Reply[object], limit: int) -> None:
        self.status = reply.status
        self.headers = headers_of(reply.headers)
        self.received_at = time.time()
        self.flaw = ""
        self._limit = limit if reply.status == _OK else min(limit, KEPT_BYTES)
        self._body = bytearray()  # a list of chunks could weigh many times what is in them
        coding = self.headers.get("content-encoding", "").strip().lower()
        self._decoder = zlib.decompressobj(_CODINGS[coding]) if coding in _CODINGS else None
        if self._decoder is None and coding not in {"", "identity"}:
            self.flaw = f"its content coding {coding[:40]!r} was not asked for"

    def feed(self, chunk: bytes) -> bool:
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

    def _add(self, data: bytes) -> bool:
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
        return Answer(self.status, self.headers, bytes(self._body), self.flaw, self.received_at)


def concluded(run_id: str, intake: Intake | None, failure: BaseException | None, timeout: float) -> Seen:
    """What came of an exchange: of what was taken in before it ended or failed.

    An answer other than 200 counts even if its body broke off: its status says more than how it ended.

    Raises:
        APIError: It did not bring the run.
        ConfigurationError: Nothing was sent: the client is closed, or belongs to another event loop.
    """
    if isinstance(failure, ConfigurationError):
        raise failure
    if isinstance(failure, _TIMEOUTS) and (intake is None or intake.status == _OK):
        raise APITimeoutError(
            f"No whole answer for run {run_id!r} within {timeout:.3g} s. Try again, or allow more with timeout=…",
            run_id=run_id,
        )
    if intake is None:
        detail = " ".join(str(failure).split())[:200] or "no reason given"
        raise APIConnectionError(
            f"No answer for run {run_id!r}: {detail} ({type(failure).__name__}). Check the network, the proxy and the "
            "base URL, or try again.",
            run_id=run_id,
        )
    if failure is not None and not intake.flaw:
        intake.flaw = "it was cut short"
    return read(intake.answer(), run_id)


class _Exchange:
    """What the sync and the async exchange have in common."""

    def __init__(self, key: Secret, max_response_bytes: int) -> None:
        self._max_response_bytes = max_response_bytes
        self._headers = _headers_with(key)


class Exchange(_Exchange):
    """Asks for runs, synchronously."""

    def __init__(self, wire: Wire, key: Secret, max_response_bytes: int) -> None:
        super().__init__(key, max_response_bytes)
        self._wire = wire

    def look(self, run_id: str, timeout: float) -> Seen:
        """Ask for a run once, for at most ``timeout`` seconds.

        Raises:
            APIError: The exchange did not bring the run.
            ConfigurationError: The client is closed, or belongs to another event loop.
        """
        path = retrieve_path(run_id)
        intake: Intake | None = None
        failure: BaseException | None = None
        try:
            with self._wire.get(path, self._headers(), min(timeout, _LONGEST)) as reply:
                intake = Intake(reply, self._max_response_bytes)
                for chunk in reply.chunks:
                    if not intake.feed(chunk):
                        break
        except (*_TIMEOUTS, *_FAILURES) as error:
            failure = _bare(error)
        return concluded(run_id, intake, failure, timeout)

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()


class AsyncExchange(_Exchange):
    """Asks for runs, asynchronously."""

    def __init__(self, wire: AsyncWire, key: Secret, max_response_bytes: int) -> None:
        super().__init__(key, max_response_bytes)
        self._wire = wire

    async def look(self, run_id: str, timeout: float) -> Seen:
        """Ask for a run once, for at most ``timeout`` seconds.

        Raises:
            APIError: The exchange did not bring the run.
            ConfigurationError: The client is closed, or belongs to another event loop.
        """
        path = retrieve_path(run_id)
        intake: Intake | None = None
        failure: BaseException | None = None
        try:
            with anyio.move_on_after(timeout) as scope:
                async with self._wire.get(path, self._headers(), timeout) as reply:
                    intake = Intake(reply, self._max_response_bytes)
                    async for chunk in reply.chunks:
                        if not intake.feed(chunk):
                            # Not `break`: that would leave the libraries' generators open, one within the other.
                            # This ends them at their next read.
                            scope.cancel()
            if scope.cancelled_caught and not (intake is not None and intake.flaw):
                failure = TimeoutError()
        except (*_TIMEOUTS, *_FAILURES) as error:
            failure = _bare(error)
        return concluded(run_id, intake, failure, timeout)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()


def _headers_with(key: Secret) -> Callable[[], Headers]:
    """The headers of every request, behind a closure, where no repr and no ``vars`` shows the key."""
    headers = Headers()
    headers += [
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", b"gzip"),
        (b"Authorization", b"Bearer " + key.reveal().encode("ascii")),
        (b"User-Agent", f"tela-runs/{__version__}".encode("ascii")),
    ]
    return lambda: headers


def _bare(error: BaseException) -> BaseException:
    """The error without its frames: they hold the request."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
