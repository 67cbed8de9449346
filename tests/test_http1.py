"""HTTP/1.1 without a socket: what comes in pieces, what is left over, what breaks off."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs._http1 import Http1
from tela_runs._wire import Headers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

BODY = b'{"id": "run-1", "status": "succeeded"}'
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX: y\r\n\r\n%s" % (len(BODY), BODY)
CHUNKS = b"5\r\n%s\r\n21\r\n%s\r\n0\r\n\r\n" % (BODY[:5], BODY[5:])
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS
UNTIL_CLOSED = b"HTTP/1.0 200 OK\r\n\r\n" + BODY


class Taken:
    """Keeps what it is given, up to a limit."""

    def __init__(self, limit: int = 1000) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self._limit = limit

    def begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep the head."""
        self.status, self.headers = status, dict(headers)

    def feed(self, chunk: bytes | bytearray) -> bool:
        """Keep a chunk."""
        self.body += chunk
        return len(self.body) < self._limit


def asked() -> Http1:
    """Give a connection that has sent a request."""
    http = Http1()
    http.request(b"/v2/x", Headers([(b"Host", b"h"), (b"Authorization", b"Bearer key")]))
    return http


def test_no_frame_shows_the_key() -> None:
    """Wherever a request is interrupted, the local variables there do not show the key."""
    shown: list[str] = []

    def trace(frame: FrameType, _event: str, _argument: object) -> object:
        if frame.f_code.co_filename != __file__:
            for name, value in frame.f_locals.items():
                with suppress(AttributeError):  # an object that is being made
                    if "Bearer key" in repr(value):
                        shown.append(f"{name} in {frame.f_code.co_qualname}")
        return trace

    http, headers = Http1(), Headers([(b"Host", b"h"), (b"Authorization", b"Bearer " + b"key")])
    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        http.request(b"/v2/x", headers)
    finally:
        sys.settrace(before)
    assert shown == []


def test_the_bytes_of_requests() -> None:
    """The second request on a connection is like the first but for its target; neither shows in a repr."""
    http, headers = Http1(), Headers([(b"Host", b"h:1"), (b"Authorization", b"Bearer key")])
    first = http.request(b"/a", headers)
    assert first == b"GET /a HTTP/1.1\r\nHost: h:1\r\nAuthorization: Bearer key\r\n\r\n"
    assert "key" not in repr(first) + repr(headers)
    http.feed(WHOLE, Taken())
    assert http.renew()
    assert http.request(b"/b", headers) == first.replace(b"/a", b"/b")


@given(st.sampled_from([WHOLE, CHUNKED, b"HTTP/1.1 103 Early Hints\r\n\r\n" + WHOLE]), st.data())
def test_any_pieces(answer: bytes, data: st.DataObject) -> None:
    """An answer is the same in whatever pieces it comes, and the connection is good for another one."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(answer) - 1))))
    pieces = [answer[start:end] for start, end in zip([0, *cuts], [*cuts, len(answer)], strict=True)]
    http, taken = asked(), Taken()
    assert [http.feed(piece, taken) for piece in pieces] == [True] * len(cuts) + [False]
    assert (taken.status, taken.body) == (200, BODY)
    assert http.renew()


@given(st.integers(0, len(WHOLE) - 1))
def test_any_end_before_the_end(length: int) -> None:
    """An answer that breaks off is an error, wherever it does, and what came of it was handed over."""
    http, taken = asked(), Taken()
    if length:
        assert http.feed(WHOLE[:length], taken)
    with pytest.raises(h11.RemoteProtocolError):
        http.feed(b"", taken)
    assert taken.body == WHOLE[:length].partition(b"\r\n\r\n")[2]
    assert not http.renew()


def test_an_end_that_is_the_connections() -> None:
    """Without a length the end of the connection is that of the answer, and no request follows."""
    http, taken = asked(), Taken()
    assert http.feed(UNTIL_CLOSED, taken)
    assert not http.feed(b"", taken)
    assert taken.body == BODY
    assert not http.renew()


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE + b"H",
        WHOLE + WHOLE,
        CHUNKED + b"\r\n",
        WHOLE.replace(b"X: y", b"Connection: close"),
        WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
)
def test_connections_that_are_spent(answer: bytes) -> None:
    """After a byte too many, or where the server will close, there is no further request."""
    http, taken = asked(), Taken()
    assert not http.feed(answer, taken)
    assert taken.body == BODY
    assert not http.renew()


def test_a_taker_that_has_enough() -> None:
    """Nothing more is read for one that wants no more, and what is left unread spoils the connection."""
    http, taken = asked(), Taken(limit=3)
    assert not http.feed(WHOLE[:-1], taken)
    assert not http.renew()


@pytest.mark.parametrize("answer", [b"no HTTP\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"x" * 200_000])
def test_what_is_no_answer(answer: bytes) -> None:
    """What is no HTTP, an upgrade nobody asked for, and a head without an end are errors."""
    with pytest.raises(h11.RemoteProtocolError):
        asked().feed(answer, Taken())
