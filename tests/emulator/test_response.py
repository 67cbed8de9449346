"""Responses as bytes, read back by h11."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs.emulator.connection import Response


def _read(data: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("host", "test")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    head = client.next_event()
    assert isinstance(head, h11.Response)
    body = b""
    while isinstance(event := client.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    return head.status_code, dict(head.headers), body


@given(st.integers(200, 999).filter(lambda status: status not in (204, 304)), st.binary(max_size=100))
def test_a_response_reads_back(status: int, body: bytes) -> None:
    """Any status and content survive the way over the wire."""
    read = _read(Response(status, (("X-Name", "value"),), body).encoded())
    assert read == (status, {b"x-name": b"value", b"content-length": str(len(body)).encode()}, body)


def test_a_given_length_is_sent_as_it_is() -> None:
    """A Content-Length that is given goes out, also when it is a lie."""
    assert b"Content-Length: 99\r\n\r\nab" in Response(200, (("Content-Length", "99"),), b"ab").encoded()


@pytest.mark.parametrize("status", [204, 304])
def test_some_responses_have_no_content(status: int) -> None:
    """204 and 304 are sent without a length, as HTTP wants it."""
    assert _read(Response(status).encoded()) == (status, {}, b"")


def test_headers_of_the_same_name_are_replaced() -> None:
    """`with_headers` compares names without regard to case, and keeps repeated new ones."""
    response = Response(200, (("Date", "a"), ("X", "b"))).with_headers((("date", "c"), ("date", "d")))
    assert response.headers == (("X", "b"), ("date", "c"), ("date", "d"))
