"""Async connections by way of a proxy, which are httpcore's (`_proxied`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpcore

from ._network_async import opened
from ._proxied import BaseProxied, as_os_errors

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    from ._network_async import AsyncStream
    from ._settings import Origin
    from ._wire import Headers, Taker


class AsyncProxiedLink(BaseProxied[httpcore.AsyncConnectionPool]):
    """A connection through a proxy."""

    def __init__(self, proxy: str, origin: Origin, context: ssl.SSLContext) -> None:
        super().__init__(proxy, origin, context)
        self._backend = _Backend()
        self._pool = httpcore.AsyncConnectionPool(network_backend=self._backend, **self._options)

    async def get(self, target: bytes, headers: Headers, taker: Taker) -> None:
        """Send a GET and hand over the answer."""
        with as_os_errors():
            response = await self._pool.handle_async_request(self._request(target, headers))
            taker.begin(response.status, response.headers)
            with anyio.CancelScope() as scope:
                async for chunk in response.aiter_stream():
                    if not taker.feed(chunk):
                        # Not `break`: that would leave httpcore's generators open, one within the other. This ends
                        # them at their next read.
                        scope.cancel()
            await response.aclose()

    async def aclose(self) -> None:
        """Close it at once."""
        await self._pool.aclose()
        await self._backend.aclose()


class _Stream(httpcore.AsyncNetworkStream):
    """One of our connections, as httpcore wants it."""

    def __init__(self, stream: AsyncStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return await self._stream.read()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        await self._stream.write(buffer)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        try:
            await self._stream.secure(ssl_context, server_hostname or "")
        except BaseException:
            # httpcore closes it after errors alone, and here a deadline is a cancellation.
            with anyio.CancelScope(shield=True):
                await self._stream.aclose()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        return not self._stream.is_silent() if info == "is_readable" else None


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self) -> None:
        self._opened: list[AsyncStream] = []

    async def aclose(self) -> None:
        """Close what httpcore has left open: after errors in the handshake of SOCKS it does."""
        for stream in self._opened:
            await stream.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        stream = await opened(host, port, None)
        self._opened = [stream]
        return _Stream(stream)
