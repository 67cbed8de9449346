"""Async connections without timeouts of their own: the cancel scope around a request bounds all it does together.

On asyncio they are a protocol on the event loop's own transports. Through anyio, every single read and write has a
cancel scope and its checkpoints, which is a third of what a request costs (measured in `benchmarks/README.md`); on trio
it is what there is.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, cast

import anyio
from anyio.abc import SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSStream

from ._loop import asyncio_loop
from ._network import READ_AT_ONCE, has_news, has_rest, is_address, look_up

if TYPE_CHECKING:
    import socket
    import ssl

    from anyio.abc import ByteStream

#: Bytes that are taken from the kernel before anybody has read them, about.
_UNREAD_MAX = 1024 * 1024


class AsyncStream(Protocol):
    """A connection."""

    async def read(self) -> bytes:
        """Some of what has arrived, once something has; nothing at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Send all of it."""
        ...

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Speak TLS from here on."""
        ...

    def is_silent(self) -> bool:
        """Whether the other side has neither closed nor said anything since it was last read."""
        ...

    async def aclose(self) -> None:
        """Close it at once: what is still to be sent is nobody's business any more."""
        ...


async def opened(host: str, port: int, context: ssl.SSLContext | None) -> AsyncStream:
    """A connection to a host, with TLS if there is a context for it.

    Raises:
        OSError: There is none.
        anyio.BrokenResourceError: It broke off in the TLS handshake, on trio.
    """
    loop = asyncio_loop()
    stream: AsyncStream = (
        _AnyioStream(await anyio.connect_tcp(host, port)) if loop is None else await connected(loop, host, port)
    )
    if context is not None:
        try:
            await stream.secure(context, host)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await stream.aclose()
            raise
    return stream


class AsyncioStream(asyncio.Protocol):
    """A connection on asyncio. One task reads at a time; what is written is small enough never to be held back."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._ended = False
        self._failure: Exception | None = None
        self._paused = self._was_paused = False
        self._waiter: asyncio.Future[None] | None = None

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > _UNREAD_MAX and not self._paused:
            self._paused = self._was_paused = True
            self._made().pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._failure = exc
        self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _made(self) -> asyncio.Transport:
        if self._transport is None:
            raise ConnectionError("not connected")
        return self._transport

    # What we call.

    async def read(self) -> bytes:
        if self._unread:
            await asyncio.sleep(0)  # a read that need not wait would not let a deadline strike, nor other tasks run
        while not self._unread:
            if self._ended:
                if isinstance(self._failure, OSError):
                    raise self._failure
                return b""
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        data = bytes(self._unread[:READ_AT_ONCE])
        del self._unread[:READ_AT_ONCE]
        if self._paused and not self._unread:
            self._paused = False
            if not self._ended:
                self._made().resume_reading()
        return data

    async def write(self, data: bytes) -> None:
        if self._ended:
            raise ConnectionResetError("the server closed the connection")
        self._made().write(data)

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        if self._unread or self._ended:
            # Said in clear, by whoever is between here and there: it must not pass for what the other side says in TLS.
            raise ConnectionError("the server spoke before the TLS handshake")
        transport = await self._loop.start_tls(self._made(), self, context, server_hostname=host)
        if transport is None:
            raise ConnectionError("the connection was lost in the TLS handshake")
        self._transport = transport

    def is_silent(self) -> bool:
        # What was held back while reading was paused may be anywhere between the kernel and here.
        if self._unread or self._ended or self._was_paused or self._made().is_closing():
            return False
        # The event loop may not have come round to read since.
        connected: socket.socket | None = self._made().get_extra_info("socket")
        return connected is not None and not has_news(connected)

    async def aclose(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def connected(loop: asyncio.AbstractEventLoop, host: str, port: int) -> AsyncioStream:
    """Connect to the first address of a host that answers.

    One after the other, as in sync code: asyncio's way to try them side by side (``happy_eyeballs_delay``) leaves
    sockets open when it is cancelled, and other loops (uvloop) do not have it.

    Raises:
        OSError: None did.
    """
    addresses = [host] if is_address(host) else await _looked_up(loop, host, port)
    failure = ""
    for tried, address in enumerate(addresses):
        # An equal share each, so that one address which swallows packets leaves time for the next.
        share = (anyio.current_effective_deadline() - anyio.current_time()) / (len(addresses) - tried)
        with anyio.move_on_after(share):
            try:
                _, stream = await loop.create_connection(lambda: AsyncioStream(loop), address, port)
            except (OSError, UnicodeError) as error:
                failure = str(error)
                continue
            return stream
        failure = f"{address} did not answer"
    raise OSError(failure)


async def _looked_up(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[str]:
    """The addresses of a host.

    Not by the loop's executor: look-ups that nobody waits for any more would fill it, and the loop would not close
    before they have ended.
    """
    found: asyncio.Future[list[str] | OSError] = loop.create_future()

    def tell(result: list[str] | OSError) -> None:
        if not found.done():
            found.set_result(result)

    def tell_loop(result: list[str] | OSError) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(tell, result)

    look_up(host, port, tell_loop)
    result = await found
    if isinstance(result, OSError):
        raise result
    return result


class _AnyioStream:
    """A connection on trio."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream

    async def read(self) -> bytes:
        try:
            return await self._stream.receive(READ_AT_ONCE)
        except anyio.EndOfStream:
            return b""

    async def write(self, data: bytes) -> None:
        await self._stream.send(data)

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        try:
            self._stream = await TLSStream.wrap(
                self._stream, ssl_context=context, hostname=host, standard_compatible=False
            )
        except anyio.EndOfStream:
            raise ConnectionError("the connection was lost in the TLS handshake") from None

    def is_silent(self) -> bool:
        secured = self._stream.extra(TLSAttribute.ssl_object, None)  # noqa: S610 - no Django here
        if secured is not None and has_rest(secured):
            return False
        return not has_news(self._stream.extra(SocketAttribute.raw_socket))  # noqa: S610 - the same

    async def aclose(self) -> None:
        await self._stream.aclose()
