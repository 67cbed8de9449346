"""The faults that a client must survive, with the results: one table for every way to use the clients."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING

from attrs import field, frozen
from tela_runs import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    InternalServerError,
    InvalidResponseError,
    RateLimitError,
)
from tela_runs.emulator import Body, Close, Drip, Headers, Raw, Reset, Stall, Status

if TYPE_CHECKING:
    from tela_runs.emulator import Fault

RUN = {"id": "run-1", "status": "succeeded", "output_content": {"content": "done"}}
JSON = json.dumps(RUN).encode()
HEAD = b"HTTP/1.1 200 OK\r\n"
FINISHED = b'{"id": "run-1", "status": "succeeded", "x": '
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
HALF_AN_ERROR = b"HTTP/1.1 503 No\r\ncontent-length: 9\r\n\r\n{"


@frozen
class Row:
    """A fault, met by every request, and its result.

    ``error`` is None where the run is to come back all the same. ``message`` is in the error's text. A wait is ended by
    the error after ``ends_after`` polls, and waits it through where that is 0. ``silent`` faults last until a timeout.
    """

    name: str
    fault: Fault
    error: type[APIError] | None
    message: str = ""
    ends_after: int = 0
    silent: bool = False
    settings: dict[str, int] = field(factory=dict)


def _no_run(name: str, body: bytes, message: str = "is not a valid run", coding: str = "", ends_after: int = 0) -> Row:
    headers = {"Content-Encoding": coding} if coding else {}
    return Row(name, Body(body, headers=headers), InvalidResponseError, message, ends_after)


def _no_http(name: str, data: bytes, error: type[APIError] | None = APIConnectionError, message: str = "") -> Row:
    return Row(name, Raw(data), error, message)


def _gzip_of(size: int) -> bytes:
    return gzip.compress(b" " * size)


ROWS = [
    # Connections that break.
    Row("closed at once", Close(), APIConnectionError),
    Row("reset at once", Reset(), APIConnectionError),
    Row("closed amid the headers", Close(after_bytes=20), APIConnectionError),
    Row("reset amid the headers", Reset(after_bytes=20), APIConnectionError),
    Row("closed amid the body", Close(after_bytes=400), InvalidResponseError, "cut short"),
    Row("reset amid the body", Reset(after_bytes=400), InvalidResponseError, "cut short"),
    Row("error cut short", Raw(HALF_AN_ERROR), InternalServerError),
    # Silent servers.
    Row("stall", Stall(), APITimeoutError, silent=True),
    Row("stall amid the headers", Stall(after_bytes=20), APITimeoutError, silent=True),
    Row("stall amid the body", Stall(after_bytes=400), APITimeoutError, silent=True),
    Row("dripped headers", Drip(0.02, part="head"), APITimeoutError, silent=True),
    Row("dripped body", Drip(0.02, part="body"), APITimeoutError, silent=True),
    Row("content-length too long", Body(JSON, headers={"Content-Length": "9999"}), APITimeoutError, silent=True),
    Row(
        "half an error",
        Raw(b"HTTP/1.1 503 No\r\ncontent-length: 9\r\n\r\n{", close=False),
        InternalServerError,
        silent=True,
    ),
    # Responses that are not a valid run.
    Row(
        "content-length too short",
        Body(JSON, headers={"Content-Length": "12"}),
        InvalidResponseError,
        "is not a valid run",
    ),
    _no_run("empty", b""),
    _no_run("null", b"null", "JSON null"),
    _no_run("array", b"[]", "JSON array"),
    _no_run("string", b'"run"', "JSON string"),
    _no_run("number", b"5", "JSON number"),
    _no_run("no id", b'{"status": "succeeded"}', "no 'id'"),
    _no_run("no status", b'{"id": "run-1"}', "no 'status'"),
    _no_run("id is not a text", b'{"id": 5, "status": "succeeded"}'),
    _no_run("status is not a text", b'{"id": "run-1", "status": null}'),
    _no_run("html", b"<html>Please log in</html>", "Please log in"),
    _no_run("half of it", JSON[:-5]),
    _no_run("two of them", JSON + JSON),
    _no_run("not utf-8", JSON.replace(b"done", b"d\xffne")),
    _no_run("200,000 brackets", b"[" * 200_000, "levels deep"),
    _no_run("201 levels", b'{"a":' * 201 + b"1" + b"}" * 201, "levels deep"),
    _no_run("a finished run of 200,000 levels", FINISHED + b"[" * 200_000 + b"]" * 200_000 + b"}", ends_after=2),
    _no_run("a finished run with 6,000 digits", FINISHED + b"9" * 6000 + b"}", ends_after=2),
    # Content codings.
    _no_run("gzip that is none", JSON, "decoded", coding="gzip"),
    _no_run("gzip cut short", gzip.compress(JSON)[:-9], "cut short", coding="gzip"),
    _no_run("gzip with a wrong checksum", gzip.compress(JSON)[:-8] + b"01234567", "decoded", coding="gzip"),
    _no_run("a coding not asked for", b"\x1b\x2f\x00\xf8" * 9, "not readable as JSON", coding="br"),
    _no_run("gzip in gzip", gzip.compress(gzip.compress(JSON)), "not readable as JSON", coding="gzip, gzip"),
    Row("deflate", Body(zlib.compress(JSON), headers={"Content-Encoding": "deflate"}), None),
    Row("gzip", Body(gzip.compress(JSON), headers={"Content-Encoding": "GZIP"}), None),
    Row("gzip with a tail", Body(gzip.compress(JSON) + b"tail" * 9, headers={"Content-Encoding": "gzip"}), None),
    Row("a charset for a coding", Body(JSON, headers={"Content-Encoding": "utf-8"}), None),
    Row("none for a coding", Body(JSON, headers={"Content-Encoding": "none"}), None),
    Row("203", Body(JSON, status=203), None),
    Row("identity", Body(JSON, headers={"Content-Encoding": "identity"}), None),
    # Too much of it.
    Row(
        "too large", Body(JSON + b" " * 10_000), InvalidResponseError, "5000", 1, settings={"max_response_bytes": 5000}
    ),
    Row("just large enough", Body(JSON.ljust(5000)), None, settings={"max_response_bytes": 5000}),
    Row(
        "gzip too large",
        Body(_gzip_of(100_000), headers={"Content-Encoding": "gzip"}),
        InvalidResponseError,
        "larger than 5000 bytes",
        1,
        settings={"max_response_bytes": 5000},
    ),
    # Statuses with something to them.
    Row("429 for a day", Status(429, headers={"Retry-After": "86400"}), RateLimitError, "86400"),
    Row("503 with garbage for a hint", Status(503, headers={"Retry-After": "soon"}), InternalServerError),
    Row("520", Status(520, body="<html>"), InternalServerError),
    Row("499", Status(499), APIStatusError, ends_after=1),
    Row("999", Status(999), APIStatusError),
    Row("204", Status(204), APIStatusError),
    Row("redirect to nowhere", Status(302), APIStatusError, ends_after=1),
    Row("redirect to itself", Status(308, headers={"Location": ""}), APIStatusError, ends_after=1),
    # Bytes that are not HTTP, or hardly.
    _no_http("not http", b"SSH-2.0-OpenSSH_9.6\r\n"),
    _no_http("http 0.9", JSON),
    _no_http("http 2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    _no_http("status 099", b"HTTP/1.1 099 No\r\n\r\n"),
    _no_http("status 1000", b"HTTP/1.1 1000 No\r\n\r\n"),
    _no_http("no colon", HEAD + b"content-length 5\r\n\r\n12345"),
    _no_http("NUL in a header", HEAD + b"x: a\0b\r\ncontent-length: 0\r\n\r\n"),
    _no_http("negative length", HEAD + b"content-length: -5\r\n\r\n12345"),
    _no_http("two lengths", HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\n12345"),
    _no_http("a length of 5,000 digits", HEAD + b"content-length: %b\r\n\r\n" % (b"9" * 5000)),
    _no_http("unknown transfer coding", HEAD + b"transfer-encoding: zip\r\n\r\n12345"),
    _no_http("no chunk", CHUNKED + b"xyz\r\n", InvalidResponseError, "cut short"),
    _no_http("a negative chunk", CHUNKED + b"-5\r\n", InvalidResponseError),
    _no_http("a chunk too long", CHUNKED + b"fffffffffffffff\r\n{}", InvalidResponseError),
    _no_http("1000 headers", HEAD + b"x: y\r\n" * 1000 + b"content-length: %d\r\n\r\n%b" % (len(JSON), JSON), None),
    _no_http("a header of 200,000 bytes", HEAD + b"x: " + b"y" * 200_000 + b"\r\n\r\n"),
    _no_http("200,000 headers", HEAD + b"x: y\r\n" * 200_000 + b"\r\n"),
    _no_http("switching protocols", b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n"),
    _no_http("1xx, then the run", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 9 + HEAD + b"\r\n" + JSON, None),
    _no_http("until the end of the connection", b"HTTP/1.0 200 OK\r\n\r\n" + JSON, None),
    _no_http("bare line feeds", b"HTTP/1.1 200 OK\ncontent-length: %d\n\n%b" % (len(JSON), JSON), None),
    # Odd headers of a valid response.
    Row("no date", Headers({"Date": "Thu, 99 Foo 99999 99:99:99 +9999"}), None),
    Row("latin-1", Headers({"X-Request-Id": "\xff\xfe", "Retry-After": "\xb2"}), None),
]
