"""Servers that never end, and responses that decode to far more than they are."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zlib
from typing import Any

import anyio
import pytest
from tela_runs import APIConnectionError, APIError, APITimeoutError, AsyncRunsClient, InvalidResponseError

from tests.client.callers import calling, failure_of

from .servers import endless, listening
from .table import CHUNKED, HEAD

TIMEOUT = 0.3
AMPLE = 10
#: What a busy machine may add.
LENIENCE = 0.5


@pytest.mark.parametrize(
    ("beginning", "repeated", "error"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", APITimeoutError),
        (b"", b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" * 1000, APITimeoutError),
        (HEAD, b"x: y\r\n", APIConnectionError),
        (HEAD, b"x: y\r\n" * 10_000, APIConnectionError),
        (HEAD + b"x: ", b"y" * 10_000, APIConnectionError),
        (b"H", b"H" * 10_000, APIConnectionError),
        (CHUNKED, b"2\r\nxy\r\n", APITimeoutError),
        (CHUNKED + b"2;", b"x" * 10_000, InvalidResponseError),
        (CHUNKED + b"2\r\n{}\r\n0\r\n", b"x: y\r\n" * 1000, InvalidResponseError),
        (HEAD + b"\r\n", b" ", APITimeoutError),
        (HEAD + b"\r\n", b" " * 65536, InvalidResponseError),
        (HEAD + b"content-encoding: gzip\r\n\r\n", b"\x1f\x8b\x08\0\0\0\0\0\0\xff", InvalidResponseError),
        (b"HTTP/1.1 500 No\r\n\r\n", b"<html>" * 10_000, None),
    ],
    ids=[
        *("1xx", "1xx in bulk", "headers", "headers in bulk", "a header", "a status line"),
        *("tiny chunks", "a chunk's extension", "trailers", "blanks", "blanks in bulk", "gzip", "an error"),
    ],
)
def test_endless_response_is_left_in_time(
    flavour: str, beginning: bytes, repeated: bytes, error: type[APIError] | None
) -> None:
    """A response without an end is left in time, and its connection closed."""
    # What ends by its size may take its time on a busy machine.
    timeout = TIMEOUT if error is APITimeoutError else AMPLE
    settings: dict[str, Any] = {"timeout": timeout, "max_retries": 0, "max_response_bytes": 1_000_000}
    with listening(endless(beginning, repeated)) as server:
        with calling(flavour, "key", base_url=f"http://127.0.0.1:{server.port}", **settings) as caller:
            started = time.monotonic()
            if error is None:
                with pytest.raises(APIError, match="HTTP 500"):
                    caller.retrieve("run-1")
            else:
                failure_of(error, caller.retrieve, "run-1")
            assert time.monotonic() - started < timeout + LENIENCE
        assert server.connections == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_fleet_whose_every_response_is_a_flood_ends_in_time(backend: str) -> None:
    """Tiny chunks on many connections at once leave the clock its turns."""

    async def main(url: str) -> float:
        async with AsyncRunsClient("key", base_url=url) as runs:
            started = time.monotonic()
            outcomes = await runs.wait_all(map(str, range(100)), timeout=2, max_in_flight=100)
            assert not any(outcome.succeeded for outcome in outcomes.values())
            return time.monotonic() - started

    with listening(endless(CHUNKED, b"1\r\n \r\n" * 2000)) as server:
        assert anyio.run(main, f"http://127.0.0.1:{server.port}", backend=backend) < 2 + LENIENCE


MEASURED = """
import asyncio, pathlib, re, sys
from tela_runs import AsyncRunsClient, InvalidResponseError, RunsClient

def peak():
    # Not ru_maxrss, which a new process has from the one that started it.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]) / 1024

flavour, url = sys.argv[1:]
before = peak()
try:
    if flavour == "sync":
        with RunsClient("key", base_url=url, max_retries=0) as runs:
            runs.retrieve("run-1")
    else:
        async def main():
            async with AsyncRunsClient("key", base_url=url, max_retries=0) as runs:
                await runs.retrieve("run-1")
        asyncio.run(main())
except InvalidResponseError as error:
    assert "larger than 67108864 bytes" in str(error), error
    print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(("flavour", "noise"), [("sync", 0), ("asyncio", 100_000)], ids=["1000 to 1", "10 to 1"])
def test_gzip_bomb_takes_bounded_memory(flavour: str, noise: int) -> None:
    """A response that would decode to 300 MB takes less than 100 MB: it is left at `max_response_bytes`."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = os.urandom(noise) + b" " * (1_000_000 - noise)
    bomb = b"".join(packer.compress(block) for _ in range(300)) + packer.flush()
    head = HEAD + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    with listening(endless(head, bomb)) as server:
        command = [sys.executable, "-c", MEASURED, flavour, f"http://127.0.0.1:{server.port}"]
        ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert 0 < float(ended.stdout) < 100
