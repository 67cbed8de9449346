"""Receive the webhook that Tela posts when a run ends, and get the run itself with the key.

    pip install '.[emulator]'      # in a clone; for Starlette and uvicorn; any framework will do
    TELA_API_KEY=... uvicorn --app-dir examples webhook_receiver:app

The payloads are not known to be signed, so anybody may post one: `confirm` takes nothing from it but the id.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from tela_runs import APIError, AsyncRunsClient, ConfigurationError, InvalidResponseError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """One client for as long as the application runs."""
    async with AsyncRunsClient() as runs:
        app.state.runs = runs
        yield


async def receive(request: Request) -> Response:
    """Answer 204 once the run is safe here, and 503 to be told again where the sender does that."""
    runs: AsyncRunsClient = request.app.state.runs
    try:
        run = await runs.confirm(await request.body())
    except (ConfigurationError, NotFoundError):
        return Response("no run of ours", status_code=400)
    except InvalidResponseError as error:
        # Without a status the payload was no run; with one, the API's answer was not.
        return Response("no run", status_code=400 if error.status_code is None else 503)
    except APIError:
        return Response("try again", status_code=503)
    print(run.id, run.status_text, run.output)
    return Response(status_code=204)


app = Starlette(routes=[Route("/tela", receive, methods=["POST"])], lifespan=lifespan)
