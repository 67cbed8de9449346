"""The sync client, `RunsClient`: what users hold in their hands, a line or two a method."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

import httpx

from ._base import DEFAULT_WAIT, BaseClient
from ._drive import Driver
from ._exchange import Exchange
from ._settings import checked_timeout
from ._transport import Lanes
from .webhook import id_in_webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from types import TracebackType

    from ._callers import CallersClient
    from ._gateway import AuthenticatedClient
    from ._sync_fleet import Crew
    from ._wire import Wire
    from .pacing import Pacing
    from .run import Outcome, Run


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
        wire: Wire
        if self._http_client is None:
            wire = Lanes(self._origin, self._proxy, self._clock, trust_env=self._trust_env)
        else:
            wire = self._callers_client(self._http_client)
        self._exchange = Exchange(wire, self._key, self._origin.authority, self._max_response_bytes)
        self._crews: WeakSet[Crew] = WeakSet()
        self._driver = Driver(self._exchange, time.sleep)

    @property
    def raw(self) -> AuthenticatedClient:
        """The generated low-level client, with this client's key and base URL, for edge cases. Closed with it."""
        if self._http_client is None:
            return self._make_raw()
        return self._make_raw(transport=self._callers_client(self._http_client))

    def _callers_client(self, client: httpx.Client) -> CallersClient:
        from ._callers import CallersClient  # noqa: PLC0415 - httpcore, which only they load who bring such a client

        return CallersClient(client, self._origin.url)

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
        self._check_listener(on_update)
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
            max_in_flight: Requests, and so connections, at a time; more than 512 count as 512.

        Raises:
            ConfigurationError: An argument cannot be used; nothing was sent.
            AuthenticationError: While iterating: the key is refused, which ends the wait for all.
        """
        from . import _sync_fleet as fleet  # noqa: PLC0415 - asyncio and anyio, which single runs have no need of

        listed = self._listed(ids)
        max_in_flight = self._check_fleet(max_in_flight)
        self._check_listener(on_update)
        terms, seconds = self._terms(pacing), checked_timeout(timeout)
        if self._http_client is not None:
            crew = fleet.crew_of_threads(self._exchange, max_in_flight)
        else:
            crew = fleet.crew_of_our_own(
                self._origin, self._proxy, self._clock, self._key, self._max_response_bytes, trust_env=self._trust_env
            )
        self._crews.add(crew)
        return fleet.outcomes_in_a_thread(
            crew, listed, terms, seconds, max_in_flight=max_in_flight, on_update=on_update
        )

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

    def confirm(self, body: bytes | str) -> Run:
        """The run that a webhook's payload names, retrieved with the key: the payloads are not known to be signed.

        Raises:
            InvalidResponseError: There is no id in the payload.
            ConfigurationError: The payload's id cannot be one.
            APIError: As for `retrieve`.
        """
        return self.retrieve(id_in_webhook(body))

    def close(self) -> None:
        """Close the connections. A client that was closed stays closed."""
        self._closed = True
        self._exchange.close()
        for crew in list(self._crews):
            crew.refuse()
        if self._raw is not None:
            self._raw.get_httpx_client().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
