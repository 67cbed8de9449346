"""The caller's own HTTP client as a wire: its proxies, certificates, transports and hooks serve our requests.

Its redirects, cookies and authentication are not used. Its timeouts are set by us, but they are httpx's, per read:
sync, the whole time is checked at every chunk of the body; async, it holds exactly.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

from ._proxied import as_os_errors
from ._wire import closed_error

if TYPE_CHECKING:
    from ._wire import Headers, Taker


class CallersClient(httpx.BaseTransport):
    """A `Wire` over an ``httpx.Client``, and a transport for the raw client over the same."""

    def __init__(self, client: httpx.Client, base_url: str) -> None:
        self._client = client
        self._base_url = base_url
        self._closed = False

    def get(self, path: str, headers: Headers, timeout: float, taker: Taker) -> None:
        """Send a GET and hand over the answer."""
        if self._closed or self._client.is_closed:
            raise closed_error()
        deadline = time.monotonic() + timeout
        request = self._client.build_request("GET", self._base_url + path, headers=headers, timeout=timeout)
        try:
            with as_os_errors():
                response = self.handle_request(request)
        except httpx.HTTPStatusError as error:
            response = judged_by_hook(error)
        try:
            taker.begin(response.status_code, headers_of(response))
            for chunk in [response.content] if response.is_stream_consumed else response.iter_raw():
                if time.monotonic() > deadline:
                    raise TimeoutError
                if not taker.feed(chunk):
                    break
        finally:
            response.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the caller's client as it is, but for cookies."""
        return self._client.send(plain(request), stream=True, auth=as_it_is, follow_redirects=False)

    def close(self) -> None:
        """Use the caller's client no more; it is the caller's to close."""
        self._closed = True


def as_it_is(request: httpx.Request) -> httpx.Request:
    """An auth that adds nothing: given None, httpx would use the client's own auth."""
    return request


def plain(request: httpx.Request) -> httpx.Request:
    """The request without cookies."""
    request.headers.pop("cookie", None)
    return request


def judged_by_hook(error: httpx.HTTPStatusError) -> httpx.Response:
    """The answer for which a hook of the caller's called ``raise_for_status``: judging it is done here, for all alike.

    httpx has closed it; what the hook did not read of it is lost.
    """
    read = error.response.content if error.response.is_stream_consumed else b""
    headers = [(name, value) for name, value in headers_of(error.response) if name.lower() != b"content-encoding"]
    return httpx.Response(error.response.status_code, headers=headers, content=read)


def headers_of(response: httpx.Response) -> list[tuple[bytes, bytes]]:
    """The headers of an answer; without the coding, where its body was read and so decoded before it came here.

    A hook of the caller's does that, and a transport that makes answers up.
    """
    if not response.is_stream_consumed:
        return response.headers.raw
    return [(name, value) for name, value in response.headers.raw if name.lower() != b"content-encoding"]
