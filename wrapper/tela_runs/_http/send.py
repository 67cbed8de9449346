"""Sends one request and reads its response, sync and async. Here the exceptions of the HTTP library end.

What goes on from here is a `PollResult` or one of our errors, raised outside the ``except`` block that made it, so that
no frame which held the request, and with it the key, is chained to it.
"""

from __future__ import annotations

import os
import sys
from socket import gaierror
from typing import TYPE_CHECKING, Any

import anyio
import httpx
from anyio.lowlevel import checkpoint_if_cancelled
from attrs import frozen

from tela_runs._generated import create_request, poll_request
from tela_runs.errors import ConfigurationError

from .deadline import Deadline
from .response import Received, concluded
from .transport import DEADLINE, IDLE, KEEPALIVE_OF_CREATES

try:
    from socksio import SOCKSError  # of a proxy that does not speak SOCKS: httpcore lets it through
except ImportError:
    SOCKSError = httpx.ProxyError  # type: ignore[assignment, misc]

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator

    from tela_runs._config import Secret
    from tela_runs._create import CreateBody
    from tela_runs._generated import AuthenticatedClient
    from tela_runs._polling.flow import PollResult

    from .deadline import Canceller

#: Seconds that a request may take at most: what sockets and locks can count to on every platform, about 23 days.
_LONGEST = 2e6
#: Chunks after which a stream that should have ended is one that never waits, and so one that no scope ends.
_NEVER_WAITS = 100_000
#: Characters of what can only be a key.
_SHORTEST_KEY = 12
#: What sending a request and reading its response may fail with. A closed client and a foreign event loop are errors of
#: ours, but their frames hold the request all the same.
_FAILURES: tuple[type[BaseException], ...] = (
    *(httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict),
    *(OSError, UnicodeError, ConfigurationError, SOCKSError),
)
#: Failures before the first byte of a request has left for the API.
_NOT_SENT = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, SOCKSError),
    *(httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL),
)


class _AsyncPieces(httpx.AsyncByteStream):
    """The body of a create: files that nobody wants in memory twice. It can be sent again, and no repr shows it."""

    def __init__(self, body: CreateBody) -> None:
        self._body = body
        #: Whether it was asked for: without a byte of it, no run is started.
        self.is_begun = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.is_begun = True
        for piece in self._body.reveal():
            yield piece


class _BaseSender:
    """What the sync and the async sender have in common."""

    def __init__(self, client: AuthenticatedClient, transport: Any, key: Secret[str], max_response_bytes: int) -> None:
        self._client = client
        self._transport = transport
        self._limit = max_response_bytes
        secret = key.reveal().encode("ascii")
        # Behind a closure, where no repr shows the key. Too short a one may be any word.
        self._conceal = bytes if len(secret) < _SHORTEST_KEY else lambda text: text.replace(secret, b"[the API key]")

    def _create_request(self, body: CreateBody, **content: Any) -> httpx.Request:
        template = create_request(self._client)
        template.headers["Content-Length"] = str(sum(map(len, body.reveal())))
        return httpx.Request(template.method, template.url, headers=template.headers, **content)

    def _begun(self, response: httpx.Response, url: httpx.URL) -> Received:
        """The status line and headers of a response."""
        received = Received(self._limit, url)
        # A hook of the caller's may have read it, or a transport made it up: httpx has decoded its body then.
        received.begin(response.status_code, response.headers.raw, is_decoded=response.is_stream_consumed)
        return received


class Sender(_BaseSender):
    """Sends requests, synchronously."""

    def poll(self, run_id: str, timeout: float, canceller: Canceller | None = None) -> PollResult:
        """Retrieve a run once, within ``timeout`` seconds; an APIError or a ConfigurationError says why that failed."""
        deadline = Deadline(min(timeout, _LONGEST), canceller)
        return self._send(poll_request(self._client, run_id), {DEADLINE: deadline}, run_id, timeout)

    def create(self, body: CreateBody, timeout: float, canceller: Canceller | None = None) -> PollResult:
        """Send a create once, within ``timeout`` seconds; errors as for `poll`."""
        deadline = Deadline(min(timeout, _LONGEST), canceller)
        extensions = {DEADLINE: deadline, IDLE: KEEPALIVE_OF_CREATES}
        return self._send(self._create_request(body, content=body.reveal()), extensions, None, timeout)

    def _send(
        self, request: httpx.Request, extensions: dict[str, Any], run_id: str | None, timeout: float
    ) -> PollResult:
        request.extensions = extensions
        received, failure = Received(self._limit), None
        try:
            response = self._transport.handle_request(request)
            try:
                received = self._begun(response, request.url)
                chunks = response.iter_bytes() if response.is_stream_consumed else response.stream
                _feed(received, chunks, extensions[DEADLINE])
            finally:
                response.close()
        except _failures() as error:
            failure = _failure_of(error, self._conceal)
        return concluded(received, failure, run_id, timeout, self._conceal)


