"""Every HTTP status, as its error, with what the response says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from tela_runs import (
    APIError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
    UsageLimitError,
)
from tela_runs._http.response import Received, concluded
from tela_runs.emulator import Status

from .callers import failure_of

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator

    from .callers import Caller

CLASSES: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: UsageLimitError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
    **dict.fromkeys(range(500, 600), InternalServerError),
}

ERROR = {"code": "SOME_CODE", "message": "Some message.", "details": [{"field": None}], "status": 1, "name": "Error"}


def _check(error: APIStatusError, status: int) -> None:
    assert (error.status_code, error.code, error.message) == (status, "SOME_CODE", "Some message.")
    assert (error.details, error.body, error.run_id) == ([{"field": None}], ERROR, "run-1")
    assert error.request_id == "req_7"
    assert f"HTTP {status}" in str(error)


@pytest.mark.parametrize("flavour", ["sync", "asyncio"], indirect=True)
def test_every_status_raises_its_error(server: Emulator, caller: Caller) -> None:
    """Each status from 201 to 999 raises its error, which carries all that the body and the headers tell."""
    caller.client._max_retries = 0
    server.add_run(run_id="run-1")
    for status in range(201, 1000):
        empty = status in {204, 304}  # which have no body
        server.inject(Status(status, headers={"X-Request-Id": "req_7"}, body=None if empty else ERROR))
        error = failure_of(CLASSES.get(status, APIStatusError), caller.retrieve, "run-1")
        if empty:
            assert (error.status_code, error.body, error.message) == (status, "", "")
        else:
            _check(error, status)
    assert len(server.requests) == 799
    assert server.total_connections <= 3  # an error response closes no connection, but 204 and 304


@pytest.mark.parametrize("status", [*range(100, 200), 200])
def test_status_below_200_and_200_with_an_error_body_are_errors(status: int) -> None:
    """A transport that hands up a status below 200 gets an error for it; 200 with an error body is not a run."""
    received = Received("run-1", httpx.URL("https://tela.test:8443/x"), 30.0, 1000, bytes)
    received.begin(status, [(b"X-Request-Id", b"req_7")])
    received.feed(json.dumps(ERROR).encode())
    with pytest.raises(APIError) as caught:
        concluded(received, None)
    error = caught.value
    if isinstance(error, APIStatusError):
        _check(error, status)
    else:
        assert isinstance(error, InvalidResponseError)
        assert (status, error.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<html>\n<h1>Bad\x00 Gateway</h1></html>", "<html> <h1>Bad Gateway</h1></html>"),
        (b"\xff\xfe\x00", "\ufffd\ufffd"),
        (b"", ""),
        ("[1, 2]", "[1, 2]"),
        ('"just text"', '"just text"'),
        ("x" * 100_000, "x" * 200),
        ("[" * 50_000, "[" * 200),
        ('{"error": {"message": "inner"}}', "inner"),
        ('{"message": {"not": "text"}}', '{"message": {"not": "text"}}'),
    ],
    ids=["html", "binary", "empty", "array", "string", "long", "nested", "wrapped", "odd"],
)
def test_undocumented_error_bodies_keep_the_status_and_an_excerpt(
    server: Emulator, caller: Caller, body: bytes | str, message: str
) -> None:
    """Whatever the body of an error is, the status is kept, and its beginning as one line."""
    server.inject(Status(502, body=body), times=None)
    error = failure_of(InternalServerError, caller.retrieve, "run-1")
    assert (error.status_code, error.message, error.code) == (502, message, None)
