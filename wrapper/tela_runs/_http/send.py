"""Sends one request and reads its response, sync and async. No exception of the HTTP library leaves this module.

What does is a `PollResult` or one of our errors, raised outside the ``except`` block that made it, so that no frame
which held the request, and with it the key, is chained to it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import anyio
import httpcore
import httpx
from anyio.lowlevel import checkpoint_if_cancelled

from tela_runs._generated import create_request, poll_request
from tela_runs._polling.flow import Poll
from tela_runs.errors import ConfigurationError

from .connection import Deadline
from .response import Failure, Received, concluded
from .transport import DEADLINE

try:
    from socksio import SOCKSError  # of a proxy that does not speak SOCKS: httpcore lets it through
except ImportError:
    SOCKSError = httpx.ProxyError  # type: ignore[assignment, misc]

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tela_runs._create import CreateBody
    from tela_runs._generated import AuthenticatedClient
    from tela_runs._polling.flow import Create, PollResult

    from .connection import Canceller

#: Characters of the shortest key that is redacted: a shorter one may be any word.
_SHORTEST_KEY = 12
#: Failures before the first byte of a request has left for the API.
_NOT_SENT = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, SOCKSError),
    *(httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL),
)


class _Pieces:
    """The body of a create, in pieces: no file is in memory twice. It can be sent again, and no repr shows it."""

    def __init__(self, body: CreateBody) -> None:
        self._body = body
        self.is_begun = False  # before the first byte is sent, no run is started

    def _begun(self) -> list[bytes]:
        self.is_begun = True
        return self._body()


class _SyncPieces(_Pieces, httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        return iter(self._begun())


class _AsyncPieces(_Pieces, httpx.AsyncByteStream):  # not both in one class: pyreqwest tells them apart by type
    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._begun():
            yield piece


class _BaseSender:
    """What the sync and the async sender have in common."""

    _stream_of: ClassVar[type[_SyncPieces | _AsyncPieces]]

    def __init__(self, client: AuthenticatedClient, transport: Any, max_response_bytes: int) -> None:
        self._client = client
        self._transport = transport
        self._limit = max_response_bytes
        secret = client.token.encode("ascii")
        # A closure, so that no repr shows the key.
        self._redact = bytes if len(secret) < _SHORTEST_KEY else lambda text: text.replace(secret, b"[the API key]")

    def _prepared(self, step: Poll | Create, deadline: Deadline) -> tuple[httpx.Request, Received]:
        """The request of a step, and the `Received` that its response fills."""
        if isinstance(step, Poll):
            run_id, request = step.run_id, poll_request(self._client, step.run_id)
        else:
            run_id, template = None, create_request(self._client)
            template.headers["Content-Length"] = str(sum(map(len, step.body())))
            stream = self._stream_of(step.body)
            request = httpx.Request(template.method, template.url, headers=template.headers, stream=stream)
        request.extensions = {DEADLINE: deadline}
        return request, Received(run_id, request.url, step.timeout, self._limit, self._redact)


class Sender(_BaseSender):
    """Sends requests, synchronously."""

    _stream_of = _SyncPieces

    def send(self, step: Poll | Create, canceller: Canceller | None = None) -> PollResult:
        """Send the request of a step once, within its timeout; an APIError or a ConfigurationError says what failed."""
        deadline = Deadline(step.timeout, canceller)
        request, received = self._prepared(step, deadline)
        body = request.stream  # a hook may put another one in its place
        failure: Failure | ConfigurationError | None = None
        try:
            _read(received, self._transport.handle_request(request), deadline)
        except _failures() as error:
            failure = _failure_of(error, self._redact, _is_begun(request, body))
        return concluded(received, failure)


class AsyncSender(_BaseSender):
    """Sends requests, asynchronously."""

    _stream_of = _AsyncPieces

    async def send(self, step: Poll | Create, scope: anyio.CancelScope) -> PollResult:
        """As `Sender.send`, within ``scope``; a ConfigurationError may also say that the event loop is another one."""
        request, received = self._prepared(step, Deadline(step.timeout))
        body = request.stream  # a hook may put another one in its place
        failure: Failure | ConfigurationError | None = None
        try:
            with scope:
                try:
                    await _read_async(received, await self._transport.handle_async_request(request), scope)
                except anyio.get_cancelled_exc_class():
                    # pyreqwest raises a cancellation of its own, which a scope does not recognize as its own.
                    await checkpoint_if_cancelled()
                    raise
            if scope.cancelled_caught and received.wants_more:
                failure = Failure(is_timeout=True, was_sent=_is_begun(request, body) is not False)
        except _failures() as error:
            failure = _failure_of(error, self._redact, _is_begun(request, body))
        return concluded(received, failure)


def _read(received: Received, response: Any, deadline: Deadline) -> None:
    """Read a response; here, so that no frame of an error holds any part of it, in which a server may send the key."""
    is_read = response.is_stream_consumed
    try:
        received.begin(response.status_code, response.headers.raw, is_decoded=is_read)
        for chunk in response.iter_bytes() if is_read else response.stream:
            if not received.feed(chunk):
                break
            deadline.left(httpx.ReadTimeout)  # a caller's client keeps no deadline by itself
    finally:
        response.close()


async def _read_async(received: Received, response: Any, scope: anyio.CancelScope) -> None:
    is_read = response.is_stream_consumed
    try:
        received.begin(response.status_code, response.headers.raw, is_decoded=is_read)
        async for chunk in response.aiter_bytes() if is_read else response.stream:
            if not (received.wants_more and received.feed(chunk)):
                # Not `break`, which would leave httpx's generators open, one in the other: they end at their next read.
                scope.cancel()
        received.wants_more = False  # so that a cancellation while it is closed is no timeout
    except BaseException:
        with anyio.CancelScope(shield=True):
            await response.aclose()
        raise
    await response.aclose()


def _failures() -> tuple[type[BaseException], ...]:
    """The exceptions of sending a request and reading its response."""
    # ConfigurationErrors (a closed client, another event loop) are ours, but their frames hold the request too.
    httpxs = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict, SOCKSError)
    # httpx-aiohttp does not map those that aiohttp raises for a malformed response; they show the key.
    aiohttps = (sys.modules["aiohttp"].ClientError,) if "aiohttp" in sys.modules else ()
    return (OSError, UnicodeError, ConfigurationError, *httpxs, *aiohttps)


def _is_begun(request: Any, body: object) -> bool | None:
    """Whether a byte of the body of a create, or of one that a hook put in its place, may have left; None of a poll."""
    return body.is_begun or request.stream is not body if isinstance(body, _Pieces) else None


def _failure_of(
    error: BaseException, redact: Callable[[bytes], bytes], is_begun: bool | None
) -> Failure | ConfigurationError:
    """What an exception says, without its frames, and without the key where a server sent it back."""
    if isinstance(error, ConfigurationError):
        return error.with_traceback(None)
    reason = redact(_reason(error).encode("utf-8", "replace")).decode()
    remedy = ""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)) and "certificate" in reason.lower():
        remedy = (
            "Check the base URL and this machine's clock. Behind a company's proxy that decrypts TLS, set "
            "SSL_CERT_FILE to the certificates to trust."
        )
    elif isinstance(error, httpx.ProxyError) and "407" in reason:
        remedy = "Put the user and the password into the proxy's URL."
    # httpx-aiohttp reports a connect timeout also where the connection was refused or lost.
    cause = error.__cause__
    is_timeout = isinstance(cause, TimeoutError) or not type(cause).__module__.startswith("aiohttp")
    # Other transports may report a failed connect after the body has left. httpcore does not, whoever read the body,
    # nor do mocks, whose errors no other one led to.
    origin = cause or error.__context__
    is_mocked = origin is None or type(origin).__module__ == "respx.models"
    is_unsent = not is_begun or is_mocked or isinstance(cause, (httpcore.ConnectError, httpcore.ConnectTimeout))
    # As where a proxy does not open the tunnel.
    is_early = is_begun is False and type(cause).__module__.startswith("httpcore")
    return Failure(
        " ".join(reason.split())[:200],
        type(error).__name__,
        is_timeout=isinstance(error, (httpx.TimeoutException, TimeoutError)) and is_timeout,
        was_sent=not (is_early or (is_unsent and isinstance(error, _NOT_SENT))),
        remedy=remedy,
    )


def _reason(error: BaseException) -> str:
    """The text of the innermost error of the operating system that led to this one, else of this one itself."""
    failed = [part for part in _chain(error) if isinstance(part, OSError) and part.errno]
    if failed and failed[-1].errno and "Connect call failed" in str(failed[-1]):
        return os.strerror(failed[-1].errno)  # asyncio replaces the system's text by its own
    return failed[-1].strerror or str(failed[-1]) if failed else str(error)


def _chain(error: BaseException | None, *passed: BaseException) -> Iterator[BaseException]:
    while error is not None and not any(error is part for part in passed):  # respx chains errors in a ring
        yield error
        passed = (*passed, error)
        for member in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
            yield from _chain(member, *passed)
        error = error.__cause__ or error.__context__