class AsyncSender(_BaseSender):
    """Sends requests, asynchronously."""

    async def poll(self, run_id: str, timeout: float) -> PollResult:
        """As `Sender.poll`; the client may also belong to another event loop."""
        return await self._send(poll_request(self._client, run_id), {}, run_id, timeout)

    async def create(self, body: CreateBody, timeout: float) -> PollResult:
        """As `Sender.create`."""
        request = self._create_request(body, stream=_AsyncPieces(body))
        return await self._send(request, {IDLE: KEEPALIVE_OF_CREATES}, None, timeout)

    async def _send(
        self, request: httpx.Request, extensions: dict[str, Any], run_id: str | None, timeout: float
    ) -> PollResult:
        request.extensions = {**extensions, DEADLINE: Deadline(min(timeout, _LONGEST))}
        received, failure, body = Received(self._limit), None, request.stream
        try:
            with anyio.move_on_after(timeout) as scope:
                try:
                    response = await self._transport.handle_async_request(request)
                    try:
                        received = self._begun(response, request.url)
                        chunks = response.aiter_bytes() if response.is_stream_consumed else response.stream
                        await _feed_async(received, chunks, scope)
                    finally:
                        with anyio.CancelScope(shield=True):
                            await response.aclose()
                except anyio.get_cancelled_exc_class():
                    # pyreqwest raises a cancellation of its own, by which a scope does not know the one it asked for.
                    await checkpoint_if_cancelled()
                    raise
            if scope.cancelled_caught and received.wants_more:
                failure = Failure(is_timeout=True, was_sent=not isinstance(body, _AsyncPieces) or body.is_begun)
        except _failures() as error:
            failure = _failure_of(error, self._conceal)
        return concluded(received, failure, run_id, timeout, self._conceal)


def _feed(received: Received, chunks: Iterable[bytes], deadline: Deadline) -> None:
    """Take the body in; here, where no frame of an error holds a chunk, in which a server may have sent the key."""
    for chunk in chunks:
        if not received.feed(chunk):
            break
        deadline.left(httpx.ReadTimeout)  # a caller's client keeps no deadline by itself


async def _feed_async(received: Received, chunks: AsyncIterable[bytes], scope: anyio.CancelScope) -> None:
    unwanted = 0
    async for chunk in chunks:
        if received.wants_more and received.feed(chunk):
            continue
        # Not `break`: that would leave httpx's generators open, one in the other. This ends them at their next read.
        scope.cancel()
        unwanted += 1
        if unwanted > _NEVER_WAITS:
            break


@frozen
class Failure:
    """Why a request brought no whole response, as texts and flags: httpx's exceptions keep the request, and the key."""

    reason: str = ""  # the system's own words where there are any, such as "Connection refused"
    kind: str = "TimeoutError"  # the name of the exception's class
    is_timeout: bool = False
    was_sent: bool = True  # whether bytes of the request may have left for the API
    remedy: str = ""  # what to do where another try is in vain
    misuse: ConfigurationError | None = None  # the error to raise as it is: the client could not send


def _failures() -> tuple[type[BaseException], ...]:
    """What sending a request and reading its response may fail with."""
    # httpx-aiohttp lets those pass that aiohttp raises for a malformed response; they show the key.
    aiohttp = sys.modules.get("aiohttp")
    return _FAILURES if aiohttp is None else (*_FAILURES, aiohttp.ClientError)


def _failure_of(error: BaseException, conceal: Callable[[bytes], bytes]) -> Failure:
    """What an exception tells, without its frames, and without the key, should a server have sent it."""
    if isinstance(error, ConfigurationError):
        error.__cause__ = error.__context__ = None
        return Failure(misuse=error.with_traceback(None))
    reason = conceal(_reason(error).encode("utf-8", "replace")).decode()
    remedy = ""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)) and "certificate" in reason.lower():
        remedy = "If the API is behind a company's proxy, let SSL_CERT_FILE name the certificates to trust."
    elif isinstance(error, httpx.ProxyError) and "407" in reason:
        remedy = "Give the proxy's URL the user and the password it wants."
    return Failure(
        " ".join(reason.split())[:200],
        type(error).__name__,
        is_timeout=isinstance(error, (httpx.TimeoutException, TimeoutError)) and _is_true(error, TimeoutError),
        was_sent=not (isinstance(error, _NOT_SENT) and _is_true(error, ConnectionRefusedError, gaierror)),
        remedy=remedy,
    )


def _is_true(error: BaseException, *causes: type[Exception]) -> bool:
    """Whether a failure is what its class says, which the transports over these libraries show by its causes alone."""
    # They speak of a failed connect, or of its timeout, also where the connection was lost after the request was sent.
    library = type(error.__cause__).__module__.partition(".")[0]
    return library not in {"aiohttp", "pyreqwest"} or any(isinstance(part, causes) for part in _chain(error))


def _reason(error: BaseException) -> str:
    """The text of the innermost error of the operating system that led to this one, else of this one itself."""
    failed = [part for part in _chain(error) if isinstance(part, OSError) and part.errno]
    if failed and failed[-1].errno and "Connect call failed" in str(failed[-1]):
        return os.strerror(failed[-1].errno)  # asyncio puts its own words in the place of the system's
    return failed[-1].strerror or str(failed[-1]) if failed else str(error)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        for member in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
            yield from _chain(member)
        error = error.__cause__ or error.__context__
