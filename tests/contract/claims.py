"""What the overrides in `templates/` are for: claims, each a behaviour of the generated package. Here: its client."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import TYPE_CHECKING, Any
from unittest import mock

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import GeneratedPackage

TOKEN = "sk-0123456789"
RUN = {"id": "a", "status": "created"}


CLAIMS: list[tuple[str, Callable[[GeneratedPackage], None]]] = []


def claim(
    template: str,
) -> Callable[[Callable[[GeneratedPackage], None]], Callable[[GeneratedPackage], None]]:
    """Note a function as what the override of `template` is for."""

    def note(check: Callable[[GeneratedPackage], None]) -> Callable[[GeneratedPackage], None]:
        CLAIMS.append((template, check))
        return check

    return note


def pickled(value: Any) -> Any:
    """A value that has been through a pickle."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - made right here


def client(
    api: GeneratedPackage,
    response: httpx.Response | None = None,
    requests: list[httpx.Request] | None = None,
    **settings: Any,
) -> Any:
    """A client whose every request gets `response`, and is added to `requests`."""

    def handle(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        return response or httpx.Response(404, json={})

    transport = httpx.MockTransport(handle)
    return api.client.AuthenticatedClient(
        "https://api.tela.com", TOKEN, httpx_args={"transport": transport}, **settings
    )


@claim("endpoint_module.py.jinja")
def accepts_every_status(api: GeneratedPackage) -> None:
    """A status that `http.HTTPStatus` does not know is given back as a number."""
    for status in (299, 499, 520, 599):
        sent = httpx.Response(status, json={"message": "m"})
        response = api.endpoint.sync_detailed("a", client=client(api, sent))
        assert response.status_code == status
        assert type(response.status_code) is int


@claim("endpoint_module.py.jinja")
def keeps_the_status_of_an_unreadable_error(api: GeneratedPackage) -> None:
    """An error whose body is not JSON still has its status, its headers and its body."""
    sent = httpx.Response(502, html="<h1>Bad gateway</h1>", headers={"x-request-id": "r1"})
    response = api.endpoint.sync_detailed("a", client=client(api, sent))
    assert (response.status_code, response.parsed) == (502, None)
    assert response.content == b"<h1>Bad gateway</h1>"
    assert response.headers["x-request-id"] == "r1"


@claim("endpoint_module.py.jinja")
def keeps_the_status_of_a_success_that_is_not_a_run(api: GeneratedPackage) -> None:
    """A 200 whose body is not a run, whatever it is, is a response without a parsed run."""
    nested = b"[" * 200_000
    digits = b'{"id": "a", "status": ' + b"9" * 6000 + b"}"
    for body in (b"", b"null", b"[]", b"{}", b'"a"', b"<html>", b"\xff\xfe\xfa", b'{"id": "a"', nested, digits):
        response = api.endpoint.sync_detailed("a", client=client(api, httpx.Response(200, content=body)))
        assert (response.status_code, response.content, response.parsed) == (200, body, None)


@claim("endpoint_module.py.jinja")
def rejects_ids_that_lead_elsewhere(api: GeneratedPackage) -> None:
    """The ids that no encoding can hold are rejected before anything is sent."""
    for run_id in ("", ".", ".."):
        requests: list[httpx.Request] = []
        with pytest.raises(ValueError, match=r"^id must not be"):
            api.endpoint.sync_detailed(run_id, client=client(api, requests=requests))
        assert requests == []


@claim("endpoint_module.py.jinja")
def works_with_any_sender(api: GeneratedPackage) -> None:
    """The request of an operation can be built, sent by other means, and its response read."""
    one = client(api)
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=RUN))) as sender:
        response = sender.send(api.endpoint.build_request("a", client=one))
    assert api.endpoint.read_response(response, client=one).parsed == api.models.CanvasRun.from_dict(RUN)


