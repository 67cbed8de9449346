"""Libraries that mock responses, each as its users use it, with nothing passed to the client but a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import respx
from tela_runs import AmbiguousCreateError, APIConnectionError, NotFoundError

from tests.client.callers import FLAVOURS_OVER_HTTP_CLIENT, calling, failure_of

from .creating import create

if TYPE_CHECKING:
    from pytest_httpx import HTTPXMock

KEY = "key-of-the-mock"
API = "https://api.tela.com/v2/chat/completions"
RUN = {"id": "run-1", "status": "succeeded", "output_content": {"content": "done"}}
CREATE = {"async": True, "canvas_id": "canvas-1", "variables": {"name": "ação", "tags": [1, None]}}


def test_respx_intercepts_the_default_client(flavour: str) -> None:
    """The default mocker of respx responds to every kind of request, and sees them as they would be sent."""
    with respx.mock(base_url=API) as router, calling(flavour, KEY) as caller:
        router.post("", json=CREATE).respond(json={**RUN, "status": "created"})
        poll = router.get("/run-1")
        poll.side_effect = [httpx.Response(200, json={**RUN, "status": "running"}), httpx.Response(200, json=RUN)]
        assert create(caller, canvas_id="canvas-1", variables=CREATE["variables"]).status_text == "created"
        assert [run.status_text for run in caller.watch("run-1")] == ["running", "succeeded"]
    request = poll.calls.last.request
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept"] == "application/json"


def test_respx_intercepts_fleets_of_the_default_client(flavour: str) -> None:
    """The threads and tasks of a fleet are intercepted too."""
    ids = [f"run-{number}" for number in range(20)]
    with respx.mock(base_url=API) as router, calling(flavour, KEY) as caller:
        for run_id in ids:
            router.get(f"/{run_id}").respond(json={**RUN, "id": run_id})
        outcomes = caller.wait_all(ids)
    assert {run_id: outcome.output for run_id, outcome in outcomes.items()} == dict.fromkeys(ids, "done")


def test_respx_makes_up_errors(flavour: str) -> None:
    """An error status and a failed connection become the errors that a real server's would."""
    with respx.mock(base_url=API) as router, calling(flavour, KEY, max_retries=0) as caller:
        router.get("/run-1").respond(404, json={"message": "no such run"})
        assert "no such run" in str(failure_of(NotFoundError, caller.retrieve, "run-1"))
        router.get("/run-2").mock(side_effect=httpx.ConnectTimeout("made up"))
        with pytest.raises(TimeoutError, match="run-2"):
            caller.retrieve("run-2")


def test_respx_fails_in_a_function(flavour: str) -> None:
    """What a function raises, respx chains to itself in a ring: it is an error in time all the same."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("made up")

    with respx.mock(base_url=API) as router, calling(flavour, KEY, max_retries=0) as caller:
        router.get("/run-1").mock(side_effect=fail)
        assert "made up" in str(failure_of(APIConnectionError, caller.retrieve, "run-1"))


def test_respx_makes_up_a_failed_connect_of_a_create(flavour: str) -> None:
    """A failed connect that is made up is tried again for a create, and then an APIConnectionError: no run was started.

    A mock reads the body first, as if it had left.
    """
    with respx.mock(base_url=API) as router, calling(flavour, KEY, max_retries=1) as caller:
        route = router.post("").mock(side_effect=httpx.ConnectError("made up"))
        assert type(failure_of(APIConnectionError, create, caller, canvas_id="canvas-1")) is APIConnectionError
        assert route.call_count == 2
        route.mock(side_effect=httpx.ReadError("made up"))
        failure_of(AmbiguousCreateError, create, caller, canvas_id="canvas-1")
        assert route.call_count == 3


def test_pytest_httpx_makes_up_a_failed_connect_of_a_create(flavour: str, httpx_mock: HTTPXMock) -> None:
    """The same with pytest-httpx."""
    httpx_mock.add_exception(httpx.ConnectError("made up"))
    httpx_mock.add_response(json={**RUN, "status": "created"})
    with calling(flavour, KEY, max_retries=1) as caller:
        assert create(caller, canvas_id="canvas-1").id == "run-1"


def test_pytest_httpx_intercepts_the_default_client(flavour: str, httpx_mock: HTTPXMock) -> None:
    """pytest-httpx responds to every kind of request; the body of a create is the JSON that would be sent."""
    httpx_mock.add_response(method="POST", url=API, match_json=CREATE, json={**RUN, "status": "created"})
    httpx_mock.add_response(method="GET", url=f"{API}/run-1", json=RUN, is_reusable=True)
    with calling(flavour, KEY) as caller:
        create(caller, canvas_id="canvas-1", variables=CREATE["variables"])
        assert caller.wait("run-1").output == "done"
        assert [outcome.output for outcome in caller.as_completed(["run-1"])] == ["done"]
    created, *polls = httpx_mock.get_requests()
    assert json.loads(created.content) == CREATE
    assert int(created.headers["content-length"]) == len(created.content)
    assert [request.headers["authorization"] for request in polls] == [f"Bearer {KEY}"] * 2


@pytest.mark.parametrize("flavour", FLAVOURS_OVER_HTTP_CLIENT)
def test_respx_over_httpx_sees_a_callers_client(flavour: str) -> None:
    """A mocker that patches `httpx.Client` instead of the transport sees a client that is passed."""
    with respx.mock(base_url=API, using="httpx") as router, calling(flavour, KEY) as caller:
        router.post("", json=CREATE).respond(json={**RUN, "status": "created"})
        router.get("/run-1").respond(json=RUN)
        create(caller, canvas_id="canvas-1", variables=CREATE["variables"])
        assert caller.wait("run-1").output == "done"


def test_httpx_mock_transport_serves_a_client_that_is_passed(flavour: str) -> None:
    """`httpx.MockTransport` responds for a client that is passed, whose handler can read the body of a create."""
    bodies: list[Any] = []

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            bodies.append(json.loads(request.read()))
        return httpx.Response(200, json=RUN)

    with calling(flavour, KEY, httpx_options={"transport": httpx.MockTransport(respond)}) as caller:
        create(caller, canvas_id="canvas-1", variables=CREATE["variables"])
        assert caller.wait("run-1").output == "done"
    assert bodies == [CREATE]


@pytest.mark.parametrize("flavour", FLAVOURS_OVER_HTTP_CLIENT)
def test_httpx_mock_transport_makes_up_a_failed_connect_of_a_create(flavour: str) -> None:
    """The same with `httpx.MockTransport`; an error that another one led to may be one of a real transport."""
    sent: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise httpx.ConnectError("made up")

    def lose(request: httpx.Request) -> httpx.Response:
        try:
            return refuse(request)
        except httpx.ConnectError:
            raise httpx.ConnectError("lost") from None

    for handler, error, times in ((refuse, APIConnectionError, 2), (lose, AmbiguousCreateError, 1)):
        sent.clear()
        options = {"transport": httpx.MockTransport(handler)}
        with calling(flavour, KEY, max_retries=1, httpx_options=options) as caller:
            assert type(failure_of(error, create, caller, canvas_id="canvas-1")) is error
        assert len(sent) == times
