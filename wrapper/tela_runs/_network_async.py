"""Async sockets without timeouts of their own: the cancel scope around a request bounds all it does together.

On asyncio the streams are the standard library's. Through anyio, httpcore makes a cancel scope for every single read
and write, which is a third of what a request costs (measured in `benchmarks/README.md`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import anyio
import httpcore

from ._network import READ_AT_ONCE

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

#: Seconds after which the next address of a host is tried while the one before has not answered (RFC 8305).
_NEXT_ADDRESS = 0.25


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
    reader = _Reader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    # The standard library's loops take several addresses in turn; others (uvloop) do not know the argument.
    options: dict[str, Any] = {"happy_eyeballs_delay": _NEXT_ADDRESS} if isinstance(loop, asyncio.BaseEventLoop) else {}
    try:
        transport, _ = await loop.create_connection(lambda: protocol, host, port, **options)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from None
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
