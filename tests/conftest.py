"""What the tests of the whole wrapper share: an environment without settings, a server, and clients of each flavour."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from tela_runs.emulator import Emulator

from .client.callers import FLAVOURS, Caller, calling_server

if TYPE_CHECKING:
    from collections.abc import Iterator

# In the background of a shell a process is started with Ctrl-C ignored, and hands that on to those that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# `pytest --hypothesis-profile thorough` looks a hundred times as long.
_LENIENT = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("quick", max_examples=100, deadline=None, suppress_health_check=_LENIENT)
settings.register_profile("thorough", max_examples=10_000, deadline=None, suppress_health_check=_LENIENT)
settings.load_profile("quick")

_VARIABLES = (
    *("TELA_API_KEY", "TELA_BASE_URL", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a client."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[Emulator]:
    """Give a running emulator."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> str:
    """Give each way to use the clients."""
    value: str = request.param
    return value


@pytest.fixture
def caller(flavour: str, server: Emulator) -> Iterator[Caller]:
    """Give a caller of `server` that does not wait for luck: back-offs take no time."""
    with calling_server(flavour, server) as calling:
        calling.client._jitter = lambda: 0.0
        yield calling
