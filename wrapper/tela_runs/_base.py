"""What the sync and the async client have in common: the checked options, and the flows made of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeVar

import httpx

from . import _config
from ._drivers.one import Wakes
from ._generated import AuthenticatedClient, check_run_id
from ._http.transport import MAX_CONNECTIONS, closed_error
from ._polling.single import creating, retrieving
from ._polling.state import CREATED_GRACE, Options, Rate
from ._version import __version__
from .errors import ConfigurationError, InvalidResponseError
from .pacing import AdaptivePacing, Pacing
from .run import Run, parse_webhook

if TYPE_CHECKING:
    from ._create import CreateBody
    from ._polling.flow import Flow, PollResult

#: Seconds that a wait may take unless told otherwise.
DEFAULT_WAIT = 600.0

HttpClient = TypeVar("HttpClient", httpx.Client, httpx.AsyncClient)


class BaseClient(Generic[HttpClient]):
    """What both clients are; each names the classes that it is made of."""

    _http_client_class: ClassVar[type]
    _stack_class: ClassVar[type]
    _callers_class: ClassVar[type]
    _sender_class: ClassVar[type]
    _driver_class: ClassVar[type]
    #: Whether what ``on_update`` returns is awaited.
    _may_await: ClassVar[bool] = False
    #: Clock, jitter and sleep; a test gives a subclass others.
    _timing: ClassVar[_config.Timing] = _config.Timing()

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 2,
        max_response_bytes: int = _config.DEFAULT_MAX_RESPONSE_BYTES,
        pacing: Pacing | None = None,
        max_rate: float | None = None,
        http_client: HttpClient | None = None,
        allow_http: bool = False,
        trust_env: bool = True,
    ) -> None:
        given = None if api_key is None else _config.Secret(api_key)
        del api_key  # from here on no frame of ours has the key among its locals
        key = _config.checked_key(given)
        self._origin = _config.checked_origin(base_url, allow_http=allow_http)
        self._timeout = _config.checked_number("timeout", timeout)
        self._max_retries = _config.checked_count("max_retries", max_retries, 0)
        max_response_bytes = _config.checked_count("max_response_bytes", max_response_bytes, 1)
        self._pacing = AdaptivePacing() if pacing is None else _checked_pacing(pacing)
        self._rate = None if max_rate is None else Rate(_config.checked_number("max_rate", max_rate))
        if http_client is not None and not isinstance(http_client, self._http_client_class):
            raise ConfigurationError(
                f"http_client must be an httpx.{self._http_client_class.__name__}, not {type(http_client).__name__}."
            )
        if http_client is None:
            self._transport: Any = self._stack_class(self._origin, trust_env=trust_env)
        else:
            self._transport = self._callers_class(http_client)
        self._raw = AuthenticatedClient(
            self._origin.url,
            key.reveal(),
            timeout=httpx.Timeout(self._timeout),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": f"tela-runs/{__version__}"},
            httpx_args={"transport": self._transport, "trust_env": False},
        )
        self._wakes = Wakes()
        self._created: dict[str, float] = {}
        self._is_closed = False
        self._sender: Any = self._sender_class(self._raw, self._transport, key, max_response_bytes)
        self._driver: Any = partial(self._driver_class, self._sender, self._timing, self._wakes)

    @property
    def raw(self) -> AuthenticatedClient:
        """The generated low-level client that this one itself uses: same key, connections, deadline; closed with it."""
        return self._raw

    def wake(self, run_id: str) -> bool:
        """Poll a run at once, if something of this client waits for it; whether there was something.

        For whoever hears of the run's end by other means, such as a webhook. Never blocks; works from any thread. It
        shortens the pause of the pacing, but never a ``Retry-After`` or ``max_rate``; a run is polled at most once in
        0.2 s, however often it is woken.
        """
        return bool(run_id) and self._wakes.wake(run_id)

    def __repr__(self) -> str:
        # Tracebacks with local variables also ask one that rejected its arguments and has no origin yet.
        origin = getattr(self, "_origin", None)
        return f"<{type(self).__name__} of {origin.url if origin else 'nowhere yet'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} holds connections and a key: make one in each process.")

    def _retrieving(self, run_id: str) -> Flow[Run]:
        check_run_id(run_id)  # rejects a bad id before anything is sent
        return retrieving(run_id, self._options(), self._max_retries)

    def _creating(self, body: CreateBody | Exception) -> Flow[PollResult]:
        """Create a run, and take note that this client did."""
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
        """What a wait is given; rejects what it cannot use, and a listener that nobody would await."""
        if on_update is not None and not callable(on_update):
            raise ConfigurationError(f"on_update must be a function that takes a run, not {type(on_update).__name__}.")
        if not self._may_await and iscoroutinefunction(on_update):
            raise ConfigurationError("on_update is a coroutine function, nobody would await it: use AsyncRunsClient.")
        return self._options(pacing), None if timeout is None else _config.checked_number("timeout", timeout)

    def _listed(self, ids: Iterable[str]) -> list[str]:
        """The ids, each checked before anything is sent."""
        if isinstance(ids, (str, bytes)):
            raise ConfigurationError("ids must be an iterable of run ids, not one string: pass [run_id].")
        if not isinstance(ids, Iterable):
            raise ConfigurationError(f"ids must be an iterable of run ids, not {type(ids).__name__}.")
        listed = list(ids)
        for run_id in listed:
            check_run_id(run_id)
        return listed

    def _check_fleet(self, max_in_flight: int) -> int:
        """The requests that may be made at a time: those asked for, as far as there are connections."""
        if self._is_closed:
            raise closed_error()
        return min(_config.checked_count("max_in_flight", max_in_flight, 1), MAX_CONNECTIONS)


def _checked_pacing(pacing: Pacing) -> Pacing:
    if not callable(getattr(pacing, "delay", None)) or not callable(getattr(pacing, "observe", None)):
        raise ConfigurationError(f"pacing must have the methods delay and observe; {type(pacing).__name__} has not.")
    return pacing


def id_in_webhook(body: bytes | str) -> str:
    """The run id in a webhook's payload, whatever else is in it or missing."""
    if isinstance(body, dict):
        raise InvalidResponseError("The payload is a dict. Pass the body of the webhook's request as it was received.")
    try:
        return parse_webhook(body).id
    except InvalidResponseError as error:
        if error.run_id is None:
            raise
        return error.run_id
