"""The key is in the `Authorization` header of requests to the base URL, and nowhere else."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from tela_api.api.runs import retrieve_run
from tela_runs import APIError, AsyncRunsClient, ConfigurationError, RunsClient, TelaError
from tela_runs.emulator import Body, Close, Emulator, Fault, Raw, Reset, Stall, Status

from tests.client.callers import calling_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.client.callers import Caller

# Global, so that no frame of a test has it among its locals.
KEY = "sk-never-to-be-seen"
_OPAQUE = (ModuleType, FunctionType, MethodType, type, int, float, bool, type(None))


def shown(thing: object, depth: int = 12) -> Iterator[str]:
    """The ways to the key from an object, by its texts, items and attributes."""
    seen: set[int] = set()
    level = [("", thing)]
    for _ in range(depth):
        below: list[tuple[str, object]] = []
        for path, item in level:
            if id(item) in seen or isinstance(item, _OPAQUE):
                continue
            seen.add(id(item))
            texts = [item] if isinstance(item, str) else [_text(item), repr(item), str(item)]
            if any(KEY in text for text in texts):
                yield f"{path or '.'} of {type(item).__name__}"
            below += [(f"{path}{name}", child) for name, child in _inside(item)]
        level = below


def _text(item: object) -> str:
    return bytes(item).decode("latin-1") if isinstance(item, (bytes, bytearray)) else ""


def _inside(item: object) -> Iterator[tuple[str, object]]:
    if isinstance(item, dict):
        yield from ((f"[{key!r}]", value) for key, value in item.items())
    elif isinstance(item, (list, tuple, set, frozenset)):
        yield from (("[]", value) for value in item)
    for name in [*getattr(item, "__dict__", ())]:
        yield f".{name}", vars(item)[name]
    for kind in type(item).__mro__:
        slots = getattr(kind, "__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(item, name):
                yield f".{name}", getattr(item, name)


def everything_about(error: BaseException) -> str:
    """What the most talkative of loggers shows of an error: the chain, with the locals of every frame."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def test_the_search_finds_a_key() -> None:
    """The search of these tests finds a key in an attribute, an item, bytes and a frame."""

    def raising(key: str) -> None:
        raise ValueError

    class Holder:
        __slots__ = ("items",)

        def __init__(self) -> None:
            self.items = [{"a": KEY.encode()}]

    assert list(shown(Holder()))
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        raising(KEY)
    assert KEY in everything_about(caught.value)


@pytest.fixture
def secret_server() -> Iterator[Emulator]:
    """A server that wants the key."""
    with Emulator(api_key=KEY) as server:
        yield server


FAULTS: list[Fault] = [
    *(Status(code) for code in (302, 400, 401, 402, 403, 404, 409, 422, 429, 500, 999)),
    *(Reset(), Close(after_bytes=9), Close(after_bytes=400), Stall(), Stall(after_bytes=400)),
    *(Body(b"<html>"), Body(b"[" * 100_000), Raw(b"no HTTP\r\n\r\n")),
]


def _attempts(caller: Caller) -> list[Callable[[], object]]:
    return [
        lambda: caller.retrieve("run-1"),
        lambda: caller.wait("run-1", timeout=0.06),
        lambda: caller.watch("run-1", timeout=0.06),
        lambda: [outcome.unwrap() for outcome in caller.as_completed(["run-1"], timeout=0.06)],
        lambda: [outcome.unwrap() for outcome in caller.wait_all(["run-1"], timeout=0.06).values()],
        lambda: caller.confirm(b"nothing"),
        lambda: caller.retrieve(".."),
    ]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: repr(fault)[:40])
