"""Runs started over HTTP, with what is documented of it."""

import json
import logging
import queue
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tela_runs.emulator import Close, Delay, Emulator, Request, Reset, Status

from .conftest import HandClock

Post = Callable[..., httpx.Response]


@pytest.fixture
def post(tela: Emulator) -> Post:
    """Send a create, asynchronous unless it says otherwise, and give the response."""

    def posting(**body: Any) -> httpx.Response:
        key = {"Authorization": f"Bearer {tela.api_key}"}
        return httpx.post(f"{tela.url}/v2/chat/completions", json={"async": True, **body}, headers=key)

    return posting


def test_a_create_starts_a_run(tela: Emulator, http: httpx.Client, post: Post, clock: HandClock) -> None:
    """The response is the run as created; retrieved later, it has proceeded, and it holds the request."""
    tela.add_canvas("c", output={"total": 42}, created_for=1, running_for=2, version_id="v1")
    variables = {"user_id": 7, "document": {"file_url": "https://x/a.pdf"}}
    created = post(canvas_id="c", variables=variables, messages=[{"role": "user", "content": "Hi"}], tags=["a"]).json()
    assert (created["status"], created["output_content"]) == ("created", None)
    assert created["raw_input"]["variables"] == created["input_content"]["variables"] == variables
    assert (created["raw_input"]["canvas_id"], created["raw_input"]["tags"]) == ("c", ["a"])
    assert created["prompt_version_id"] == "v1"
    states = []
    for clock.now in (1001.0, 1003.0):
        states.append(http.get(created["id"]).json())
    assert [state["status"] for state in states] == ["running", "succeeded"]
    assert states[1]["output_content"]["content"] == {"total": 42}


def test_each_create_starts_a_run_of_its_own(tela: Emulator, post: Post) -> None:
    """Two like creates give two runs, and the journal shows both, with what was sent."""
    tela.add_canvas("c")
    ids = [post(canvas_id="c").json()["id"] for _ in range(2)]
    assert ids[0] != ids[1]
    assert [(request.method, request.run_id, request.status) for request in tela.requests] == [
        ("POST", run_id, 200) for run_id in ids
    ]
    assert json.loads(tela.requests[0].body) == {"async": True, "canvas_id": "c"}


def test_an_output_may_be_made_from_the_request(tela: Emulator, http: httpx.Client, post: Post) -> None:
    """A function of the request's body makes the output of each run."""
    tela.add_canvas("c", output=lambda body: body["variables"]["n"] * 2, created_for=0, running_for=0)
    ids = [post(canvas_id="c", variables={"n": n}).json()["id"] for n in (1, 2)]
    assert [http.get(run_id).json()["output_content"]["content"] for run_id in ids] == [2, 4]


def test_a_function_that_raises_is_a_500(tela: Emulator, post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """What the function raises, and what it gives that is not JSON, comes as an error and in the log."""
    tela.add_canvas("c", output=lambda body: body["missing"])
    tela.add_canvas("d", output=lambda _body: {1, 2})
    with caplog.at_level(logging.ERROR):
        messages = [post(canvas_id=canvas_id).json()["message"] for canvas_id in "cd"]
    assert messages[0] == "The output of canvas c cannot be made: KeyError('missing')"
    assert "not JSON serializable" in messages[1]
    assert len(caplog.records) == 2


def test_runs_of_a_canvas_may_fail(tela: Emulator, http: httpx.Client, post: Post) -> None:
    """`fails` lets each run of the canvas end as failed."""
    tela.add_canvas("c", fails=True, created_for=0, running_for=0)
    assert http.get(post(canvas_id="c").json()["id"]).json()["status"] == "failed"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, []),
        ({"canvas_id": "c", "version_id": "v"}, []),
        ({"version_id": "v", "environment_name": "staging"}, []),
        ({"canvas_id": 5}, ["canvas_id"]),
        ({"canvas_id": "c", "environment_name": "Not-this"}, ["environment_name"]),
        ({"canvas_id": "c", "environment_name": "a--b"}, ["environment_name"]),
        ({"canvas_id": "c", "environment_name": "a" * 65}, ["environment_name"]),
        ({"canvas_id": "c", "variables": []}, ["variables"]),
        ({"canvas_id": "c", "messages": [5]}, ["messages", 0]),
        ({"canvas_id": "c", "override": {"temperature": "hot"}}, ["override", "temperature"]),
        ({"canvas_id": "c", "async": "yes"}, ["async"]),
        ({"canvas_id": "c", "async": False}, ["async"]),
    ],
)
def test_what_the_contract_does_not_allow_is_a_400(
    tela: Emulator, post: Post, body: dict[str, Any], path: list[str | int]
) -> None:
    """The error is the documented one, and its details say where the mistake is."""
    tela.add_canvas("c", version_id="v")
    error = post(**body).json()
    assert (error["code"], error["status"], error["name"]) == ("BAD_REQUEST", 400, "Error")
    assert error["message"] == "The request body is not valid."
    assert [detail["path"] for detail in error["details"]] == [path]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_a_400(tela: Emulator, content: bytes) -> None:
    """A body that cannot be read is rejected like one that is not allowed."""
    key = {"Authorization": f"Bearer {tela.api_key}"}
    response = httpx.post(f"{tela.url}/v2/chat/completions", content=content, headers=key)
    assert response.status_code == 400
    assert response.json()["message"].startswith("The request body is not JSON: ")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"canvas_id": "b"}, 404),
        ({"version_id": "w"}, 404),
        ({"canvas_id": "c", "environment_name": "staging"}, 404),
        ({"canvas_id": "c", "environment_name": "production"}, 200),
        ({"canvas_id": "c"}, 200),
        ({"version_id": "v"}, 200),
        ({"canvas_id": "d", "environment_name": "any"}, 200),
    ],
)
def test_only_what_was_added_can_be_run(tela: Emulator, post: Post, body: dict[str, str], status: int) -> None:
    """An unknown canvas, version or environment is a 404 that names the canvases there are."""
    tela.add_canvas("c", version_id="v", environments=["production"])
    tela.add_canvas("d")
    response = post(**body)
    assert response.status_code == status
    if status == 404:
        assert response.json()["message"].endswith("the canvases are: c, d.")


