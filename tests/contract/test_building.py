"""`build_request`: what it builds is what an httpx client with the same settings builds."""

from __future__ import annotations

import traceback
from typing import Any

import attrs
import httpx
import pytest
from tela_api import AuthenticatedClient, Client

TOKEN = "sk-0123456789"
SETTINGS: dict[str, Any] = {
    "base_url": "https://api.tela.com/base/",
    "headers": {"x-team": "a", "user-agent": "mine"},
    "cookies": {"session": "1"},
    "timeout": httpx.Timeout(5.0, read=7.0),
}


def described(request: httpx.Request) -> tuple[Any, ...]:
    """All that is sent of a request, and its extensions."""
    headers = sorted((key.lower(), value) for key, value in request.headers.multi_items())
    return request.method, request.url, headers, request.read(), request.extensions


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"params": {"limit": 5, "q": "a b"}},
        {"json": {"variables": {"é": [1, None]}}},
        {"content": b"raw"},
        {"data": {"a": "b"}},
        {"headers": {"X-Team": "b", "x-other": "c"}},
        {"cookies": {"session": "2", "other": "3"}},
        {"extensions": {"timeout": {"connect": 1.0}, "sni_hostname": "a.example"}},
    ],
    ids=",".join,
)
def test_a_built_request_equals_the_one_of_an_httpx_client(extra: dict[str, Any]) -> None:
    """Base URL, default and own headers, cookies, timeout and body are those of httpx's own `build_request`."""
    expected = httpx.Client(**SETTINGS).build_request("POST", "/v2/chat/completions", **extra)
    assert described(Client(**SETTINGS).build_request("POST", "/v2/chat/completions", **extra)) == described(expected)


@pytest.mark.parametrize("path", ["/v2/x", "v2/x", "//evil.example/v2/x", "https://evil.example/"])
def test_no_path_leaves_the_host_of_the_base_url(path: str) -> None:
    """Whatever stands for the path, the token goes to the host of the base URL alone."""
    assert AuthenticatedClient("https://api.tela.com", TOKEN).build_request("GET", path).url.host == "api.tela.com"


def test_a_client_without_timeout_builds_requests_without() -> None:
    """`timeout=None` is no limit, in the form that transports read."""
    request = Client("https://api.tela.com", timeout=None).build_request("GET", "/")
    assert request.extensions["timeout"] == {"connect": None, "read": None, "write": None, "pool": None}


def test_the_token_wins_over_headers() -> None:
    """Neither the headers of the client nor those of a request replace the token; other requests keep none of them."""
    client = AuthenticatedClient(
        "https://api.tela.com", TOKEN, prefix="", auth_header_name="X-Key", headers={"x-key": "a"}
    )
    request = client.build_request("GET", "/", headers={"X-KEY": "b", "x-once": "1"})
    assert request.headers.get_list("x-key") == [TOKEN]
    assert "x-once" not in client.build_request("GET", "/").headers


def test_a_request_of_ones_own_changes_no_other() -> None:
    """What a caller adds to a built request stays with that request."""
    client = AuthenticatedClient("https://api.tela.com", TOKEN)
    client.build_request("GET", "/").headers["traceparent"] = "00-1"
    assert "traceparent" not in client.build_request("GET", "/").headers


def test_new_settings_reach_the_requests_of_the_new_client_alone() -> None:
    """`with_headers` of a client that has built requests makes one whose requests have the headers."""
    client = AuthenticatedClient("https://api.tela.com", TOKEN)
    client.build_request("GET", "/")
    assert client.with_headers({"x-new": "1"}).build_request("GET", "/").headers["x-new"] == "1"
    assert "x-new" not in client.build_request("GET", "/").headers


def test_building_shows_the_token_nowhere() -> None:
    """After a request was built, and in the traceback of one that cannot be, with local variables: no token."""
    client = AuthenticatedClient("https://api.tela.com", TOKEN, auth_header_name="X-Key")
    client.build_request("GET", "/")
    assert TOKEN not in repr(client)
    assert TOKEN not in repr(attrs.asdict(client))
    with pytest.raises(TypeError) as caught:
        client.build_request("POST", "/", json=object())
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert TOKEN not in "".join(shown.format())
