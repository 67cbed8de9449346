"""An application as users write it, for type checkers: `nox -s build` has mypy and pyright check it, strictly.

It is checked against the installed wheel, and never run. Each declared type here is one that users would declare:
where the package's types give less than that, a checker complains.
"""

# pyright: strict

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict, assert_type

import httpx
from pydantic import BaseModel
from tela_api.api.runs import retrieve_run
from tela_api.models import CanvasRun, ErrorBody
from tela_runs import (
    AdaptivePacing,
    APIError,
    APIStatusError,
    AsyncRunsClient,
    BackoffPacing,
    File,
    FixedPacing,
    Outcome,
    OutputError,
    Pacing,
    RateLimitError,
    Run,
    RunFailedError,
    RunsClient,
    RunStatus,
    TelaError,
    Usage,
    WaitTimeoutError,
    parse_webhook,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tela_api import AuthenticatedClient


class Sometimes:
    """A pacing of the application's own: any object with the two methods is one."""

    def delay(self, age: float, key: str | None = None) -> float:
        """The seconds until the next poll."""
        return 1.0 if age < 60 and key is None else 5.0

    def observe(self, duration: float, key: str | None = None) -> None:
        """Learn nothing."""


class Invoice(BaseModel):
    """What a canvas is asked for."""

    number: str
    total: float


@dataclass
class Summary:
    """The same as a dataclass."""

    pages: int


class Person(TypedDict):
    """The same as a TypedDict."""

    name: str


PACINGS: list[Pacing] = [Sometimes(), AdaptivePacing(thrift=1.0), BackoffPacing(1.0, 1.5, 20.0), FixedPacing(2.0)]


def described(run: Run) -> str:
    """What a run says of itself."""
    assert_type(run.status, RunStatus)
    assert_type(run.usage, Usage)
    assert_type(run.created_at, datetime | None)
    assert_type(run.to_dict(), dict[str, Any])
    assert_type(run.data, CanvasRun)
    cost: float = run.usage.cost or 0.0
    return f"{run.id} {run.status_text} {run.canvas_id or ''} {cost}"


def verdict(error: APIError | RunFailedError | WaitTimeoutError) -> str:
    """What to do about an error."""
    match error:
        case RateLimitError():
            assert_type(error.retry_after, float | None)
            return "slower"
        case APIStatusError():
            assert_type(error.status_code, int)
            return error.code or error.message
        case RunFailedError():
            return described(error.run)
        case WaitTimeoutError():
            assert_type(error.last_error, TelaError | None)
            return "again" if error.run is None else described(error.run)
        case _:
            return "later" if error.is_transient else "never"


def one(run_id: str, pacing: Pacing, listener: Callable[[Run], object]) -> Run:
    """Wait for a run, with an HTTP client of the application's own."""
    with httpx.Client() as http, RunsClient(http_client=http, pacing=pacing, max_rate=10) as runs:
        for run in runs.watch(run_id, timeout=10):
            listener(run)
        return runs.wait(run_id, timeout=None, on_update=listener)


def many(run_ids: list[str]) -> dict[str, Outcome]:
    """Wait for many runs."""
    with RunsClient("a-key", base_url="https://api.tela.com") as runs:
        first: Outcome = next(runs.as_completed(run_ids, timeout=60, max_in_flight=5))
        assert_type(first.unwrap(), Run)
        return runs.wait_all(run_ids)


async def many_at_once(run_ids: AsyncIterator[str]) -> list[str]:
    """The same, async, with ids that come one by one."""
    async with AsyncRunsClient() as runs, aclosing(runs.as_completed(run_ids)) as outcomes:
        return [outcome.run_id async for outcome in outcomes if outcome.error is None]


async def noted(run_id: str) -> Run:
    """Wait with a coroutine for the changes."""

    async def note(run: Run) -> None:
        print(described(run))

    async with AsyncRunsClient() as runs:
        return await runs.wait(run_id, on_update=note)


def started(document: Path, note: Callable[[Run], object]) -> Invoice:
    """Start a run for a document, wait for it, and read its output."""
    files = [File.from_path(document, options={"range": "1-2"}), File.from_url("https://example.com/b.pdf")]
    image = File.from_bytes(b"...", mime_type="image/png", name="a.png")
    with RunsClient() as runs:
        run = runs.create(canvas_id="a-canvas", environment_name="staging", variables={"documents": files, "n": 1})
        assert_type(runs.wake(run.id), bool)
        messages = [{"role": "user", "content": [{"type": "text", "text": "Read this."}, image]}]
        finished = runs.create_and_wait(
            version_id="a-version",
            messages=messages,
            override={"temperature": 0.2},
            output_type=Invoice,
            timeout=60,
            on_update=note,
        )
    return finished.output_as(Invoice)


async def started_async(canvas_id: str) -> float:
    """The same, async."""
    async with AsyncRunsClient() as runs:
        run = await runs.create(canvas_id=canvas_id, variables={}, webhook_url="https://example.com/tela")
        assert_type(run, Run)
        assert_type(runs.wake(run.id), bool)
        run = await runs.create_and_wait(canvas_id=canvas_id, extra_body={"tags": ["nightly"]}, output_type=Invoice)
    return run.output_as(Invoice).total


def typed(run: Run) -> None:
    """An output as each kind of type that pydantic reads."""
    assert_type(run.output_as(Invoice), Invoice)
    assert_type(run.output_as(Summary), Summary)
    assert_type(run.output_as(Person), Person)
    assert_type(run.output_as(list[Invoice]), list[Invoice])
    assert_type(run.output_as(dict[str, int]), dict[str, int])
    assert_type(run.output_as(str), str)
    # Of a union checkers know less: a variable says what it is.
    invoice: Invoice | None = run.output_as(Invoice | None)
    print(invoice)


def checked(outcome: Outcome) -> str:
    """What became of one of many."""
    if outcome.succeeded:
        return str(outcome.output)
    error = outcome.error
    return ", ".join(error.errors) if isinstance(error, OutputError) else str(error)


def received(body: bytes) -> Run:
    """Take in a webhook."""
    with RunsClient() as runs:
        return runs.confirm(body) if parse_webhook(body).is_finished else runs.retrieve(parse_webhook(body).id)


def raw(client: AuthenticatedClient, run_id: str) -> str:
    """Ask by way of the low-level client."""
    response = retrieve_run.sync_detailed(run_id, client=client)
    assert_type(response.parsed, CanvasRun | ErrorBody | None)
    return response.parsed.id if isinstance(response.parsed, CanvasRun) else str(response.status_code)