def test_without_a_canvas_nothing_can_be_run(post: Post) -> None:
    """The 404 says how to add one."""
    error = post(canvas_id="c").json()
    assert (error["status"], error["message"]) == (404, "There is no canvas: add one to the emulator with add_canvas.")


def test_a_create_needs_the_key(tela: Emulator) -> None:
    """Without it nothing starts."""
    tela.add_canvas("c")
    assert httpx.post(f"{tela.url}/v2/chat/completions", json={"async": True, "canvas_id": "c"}).status_code == 401
    assert tela.requests[0].run_id is None


def test_a_canvas_added_again_is_replaced(tela: Emulator, post: Post) -> None:
    """Later creates find the new one, and not the version of the old one."""
    tela.add_canvas("c", version_id="v1")
    tela.add_canvas("c", version_id="v2")
    assert post(canvas_id="c").json()["prompt_version_id"] == "v2"
    assert post(version_id="v1").status_code == 404


@pytest.mark.parametrize("wrong", [{"running_for": -1}, {"created_for": float("nan")}, {"output": {1}}])
def test_a_canvas_that_cannot_run_is_rejected_when_added(wrong: dict[str, Any]) -> None:
    """What would make every create fail is reported at once."""
    with pytest.raises((TypeError, ValueError), match=r"running_for|created_for|JSON"):
        Emulator().add_canvas("c", **wrong)


def test_a_fault_may_be_for_creates_alone(tela: Emulator, http: httpx.Client, post: Post) -> None:
    """`method` keeps a fault for creates, or for requests about runs."""
    tela.add_canvas("c")
    tela.inject(Status(503), method="POST")
    tela.inject(Status(504), method="GET")
    assert [http.get("x").status_code, post(canvas_id="c").status_code] == [504, 503]
    assert [request.fault for request in tela.requests] == ["Status", "Status"]


def test_a_gateway_that_rejects_a_create_starts_no_run(tela: Emulator, post: Post) -> None:
    """A fault in place of the API's response leaves the API alone; one that cuts it off does not."""
    tela.add_canvas("c")
    tela.inject(Status(503))
    tela.inject(Reset())
    tela.inject(Close(after_bytes=50))
    post(canvas_id="c")
    for error in (httpx.ReadError, httpx.RemoteProtocolError):
        with pytest.raises(error):
            post(canvas_id="c")
    assert [request.run_id is not None for request in tela.requests] == [False, True, True]


def test_a_create_whose_client_leaves_starts_a_run(tela: Emulator) -> None:
    """As in the world: who gives up waiting for the response has started a run all the same."""
    requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
    with Emulator(on_request=requests.put) as server:
        server.add_canvas("c")
        server.inject(Delay(60))
        key = {"Authorization": f"Bearer {server.api_key}"}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{server.url}/v2/chat/completions", json={"async": True, "canvas_id": "c"}, headers=key, timeout=0.2
            )
        assert requests.get(timeout=5).run_id is not None