def test_errors_do_not_show_the_key(
    secret_server: Emulator, flavour: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """No error, its chain, its frames, its pickle, nor any log at DEBUG shows the key."""
    caplog.set_level(logging.DEBUG)
    secret_server.inject(fault, times=None)
    errors: list[TelaError] = []
    with calling_server(flavour, secret_server, timeout=0.1, max_retries=0) as caller:
        for attempt in _attempts(caller):
            with pytest.raises(TelaError) as caught:
                attempt()
            errors.append(caught.value)
        assert list(shown(caller.client)) == []
    for error in errors:
        assert KEY not in everything_about(error)
        assert list(shown(error)) == []
        assert KEY.encode() not in pickle.dumps(error)
        assert error.__context__ is None
        assert error.__cause__ is None
    assert "tela_runs" in {record.name for record in caplog.records}
    for record in caplog.records:
        assert KEY not in record.getMessage()
        assert list(shown(record)) == []


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize("name", ["message", "headers"])
def test_key_is_concealed_where_a_server_echoes_it_in_the_body(
    secret_server: Emulator, flavour: str, status: int, name: str
) -> None:
    """What a server was sent and puts into its response is taken out of the error."""
    secret_server.inject(Body(json.dumps({name: f"got: Bearer {KEY}"}).encode(), status=status), times=None)
    with calling_server(flavour, secret_server, max_retries=0) as caller, pytest.raises(APIError) as caught:
        caller.retrieve("run-1")
    error = caught.value
    assert list(shown(error)) == []
    assert KEY not in everything_about(error)
    assert "[the API key]" in str(error)


# Global, as the key is.
HEADS = {
    "reason": f"HTTP/1.1 502 {KEY}\r\nContent-Length: 0\r\n\r\n",
    "status line": f"HTTP/1.1 XX {KEY}\r\n\r\n",
    "header": f"HTTP/1.1 200 OK\r\n{KEY} x\r\n\r\n",
    "request id": f"HTTP/1.1 404 No\r\nX-Request-Id: {KEY}\r\nContent-Length: 2\r\n\r\n{{}}",
    "request id of no run": f"HTTP/1.1 200 OK\r\nX-Request-Id: {KEY}\r\nContent-Length: 2\r\n\r\n{{}}",
}


@pytest.mark.parametrize("place", HEADS)
def test_key_is_concealed_where_a_server_echoes_it_in_status_line_or_headers(
    secret_server: Emulator, flavour: str, place: str
) -> None:
    """The same, where the response cannot be read, or names a request by it."""
    secret_server.inject(Raw(HEADS[place].encode()), times=None)
    with calling_server(flavour, secret_server, max_retries=0) as caller:
        for attempt in _attempts(caller)[:2]:
            with pytest.raises(TelaError) as caught:
                attempt()
            assert list(shown(caught.value)) == []
            assert KEY not in everything_about(caught.value)


def test_clients_do_not_show_the_key(secret_server: Emulator, caller: Caller, flavour: str) -> None:
    """A client that has done its work, with connections still open, shows no key, and cannot be pickled."""
    secret_server.add_run(run_id="run-1", statuses=["succeeded"])
    with calling_server(flavour, secret_server) as secret_caller:
        run = secret_caller.wait("run-1")
        client = secret_caller.client
        assert list(shown(client)) == []
        assert list(shown(run)) == []
        assert KEY.encode() not in pickle.dumps(run)
        with pytest.raises(TypeError) as caught:
            pickle.dumps(client)
        assert KEY not in everything_about(caught.value)


def test_raw_clients_do_not_show_the_key(secret_server: Emulator) -> None:
    """The generated client and its httpx client, after a request, show no key."""
    secret_server.add_run(run_id="run-1")
    with RunsClient(KEY, base_url=secret_server.url) as runs:
        retrieve_run.sync(client=runs.raw, id="run-1")
        assert list(shown(runs)) == []
        assert list(shown(runs.raw.get_httpx_client())) == []
        with pytest.raises(TypeError):
            pickle.dumps(runs.raw)


@pytest.mark.parametrize("client", [RunsClient, AsyncRunsClient])
@pytest.mark.parametrize(
    ("bad", "by"),
    [(bad, by) for bad in ("{} ", " {}", "{}\n", "{}\r\nX: y", "{}é", "{} {}") for by in ("argument", "environment")]
    + [("{}\0", "argument")],  # which an environment cannot hold
)
def test_rejected_keys_are_not_shown(
    client: type[RunsClient | AsyncRunsClient], bad: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error that rejects a key shows neither it nor the environment it may have come from."""
    if by == "environment":
        monkeypatch.setenv("TELA_API_KEY", bad.replace("{}", KEY))
    with pytest.raises(ConfigurationError) as caught:
        client(bad.replace("{}", KEY) if by == "argument" else None)
    assert KEY not in everything_about(caught.value)
    assert list(shown(caught.value)) == []


@pytest.mark.parametrize(
    "settings",
    [{"base_url": "ftp://x"}, {"base_url": "http://example.com"}, {"timeout": -1}, {"max_retries": 1.5}, {"pacing": 5}],
    ids=repr,
)
def test_other_rejected_settings_do_not_show_the_key(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does the error that rejects another setting, whichever way the key has come."""
    for by_argument in (True, False):
        if not by_argument:
            monkeypatch.setenv("TELA_API_KEY", KEY)
        with pytest.raises(ConfigurationError) as caught:
            RunsClient(KEY if by_argument else None, **settings)
        assert KEY not in everything_about(caught.value)


def test_closed_clients_do_not_show_the_key(secret_server: Emulator, flavour: str) -> None:
    """Nor does the error of a closed client, or of another event loop."""
    with calling_server(flavour, secret_server) as caller:
        caller.close()
        with pytest.raises(ConfigurationError, match="closed") as caught:
            caller.retrieve("run-1")
        assert KEY not in everything_about(caught.value)
    secret_server.inject(Close())  # so that no connection is left of the first event loop
    client = AsyncRunsClient(KEY, base_url=secret_server.url, max_retries=0)
    errors = []

    async def attempt() -> None:
        try:
            await client.retrieve("run-1")
        except TelaError as error:
            errors.append(error)

    anyio.run(attempt)
    anyio.run(attempt)
    assert [type(error).__name__ for error in errors] == ["APIConnectionError", "ConfigurationError"]
    assert all(KEY not in everything_about(error) for error in errors)


def test_redirects_do_not_carry_the_key_away(secret_server: Emulator, flavour: str) -> None:
    """A redirect to another port is not followed, with the key or without."""
    with Emulator(api_key=KEY) as elsewhere, calling_server(flavour, secret_server, max_retries=0) as caller:
        for code in (301, 302, 303, 307, 308):
            secret_server.inject(Status(code, headers={"Location": f"{elsewhere.url}/v2/chat/completions/run-1"}))
            with pytest.raises(TelaError, match=str(code)):
                caller.retrieve("run-1")
        assert elsewhere.total_connections == 0
