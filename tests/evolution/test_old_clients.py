"""Clients that are already deployed do not break when the API adds something: nothing raises, nothing is lost.

This needs the package with the extra `emulator`, and pytest, alone. To hold a wheel against it, copy this file and
`additions.py` into a folder in another one, and there: `pytest --import-mode=importlib --rootdir . FOLDER`.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from tela_runs import AsyncRunsClient, FixedPacing, NotFoundError, Run, RunsClient, RunStatus
from tela_runs.emulator import Body, Emulator, Headers, Status

from .additions import ADDITIONS, ERROR_BODY, HEADERS, RESPONSE, RUN_IDS, STATUSES, Addition

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = FixedPacing(0.01)


class Client:
    """One blocking face for both clients; each call has a client of its own."""

    def __init__(self, flavour: str, server: Emulator) -> None:
        self._flavour = flavour
        self._settings: dict[str, Any] = {"base_url": server.url, "pacing": AT_ONCE}
        self._key = server.api_key

    def call(self, method: str, *ids: str, **options: str) -> Run:
        """Call a method that gives a run."""

        async def calling() -> Run:
            async with AsyncRunsClient(self._key, **self._settings) as client:
                run: Run = await getattr(client, method)(*ids, **options)
                return run

        if self._flavour == "async":
            return anyio.run(calling)
        with RunsClient(self._key, **self._settings) as client:
            run: Run = getattr(client, method)(*ids, **options)
            return run

    def watch(self, run_id: str) -> list[Run]:
        """Collect what `watch` gives."""

        async def watching() -> list[Run]:
            async with AsyncRunsClient(self._key, **self._settings) as client:
                return [run async for run in client.watch(run_id)]

        if self._flavour == "async":
            return anyio.run(watching)
        with RunsClient(self._key, **self._settings) as client:
            return list(client.watch(run_id))


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    """Give a running emulator."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, server: Emulator) -> Client:
    """Give each client."""
    return Client(request.param, server)


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition.name)
def test_a_response_with_an_addition_is_a_whole_run(server: Emulator, client: Client, addition: Addition) -> None:
    """A response with something new in it is a run, whole, and what is new can be reached."""
    server.inject(Body(json.dumps(addition.response).encode()), times=1)
    run = client.call("retrieve", "any")
    assert run.to_dict() == addition.response
    assert list(run.to_dict()) == list(addition.response)
    assert addition.reach(run.data) == addition.value
    # The shortcuts have the documented type or are None, whatever came.
    assert isinstance(run.canvas_id, str | None)
    assert isinstance(run.created_at, datetime | None)
    assert isinstance(run.usage.cost, float | int | None)
    assert run.is_finished == (addition.response["status"] == "succeeded")


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition.name)
def test_a_create_with_an_addition_in_its_response_gives_the_whole_run(
    server: Emulator, client: Client, addition: Addition
) -> None:
    """The response to a create may have something new in the run, and gives that run, whole."""
    server.inject(Body(json.dumps(addition.response).encode()), method="POST")
    assert client.call("create", canvas_id="any").to_dict() == addition.response


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition.name)
def test_nothing_is_lost_in_the_typed_view(addition: Addition) -> None:
    """The typed view writes back what it has read, in the spelling of the contract."""
    written = Run.from_dict(addition.response).data.to_dict()
    assert written == (RESPONSE if addition.name in {"camelCase keys", "another order of keys"} else addition.response)


def test_a_wait_ends_with_additions_all_around(server: Emulator, client: Client) -> None:
    """A wait for a run whose responses are full of news ends as it should."""
    news = [addition.response for addition in ADDITIONS if addition.response.get("status") == "succeeded"]
    for response in (*({**response, "status": "running"} for response in news[::9]), news[-1]):
        server.inject(Body(json.dumps(response).encode()))
    run = client.call("wait", "any")
    assert run.succeeded
    assert run.to_dict() == news[-1]


def test_new_statuses_are_waited_through(server: Emulator, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Statuses between those that are known are shown as received, and are not final."""
    caplog.set_level(logging.ERROR, "tela_runs")
    run = client.call("wait", server.add_run("done", statuses=STATUSES))
    assert (run.status, run.output) == (RunStatus.SUCCEEDED, "done")
    seen = client.watch(server.add_run("done", statuses=STATUSES))
    assert [run.status_text for run in seen] == STATUSES
    assert [run.status is RunStatus.UNKNOWN for run in seen] == [False, True, False, True, False]


@pytest.mark.parametrize("run_id", RUN_IDS)
def test_ids_in_new_formats_are_sent_as_they_are(client: Client, run_id: str) -> None:
    """An id is opaque: whatever it looks like, it is sent and given back as it is."""
    with Emulator() as server:
        server.add_run("done", run_id=run_id, statuses=["succeeded"])
        run = Client(client._flavour, server).call("wait", run_id)
    assert (run.id, run.output) == (run_id, "done")


def test_new_headers_change_nothing(server: Emulator, client: Client) -> None:
    """Headers that no one knows change nothing."""
    run_id = server.add_run("done", statuses=["succeeded"])
    server.inject(Headers(HEADERS), run_id=run_id)
    assert client.call("wait", run_id).output == "done"


def test_a_longer_error_body_is_the_error_of_its_status(server: Emulator, client: Client) -> None:
    """An error with a new code and more fields is the error of its status, with all that came."""
    server.inject(Status(404, body=ERROR_BODY))
    with pytest.raises(NotFoundError) as caught:
        client.call("retrieve", "any")
    assert (caught.value.code, caught.value.message) == ("RUN_ARCHIVED", "The run was archived.")
    assert caught.value.details == ERROR_BODY["details"]
    assert caught.value.body == ERROR_BODY
