"""The templates make a working client of operations that the contract does not have, and may come to have."""

from __future__ import annotations

import datetime as dt
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml

from .conftest import generated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import GeneratedPackage

PATH = "/v2/workspaces/{workspace}/runs"
LIST_RUNS = {
    "operationId": "listRuns",
    "tags": ["runs"],
    "security": [{"apiKey": []}],
    "parameters": [
        {"name": "workspace", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "since", "in": "query", "schema": {"type": "string", "format": "date-time"}},
        {"name": "until", "in": "query", "schema": {"type": "string", "format": "date"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
        {"name": "x-compatibility-date", "in": "header", "schema": {"type": "string"}},
        {"name": "session", "in": "cookie", "schema": {"type": "string"}},
    ],
    "responses": {
        "200": {
            "description": "The runs.",
            "content": {
                "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/CanvasRun"}}}
            },
        },
        "204": {"description": "There is none."},
    },
}


@pytest.fixture(scope="module")
def grown(
    contract: dict[str, Any], regenerate: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GeneratedPackage]:
    """The package of a contract with one more operation, which is its `endpoint`."""
    document = deepcopy(contract)
    document["paths"][PATH] = {"get": LIST_RUNS}
    folder = tmp_path_factory.mktemp("grown")
    source = folder / "openapi.yaml"
    source.write_text(yaml.safe_dump(document), encoding="utf-8")
    with generated(regenerate, folder / "grown_tela_api", "list_runs", contract=source) as package:
        yield package


def test_every_kind_of_parameter_is_sent(grown: GeneratedPackage) -> None:
    """Path, query, header and cookie of a built request are what was given, and what was not given is absent."""
    client = grown.client.AuthenticatedClient("https://api.tela.com", "sk-1", cookies={"a": "b"})
    request = grown.endpoint.build_request(
        "a/b",
        client=client,
        since=dt.datetime(2024, 10, 1, tzinfo=dt.UTC),
        until=dt.date(2024, 10, 2),
        x_compatibility_date="2024-10-01",
        session="s-1",
    )
    assert request.url.raw_path == b"/v2/workspaces/a%2Fb/runs?since=2024-10-01T00%3A00%3A00Z&until=2024-10-02"
    assert request.headers["x-compatibility-date"] == "2024-10-01"
    assert request.headers["authorization"] == "Bearer sk-1"
    assert sorted(request.headers["cookie"].split("; ")) == ["a=b", "session=s-1"]


def test_a_list_of_runs_is_read(grown: GeneratedPackage) -> None:
    """A list in a response is typed, item by item; a response without content has nothing parsed."""
    client = grown.client.AuthenticatedClient("https://api.tela.com", "sk-1")
    run = {"id": "a", "status": "created"}
    response = grown.endpoint.read_response(httpx.Response(200, json=[run, None]), client=client)
    assert response.parsed == [grown.models.CanvasRun.from_dict(run), None]
    assert grown.endpoint.read_response(httpx.Response(204), client=client).parsed is None
