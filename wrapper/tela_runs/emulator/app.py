"""The API as an ASGI application, and the layer of faults in front of it.

The healthy API knows nothing of faults; `FaultyApp` asks it for its answer and plays a fault's script with
it.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from attrs import define
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .answer import Answer, error_body, standing_headers
from .faults import Fault
from .injection import FaultQueue
from .journal import Entry, Journal, Request
from .state import Runs
from .wire import WIRE, Wire

Clock = Callable[[], float]

_RUNS = "/v2/chat/completions/"
# On the raw path, so that an encoded slash is part of an id and a bare one is not.
_RUN_PATH = re.compile(re.escape(_RUNS) + "([^/]+)")
# In the scope: whether the client is going to see the answer that is asked for.
_SEEN = "tela_runs.emulator.seen"


def run_id_in(raw_path: str) -> str | None:
    """Give the id of the run that this path is about, decoded, or None when it is about none."""
    match = _RUN_PATH.fullmatch(raw_path)
    return None if match is None else unquote(match[1])


def healthy_app(runs: Runs, api_key: str, clock: Clock) -> Starlette:
    """Build the API as documented, without any fault."""
    expected = f"Bearer {api_key}"

    async def retrieve_run(request: HTTPRequest) -> Response:
        if request.headers.get("authorization") != expected:
            raise HTTPException(401, "The API key is missing, invalid or revoked.")
        run_id = run_id_in(request.scope["raw_path"].decode("latin-1"))
        seen = request.scope.get(_SEEN, True)
        body = None if run_id is None else runs.body(run_id, clock(), advance=seen)
        if body is None:
            raise HTTPException(404, "There is no such run, or this key cannot access it.")
        return _json_response(200, body)

    app = Starlette(
        routes=[Route(_RUNS + "{id:path}", retrieve_run, methods=["GET"])],
        exception_handlers={HTTPException: _error_response},
    )
    app.router.redirect_slashes = False
    return app


async def _error_response(_request: HTTPRequest, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    message = None if error.detail == HTTPStatus(error.status_code).phrase else error.detail
    response = _json_response(error.status_code, error_body(error.status_code, message=message))
    response.headers.update(error.headers or {})
    return response


def _json_response(status: int, body: bytes) -> Response:
    return Response(body, status, dict(standing_headers()), media_type="application/json")


@define
class FaultyApp:
    """Notes each request, waits the latency, and plays the fault whose turn it is, if any."""

    app: ASGIApp
    faults: FaultQueue
    journal: Journal
    clock: Clock
    latency: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        wire: Wire = scope["extensions"][WIRE]
        entry, run_id = self._note(scope)
        fault = None if run_id is None or scope["method"] != "GET" else self.faults.take(run_id)
        delay = self.latency + (0.0 if fault is None else fault.delay)
        if delay and not await wire.pause(delay):
            return
        if fault is None:
            await self.app(scope, receive, _observed(send, entry))
        else:
            await self._play(fault, wire, entry, scope)

    def _note(self, scope: Scope) -> tuple[Entry, str | None]:
        path = scope["raw_path"].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        run_id = run_id_in(path)
        target = f"{path}?{query}" if query else path
        request = Request(scope["method"], target, run_id, headers={}, at=self.clock())
        entry = Entry(request, scope["headers"])
        self.journal.add(entry)
        return entry, run_id

    async def _play(self, fault: Fault, wire: Wire, entry: Entry, scope: Scope) -> None:
        healthy = await _answer(self.app, {**scope, _SEEN: fault.delivers})
        reply = fault.reply(healthy)
        entry.status = None if reply is None else reply.status
        await wire.play(fault.play(healthy))


def _observed(send: Send, entry: Entry) -> Send:
    async def observing(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.status = message["status"]
        await send(message)

    return observing


async def _answer(app: ASGIApp, scope: Scope) -> Answer:
    """Ask an application for its answer, without sending it anywhere."""
    messages: list[Message] = []

    async def collect(message: Message) -> None:
        messages.append(message)

    async def no_body() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await app(scope, no_body, collect)
    start, *parts = messages
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"])
    return Answer(start["status"], headers, b"".join(part["body"] for part in parts))
