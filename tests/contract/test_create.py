"""Starting a run with the generated client: what is sent is what was given, and nothing is sent twice."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from tela_api import AuthenticatedClient
from tela_api.api.runs import create_run
from tela_api.models import (
    CanvasRun,
    CanvasRunStatus,
    CreateRun,
    ErrorBody,
    FreeFormObject,
    MessageRole,
    Override,
    RawMessage,
)

from .document import examples_of
from .test_models import json_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from tela_api.types import Response

    Create = Callable[[CreateRun, AuthenticatedClient], Response[CanvasRun | ErrorBody]]


def create_sync(body: CreateRun, client: AuthenticatedClient) -> Response[CanvasRun | ErrorBody]:
    """Create with the sync client."""
    return create_run.sync_detailed(body=body, client=client)


def create_async(body: CreateRun, client: AuthenticatedClient) -> Response[CanvasRun | ErrorBody]:
    """Create with the async client."""
    return asyncio.run(create_run.asyncio_detailed(body=body, client=client))


both = pytest.mark.parametrize("create", [create_sync, create_async])


def client_for(status: int, body: Any, requests: list[httpx.Request] | None = None) -> AuthenticatedClient:
    """A client whose every request has this response, and is added to `requests`."""

    def handle(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        return httpx.Response(status, content=json.dumps(body))

    return AuthenticatedClient("https://api.tela.com", "sk-1", httpx_args={"transport": httpx.MockTransport(handle)})


@both
def test_a_run_is_started(create: Create) -> None:
    """One POST at the documented address, with the key and the body as JSON, and the run parsed."""
    requests: list[httpx.Request] = []
    client = client_for(200, {"id": "crsv-1", "status": "created"}, requests)
    body = CreateRun(async_=True, canvas_id="c-1", variables=FreeFormObject.from_dict({"Name": "Ada"}))
    response = create(body, client)
    (request,) = requests
    assert (request.method, str(request.url)) == ("POST", "https://api.tela.com/v2/chat/completions")
    assert request.headers["authorization"] == "Bearer sk-1"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {"async": True, "canvas_id": "c-1", "variables": {"Name": "Ada"}}
    assert response.parsed == CanvasRun(id="crsv-1", status=CanvasRunStatus.CREATED)


@both
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422, 429, 500, 503])
def test_a_documented_error_is_returned_parsed(create: Create, status: int) -> None:
    """An error is an ErrorBody, and its request is not sent again."""
    requests: list[httpx.Request] = []
    error = {"code": "C", "message": "m", "status": status, "name": "Error"}
    response = create(CreateRun(async_=True, canvas_id="c"), client_for(status, error, requests))
    assert response.status_code == status
    assert isinstance(response.parsed, ErrorBody)
    assert response.parsed.to_dict() == error
    assert len(requests) == 1


@pytest.mark.parametrize("completion", [{"id": "a", "object": "chat.completion", "choices": []}, "text", [], None])
def test_a_response_of_another_kind_is_not_read_as_a_run(completion: object) -> None:
    """A 200 without the id and status of a run has its body, and nothing parsed."""
    response = create_sync(CreateRun(async_=True, canvas_id="c"), client_for(200, completion))
    assert (response.status_code, response.parsed, json.loads(response.content)) == (200, None, completion)


def test_the_examples_of_a_request_round_trip(contract: dict[str, Any]) -> None:
    """Each example of a body is built from its JSON, and sent equal."""
    examples = examples_of(contract, "CreateRun")
    assert len(examples) >= 2
    for example in examples:
        body = CreateRun.from_dict(example)
        request = create_run.build_request(body=body, client=client_for(200, {}))
        assert json.loads(request.content) == example


def test_every_field_is_sent_under_its_own_name() -> None:
    """What is set is sent with the contract's keys, what is not set is absent, and unknown fields go along."""
    body = CreateRun(
        async_=True,
        canvas_id="c",
        environment_name="staging",
        messages=[RawMessage(role=MessageRole.USER, content="Hi")],
        override=Override(model="gpt-4o", temperature=0),
        webhook_url="https://example.com/hook",
        tags=["a"],
    )
    body["brandNew"] = {"inputContent": 1}
    assert body.to_dict() == {
        "async": True,
        "canvas_id": "c",
        "environment_name": "staging",
        "messages": [{"role": "user", "content": "Hi"}],
        "override": {"model": "gpt-4o", "temperature": 0},
        "webhook_url": "https://example.com/hook",
        "tags": ["a"],
        "brandNew": {"inputContent": 1},
    }


@pytest.mark.parametrize("key", ["canvas_id", "canvasId", "webhookUrl", "inputContent", "type", "async"])
def test_keys_of_the_user_are_never_renamed(key: str) -> None:
    """A user's key that is spelled as one of the API's is sent as it is, wherever users' keys stand."""
    users = {key: {key: [1, None]}}
    sent = {
        "async": True,
        "version_id": "v",
        "variables": users,
        "messages": [{"role": "user", "content": {"file_url": "data:,a", "options": users}}],
        "override": {
            "functions": [{"parameters": {"type": "object", "properties": users}}],
            "structured_output": {"enabled": True, "schema": {"type": "object", "properties": users}},
        },
    }
    request = create_run.build_request(body=CreateRun.from_dict(sent), client=client_for(200, {}))
    assert json.loads(request.content) == sent


@given(variables=json_values.map(lambda value: {"any": value}))
def test_any_variable_is_kept_as_given(variables: dict[str, Any]) -> None:
    """Whatever JSON a variable is, the body has it equal."""
    body = CreateRun(async_=True, canvas_id="c", variables=FreeFormObject.from_dict(variables))
    assert CreateRun.from_dict(json.loads(json.dumps(body.to_dict()))).to_dict()["variables"] == variables
