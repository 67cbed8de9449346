"""The two clients, `RunsClient` and `AsyncRunsClient`: what users hold in their hands, a line or two a method."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

import anyio
import anyio.lowlevel
import httpx

from ._background import Iteration, ThreadedLooker
from ._base import BaseClient
from ._callers import CallersAsyncClient, CallersClient
from ._drive import AsyncDriver, Driver
from ._engine import left_closed, outcomes_of
from ._exchange import AsyncExchange, Exchange
from ._settings import checked_timeout
from ._transport import AsyncLanes, Lanes
from ._wire import closed_error
from .webhook import parse_webhook

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterable
    from types import TracebackType

    from ._drive import AsyncLooker
    from ._gateway import AuthenticatedClient
    from .pacing import Pacing
    from .run import Outcome, Run

#: Seconds that a wait may take unless told otherwise.
DEFAULT_WAIT = 600.0


async def _noted(ids: AsyncIterable[str], order: list[str]) -> AsyncIterator[str]:
    """The same ids, taken down in ``order`` as they pass."""
    async with left_closed(ids) as joining:
        async for run_id in joining:
            order.append(run_id)
            yield run_id


class RunsClient(BaseClient[httpx.Client]):
    """Retrieves canvas runs and waits for them. Threads may share one; close it, or use it in a ``with`` block.

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

    _http_client_class = httpx.Client

    def _connect(self) -> None:
        wire = (
            Lanes(self._origin, self._proxy, self._clock, trust_env=self._trust_env)
            if self._http_client is None
            else CallersClient(self._http_client, self._origin.url)
        )
        self._exchange = Exchange(wire, self._key, self._max_response_bytes)
        self._fleets: WeakSet[AsyncLanes] = WeakSet()
        self._driver = Driver(self._exchange, time.sleep)

    @property
    def raw(self) -> AuthenticatedClient:
        """The generated low-level client, with this client's key and base URL, for edge cases. Closed with it."""
        if self._http_client is None:
            return self._make_raw()
        return self._make_raw(transport=CallersClient(self._http_client, self._origin.url))

    def retrieve(self, run_id: str) -> Run:
        """The run as it is now. One request, sent again after a passing failure, `max_retries` times.

        Raises:
            ConfigurationError: The id cannot be one; nothing was sent.
            APIError: The API could not be asked, refused, or did not answer with a run.
        """
        return self._driver.result(self._retrieving(run_id))

    def wait(
        self,
        run_id: str,
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
    ) -> Run:
        """The run, once it has succeeded.

        Passing failures (no connection, timeouts, 408, 409, 425, 429, 5xx, answers that are no run) are waited through.

        Args:
            run_id: The id of a run.
            timeout: Seconds for the whole wait, kept to within 0.1 s whatever the server does; None is for ever.
            pacing: When to look again, instead of the client's.
            on_update: Called with the run at the first look and at each change of its status.

        Raises:
            ConfigurationError: An argument cannot be used; nothing was sent.
            RunFailedError: The run ended as failed.
            WaitTimeoutError: It had not ended in time. It goes on at Tela; wait for it again to get its result.
            APIStatusError: The API refused to show it (any 3xx or 4xx that is not named above).
        """
        return self._driver.result(self._waiting(run_id, timeout, pacing), on_update)

    def watch(
        self, run_id: str, *, timeout: float | None = DEFAULT_WAIT, pacing: Pacing | None = None
    ) -> Generator[Run, None, None]:
        """The run at the first look and at each change of its status, up to the final one, be it failed or succeeded.

        The time counts from the first item asked for. Closing the iterator ends it; nothing is sent between items.

        Raises:
            ConfigurationError: An argument cannot be used; nothing was sent.
            WaitTimeoutError: While iterating: the run had not ended in time.
            APIStatusError: While iterating: the API refused to show it.
        """
        return self._driver.reports(self._watching(run_id, timeout, pacing))

    def as_completed(
        self,
        ids: Iterable[str],
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
        max_in_flight: int = 20,
    ) -> Generator[Outcome, None, None]:
        """Wait for many runs; the outcome of each, in order of completion. A failure harms no other run.

        The looking is done in one background thread, however many runs there are; with an ``http_client`` of yours, in
        one for each request in flight. Closing the iterator, or leaving its loop, ends it.

        Args:
            ids: Ids of runs; each distinct one is waited for once. Read whole before anything is sent.
            timeout: Seconds for all of them together, from the first item asked for; None is for ever. What has not
                ended by then has an outcome with a `WaitTimeoutError`.
            pacing: When to look again at a run, instead of the client's.
            on_update: Called with each run at its first look and at each change of its status, while iterating.
            max_in_flight: Requests, and so connections, at a time: 1 to 512.

        Raises:
            ConfigurationError: An argument cannot be used; nothing was sent.
            AuthenticationError: While iterating: the key is refused, which ends the wait for all.
        """
        listed = self._listed(ids)
        self._check_fleet(max_in_flight)
        terms, seconds = self._terms(pacing), checked_timeout(timeout)
        looker, close = self._looker_for_a_loop(max_in_flight)
        driver = AsyncDriver(looker, anyio.sleep)

        def produce(tell: Callable[[Run], None]) -> AsyncGenerator[Outcome, None]:
            if self._closed:
                raise closed_error()
            listener = None if on_update is None else tell
            return outcomes_of(listed, terms, seconds, driver, max_in_flight=max_in_flight, on_update=listener)

        return Iteration(produce, close, on_update or bool)

    def wait_all(
        self,
        ids: Iterable[str],
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
        max_in_flight: int = 20,
    ) -> dict[str, Outcome]:
        """Wait for many runs; the outcome of each by its id, in the order given. Otherwise as `as_completed`."""
        listed = self._listed(ids)
        outcomes = self.as_completed(
            listed, timeout=timeout, pacing=pacing, on_update=on_update, max_in_flight=max_in_flight
        )
        by_id = {outcome.run_id: outcome for outcome in outcomes}
        return {run_id: by_id[run_id] for run_id in listed}

    def _looker_for_a_loop(self, max_in_flight: int) -> tuple[AsyncLooker, Callable[[], Awaitable[None]]]:
        if self._http_client is not None:
            return ThreadedLooker(self._exchange, max_in_flight), anyio.lowlevel.checkpoint
        lanes = AsyncLanes(self._origin, self._proxy, self._clock, trust_env=self._trust_env)
        self._fleets.add(lanes)
        exchange = AsyncExchange(lanes, self._key, self._max_response_bytes)
        return exchange, exchange.aclose

    def confirm(self, body: bytes | str) -> Run:
        """The run that a webhook's payload names, retrieved with the key: the payloads are not known to be signed.

        Raises:
            InvalidResponseError: The payload is no run.
            ConfigurationError: The payload's id cannot be one.
            APIError: As for `retrieve`.
        """
        return self.retrieve(parse_webhook(body).id)

    def close(self) -> None:
        """Close the connections. A client that was closed stays closed."""
        self._closed = True
        self._exchange.close()
        for lanes in list(self._fleets):
            lanes.refuse()
        if self._raw is not None:
            self._raw.get_httpx_client().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


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

    def _connect(self) -> None:
        wire = (
            AsyncLanes(self._origin, self._proxy, self._clock, trust_env=self._trust_env)
            if self._http_client is None
            else CallersAsyncClient(self._http_client, self._origin.url)
        )
        self._exchange = AsyncExchange(wire, self._key, self._max_response_bytes)
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
        self._check_fleet(max_in_flight)
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
        return await self.retrieve(parse_webhook(body).id)

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
