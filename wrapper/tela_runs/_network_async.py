"""Async sockets without timeouts of their own: the cancel scope around a request bounds all it does together.

On asyncio the streams are the standard library's. Through anyio, httpcore makes a cancel scope for every single read
and write, which is a third of what a request costs (measured in `benchmarks/README.md`).
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import anyio
import httpcore

from ._network import READ_AT_ONCE, distinct, is_address

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable


class _Reader(asyncio.StreamReader):
    """Knows whether something has arrived that nobody has read."""

    unread = 0

    def feed_data(self, data: Any) -> None:
        self.unread += len(data)
        super().feed_data(data)

    async def read(self, n: int = -1) -> bytes:
        data = await super().read(n)
        self.unread -= len(data)
        return data


class AsyncioStream(httpcore.AsyncNetworkStream):
    """A connection on asyncio."""

    def __init__(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        if self._reader.unread:
            await asyncio.sleep(0)  # a read that need not wait would not let a deadline strike, nor other tasks run
        try:
            return await self._reader.read(min(max_bytes, READ_AT_ONCE))
        except OSError as error:
            raise httpcore.ReadError(str(error)) from None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        try:
            self._writer.write(buffer)
            await self._writer.drain()
        except OSError as error:
            raise httpcore.WriteError(str(error)) from None

    async def aclose(self) -> None:
        # Nothing that is still to be sent is waited for: whoever closes has no more use for the answer.
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        try:
            await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except BaseException as error:
            self._writer.transport.abort()
            if isinstance(error, OSError):
                raise httpcore.ConnectError(str(error)) from None
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            # Asked between two requests: the server has closed, or has said something out of turn.
            return self._reader.unread > 0 or self._reader.at_eof() or self._writer.transport.is_closing()
        return self._writer.get_extra_info(info)


async def _connected(loop: asyncio.AbstractEventLoop, host: str, port: int) -> AsyncioStream:
    """Connect to the first address of a host that answers.

    One after the other, as in sync code: asyncio's way to try them side by side (``happy_eyeballs_delay``) leaves
    sockets open when it is cancelled, and other loops (uvloop) do not have it.
    """
    try:
        infos = [] if is_address(host) else await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"looking up {host} failed: {error}") from None
    addresses = distinct(infos) or [host]
    failure = ""
    for tried, address in enumerate(addresses):
        # An equal share each, so that one address which swallows packets leaves time for the next.
        share = (anyio.current_effective_deadline() - anyio.current_time()) / (len(addresses) - tried)
        with anyio.move_on_after(share):
            try:
                return await _connected_to(loop, address, port)
            except (OSError, UnicodeError) as error:
                failure = str(error)
                continue
        failure = f"{address} did not answer"
    raise httpcore.ConnectError(failure)


async def _connected_to(loop: asyncio.AbstractEventLoop, address: str, port: int) -> AsyncioStream:
    reader = _Reader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.create_connection(lambda: protocol, address, port)
    return AsyncioStream(reader, asyncio.StreamWriter(transport, protocol, reader, loop))


class ClosingStream(httpcore.AsyncNetworkStream):
    """A connection that is closed when its TLS handshake is cancelled.

    httpcore closes it after errors alone, and here a deadline is a cancellation: each server that stalls in the
    handshake would leave a socket open.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(min(max_bytes, READ_AT_ONCE), timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            return ClosingStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Makes connections that are closed when their TLS handshake is cancelled: our own on asyncio, anyio's on trio."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            stream = await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
            return ClosingStream(stream)
        return await _connected(loop, host, port)
