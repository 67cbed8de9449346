"""What a create sends, in each flavour: every field as given, files, the schema of a type; and what it never sends."""

from __future__ import annotations

import logging
import traceback
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from anyio.from_thread import start_blocking_portal
from pydantic import BaseModel
from tela_runs import (
    APIConnectionError,
    AsyncRunsClient,
    ConfigurationError,
    File,
    FixedPacing,
    NotFoundError,
    Outcome,
    Run,
    RunsClient,
    WaitTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tela_runs.emulator import Emulator

CANVAS = "0b9e2f3a-canvas"


class Invoice(BaseModel):
    """What a canvas is asked for."""

    number: str


@pytest.fixture
def call(flavour: str, server: Emulator) -> Callable[..., Run]:
    """Call a method of a client of this flavour."""
    settings: dict[str, Any] = {"base_url": server.url, "pacing": FixedPacing(0.05)}

    def sync(method: str, **options: Any) -> Run:
        with RunsClient(server.api_key, **settings) as runs:
            run: Run = getattr(runs, method)(**options)
            return run

    async def calling(method: str, options: dict[str, Any]) -> Run:
        async with AsyncRunsClient(server.api_key, **settings) as runs:
            run: Run = await getattr(runs, method)(**options)
            return run

    def through_a_portal(method: str, **options: Any) -> Run:
        with start_blocking_portal(flavour) as portal:
            run: Run = portal.call(calling, method, options)
            return run

    return sync if flavour == "sync" else through_a_portal


@pytest.fixture
def bodies(server: Emulator) -> list[dict[str, Any]]:
    """The bodies of the creates that the server receives."""
    received: list[dict[str, Any]] = []

    def output(body: dict[str, Any]) -> str:
        received.append(body)
        return "Done."

    server.add_canvas(CANVAS, version_id="a-version", output=output, created_for=0.1, running_for=0.1)
    return received


def test_every_field_reaches_the_server_as_given(call: Callable[..., Run], bodies: list[dict[str, Any]]) -> None:
    """Those that are documented, and others by `extra_body`; the keys of the user are not renamed."""
    fields = {
        "canvas_id": CANVAS,
        "environment_name": "staging",
        "variables": {"userKey": "é\u2028", "user_key": 2**70, "Ünï 'x'": [1.5, None, {"a.b": [True, ()]}], "": {}},
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Read this."}]}],
        "override": {"model": "a-model", "temperature": 0.5, "functions": [{"name": "f", "parameters": {}}]},
        "webhook_url": "http://127.0.0.1:9/tela",
    }
    run = call("create", **fields, extra_body={"tags": ["nightly"], "futureField": {"x": 1}})
    expected = {**fields, "async": True, "tags": ["nightly"], "futureField": {"x": 1}}
    variables = {**fields["variables"], "Ünï 'x'": [1.5, None, {"a.b": [True, []]}]}  # type: ignore[dict-item]
    assert bodies == [{**expected, "variables": variables}]
    assert run.status_text == "created"


def test_what_is_not_given_is_not_sent(call: Callable[..., Run], bodies: list[dict[str, Any]]) -> None:
    """A version alone is enough."""
    call("create", version_id="a-version")
    assert bodies == [{"version_id": "a-version", "async": True}]


def test_body_has_a_content_length(call: Callable[..., Run], bodies: list[dict[str, Any]], server: Emulator) -> None:
    """Also where a large file makes it many pieces; the file is an object with a data URL."""
    document = File.from_bytes(bytes(3_000_000), mime_type="application/pdf", name="a.pdf", options={"range": "1"})
    call("create", canvas_id=CANVAS, variables={"documents": [document, File.from_url("https://example.com/b.pdf")]})
    prefix = "data:application/pdf;base64,"
    assert bodies[0]["variables"]["documents"] == [
        {"file_url": prefix + "A" * 4_000_000, "options": {"range": "1"}, "file_name": "a.pdf"},
        {"file_url": "https://example.com/b.pdf"},
    ]
    headers = server.requests[0].headers
    assert 4_000_000 < int(headers["content-length"]) < 4_001_000
    assert headers["content-type"] == "application/json"
    assert "transfer-encoding" not in headers


def test_output_type_is_sent_as_structured_output(call: Callable[..., Run], bodies: list[dict[str, Any]]) -> None:
    """Beside the rest of an override."""
    call("create", canvas_id=CANVAS, override={"temperature": 0}, output_type=Invoice)
    assert bodies[0]["override"] == {
        "temperature": 0,
        "structured_output": {
            "enabled": True,
            "schema": {
                "type": "object",
                "title": "Invoice",
                "description": "What a canvas is asked for.",
                "properties": {"number": {"type": "string", "title": "Number"}},
                "required": ["number"],
            },
        },
    }


def test_create_and_wait_hands_over_the_created_run_first(
    call: Callable[..., Run], bodies: list[dict[str, Any]]
) -> None:
    """So that an application can store its id; then comes what `wait` gives."""
    seen: list[str] = []
    run = call("create_and_wait", canvas_id=CANVAS, on_update=lambda run: seen.append(run.status_text), timeout=30)
    assert (run.output, len(bodies)) == ("Done.", 1)
    assert (seen[0], seen[-1]) == ("created", "succeeded")


def test_create_and_wait_that_times_out_names_the_run(call: Callable[..., Run], server: Emulator) -> None:
    """It goes on at Tela: with its id it can be waited for. The timeout may be of any type of number."""
    server.add_canvas(CANVAS, running_for=600)
    with pytest.raises(WaitTimeoutError) as caught:
        call("create_and_wait", canvas_id=CANVAS, timeout=Decimal("0.3"))
    assert caught.value.run_id == next(request.run_id for request in server.requests if request.method == "POST")
    assert caught.value.run is not None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "exactly one of canvas_id and version_id"),
        ({"canvas_id": CANVAS, "version_id": "a-version"}, "exactly one of canvas_id and version_id"),
        ({"version_id": "a-version", "environment_name": "staging"}, "with canvas_id only"),
        ({"canvas_id": ""}, "canvas_id must be a non-empty string, not blank"),
        ({"canvas_id": 5}, "canvas_id must be a non-empty string, not int"),
        ({"canvas_id": CANVAS, "variables": [1]}, "variables must be a mapping"),
        ({"canvas_id": CANVAS, "variables": {"a": [{"b": b"x"}]}}, r"variables\.a\[0\]\.b is of type bytes"),
        ({"canvas_id": CANVAS, "variables": {1: 2}}, "variables has a key that is int"),
        ({"canvas_id": CANVAS, "messages": "hello"}, "messages must be a list"),
        ({"canvas_id": CANVAS, "messages": [{"role": "user"}, "hello"]}, r"messages\[1\] must be a mapping"),
        ({"canvas_id": CANVAS, "override": {"temperature": float("nan")}}, "override.temperature is NaN"),
        ({"canvas_id": CANVAS, "extra_body": {"canvas_id": "x"}}, "'canvas_id' once more"),
        ({"canvas_id": CANVAS, "output_type": list[int]}, "is not an object with properties"),
        ({"canvas_id": CANVAS, "output_type": Invoice, "override": {"structured_output": {}}}, "structured_output"),
    ],
)
def test_what_cannot_be_sent_is_rejected_before_anything_is_sent(
    call: Callable[..., Run], server: Emulator, options: dict[str, Any], message: str
) -> None:
    """With the path where there is one."""
    with pytest.raises(ConfigurationError, match=message):
        call("create", **options)
    assert server.requests == []


def test_body_of_a_create_is_in_no_log_and_no_traceback(
    call: Callable[..., Run], server: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither when the API rejects it, nor when there is no response; it is the user's data."""
    caplog.set_level(logging.DEBUG)
    variables = {"document": "the user's own data"}
    with pytest.raises(NotFoundError) as rejected:
        call("create", canvas_id="unknown-canvas", variables=variables)
    server.stop()
    with pytest.raises(APIConnectionError) as unheard:
        call("create", canvas_id=CANVAS, variables=variables)
    for caught in (rejected, unheard):
        assert "own data" not in "".join(traceback.format_exception(caught.value))
        assert "own data" not in str(Outcome("", error=caught.value).to_dict())
    assert "own data" not in caplog.text
