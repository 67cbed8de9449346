"""What the tests of the whole wrapper share: an environment without settings, a server, and clients of each flavour."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from tela_runs.emulator import Emulator

from .client.callers import FLAVOURS, Caller, Jitter, calling_server

if TYPE_CHECKING:
    from collections.abc import Iterator

# In the background of a shell a process is started with Ctrl-C ignored, and hands that on to those that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

_SLOW = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
# Where CI is set, Hypothesis would take the same examples each time for every profile.
_LENIENT = settings(deadline=None, derandomize=False, suppress_health_check=_SLOW)
# Whoever runs the tests by hand looks at other examples each time.
settings.register_profile("quick", _LENIENT, max_examples=100)
# The nox sessions take the same examples each time: they judge a change, and what passed once is to pass again.
settings.register_profile("gate", _LENIENT, max_examples=100, derandomize=True)
# `pytest -m hypothesis --hypothesis-profile thorough` looks for the rare ones: a hundred times as long.
settings.register_profile("thorough", _LENIENT, max_examples=10_000)
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
    """A running emulator."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> str:
    """Each way to use the clients."""
    value: str = request.param
    return value


@pytest.fixture
def caller(flavour: str, server: Emulator) -> Iterator[Caller]:
    """A caller of `server`, whose back-offs take no time."""
    with calling_server(flavour, server, timing=Jitter(0.0)) as calling:
        yield calling