@claim("errors.py.jinja")
def pickles_its_error(api: GeneratedPackage) -> None:
    """The error for an undocumented response gets through a pickle whole."""
    error = pickled(api.errors.UnexpectedStatus(299, b"body"))
    assert (error.status_code, error.content) == (299, b"body")
    assert str(error) == "Unexpected status code: 299\n\nResponse content:\nbody"


@claim("errors.py.jinja")
def bounds_the_message_of_its_error(api: GeneratedPackage) -> None:
    """The message shows the beginning of a long body; the error holds all of it."""
    error = api.errors.UnexpectedStatus(299, b"x" * 1_000_000)
    assert len(str(error)) < 600
    assert len(error.content) == 1_000_000


@claim("client.py.jinja")
def shows_its_token_nowhere(api: GeneratedPackage) -> None:
    """The token is in no repr, not among the default headers, not in the caller's dict, but in the request."""
    headers = {"x-team": "a"}
    requests: list[httpx.Request] = []
    one = client(api, requests=requests, headers=headers)
    assert TOKEN not in repr(one)
    api.endpoint.sync_detailed("a", client=one)
    assert requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert requests[0].headers["x-team"] == "a"
    assert headers == {"x-team": "a"}
    assert TOKEN not in repr(one)
    live = one.get_httpx_client()
    assert "authorization" not in live.headers
    assert TOKEN not in repr(vars(live))
    assert TOKEN not in repr(vars(live.auth))


@claim("client.py.jinja")
def does_not_pickle_its_token(api: GeneratedPackage) -> None:
    """A client cannot be pickled or copied, and says why."""
    for copying in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"AuthenticatedClient cannot be pickled or copied.*token"):
            copying(api.client.AuthenticatedClient("https://api.tela.com", TOKEN))
        with pytest.raises(TypeError, match=r"^Client cannot be pickled or copied.*connections:"):
            copying(api.client.Client("https://api.tela.com"))


@claim("client.py.jinja")
def has_a_finite_timeout(api: GeneratedPackage) -> None:
    """A client that is given no timeout waits 30 s, not for ever."""
    assert client(api).get_httpx_client().timeout == httpx.Timeout(30.0)
    assert api.client.Client("https://api.tela.com").get_httpx_client().timeout == httpx.Timeout(30.0)


@claim("client.py.jinja")
def leaves_the_original_alone(api: GeneratedPackage) -> None:
    """`with_headers`, `with_cookies` and `with_timeout` make a new client, and change no live one."""
    one = client(api)
    live, alive = one.get_httpx_client(), one.get_async_httpx_client()
    new = one.with_headers({"x-new": "1"}).with_cookies({"new": "1"}).with_timeout(httpx.Timeout(1.0))
    for old in (live, alive):
        assert "x-new" not in old.headers
        assert "new" not in old.cookies
        assert old.timeout == httpx.Timeout(30.0)
    assert new.get_httpx_client() is not live
    assert new.get_httpx_client().headers["x-new"] == "1"
    assert new.get_httpx_client().cookies["new"] == "1"
    assert new.get_httpx_client().timeout == httpx.Timeout(1.0)
    assert new.token == TOKEN


@claim("client.py.jinja")
def builds_requests_without_an_httpx_client(api: GeneratedPackage) -> None:
    """A request is built with the settings of the client, and no connection pool or TLS context for it."""
    one = client(api)
    request = one.build_request("get", "/v2/x")
    assert (request.method, str(request.url)) == ("GET", "https://api.tela.com/v2/x")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert one._client is None


@claim("client.py.jinja")
def builds_one_client_for_all_threads(api: GeneratedPackage) -> None:
    """Threads that use a client for the first time at once share one httpx client."""
    one = client(api)
    others = threading.Event()
    built: list[None] = []

    def build(**settings: Any) -> httpx.Client:
        # The first waits a moment for a second to come: which can happen only when nothing keeps it out.
        built.append(None)
        if len(built) > 1:
            others.set()
        others.wait(0.3)
        return original(**settings)

    original = httpx.Client
    with mock.patch.object(httpx, "Client", build):
        threads = [threading.Thread(target=one.get_httpx_client) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(built) == 1
