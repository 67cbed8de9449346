"""What the sync and the async client have in common: the checked options, and the flows made of them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Collection, Iterable
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeVar

import httpx

from . import _config
from ._drivers.one import Wakes
from ._generated import AuthenticatedClient, check_run_id
from ._http.transport import MAX_CONNECTIONS
from ._polling.fleet import Fleet
from ._polling.single import creating, retrieving, watching
from ._polling.state import CREATED_GRACE, Options, Rate
from ._version import __version__
from .errors import ConfigurationError, InvalidResponseError
from .pacing import AdaptivePacing, Pacing
from .run import Run, parse_webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._create import CreateBody
    from ._polling.flow import Flow, PollResult

#: Seconds that a wait may take by default.
DEFAULT_WAIT = 600.0

HttpClient = TypeVar("HttpClient", httpx.Client, httpx.AsyncClient)
RunIds = TypeVar("RunIds")
RunIterator = TypeVar("RunIterator")
OutcomeIterator = TypeVar("OutcomeIterator")


class BaseClient(Generic[HttpClient, RunIds, RunIterator, OutcomeIterator]):
    """The base of both clients; each names its `_parts`."""

    #: The classes of a caller's client, the two transports, the sender and the driver; the function for fleets.
    _parts: ClassVar[tuple[Any, ...]]
    #: Whether what ``on_update`` returns is awaited.
    _may_await: ClassVar[bool] = False
    #: Clock, jitter and sleep; tests replace them in a subclass.
    _timing: ClassVar[_config.Timing] = _config.Timing()

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 2,
        max_response_bytes: int = 64 * 1024 * 1024,
        pacing: Pacing | None = None,
        max_rate: float | None = None,
        http_client: HttpClient | None = None,
        allow_http: bool = False,
        trust_env: bool = True,
    ) -> None:
        key = _config.hidden(os.environ.get("TELA_API_KEY", "") if api_key is None else api_key)
        del api_key  # from here on no frame of ours has the key among its locals
        _config.check_key(key)
        origin = _config.checked_origin(base_url, allow_http=allow_http)
        self._timeout = _config.checked_number("timeout", timeout)
        self._max_retries = _config.checked_count("max_retries", max_retries, 0)
        max_response_bytes = _config.checked_count("max_response_bytes", max_response_bytes, 1)
        self._pacing = AdaptivePacing() if pacing is None else _checked_pacing(pacing)
        self._rate = None if max_rate is None else Rate(_config.checked_number("max_rate", max_rate))
        kind, own_transport, callers_transport, sender, driver, self._outcomes_of = self._parts
        if http_client is None:
            self._transport: Any = own_transport(origin, trust_env=trust_env)
        elif isinstance(http_client, kind):
            self._transport = callers_transport(http_client)
        else:
            raise ConfigurationError(f"http_client must be an httpx.{kind.__name__}, not {type(http_client)}.")
        self._raw = AuthenticatedClient(
            origin.url,
            key(),
            timeout=httpx.Timeout(self._timeout),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": f"tela-runs/{__version__}"},
            httpx_args={"transport": self._transport, "trust_env": False},
        )
        self._wakes = Wakes()
        self._created: dict[str, float] = {}
        self._sender: Any = sender(self._raw, self._transport, max_response_bytes)
        self._driver: Any = partial(driver, self._sender, self._timing, self._wakes)
        self._url = origin.url

    @property
    def raw(self) -> AuthenticatedClient:
        """The generated low-level client that this one itself uses: same key, connections, deadline; closed with it."""
        return self._raw

    def wake(self, run_id: str) -> bool:
        """Poll a run at once if this client is waiting for it; True if it is.

        For an end that is reported by other means, such as a webhook. Never blocks; works from any thread. It
        shortens the pause of the pacing, but never a ``Retry-After`` or ``max_rate``; a run is polled at most once in
        0.2 s, however often it is woken.
        """
        return bool(run_id) and self._wakes.wake(run_id)

    def watch(self, run_id: str, *, timeout: float | None = DEFAULT_WAIT, pacing: Pacing | None = None) -> RunIterator:
        """The run at the first poll and at each change of its status, up to the final one, succeeded or failed.

        The timeout starts with the first item requested. Closing the iterator ends it; nothing is sent between items.

        Raises:
            ConfigurationError: An argument cannot be used; nothing was sent.
            WaitTimeoutError: While iterating: the run had not ended in time.
            APIError: While iterating: as for `wait`.
        """
        check_run_id(run_id)
        runs: RunIterator = self._driver().reports(watching(run_id, *self._waiting(timeout, pacing)), run_id)
        return runs

    def as_completed(
        self,
        ids: RunIds,
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
        max_in_flight: int = 20,
    ) -> OutcomeIterator:
        """Wait for many runs; the outcome of each, in order of completion. A failure harms no other run.

        Polls are made in the background, by at most ``max_in_flight`` threads or tasks, however many runs there are.
        Closing the iterator, or leaving its loop, cancels them.

        Args:
            ids: Ids of runs; each distinct one is waited for once. A collection is read and checked before anything is
                sent. An iterator (for the async client an async one too) is read as places become free, so that at
                most ``max_in_flight`` of its runs are outstanding: it may create them. A bad id from an iterator has an
                `Outcome` with the error.
            timeout: Seconds for all runs together, from the first item requested; None for no limit. A run that has
                not ended by then has an outcome with a `WaitTimeoutError`.
            pacing: When to poll a run again, instead of the client's.
            on_update: Called with each run at its first poll and at each change of its status, while iterating. For the
                async client it may be a coroutine function.
            max_in_flight: Maximum concurrent requests, and so connections; more than 512 count as 512.

        Raises:
            ConfigurationError: An argument cannot be used; nothing was sent.
            AuthenticationError: While iterating: the key is rejected, which ends the wait for all.
        """
        self._wakes.check_open()
        ids, waiting = self._checked_ids(ids), self._waiting(timeout, pacing, on_update)
        max_in_flight = min(_config.checked_count("max_in_flight", max_in_flight, 1), MAX_CONNECTIONS)
        new_fleet = partial(Fleet, *waiting, max_in_flight)  # the timeout starts when the first item is requested
        outcomes: OutcomeIterator = self._outcomes_of(ids, new_fleet, self._driver(), self._wakes, on_update)
        return outcomes

    def __repr__(self) -> str:
        # Tracebacks that show local variables call this also where `__init__` has rejected its arguments.
        return f"<{type(self).__name__} of {getattr(self, '_url', 'nowhere yet')}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} holds connections and a key: make one in each process.")

    def _retrieving(self, run_id: str) -> Flow[Run]:
        check_run_id(run_id)  # rejects a bad id before anything is sent
        return retrieving(run_id, self._options(), self._max_retries)

    def _creating(self, body: CreateBody | Exception) -> Flow[PollResult]:
        """Create a run, and remember that this client did."""
        if isinstance(body, Exception):
            raise body
        created = yield from creating(body, self._options(), self._max_retries)
        now = self._timing.clock()
        for run_id, at in list(self._created.items()):
            if now - at > CREATED_GRACE:
                self._created.pop(run_id, None)
        self._created[created.run.id] = now
        return created

    def _options(self, pacing: Pacing | None = None) -> Options:
        chosen, timing = self._pacing if pacing is None else _checked_pacing(pacing), self._timing
        return Options(self._timeout, chosen, timing.clock, timing.jitter, self._rate, self._created)

    def _waiting(
        self, timeout: float | None, pacing: Pacing | None, on_update: object = None
    ) -> tuple[Options, float | None]:
        """The options and seconds of a wait; rejects bad ones, and a coroutine function that nothing would await."""
        is_sync = callable(on_update) and not any(map(iscoroutinefunction, (on_update, on_update.__call__)))
        if not (on_update is None or is_sync or (self._may_await and callable(on_update))):
            raise ConfigurationError("on_update must be a function, or for AsyncRunsClient alone a coroutine function.")
        return self._options(pacing), None if timeout is None else _config.checked_number("timeout", timeout)

    def _checked_ids(self, ids: Any) -> Any:
        """The ids of a collection, each checked before anything is sent; those of other iterables are checked later."""
        if self._may_await and isinstance(ids, AsyncIterable):
            return ids
        if isinstance(ids, (str, bytes)) or not isinstance(ids, Iterable):
            raise ConfigurationError(f"ids must be an iterable of run ids, such as [run_id], not {type(ids).__name__}.")
        if not isinstance(ids, Collection):
            return iter(ids)
        for run_id in (listed := list(ids)):
            check_run_id(run_id)
        return listed


def _checked_pacing(pacing: Pacing) -> Pacing:
    methods = [getattr(pacing, name, None) for name in ("delay", "observe")]
    if isinstance(pacing, type) or not all(callable(method) and not iscoroutinefunction(method) for method in methods):
        wanted = "an object with the methods delay and observe, neither of them async, such as FixedPacing(2.0)"
        raise ConfigurationError(f"pacing must be {wanted}, not {pacing!r:.100}.")
    return pacing


def id_in_webhook(body: bytes | str) -> str:
    """The run id in a webhook's payload, whatever else is in it or missing."""
    try:
        return parse_webhook(body).id
    except InvalidResponseError as error:
        if error.run_id is None:
            raise
        return error.run_id
