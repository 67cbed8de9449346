"""The generated client on the wire: what it sends, and what it makes of the response, sync and async."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_api import AuthenticatedClient, Client
from tela_api.api.runs import retrieve_run
from tela_api.errors import UnexpectedStatus
from tela_api.models import CanvasRun, CanvasRunStatus, ErrorBody

if TYPE_CHECKING:
    from collections.abc import Callable

    from tela_api.types import Response

    Retrieve = Callable[[str, AuthenticatedClient], Response[CanvasRun | ErrorBody]]

TOKEN = "sk-0123456789"
PREFIX = "/v2/chat/completions/"
CLIENT = AuthenticatedClient("https://api.tela.com", TOKEN)


def retrieve_sync(run_id: str, client: AuthenticatedClient) -> Response[CanvasRun | ErrorBody]:
    """Retrieve with the sync client."""
    return retrieve_run.sync_detailed(run_id, client=client)


def retrieve_async(run_id: str, client: AuthenticatedClient) -> Response[CanvasRun | ErrorBody]:
    """Retrieve with the async client."""
    return asyncio.run(retrieve_run.asyncio_detailed(run_id, client=client))


both = pytest.mark.parametrize("retrieve", [retrieve_sync, retrieve_async])


def client_of(
    response: httpx.Response, requests: list[httpx.Request] | None = None, **settings: Any
) -> AuthenticatedClient:
    """A client whose every request gets `response`, and is added to `requests`."""

    def handle(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        # A response can be sent once; a sync one not at all by an async client.
        return httpx.Response(response.status_code, headers=response.headers, content=response.content)

    settings.setdefault("httpx_args", {})["transport"] = httpx.MockTransport(handle)
    settings.setdefault("base_url", "https://api.tela.com")
    return AuthenticatedClient(token=TOKEN, **settings)


@both
def test_a_run_is_retrieved(retrieve: Retrieve) -> None:
    """One GET at the documented address, with the key, and the run parsed."""
    requests: list[httpx.Request] = []
    sent = httpx.Response(200, json={"id": "crsv-1", "status": "succeeded"})
    response = retrieve("crsv-1", client_of(sent, requests))
    (request,) = requests
    assert (request.method, str(request.url)) == ("GET", "https://api.tela.com/v2/chat/completions/crsv-1")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert response.parsed == CanvasRun(id="crsv-1", status=CanvasRunStatus.SUCCEEDED)
    assert response.status_code == 200


@both
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422, 429, 500, 503, 529])
def test_a_documented_error_is_returned_parsed(retrieve: Retrieve, status: int) -> None:
    """An error in the documented form, of any number in the documented ranges, is an ErrorBody."""
    body = {"code": "C", "message": "m", "status": status, "name": "Error", "details": [1]}
    response = retrieve("a", client_of(httpx.Response(status, json=body)))
    assert response.status_code == status
    assert isinstance(response.parsed, ErrorBody)
    assert response.parsed.to_dict() == body


@both
@pytest.mark.parametrize("status", [200, 299, 302, 404, 502, 520])
def test_an_undocumented_response_is_raised_on_request(retrieve: Retrieve, status: int) -> None:
    """With raise_on_unexpected_status, a body that cannot be read is an UnexpectedStatus that has it."""
    client = client_of(httpx.Response(status, text="<h1>"), raise_on_unexpected_status=True)
    with pytest.raises(UnexpectedStatus) as caught:
        retrieve("a", client)
    assert (caught.value.status_code, caught.value.content) == (status, b"<h1>")


@both
def test_a_redirect_is_not_followed(retrieve: Retrieve) -> None:
    """A redirect is a response like any other: the key goes nowhere else."""
    requests: list[httpx.Request] = []
    sent = httpx.Response(302, headers={"location": "https://elsewhere.example/"})
    response = retrieve("a", client_of(sent, requests))
    assert (response.status_code, response.parsed, len(requests)) == (302, None, 1)


@pytest.mark.parametrize(
    ("run_id", "path"),
    [
        ("crsv-i52z8vnqekc", "crsv-i52z8vnqekc"),
        ("../x", "..%2Fx"),
        ("a?b=1", "a%3Fb%3D1"),
        ("a#b", "a%23b"),
        ("%2e%2e", "%252e%252e"),
        ("...", "..."),
        ("https://evil.example/", "https%3A%2F%2Fevil.example%2F"),
        ("a\r\nX: y", "a%0D%0AX%3A%20y"),
        ("é\u2028", "%C3%A9%E2%80%A8"),
        ("a\\..\\b;c", "a%5C..%5Cb%3Bc"),
        (" ", "%20"),
    ],
)
def test_an_id_stays_one_segment_of_the_path(run_id: str, path: str) -> None:
    """Whatever an id holds, it is sent encoded, as the last segment of the documented path."""
    requests: list[httpx.Request] = []
    retrieve_sync(run_id, client_of(httpx.Response(404, json={}), requests))
    assert requests[0].url.raw_path == (PREFIX + path).encode()
    assert requests[0].url.host == "api.tela.com"


@given(st.text())
def test_no_id_reaches_another_path(run_id: str) -> None:
    """Any text is refused, or is one segment that decodes to itself."""
    if run_id in ("", ".", ".."):
        with pytest.raises(ValueError, match=r"^id must not be"):
            retrieve_run.build_request(run_id, client=CLIENT)
        return
    url = retrieve_run.build_request(run_id, client=CLIENT).url
    assert url.host == "api.tela.com"
    assert url.path == PREFIX + run_id
    assert url.raw_path.count(b"/") == PREFIX.count("/")
    assert (url.query, url.fragment) == (b"", "")


def test_a_lone_surrogate_is_rejected() -> None:
    """An id that has no encoding is a ValueError."""
    with pytest.raises(ValueError, match="surrogates not allowed"):
        retrieve_run.build_request("\ud800", client=CLIENT)


def test_the_token_goes_out_as_configured() -> None:
    """Prefix and header name are the caller's to choose, and the token wins over a header of that name."""
    requests: list[httpx.Request] = []
    headers = {"X-Key": "other"}
    client = client_of(httpx.Response(404, json={}), requests, prefix="", auth_header_name="X-Key", headers=headers)
    retrieve_sync("a", client)
    retrieve_async("a", client)
    assert [request.headers["x-key"] for request in requests] == [TOKEN, TOKEN]
    assert "authorization" not in requests[0].headers
    assert headers == {"X-Key": "other"}


