"""A server that costs next to nothing: prebuilt responses, after a delay. A process of its own.

    python -m bench.server DELAY [AUTHORITY]

Uses TLS if it is given where to write the certificate of its authority. Prints its port. A run
whose id begins with ``u-`` is unfinished, with ``a-`` only just accepted, any other finished.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import sys
from importlib import import_module

from .payload import accepted_run, encoded, finished_run, unfinished_run

_REQUEST_END = b"\r\n\r\n"
_PREFIX = b"/v2/chat/completions/"


def _response(body: bytes) -> bytes:
    # `Date` is five seconds after the run's creation. Some ten headers are what servers behind a gateway send.
    head = (
        "HTTP/1.1 200 OK\r\nDate: Mon, 05 Jan 2026 10:00:05 GMT\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: keep-alive\r\nServer: gateway\r\nVary: Origin\r\n"
        "Cache-Control: private, no-store\r\nStrict-Transport-Security: max-age=15552000\r\n"
        "X-Content-Type-Options: nosniff\r\nX-Request-Id: 7b0c4f2e5c834a8e8a5e2f8a7f0e7f54\r\n\r\n"
    )
    return head.encode() + body


FINISHED, ACCEPTED = (_response(encoded(run())) for run in (finished_run, accepted_run))
#: Of one canvas, each with inputs of its own.
UNFINISHED = [_response(encoded(unfinished_run(number))) for number in range(256)]


class _Connection(asyncio.Protocol):
    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._received = b""
        self._requests = random.randrange(1000)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(_REQUEST_END):
            return
        start = self._received.find(_PREFIX) + len(_PREFIX)
        kind = self._received[start : start + 2]
        self._received = b""
        if kind == b"u-":
            self._requests += 1
            response = UNFINISHED[self._requests % len(UNFINISHED)]
        else:
            response = ACCEPTED if kind == b"a-" else FINISHED
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, response)
        else:
            self._transport.write(response)


def _tls(authority_file: str) -> ssl.SSLContext:
    """Make an authority, write its certificate to a file, and give the TLS context of a server that it has signed."""
    trustme = import_module("trustme")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(authority_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def _serve(delay: float, authority_file: str | None = None) -> None:
    loop = asyncio.get_running_loop()
    tls = None if authority_file is None else _tls(authority_file)
    server = await loop.create_server(lambda: _Connection(delay), "127.0.0.1", 0, backlog=1024, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with the process that started it, whose end closes this pipe.
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), *sys.argv[2:]))
