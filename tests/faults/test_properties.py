"""Whatever a response, an id or a key contains, the result is a run or an error of ours."""

from __future__ import annotations

import copy
import json
import math
import pickle
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tela_runs import (
    APIError,
    APIStatusError,
    ConfigurationError,
    InvalidResponseError,
    Run,
    RunsClient,
    TelaError,
    Usage,
)
from tela_runs._http.response import Failure, Received, concluded
from tela_runs.emulator import Emulator, Raw

from tests.client.listing import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tela_runs._polling.flow import PollResult

T = TypeVar("T")

numbers = st.integers() | st.floats(allow_nan=False)
scalars = st.none() | st.booleans() | numbers | st.text() | st.sampled_from(["", "user", "2023-11-07T05:31:56Z"])
# Documented fields in camelCase are understood, so the typed view gives them back in snake_case.
names = st.text().filter(lambda name: re.search("[a-z][A-Z]", name) is None)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=8)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value within a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from places(child, (*path, key))


PLACES = [path for path in places(SAMPLE) if path not in {("id",), ("status",)}]


@st.composite
def disturbed(draw: st.DrawFn) -> dict[str, Any]:
    """The documentation's sample with anything at all in some of its places, or fields gone, or fields added."""
    payload = copy.deepcopy(SAMPLE)
    for path in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=6, unique=True)):
        parent: Any = payload
        try:
            for key in path[:-1]:
                parent = parent[key]
            if draw(st.booleans()):
                parent[path[-1]] = draw(values)
            else:
                del parent[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # its place went with another
    payload.update(draw(st.dictionaries(names.filter(lambda name: name not in SAMPLE), values, max_size=2)))
    return dict(json.loads(json.dumps(payload)))  # a key of an array that became an object is text


def check_run(run: Run, payload: Any) -> None:
    """Everything a run offers can be asked for, has its type, and keeps what came."""
    assert run.to_dict() == payload
    assert run.data.to_dict() == payload
    assert (run.id, run.status_text) == (payload["id"], payload["status"])
    assert isinstance(run.created_at, datetime | None)
    assert isinstance(run.updated_at, datetime | None)
    assert isinstance(run.canvas_id, str | None)
    assert isinstance(run.prompt_version_id, str | None)
    assert isinstance(run.usage, Usage)
    content = payload.get("output_content")
    assert run.output == (content.get("content") if isinstance(content, dict) else None)
    assert pickle.loads(pickle.dumps(run)) == run  # noqa: S301 - our own
    assert hash(run) == hash(Run.from_dict(payload))
    assert repr(run)


def concluded_from(status: int, headers: dict[str, str], body: bytes, failure: Failure | None = None) -> PollResult:
    """The result of a poll with this response, which a failure may have cut short."""
    received = Received("run-1", httpx.URL("https://tela.test:8443/x"), 30.0, 1_000_000, bytes)
    received.begin(status, [(name.encode(), text.encode("latin-1")) for name, text in headers.items()])
    received.feed(body)
    return concluded(received, failure)


@given(disturbed())
def test_any_value_in_any_field_leaves_a_whole_run(payload: dict[str, Any]) -> None:
    """A paid-for run is not lost to any value in any field: there is a run, whole."""
    seen = concluded_from(200, {}, json.dumps(payload).encode())
    check_run(seen.run, payload)
    for seconds in (seen.age(), seen.lifetime()):
        assert seconds is None or 0 <= seconds < math.inf


def outcome_of(function: Callable[..., T], *args: Any) -> T | TelaError:
    """What a call returns, or the error of ours that it raises; any other error is a failure."""
    try:
        return function(*args)
    except TelaError as error:
        return error


header_texts = st.text(st.characters(max_codepoint=255), max_size=40) | st.sampled_from(
    ["0", "1.5", "1e400", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "nan", "-1", "9" * 400]
)
headers = st.dictionaries(
    st.sampled_from(["date", "retry-after", "x-request-id", "cf-ray", "content-type"]), header_texts
)


@given(
    status=st.integers(100, 999),
    headers=headers,
    body=st.binary() | values.map(lambda value: json.dumps(value).encode()) | st.just(json.dumps(SAMPLE).encode()),
    failure=st.sampled_from([None, None, Failure("connection reset", "ReadError")]),
)
def test_any_response_is_a_run_or_an_error_with_its_status(
    status: int, headers: dict[str, str], body: bytes, failure: Failure | None
) -> None:
    """Any status, headers and bytes are a run or an error that says the status, and that can be pickled."""
    seen = outcome_of(concluded_from, status, headers, body, failure)
    if isinstance(seen, TelaError):
        assert isinstance(seen, (InvalidResponseError, APIStatusError))
        assert isinstance(seen, InvalidResponseError) == (status == 200)
        assert seen.status_code == status
        assert str(seen).isprintable() or status != 200
        assert str(pickle.loads(pickle.dumps(seen))) == str(seen)  # noqa: S301 - our own
    else:
        assert (status // 100, failure) == (2, None)
        check_run(seen.run, json.loads(body))
    hint = seen.retry_after
    assert hint is None or 0 < hint < math.inf


@given(st.binary() | st.text() | values.map(json.dumps))
def test_any_payload_is_a_run_or_one_error(payload: bytes | str) -> None:
    """`from_json` takes any bytes or text, and gives a run or one error."""
    run = outcome_of(Run.from_json, payload)
    if isinstance(run, Run):
        check_run(run, json.loads(payload))
    else:
        assert isinstance(run, InvalidResponseError)
        assert len(run.body) <= 200


@pytest.fixture(scope="module")
def any_server() -> Iterator[Emulator]:
    """One server for many examples."""
    with Emulator(keep_requests=1) as server:
        yield server


@pytest.fixture(scope="module")
def runs(any_server: Emulator) -> Iterator[RunsClient]:
    """One client for many examples: each leaves it usable."""
    with RunsClient(any_server.api_key, base_url=any_server.url, max_retries=0, timeout=5) as client:
        yield client


pieces = st.sampled_from(
    [
        *(b"HTTP/1.1 ", b"200 OK", b"503 No", b"\r\n", b"\r\n\r\n", b"\n", b"{}", b":", b"\0", b"99", b"0\r\n\r\n"),
        *(b"content-length: ", b"transfer-encoding: chunked", b"content-encoding: gzip", b"retry-after: 1e9"),
    ]
)


@given(st.lists(pieces | st.binary(max_size=20), max_size=12).map(b"".join))
def test_any_bytes_on_the_wire_are_an_error_of_ours(runs: RunsClient, any_server: Emulator, data: bytes) -> None:
    """Any bytes in place of a response are an error of ours, and the client goes on."""
    any_server.inject(Raw(data))
    with pytest.raises(APIError):
        runs.retrieve("run-1")
    runs._max_retries = 1  # a connection that the server is just closing may cost a try
    with pytest.raises(APIError, match="404"):
        runs.retrieve("run-1")
    runs._max_retries = 0


@given(st.text() | st.text(st.sampled_from("./?#%@:\\ ;a\n\0")) | st.sampled_from(["..", ".", "https://x.test/y"]))
def test_any_id_is_rejected_or_has_its_own_path(runs: RunsClient, any_server: Emulator, run_id: str) -> None:
    """Any id is rejected before anything is sent, or asked for under its own path, and that alone."""
    before = any_server.requests
    error = outcome_of(runs.retrieve, run_id)
    if isinstance(error, ConfigurationError):
        assert error.run_id in {run_id, None}
        assert any_server.requests == before
    else:
        assert isinstance(error, APIStatusError)
        assert error.status_code == 404
        (request,) = any_server.requests
        assert request.path == "/v2/chat/completions/" + quote(run_id, safe="")
        assert request.run_id == run_id


@given(st.text(min_size=1) | st.text(st.characters(max_codepoint=127), min_size=1))
@example("emulator-key")
def test_any_key_is_rejected_or_sent_as_it_is(any_server: Emulator, key: str) -> None:
    """Any key is rejected when the client is made, or sent just as it is."""
    client = outcome_of(lambda: RunsClient(key, base_url=any_server.url, max_retries=0))
    if not isinstance(client, RunsClient):
        assert isinstance(client, ConfigurationError)
        assert not key.isascii() or not key.isprintable() or " " in key
        return
    # The server's own key is among the examples too: hypothesis takes constants from the sources.
    status = 404 if key == any_server.api_key else 401
    with client, pytest.raises(APIStatusError, match=f"HTTP {status} "):
        client.retrieve("run-1")
    (request,) = any_server.requests
    assert request.headers["authorization"] == f"Bearer {key}"
