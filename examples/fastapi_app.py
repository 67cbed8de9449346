"""Read invoices in the background: a run for each upload, woken by its webhook, and the typed result.

    pip install fastapi python-multipart uvicorn 'tela-runs[typed]'
    export TELA_API_KEY=... TELA_CANVAS_ID=... PUBLIC_URL=https://example.com
    uvicorn --app-dir examples fastapi_app:app

Webhooks may be lost, repeated or forged: nothing is taken from one but the id, and a rare poll is the safety net.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response, UploadFile
from pydantic import BaseModel
from tela_runs import APIError, AsyncRunsClient, ConfigurationError, File, FixedPacing, TelaError, parse_webhook


class Invoice(BaseModel):
    """What the canvas is asked for."""

    number: str
    total: float


#: What became of each run. In a real application a table, whose ids without a result are waited for after a restart.
results: dict[str, Invoice | str] = {}

#: The waits. Not BackgroundTasks, since a server that shuts down first waits for the end of these.
waits: set[asyncio.Task[None]] = set()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One client for as long as the application runs. To close it ends the waits, so a shutdown takes no time."""
    async with AsyncRunsClient(pacing=FixedPacing(60)) as app.state.runs:
        yield


app = FastAPI(lifespan=lifespan)


async def finish(run_id: str) -> None:
    """Wait for a run, and keep its result or what went wrong."""
    try:
        results[run_id] = (await app.state.runs.wait(run_id, timeout=3600)).output_as(Invoice)
    except ConfigurationError:  # the client was closed, and the run goes on
        pass
    except TelaError as error:
        results[run_id] = str(error)


def finish_later(run_id: str) -> None:
    """Finish a run in the background."""
    waits.add(task := asyncio.create_task(finish(run_id)))
    task.add_done_callback(waits.discard)


@app.post("/invoices", status_code=202)
async def upload(document: UploadFile) -> dict[str, str]:
    """Start a run for the document."""
    run = await app.state.runs.create(
        canvas_id=os.environ["TELA_CANVAS_ID"],
        variables={"document": File.from_bytes(await document.read(), name=document.filename)},
        output_type=Invoice,
        webhook_url=f"{os.environ['PUBLIC_URL']}/tela",
    )
    finish_later(run.id)
    return {"id": run.id}


@app.get("/invoices/{run_id}")
async def show(run_id: str) -> Invoice | str | None:
    """The result, or null while there is none."""
    return results.get(run_id)


@app.post("/tela", status_code=204)
async def webhook(request: Request) -> None:
    """Have the run polled now. One that nobody waits for here is confirmed with the key first."""
    body = await request.body()
    if not app.state.runs.wake(parse_webhook(body).id):
        run = await app.state.runs.confirm(body)
        finish_later(run.id)


@app.exception_handler(TelaError)
async def failed(_: Request, error: TelaError) -> Response:
    """503 where the same request may succeed later, else 400."""
    return Response(str(error), 503 if isinstance(error, APIError) and error.is_transient else 400)
