"""The caller's own HTTP client as a wire: its proxies, certificates, transports and hooks serve our requests.

Its redirects, cookies and authentication are not used. Its timeouts are set by us, but they are httpx's, per read:
sync, the whole time is checked at every chunk of the body; async, it holds exactly.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import anyio
import httpx

from ._wire import LoopGuard, Reply, closed_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

    from ._wire import Headers


class CallersClient(httpx.BaseTransport):
    """A `Wire` over an ``httpx.Client``, and a transport for the raw client over the same."""

    def __init__(self, client: httpx.Client, base_url: str) -> None:
        self._client = client
        self._base_url = base_url
        self._closed = False

    @contextmanager
    def get(self, path: str, headers: Headers, timeout: float) -> Iterator[Reply[Iterable[bytes]]]:
        """Send a GET."""
        if self._closed or self._client.is_closed:
            raise closed_error()
        deadline = time.monotonic() + timeout
        request = self._client.build_request("GET", self._base_url + path, headers=headers, timeout=timeout)
        try:
            response = self.handle_request(request)
        except httpx.HTTPStatusError as error:
            response = _judged_by_hook(error)
        try:
            chunks = [response.content] if response.is_stream_consumed else _until(deadline, response.iter_raw())
            yield Reply(response.status_code, _headers_of(response), chunks)
        finally:
            response.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the caller's client as it is, but for cookies."""
        return self._client.send(_plain(request), stream=True, auth=_as_it_is, follow_redirects=False)

    def close(self) -> None:
        """Use the caller's client no more; it is the caller's to close."""
        self._closed = True


class CallersAsyncClient(httpx.AsyncBaseTransport):
    """An `AsyncWire` over an ``httpx.AsyncClient``, and a transport for the raw client over the same."""

    def __init__(self, client: httpx.AsyncClient, base_url: str) -> None:
        self._client = client
        self._base_url = base_url
        self._closed = False
        self._loop = LoopGuard()

    @asynccontextmanager
    async def get(self, path: str, headers: Headers, timeout: float) -> AsyncIterator[Reply[AsyncIterable[bytes]]]:
        """Send a GET."""
        if self._closed or self._client.is_closed:
            raise closed_error()
        self._loop.refuse_another()
        request = self._client.build_request("GET", self._base_url + path, headers=headers, timeout=timeout)
        try:
            response = await self.handle_async_request(request)
        except httpx.HTTPStatusError as error:
            response = _judged_by_hook(error)
        try:
            chunks = response.aiter_bytes() if response.is_stream_consumed else response.aiter_raw()
            yield Reply(response.status_code, _headers_of(response), chunks)
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the caller's client as it is, but for cookies."""
        return await self._client.send(_plain(request), stream=True, auth=_as_it_is, follow_redirects=False)

    async def aclose(self) -> None:
        """Use the caller's client no more; it is the caller's to close."""
        self._closed = True


def _as_it_is(request: httpx.Request) -> httpx.Request:
    """An auth that adds nothing: given None, httpx would use the client's own auth."""
    return request


def _plain(request: httpx.Request) -> httpx.Request:
    request.headers.pop("cookie", None)
    return request


def _judged_by_hook(error: httpx.HTTPStatusError) -> httpx.Response:
    """The answer for which a hook of the caller's called ``raise_for_status``: judging it is done here, for all alike.

    httpx has closed it; what the hook did not read of it is lost.
    """
    read = error.response.content if error.response.is_stream_consumed else b""
    headers = [(name, value) for name, value in _headers_of(error.response) if name.lower() != b"content-encoding"]
    return httpx.Response(error.response.status_code, headers=headers, content=read)


def _headers_of(response: httpx.Response) -> list[tuple[bytes, bytes]]:
    """The headers of an answer; without the coding, where its body was read and so decoded before it came here.

    A hook of the caller's does that, and a transport that makes answers up.
    """
    if not response.is_stream_consumed:
        return response.headers.raw
    return [(name, value) for name, value in response.headers.raw if name.lower() != b"content-encoding"]


def _until(deadline: float, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if time.monotonic() > deadline:
            raise TimeoutError
        yield chunk
