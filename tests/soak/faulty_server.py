"""A server in another process on which anything can go wrong at any time, and a way to drive it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field
from tela_runs.emulator import (
    DEFAULT_API_KEY,
    Body,
    Close,
    Delay,
    Drip,
    Emulator,
    Fault,
    Headers,
    Raw,
    Reset,
    Stall,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tela_runs.emulator.connection import Connection
    from tela_runs.emulator.faults import Healthy

#: Transient faults: after any of these a wait goes on.
TRANSIENT: list[Fault] = [
    *(Status(503), Status(429, headers={"Retry-After": "0.2"}), Status(500, body="<html>"), Status(408), Status(599)),
    *(Reset(), Reset(after_bytes=300), Close(), Close(after_bytes=300), Raw(b"no HTTP\r\n\r\n")),
    *(Body(b"{"), Body(b"[" * 10_000), Body(b"{}", headers={"Content-Encoding": "gzip"}), Status(999)),
]
#: Faults that do no harm.
HARMLESS: list[Fault] = [
    *(Delay(0.05), Drip(0.001, chunk=64), Headers({"Retry-After": "soon"}), Headers({"Set-Cookie": "a=b"})),
]
#: Faults that try to hold a wait beyond its deadline.
STALLING: list[Fault] = [
    *(Stall(), Stall(after_bytes=20), Stall(after_bytes=300), Drip(0.02), Drip(0.005, part="head"), Delay(30)),
    *(Status(429, headers={"Retry-After": "86400"}), Status(503, headers={"Retry-After": "0.001"}), Status(503)),
    *(Raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000, close=False), Body(b" " * 200_000), Reset()),
]
#: By kind: "transient" for waits that are to end well, "stalling" for those that are to time out.
FAULTS = {"transient": TRANSIENT + HARMLESS, "stalling": STALLING}


@define
class RandomFault(Fault):
    """One of these faults at random for each request, or, in some of them, none."""

    faults: tuple[Fault, ...]
    share: float
    chance: random.Random = field(factory=random.Random)
    requests: int = 0

    async def play(self, connection: Connection, healthy: Healthy, /) -> None:
        """Play the fault that it is now."""
        self.requests += 1
        fault = self.chance.choice(self.faults) if self.chance.random() < self.share else Headers({})
        await fault.play(connection, healthy)


def main() -> None:
    """Serve until standard input ends: print the URL, the ids of the runs that each line asks for, and the requests."""
    kind, share, seed = sys.argv[1:]
    fault = RandomFault(tuple(FAULTS[kind]), float(share), random.Random(int(seed)))  # noqa: S311 - no secret
    with Emulator(keep_requests=0) as server:
        server.inject(fault, times=None)
        server.add_run(run_id="never", running_for=1e9)
        _say(server.url)
        for order in sys.stdin:
            count, seconds = json.loads(order)
            ends = [seconds * (number + 1) / count for number in range(count)]
            _say([server.add_run(number, created_for=0, running_for=end) for number, end in enumerate(ends)])
        _say(fault.requests)


def _say(thing: object) -> None:
    print(json.dumps(thing), flush=True)


class Server:
    """The server, and a way to add runs to it; once it has stopped, how many requests it had."""

    api_key = DEFAULT_API_KEY
    requests = 0

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self.url: str = self._told()

    def _told(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def add_runs(self, count: int, seconds: float) -> list[str]:
        """Add runs that end one after the other within so many seconds, each with its number for an output."""
        assert self._process.stdin is not None
        with self._lock:
            print(json.dumps([count, seconds]), file=self._process.stdin, flush=True)
            ids: list[str] = self._told()
        return ids

    def stop(self) -> None:
        """Stop serving."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self.requests = self._told()


@contextmanager
def serving(kind: str, share: float, seed: int = 0) -> Iterator[Server]:
    """Serve in another process, with a fault of this kind in that share of the requests."""
    command = [sys.executable, "-m", "tests.soak.faulty_server", kind, str(share), str(seed)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            server = Server(process)
            yield server
            server.stop()
        finally:
            process.kill()


if __name__ == "__main__":
    main()
