"""Sends one request and reads its response, sync and async. Here the exceptions of the HTTP library end.

What goes on from here is a `PollResult` or one of our errors, raised outside the ``except`` block that made it, so that
no frame which held the request, and with it the key, is chained to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx
from anyio.lowlevel import checkpoint_if_cancelled

from tela_runs._generated import create_request, poll_request

from .deadline import Deadline
from .failure import Failure, failure_of, failures
from .response import Received, concluded
from .transport import DEADLINE, IDLE, KEEPALIVE_OF_CREATES

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable

    from tela_runs._config import Secret
    from tela_runs._generated import AuthenticatedClient
    from tela_runs._order import Order
    from tela_runs._polling.flow import PollResult

    from .deadline import Canceller

#: Seconds that a request may take at most: what sockets and locks can count to on every platform, about 23 days.
_LONGEST = 2e6
#: Chunks after which a stream that should have ended is one that never waits, and so one that no scope ends.
_NEVER_WAITS = 100_000
#: Characters of what can only be a key.
_SHORTEST_KEY = 12


class _AsyncPieces(httpx.AsyncByteStream):
    """The body of a create: files that nobody wants in memory twice. It can be sent again, and no repr shows it."""

    def __init__(self, order: Order) -> None:
        self._order = order
        #: Whether it was asked for: without a byte of it, no run is started.
        self.is_begun = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.is_begun = True
        for piece in self._order.reveal():
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

    def _create_request(self, order: Order, **body: Any) -> httpx.Request:
        template = create_request(self._client)
        template.headers["Content-Length"] = str(sum(map(len, order.reveal())))
        return httpx.Request(template.method, template.url, headers=template.headers, **body)

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

    def create(self, order: Order, timeout: float, canceller: Canceller | None = None) -> PollResult:
        """Send a create once, within ``timeout`` seconds; errors as for `poll`."""
        deadline = Deadline(min(timeout, _LONGEST), canceller)
        extensions = {DEADLINE: deadline, IDLE: KEEPALIVE_OF_CREATES}
        return self._send(self._create_request(order, content=order.reveal()), extensions, None, timeout)

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
        except failures() as error:
            failure = failure_of(error, self._conceal)
        return concluded(received, failure, run_id, timeout, self._conceal)


class AsyncSender(_BaseSender):
    """Sends requests, asynchronously."""

    async def poll(self, run_id: str, timeout: float) -> PollResult:
        """As `Sender.poll`; the client may also belong to another event loop."""
        return await self._send(poll_request(self._client, run_id), {}, run_id, timeout)

    async def create(self, order: Order, timeout: float) -> PollResult:
        """As `Sender.create`."""
        request = self._create_request(order, stream=_AsyncPieces(order))
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
        except failures() as error:
            failure = failure_of(error, self._conceal)
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
