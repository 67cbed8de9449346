"""How the body of a response is taken in: decoded of gzip, in pieces of any size, and no longer than the limit."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs._http.response import KEPT_BYTES, Received


def received(
    body: bytes, *, size: int | None = None, limit: int = 10**6, coding: bytes | list[bytes] = b"gzip"
) -> Received:
    """A response of 200 whose body comes in pieces of ``size`` bytes, as long as more is wanted."""
    response = Received("r1", httpx.URL("https://tela.test:8443/x"), 30.0, limit, bytes)
    response.begin(200, [(b"Content-Encoding", each) for each in ([coding] if isinstance(coding, bytes) else coding)])
    for start in range(0, len(body), size or max(1, len(body))):
        if not response.feed(body[start : start + (size or len(body))]):
            break
    return response


@given(st.binary(max_size=2000), st.integers(1, 100))
def test_compressed_body_is_decoded_in_pieces_of_any_size(body: bytes, size: int) -> None:
    """What arrives is what was sent, and has no problem."""
    response = received(gzip.compress(body), size=size)
    assert (bytes(response.body), response.problem, response.is_too_large) == (body, "", False)


@pytest.mark.parametrize("coding", [b"", b"identity", b"utf-8", b"none", b"br", b"utf-8, identity"])
def test_coding_that_was_not_requested_leaves_the_body_as_it_is(coding: bytes) -> None:
    """Servers that put a character set there mean no coding."""
    response = received(b"{}", coding=coding)
    assert (bytes(response.body), response.problem) == (b"{}", "")


@pytest.mark.parametrize("coding", [b"gzip", b" GZIP ", b"x-gzip"])
def test_name_of_a_coding_is_read_in_any_case(coding: bytes) -> None:
    """Blanks around it, and its old name, do not count either (RFC 9110, 8.4.1.3)."""
    assert bytes(received(gzip.compress(b"{}"), coding=coding).body) == b"{}"


@pytest.mark.parametrize("codings", [[b"utf-8, gzip"], [b"aws-chunked,gzip"], [b"gzip,"], [b"identity", b"gzip"]])
def test_coding_beside_what_is_none_is_decoded(codings: list[bytes]) -> None:
    """In one header or in two (RFC 9110, 5.3): stores keep what they were given with the file."""
    assert bytes(received(gzip.compress(b"{}"), coding=codings).body) == b"{}"


@given(st.integers(1, 40))
def test_compressed_body_that_ends_early_was_cut_short(left_out: int) -> None:
    """The part that can be decoded is kept, for the message."""
    whole = gzip.compress(b'{"id": "r1", "status": "succeeded", "n": 12345678901234567890}')
    assert received(whole[:-left_out]).problem == "it was cut short"


@pytest.mark.parametrize("body", [b"no gzip", b"\x1f\x8bno gzip", gzip.compress(b"a" * 100)[:-8] + b"12345678"])
def test_body_that_is_not_of_its_coding_cannot_be_decoded(body: bytes) -> None:
    """A wrong checksum counts too; nothing more of it is wanted."""
    response = received(body)
    assert response.problem == "its compressed body cannot be decoded"
    assert not response.wants_more


def test_bytes_after_the_end_of_a_compressed_body_are_ignored() -> None:
    """The end is where the coding says it is."""
    response = received(gzip.compress(b"{}") + b"trailing")
    assert (bytes(response.body), response.problem) == (b"{}", "")


@pytest.mark.parametrize("size", [1, 1000, None])
@pytest.mark.parametrize("coding", [b"gzip", b"identity"])
def test_body_above_the_limit_is_too_large(coding: bytes, size: int | None) -> None:
    """At the limit it is not; above it a start is kept, and nothing more is wanted."""
    for length, is_too_large in ((5000, False), (5001, True)):
        body = b"a" * length
        sent = gzip.compress(body) if coding == b"gzip" else body
        response = received(sent, size=size, limit=5000, coding=coding)
        assert (response.is_too_large, response.wants_more) == (is_too_large, not is_too_large)
        assert body.startswith(response.body)


def test_bomb_is_left_before_it_is_held() -> None:
    """Of a body that would decode to 300 MB hardly more than the limit is ever in memory."""
    inner = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    zeros = bytes(1_000_000)
    bomb = b"".join(inner.compress(zeros) for _ in range(300)) + inner.flush()
    tracemalloc.start()
    response = received(bomb, limit=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert response.is_too_large
    assert len(response.body) <= KEPT_BYTES
    assert peak < 4_000_000
