"""The caller's own httpx client: what it brings is used, except for what would change our requests."""

from __future__ import annotations

import gzip
import inspect
import json
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tela_runs import (
    AmbiguousCreateError,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncRunsClient,
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    RunsClient,
)
from tela_runs.emulator import Body, Drip, Headers, Stall, Status

from .callers import Jitter, calling, calling_server, failure_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tela_runs.emulator import Emulator

KEY = "key-of-the-wrapper"
RUN = {"id": "run-1", "status": "succeeded", "output_content": {"content": "done"}}


def hook(flavour: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make an event hook for a client of this flavour."""

    async def asynchronous(response: httpx.Response) -> None:
        result = function(response)
        if inspect.isawaitable(result):
            await result

    return function if flavour == "sync" else asynchronous


def test_mock_transport_and_event_hooks_work(flavour: str) -> None:
    """Tests of an application can respond with `httpx.MockTransport`; hooks see the request and the response."""
    seen: list[httpx.Request | httpx.Response] = []

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=RUN)

    hooks = {kind: [hook(flavour, seen.append)] for kind in ("request", "response")}
    options = {"transport": httpx.MockTransport(handle), "event_hooks": hooks}
    with calling(flavour, KEY, httpx_options=options) as caller:
        assert caller.retrieve("run-1").output == "done"
        assert caller.wait("run-1").output == "done"
    assert [type(item) for item in seen] == [httpx.Request, httpx.Response] * 2
    request = seen[0]
    assert isinstance(request, httpx.Request)
    assert str(request.url) == "https://api.tela.com/v2/chat/completions/run-1"
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_decoded_response_of_a_transport_is_not_decoded_again(flavour: str) -> None:
    """A response that comes with its body decoded, and the header that says otherwise, is not decoded again."""

    def handle(request: httpx.Request) -> httpx.Response:
        body = gzip.compress(json.dumps(RUN).encode())
        return httpx.Response(200, content=body, headers={"Content-Encoding": "gzip"})

    with calling(flavour, KEY, httpx_options={"transport": httpx.MockTransport(handle)}) as caller:
        assert caller.retrieve("run-1").to_dict() == RUN


@pytest.mark.parametrize(
    "raised", [httpx.ConnectError("no"), httpx.RemoteProtocolError("no"), httpx.UnsupportedProtocol("no"), OSError()]
)
def test_errors_of_the_transport_become_connection_errors(flavour: str, raised: Exception) -> None:
    """What a transport raises becomes ours."""

    def handle(request: httpx.Request) -> httpx.Response:
        raise raised

    options = {"transport": httpx.MockTransport(handle)}
    with calling(flavour, KEY, httpx_options=options, max_retries=0) as caller:
        failure_of(APIConnectionError, caller.retrieve, "run-1")


def refused(_: object) -> None:
    """What a request of a hook's own fails with: nobody listens."""
    raise httpx.ConnectError("Connection refused")


def rejected(_: object) -> None:
    """The same where another server rejects it."""
    httpx.Response(401, request=httpx.Request("GET", "https://auth.example")).raise_for_status()


def refused_to_a_client_of_ours(_: object) -> None:
    """The same where the hook polls another run."""
    raise APIConnectionError("Connection refused", request_sent=False)


def fails_to_parse_a_url(_: object) -> None:
    """The same where it parses a URL that is none."""
    httpx.URL("http://[::1")


@pytest.mark.parametrize("failing", [refused, rejected, refused_to_a_client_of_ours, fails_to_parse_a_url])
@pytest.mark.parametrize("kind", ["request", "response"])
def test_create_is_not_sent_again_when_a_hook_fails(flavour: str, kind: str, failing: Callable[[Any], Any]) -> None:
    """A hook that fails with a request of its own, maybe after the response to ours, says nothing of the create."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=RUN)

    options = {"transport": httpx.MockTransport(handle), "event_hooks": {kind: [hook(flavour, failing)]}}
    with calling(flavour, KEY, httpx_options=options, max_retries=3, timing=Jitter(0.0)) as caller:
        error = failure_of(AmbiguousCreateError, caller.create, canvas_id="c1")
    assert "a hook of http_client failed" in str(error)
    assert len(requests) == (1 if kind == "response" else 0)


def test_create_whose_body_a_hook_reads_is_sent_again_after_a_refused_connection(flavour: str) -> None:
    """A hook that reads the body of a request, as those that log or sign do, has sent nothing of it."""
    read: list[bytes] = []

    def log_sync(request: httpx.Request) -> None:
        read.append(request.read())

    async def log_async(request: httpx.Request) -> None:
        read.append(await request.aread())

    with socket.create_server(("127.0.0.1", 0)) as closed:
        base_url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    options = {"event_hooks": {"request": [log_sync if flavour == "sync" else log_async]}}
    with calling(flavour, KEY, base_url=base_url, httpx_options=options, max_retries=2, timing=Jitter(0.0)) as caller:
        failure_of(APIConnectionError, caller.create, canvas_id="c1")
    assert len(read) == 3


def test_create_whose_body_a_hook_replaces_is_not_sent_again(server: Emulator, flavour: str) -> None:
    """What is sent in place of the wrapper's own body may have started a run as well."""

    def replace(request: httpx.Request) -> None:
        request.stream = httpx.ByteStream(b"{}")
        request.headers["Content-Length"] = "2"

    server.inject(Stall())
    options = {"event_hooks": {"request": [hook(flavour, replace)]}}
    with calling_server(flavour, server, httpx_options=options, timeout=0.5, timing=Jitter(0.0)) as caller:
        failure_of(AmbiguousCreateError, caller.create, canvas_id="c1")
    assert len(server.requests) == 1


def test_hooks_may_read_the_response(server: Emulator, flavour: str) -> None:
    """A hook that reads the body, as those that log do, takes nothing away, compressed or not."""
    server.add_run("done", run_id="run-1", statuses=["succeeded"])
    server.inject(Body(gzip.compress(json.dumps(RUN).encode()), headers={"Content-Encoding": "gzip"}))

    def log(response: httpx.Response) -> Any:
        return response.read() if flavour == "sync" else response.aread()

    options = {"event_hooks": {"response": [hook(flavour, log)]}}
    with calling_server(flavour, server, httpx_options=options, max_retries=0) as caller:
        assert caller.retrieve("run-1").to_dict() == RUN
        assert caller.retrieve("run-1").output == "done"


def test_hooks_may_raise_for_the_status(server: Emulator, flavour: str) -> None:
    """A hook that calls `raise_for_status` does not turn an error status into a failed connection."""
    server.inject(Status(503))
    options = {"event_hooks": {"response": [hook(flavour, httpx.Response.raise_for_status)]}}
    with calling_server(flavour, server, httpx_options=options, timing=Jitter(0.0)) as caller:
        error = failure_of(NotFoundError, caller.retrieve, "run-1")
    assert error.request_id is not None
    assert len(server.requests) == 2


def test_cookies_are_not_sent(server: Emulator, flavour: str) -> None:
    """Neither the caller's cookies nor the server's are sent."""
    server.add_run(run_id="run-1")
    server.inject(Headers({"Set-Cookie": "theirs=1; Path=/"}), times=None)
    with calling_server(flavour, server, httpx_options={"cookies": {"ours": "1"}}) as caller:
        for _ in range(2):
            caller.retrieve("run-1")
    assert all("cookie" not in request.headers for request in server.requests)


def test_redirects_are_not_followed(server: Emulator, flavour: str) -> None:
    """A client that follows redirects does not do so for us: the key stays at its host."""
    server.add_run(run_id="run-1")
    server.inject(Status(307, headers={"Location": f"{server.url}/v2/chat/completions/run-1"}))
    with calling_server(flavour, server, httpx_options={"follow_redirects": True}) as caller:
        assert failure_of(APIStatusError, caller.retrieve, "run-1").status_code == 307
    assert len(server.requests) == 1


def test_headers_of_the_client_are_sent_and_its_authentication_is_not(server: Emulator, flavour: str) -> None:
    """The client's authentication is not used, nor its base URL; its other headers are sent."""
    server.add_run(run_id="run-1")
    options = {
        "auth": ("user", "password"),
        "base_url": "https://elsewhere.invalid/",
        "headers": {"X-Team": "a", "Authorization": "Bearer theirs"},
    }
    with calling_server(flavour, server, httpx_options=options) as caller:
        caller.retrieve("run-1")
    (request,) = server.requests
    assert request.headers["authorization"] == f"Bearer {server.api_key}"
    assert request.headers["x-team"] == "a"


def test_timeout_bounds_a_dripped_body(server: Emulator, flavour: str) -> None:
    """A body that drips is cut off, though each read is fast."""
    server.add_run(run_id="run-1")
    server.inject(Drip(0.02, part="body"), times=None)
    with calling_server(flavour, server, httpx_options={"timeout": None}, timeout=0.3, max_retries=0) as caller:
        failure_of(APITimeoutError, caller.retrieve, "run-1")


def test_max_response_bytes_bounds_decoded_bytes(server: Emulator, flavour: str) -> None:
    """`max_response_bytes` holds for decoded bytes here too."""
    server.inject(Body(gzip.compress(b" " * 100_000), headers={"Content-Encoding": "gzip"}))
    with calling_server(flavour, server, httpx_options={}, max_response_bytes=1000, max_retries=0) as caller:
        assert "larger than 1000 bytes" in str(failure_of(InvalidResponseError, caller.retrieve, "run-1"))


def test_closing_leaves_the_callers_client_open(server: Emulator) -> None:
    """Our closing leaves the caller's client open; a closed one gives one clear error."""
    server.add_run(run_id="run-1")
    theirs = httpx.Client()
    with RunsClient(server.api_key, base_url=server.url, http_client=theirs) as runs:
        runs.retrieve("run-1")
    assert not theirs.is_closed
    assert "closed" in str(failure_of(ConfigurationError, runs.retrieve, "run-1"))
    again = RunsClient(server.api_key, base_url=server.url, http_client=theirs)
    theirs.close()
    assert "closed" in str(failure_of(ConfigurationError, again.retrieve, "run-1"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("wrong", [httpx.AsyncClient(), httpx.HTTPTransport(), httpx, "http", RunsClient("key")])
def test_http_client_of_the_wrong_type_is_rejected(wrong: Any) -> None:
    """Anything but an `httpx.Client` is rejected at once, named with its module; so is that by the async client."""
    with pytest.raises(ConfigurationError, match=rf"httpx\.Client, not {type(wrong)}"):
        RunsClient(KEY, http_client=wrong)
    with pytest.raises(ConfigurationError, match=r"httpx\.AsyncClient"):
        AsyncRunsClient(KEY, http_client=httpx.Client())  # type: ignore[arg-type]