def test_the_callers_own_auth_comes_first() -> None:
    """An `auth` in httpx_args replaces the token's, as anything in httpx_args does."""
    requests: list[httpx.Request] = []
    client = client_of(httpx.Response(404, json={}), requests, httpx_args={"auth": ("user", "pass")})
    retrieve_sync("a", client)
    assert requests[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize("token", ["sk-1\r\nX: y", "sk-é", " sk-1", "sk-1\n", "sk\x00"])
def test_a_token_that_no_header_can_carry_is_rejected(token: str) -> None:
    """Such a token is refused when the client is made, by an error that does not show it."""
    with pytest.raises(ValueError, match="token holds a character") as caught:
        AuthenticatedClient("https://api.tela.com", token)
    assert "sk" not in str(caught.value)


def test_secrets_of_the_caller_are_in_no_repr() -> None:
    """Headers, cookies and httpx settings may hold secrets, so a client shows none of them."""
    client = Client(
        "https://api.tela.com",
        headers={"x": "secret"},
        cookies={"c": "secret"},
        httpx_args={"proxy": "http://user:secret@localhost:1"},
    )
    assert "secret" not in repr(client)
    assert "https://api.tela.com" in repr(client)


def test_clients_with_different_tokens_differ() -> None:
    """Hiding the token does not make all clients equal."""
    one = AuthenticatedClient("https://api.tela.com", "a")
    assert one == AuthenticatedClient("https://api.tela.com", "a")
    assert one != AuthenticatedClient("https://api.tela.com", "b")


def test_a_client_of_ones_own_is_used() -> None:
    """`set_httpx_client` puts the caller's client in the place of the generated one."""
    mine = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(404, json={})))
    client = AuthenticatedClient("https://api.tela.com", TOKEN).set_httpx_client(mine)
    assert client.get_httpx_client() is mine


def test_leaving_the_context_closes_the_client() -> None:
    """A client in a `with` closes its connections at the end, in both worlds."""
    client = client_of(httpx.Response(404, json={}))

    async def enter() -> None:
        async with client:
            assert not client.get_async_httpx_client().is_closed

    with client:
        assert not client.get_httpx_client().is_closed
    asyncio.run(enter())
    assert client.get_httpx_client().is_closed
    assert client.get_async_httpx_client().is_closed


def test_a_response_survives_a_pickle() -> None:
    """A response with a parsed run gets to another process whole."""
    sent = httpx.Response(200, json={"id": "a", "status": "completed"})
    response = retrieve_sync("a", client_of(sent))
    again = pickle.loads(pickle.dumps(response))  # noqa: S301 - made right here
    assert (again.status_code, again.content, again.parsed) == (200, response.content, response.parsed)
