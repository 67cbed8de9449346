"""The async client, `AsyncRunsClient`: a thin layer, a line or two per method."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import TYPE_CHECKING, Self, Unpack

import httpx

from ._base import DEFAULT_WAIT, BaseClient, id_in_webhook
from ._create import create_body
from ._drivers.one import AsyncDriver
from ._drivers.tasks import closing_iterator, outcomes_of
from ._generated import check_run_id
from ._http.callers import AsyncCallersTransport
from ._http.send import AsyncSender
from ._http.transport import AsyncPoolTransport
from ._polling.single import waiting
from .outcome import Outcome
from .run import Run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from functools import partial

    from ._create import CreateArguments
    from .pacing import Pacing


async def _recorded(ids: AsyncIterable[str], order: list[str]) -> AsyncIterator[str]:
    """Yield the ids, and append each to ``order``."""
    async with closing_iterator(ids) as joining:
        async for run_id in joining:
            order.append(run_id)
            yield run_id


class AsyncRunsClient(
    BaseClient[
        httpx.AsyncClient,
        Iterable[str] | AsyncIterable[str],
        AsyncGenerator[Run, None],
        AsyncGenerator[Outcome, None],
    ]
):
    """As `RunsClient`, on asyncio or trio: the same arguments, methods, errors and behaviour, request for request.

    It belongs to one event loop, whose tasks may share it.
    """

    _may_await = True
    _parts = (httpx.AsyncClient, AsyncPoolTransport, AsyncCallersTransport, AsyncSender, AsyncDriver, outcomes_of)
    _driver: partial[AsyncDriver]

    async def create(self, **arguments: Unpack[CreateArguments]) -> Run:
        """As `RunsClient.create`."""
        body = create_body(**arguments)
        del arguments  # no traceback from here on shows the user's data
        return (await self._driver().result(self._creating(body))).run

    async def create_and_wait(
        self,
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
        **arguments: Unpack[CreateArguments],
    ) -> Run:
        """As `RunsClient.create_and_wait`; ``on_update`` may be a coroutine function."""
        body = create_body(**arguments)
        del arguments
        options, seconds = self._waiting(timeout, pacing, on_update)
        created = await self._driver().result(self._creating(body))
        return await self._driver().result(
            waiting(created.run.id, options, seconds, created), on_update, created.run.id
        )

    async def retrieve(self, run_id: str) -> Run:
        """As `RunsClient.retrieve`."""
        return await self._driver().result(self._retrieving(run_id))

    async def wait(
        self,
        run_id: str,
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
    ) -> Run:
        """As `RunsClient.wait`; ``on_update`` may be a coroutine function."""
        check_run_id(run_id)
        flow = waiting(run_id, *self._waiting(timeout, pacing, on_update))
        return await self._driver().result(flow, on_update, run_id)

    async def wait_all(
        self,
        ids: Iterable[str] | AsyncIterable[str],
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
        max_in_flight: int = 20,
    ) -> dict[str, Outcome]:
        """As `RunsClient.wait_all`."""
        order: list[str] = [] if isinstance(ids, AsyncIterable) else list(self._checked_ids(ids))
        joining = _recorded(ids, order) if isinstance(ids, AsyncIterable) else order
        outcomes = self.as_completed(
            joining, timeout=timeout, pacing=pacing, on_update=on_update, max_in_flight=max_in_flight
        )
        by_id = {outcome.run_id: outcome async for outcome in outcomes}
        return {run_id: by_id[run_id] for run_id in order}

    async def confirm(self, body: bytes | str) -> Run:
        """As `RunsClient.confirm`."""
        return await self.retrieve(id_in_webhook(body))

    async def aclose(self) -> None:
        """Close the connections, and end all waits of this client, which cannot be used again."""
        await self._transport.aclose()
        self._wakes.close()
        await self._raw.get_async_httpx_client().aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
