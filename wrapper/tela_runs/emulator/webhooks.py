"""A finished run, posted to the webhook of the request that started it."""

import asyncio
import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import h11

from .runs import EmulatedRun

_TIMEOUT = 10.0
_logger = logging.getLogger("tela_runs.emulator")


async def deliver(run: EmulatedRun, url: str, ends_at: float, clock: Callable[[], float]) -> None:
    """Post the run once it has ended, to an http URL of this machine alone; what goes wrong is logged."""
    while (left := ends_at - clock()) > 0:
        # A clock of the test's own may stand still, or jump.
        await asyncio.sleep(left if clock is time.monotonic else 0.01)
    try:
        async with asyncio.timeout(_TIMEOUT):
            status = await _post(url, run.body(clock(), advance=False))
    except (OSError, ValueError, h11.ProtocolError) as error:
        _logger.warning("The webhook of run %s did not reach %r: %s", run.id, url, error or type(error).__name__)
    else:
        _logger.info("The webhook of run %s reached %r: %d", run.id, url, status)


async def _post(url: str, body: bytes) -> int:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError("the emulator posts to http URLs of this machine alone")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [("host", parts.netloc), ("content-type", "application/json"), ("content-length", str(len(body)))]
    client = h11.Connection(h11.CLIENT)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        for event in (h11.Request(method="POST", target=target, headers=headers), h11.Data(body), h11.EndOfMessage()):
            writer.write(client.send(event) or b"")
        while not isinstance(response := client.next_event(), h11.Response):
            if response is h11.NEED_DATA:
                client.receive_data(await reader.read(65_536))
        return response.status_code
    finally:
        writer.close()
