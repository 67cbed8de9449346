"""Names and addresses: finding the API, and connecting to it."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from tela_runs import (
    APIConnectionError,
    APITimeoutError,
    AsyncRunsClient,
    WaitTimeoutError,
)
from tela_runs.emulator import Emulator

from tests.client.callers import Jitter, calling, calling_server, failure_of

from .servers import full_backlog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Names

TIMEOUT = 0.4
LENIENCE = 0.8


@pytest.fixture
def hanging(names: Names) -> Iterator[threading.Event]:
    """The system looks the host tela.test up until this is set."""
    given_up = threading.Event()

    def hang(_host: str) -> list[str]:
        given_up.wait(10)
        raise OSError("given up")

    names(hang)
    yield given_up
    given_up.set()


@pytest.mark.parametrize("flavour", ["asyncio", "trio"])
def test_async_deadlines_hold_while_a_name_is_looked_up(flavour: str, hanging: threading.Event) -> None:
    """The system's look-up goes on in a thread; a sync one holds its caller up, which is documented."""
    settings: dict[str, Any] = {"base_url": "http://tela.test", "allow_http": True, "timeout": TIMEOUT}
    with calling(flavour, "key", max_retries=0, **settings) as caller:
        started = time.monotonic()
        failure_of(APITimeoutError, caller.retrieve, "run-1")
        assert time.monotonic() - started < TIMEOUT + LENIENCE
        started = time.monotonic()
        outcomes = caller.wait_all([f"run-{number}" for number in range(20)], timeout=TIMEOUT)
        assert {type(outcome.error) for outcome in outcomes.values()} == {WaitTimeoutError}
        assert time.monotonic() - started < TIMEOUT + LENIENCE
        hanging.set()  # asyncio's loop ends when its threads have


@pytest.mark.usefixtures("hanging")
def test_trio_program_ends_while_a_name_is_looked_up() -> None:
    """It ends when it is done, not when the system has given the name up; asyncio waits for its threads."""

    async def main() -> None:
        async with AsyncRunsClient("key", base_url="http://tela.test", allow_http=True) as runs:
            with pytest.raises(WaitTimeoutError):
                await runs.wait("run-1", timeout=TIMEOUT)

    started = time.monotonic()
    anyio.run(main, backend="trio")
    assert time.monotonic() - started < TIMEOUT + LENIENCE


def test_name_without_an_address_is_a_connection_error(flavour: str, names: Names) -> None:
    """A name without an address is a failed connection."""

    def unknown(_host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    names(unknown)
    with calling(flavour, "key", base_url="https://tela.test", max_retries=0) as caller:
        assert "not known" in str(failure_of(APIConnectionError, caller.retrieve, "run-1"))


@pytest.mark.parametrize("host", ["a..b.test", "x" * 64 + ".test", "-.test"])
def test_invalid_host_name_is_a_connection_error(flavour: str, host: str) -> None:
    """A host that is not a name is a failed connection, not an error of an encoding."""
    with calling(flavour, "key", base_url=f"https://{host}", max_retries=0, timeout=5) as caller:
        failure_of(APIConnectionError, caller.retrieve, "run-1")


def test_next_address_is_tried_after_a_refused_connection(server: Emulator, flavour: str, names: Names) -> None:
    """Where one address of a host refuses the connection, the next is tried."""
    server.add_run(run_id="run-1")
    port = server.url.rpartition(":")[2]
    names(lambda _host: ["127.0.0.9", "127.0.0.1"])
    settings: dict[str, Any] = {"base_url": f"http://tela.test:{port}", "allow_http": True}
    with calling(flavour, server.api_key, max_retries=0, **settings) as caller:
        assert caller.retrieve("run-1").id == "run-1"
    (request,) = server.requests
    assert request.headers["host"] == f"tela.test:{port}"


def test_refused_connection_is_named(flavour: str) -> None:
    """A refused connection says so."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with calling(flavour, "key", base_url=f"http://127.0.0.1:{port}", max_retries=0) as caller:
        failure_of(APIConnectionError, caller.retrieve, "run-1")


def test_ipv6_addresses_work_in_brackets(flavour: str) -> None:
    """An address in brackets works, and is in brackets in the `Host` header."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Emulator(host="::1") as server, calling_server(flavour, server) as caller:
        server.add_run(run_id="run-1")
        assert caller.retrieve("run-1").id == "run-1"
        assert server.requests[0].headers["host"] == server.url.removeprefix("http://")


def test_localhost_may_be_plain_http(server: Emulator, flavour: str) -> None:
    """The name `localhost` may be plain http, and works where only one of its addresses is listened on."""
    server.add_run(run_id="run-1")
    url = server.url.replace("127.0.0.1", "localhost")
    with calling(flavour, server.api_key, base_url=url, max_retries=0) as caller:
        assert caller.retrieve("run-1").id == "run-1"


def test_dead_first_address_costs_a_few_seconds_at_most(
    server: Emulator, flavour: str, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that swallows packets, as a broken IPv6 does, leaves time for the next one."""
    monkeypatch.setattr("tela_runs._http.connection._ADDRESS_SECONDS", 0.3)
    server.add_run(run_id="run-1")
    port = int(server.url.rpartition(":")[2])
    names(lambda _host: ["127.0.0.2", "127.0.0.1"])
    settings: dict[str, Any] = {"base_url": f"http://tela.test:{port}", "allow_http": True}
    with full_backlog(("127.0.0.2", port)), calling(flavour, server.api_key, max_retries=0, **settings) as caller:
        started = time.monotonic()
        assert caller.retrieve("run-1").id == "run-1"
        assert 0.2 < time.monotonic() - started < 0.3 + LENIENCE


def test_dead_first_address_leaves_time_within_a_short_deadline(server: Emulator, flavour: str, names: Names) -> None:
    """Of a second that a request has, the dead address takes a half."""
    server.add_run(run_id="run-1")
    port = int(server.url.rpartition(":")[2])
    names(lambda _host: ["127.0.0.2", "127.0.0.1"])
    settings: dict[str, Any] = {"base_url": f"http://tela.test:{port}", "allow_http": True, "timeout": 1.5}
    with full_backlog(("127.0.0.2", port)), calling(flavour, server.api_key, max_retries=0, **settings) as caller:
        assert caller.retrieve("run-1").id == "run-1"


class BlockedError(RuntimeError):
    """What a guard of a test suite raises when a test reaches for the network."""


@pytest.mark.parametrize("where", ["look-up", "connect"])
def test_error_of_a_socket_guard_is_raised_at_once(
    flavour: str, names: Names, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """What a guard such as pytest-socket raises is neither retried nor wrapped, in fleets neither."""

    def guard(place: str | socket.socket, *_: object) -> list[str]:
        if isinstance(place, socket.socket):
            place.close()  # the standard library does so after an OSError alone
        raise BlockedError("the network is not for tests")

    if where == "connect":
        names(lambda _host: ["127.0.0.1"])
        monkeypatch.setattr(socket.socket, "connect", guard)
    else:
        names(guard)
    with calling(flavour, "key", base_url="https://tela.test", timing=Jitter(0.0)) as caller:
        started = time.monotonic()
        failure_of(BlockedError, caller.retrieve, "run-1")
        failure_of(BlockedError, caller.wait, "run-1", timeout=60)
        failure_of(BlockedError, caller.wait_all, ["run-1", "run-2"], timeout=60)
        assert time.monotonic() - started < LENIENCE
