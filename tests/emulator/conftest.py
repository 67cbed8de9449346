"""An emulator per test, and ways to talk to it: with httpx, and with a bare socket."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import pytest
from tela_runs.emulator import Emulator

Connect = Callable[[], AbstractContextManager[socket.socket]]


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    """Give the clock of `tela`."""
    return HandClock()


@pytest.fixture
def tela(clock: HandClock) -> Iterator[Emulator]:
    """Give a running emulator whose runs live by `clock`."""
    with Emulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
def http(tela: Emulator) -> Iterator[httpx.Client]:
    """Give a client with the key, for which a run's URL is its id."""
    key = {"Authorization": f"Bearer {tela.api_key}"}
    with httpx.Client(base_url=f"{tela.url}/v2/chat/completions/", headers=key, timeout=5) as client:
        yield client


@pytest.fixture
def connect(tela: Emulator) -> Connect:
    """Open a bare connection to the emulator."""
    url = httpx.URL(tela.url)

    def connecting() -> socket.socket:
        return socket.create_connection((url.host, url.port or 0), timeout=5)

    return connecting


def request_bytes(run_id: str, *, extra: str = "") -> bytes:
    """Encode a request as a client sends it."""
    head = f"GET /v2/chat/completions/{run_id} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer emulator-key\r\n"
    return f"{head}{extra}\r\n".encode()


class WasResetError(Exception):
    """A connection was reset after these bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


def read_to_end(connection: socket.socket) -> bytes:
    """Read until the server closes the connection.

    Raises:
        WasResetError: it was reset instead.
    """
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError as error:
        raise WasResetError(received) from error
    return received
