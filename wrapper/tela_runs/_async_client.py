"""The async client, `AsyncRunsClient`: what users hold in their hands, a line or two a method."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Self

import anyio
import httpx

from ._base import DEFAULT_WAIT, BaseClient
from ._callers_async import CallersAsyncClient
from ._drive import AsyncDriver
from ._engine import left_closed, outcomes_of
from ._exchange_async import AsyncExchange
from ._settings import checked_timeout
from ._transport_async import AsyncLanes
from .webhook import id_in_webhook

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
    from types import TracebackType

    from ._gateway import AuthenticatedClient
    from ._wire import AsyncWire
    from .pacing import Pacing
    from .run import Outcome, Run


async def _noted(ids: AsyncIterable[str], order: list[str]) -> AsyncIterator[str]:
    """The same ids, taken down in ``order`` as they pass."""
    async with left_closed(ids) as joining:
        async for run_id in joining:
            order.append(run_id)
            yield run_id


class AsyncRunsClient(BaseClient[httpx.AsyncClient]):
    """Retrieves canvas runs and waits for them, on asyncio or trio; in everything else the same as `RunsClient`.

    One event loop has it to itself; the tasks of that loop may share it.

    Args:
        api_key: A key of the workspace that owns the runs; ``TELA_API_KEY`` by default. A JWT is sent the same way.
        base_url: Where the API is; ``TELA_BASE_URL`` by default, else ``https://api.tela.com``.
        timeout: Seconds for one whole request, from the queue for a connection to the last byte of the body.
        max_retries: How often `retrieve` tries again after a passing failure. A wait is its own retry.
        max_response_bytes: Decoded bytes of an answer at the most; a larger one is an `InvalidResponseError`.
        pacing: When a wait looks again; an `AdaptivePacing` of this client's own by default.
        max_rate: Requests per second of this client at the most, whatever it is waiting for; None is no bound.
        http_client: The caller's own httpx client, for proxies, certificates, transports and instrumentation. It is
            not closed here. Our timeouts are then kept by httpx, per read; see the guarantees in the docs.
        allow_http: Send the key over plain http to a host that is not this machine.
        trust_env: Use the proxy that ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` name.

    Raises:
        ConfigurationError: No key, a key no header can carry, a base URL that cannot be used, a number out of bounds.
    """

    _http_client_class = httpx.AsyncClient
    _may_await = True

    def _connect(self) -> None:
        wire: AsyncWire
        if self._http_client is None:
            wire = AsyncLanes(self._origin, self._proxy, self._clock, trust_env=self._trust_env)
        else:
            wire = CallersAsyncClient(self._http_client, self._origin.url)
        self._exchange = AsyncExchange(wire, self._key, self._origin.authority, self._max_response_bytes)
        self._driver = AsyncDriver(self._exchange, anyio.sleep)

    @property
    def raw(self) -> AuthenticatedClient:
        """The generated low-level client, with this client's key and base URL, for edge cases. Closed with it."""
        if self._http_client is None:
            return self._make_raw()
        return self._make_raw(transport=CallersAsyncClient(self._http_client, self._origin.url))

    async def retrieve(self, run_id: str) -> Run:
        """As `RunsClient.retrieve`."""
        return await self._driver.result(self._retrieving(run_id))

    async def wait(
        self,
        run_id: str,
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
    ) -> Run:
        """As `RunsClient.wait`; ``on_update`` may be a coroutine function."""
        self._check_listener(on_update)
        return await self._driver.result(self._waiting(run_id, timeout, pacing), on_update)

    def watch(
        self, run_id: str, *, timeout: float | None = DEFAULT_WAIT, pacing: Pacing | None = None
    ) -> AsyncGenerator[Run, None]:
        """As `RunsClient.watch`."""
        return self._driver.reports(self._watching(run_id, timeout, pacing))

    def as_completed(
        self,
        ids: Iterable[str] | AsyncIterable[str],
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
        max_in_flight: int = 20,
    ) -> AsyncGenerator[Outcome, None]:
        """As `RunsClient.as_completed`, in a task beside the caller's.

        ``ids`` may be an async iterable too: its runs join as they appear, and an id that cannot be one is the
        `Outcome` of that id.
        """
        joining = ids if isinstance(ids, AsyncIterable) else self._listed(ids)
        max_in_flight = self._check_fleet(max_in_flight)
        self._check_listener(on_update)
        return outcomes_of(
            joining,
            self._terms(pacing),
            checked_timeout(timeout),
            self._driver,
            max_in_flight=max_in_flight,
            on_update=on_update,
        )

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
        order: list[str] = [] if isinstance(ids, AsyncIterable) else self._listed(ids)
        joining = _noted(ids, order) if isinstance(ids, AsyncIterable) else order
        outcomes = self.as_completed(
            joining, timeout=timeout, pacing=pacing, on_update=on_update, max_in_flight=max_in_flight
        )
        by_id = {outcome.run_id: outcome async for outcome in outcomes}
        return {run_id: by_id[run_id] for run_id in order}

    async def confirm(self, body: bytes | str) -> Run:
        """As `RunsClient.confirm`."""
        return await self.retrieve(id_in_webhook(body))

    async def aclose(self) -> None:
        """Close the connections. A client that was closed stays closed."""
        self._closed = True
        await self._exchange.aclose()
        if self._raw is not None:
            await self._raw.get_async_httpx_client().aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()
