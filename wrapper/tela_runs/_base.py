"""What the sync and the async client have in common: the checked settings, and the flows made of them."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

import httpx

from ._gateway import AuthenticatedClient, retrieve_path
from ._polling import retrieving, waiting, watching
from ._proxy import proxy_from_environment
from ._rate import Rate
from ._settings import (
    DEFAULT_MAX_RESPONSE_BYTES,
    MAX_CONNECTIONS,
    Secret,
    checked_count,
    checked_key,
    checked_origin,
    checked_rate,
    checked_seconds,
    checked_timeout,
)
from ._wait import Terms
from ._wire import closed_error
from .errors import ConfigurationError
from .pacing import AdaptivePacing, Pacing

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._flow import Flow
    from .run import Run

#: Seconds that a wait may take unless told otherwise.
DEFAULT_WAIT = 600.0

HttpClient = TypeVar("HttpClient", httpx.Client, httpx.AsyncClient)


class BaseClient(Generic[HttpClient]):
    """What both clients are: the checked settings, and the flows made of them."""

    _http_client_class: type[HttpClient]
    #: Whether what ``on_update`` returns is awaited.
    _may_await = False

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 2,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        pacing: Pacing | None = None,
        max_rate: float | None = None,
        http_client: HttpClient | None = None,
        allow_http: bool = False,
        trust_env: bool = True,
    ) -> None:
        given = None if api_key is None else Secret(api_key)
        del api_key  # from here on no frame of ours has the key among its locals
        self._key = checked_key(given, os.environ)
        self._origin = checked_origin(base_url, os.environ, allow_http=allow_http)
        self._timeout = checked_seconds("timeout", timeout)
        self._max_retries = checked_count("max_retries", max_retries, 0)
        self._max_response_bytes = checked_count("max_response_bytes", max_response_bytes, 1)
        self._pacing = AdaptivePacing() if pacing is None else _checked_pacing(pacing)
        self._rate = None if max_rate is None else Rate(checked_rate(max_rate))
        if http_client is not None and not isinstance(http_client, self._http_client_class):
            raise ConfigurationError(
                f"http_client must be an httpx.{self._http_client_class.__name__}, not {type(http_client).__name__}."
            )
        self._http_client: HttpClient | None = http_client
        self._trust_env = trust_env
        self._proxy = proxy_from_environment(self._origin) if trust_env and http_client is None else None
        self._clock: Callable[[], float] = time.monotonic
        self._jitter: Callable[[], float] = random.random
        self._raw: AuthenticatedClient | None = None
        self._closed = False
        self._connect()

    def _connect(self) -> None:
        """Set up what sends the requests and performs the flows."""
        raise NotImplementedError

    def __repr__(self) -> str:
        # Tracebacks with local variables also ask one that refused its arguments and has no origin yet.
        origin = getattr(self, "_origin", None)
        return f"<{type(self).__name__} of {origin.url if origin else 'nowhere yet'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} holds connections and a key: make one in each process.")

    def _retrieving(self, run_id: str) -> Flow[Run]:
        retrieve_path(run_id)  # refuses a bad id before anything is sent
        return retrieving(run_id, self._terms(None), self._max_retries)

    def _waiting(self, run_id: str, timeout: float | None, pacing: Pacing | None) -> Flow[Run]:
        retrieve_path(run_id)
        return waiting(run_id, self._terms(pacing), checked_timeout(timeout))

    def _watching(self, run_id: str, timeout: float | None, pacing: Pacing | None) -> Flow[Run]:
        retrieve_path(run_id)
        return watching(run_id, self._terms(pacing), checked_timeout(timeout))

    def _terms(self, pacing: Pacing | None) -> Terms:
        chosen = self._pacing if pacing is None else _checked_pacing(pacing)
        return Terms(self._timeout, chosen, self._clock, self._jitter, self._rate)

    def _listed(self, ids: Iterable[str]) -> list[str]:
        """The ids, each checked before anything is sent.

        Raises:
            ConfigurationError: They are no iterable of ids, or one of them cannot be an id.
        """
        if isinstance(ids, (str, bytes)):
            raise ConfigurationError("ids must be an iterable of run ids, not one string: pass [run_id].")
        if not isinstance(ids, Iterable):
            raise ConfigurationError(f"ids must be an iterable of run ids, not {type(ids).__name__}.")
        listed = list(ids)
        for run_id in listed:
            retrieve_path(run_id)
        return listed

    def _check_listener(self, on_update: object) -> None:
        """Refuse what cannot be called, and what nobody would await.

        Raises:
            ConfigurationError: It is one of them.
        """
        if on_update is not None and not callable(on_update):
            raise ConfigurationError(f"on_update must be a function that takes a run, not {type(on_update).__name__}.")
        if not self._may_await and iscoroutinefunction(on_update):
            raise ConfigurationError(
                "on_update is a coroutine function, which nobody would await: use AsyncRunsClient."
            )

    def _check_fleet(self, max_in_flight: int) -> int:
        """The requests that may be made at a time: those asked for, as far as there are connections."""
        if self._closed:
            raise closed_error()
        return min(checked_count("max_in_flight", max_in_flight, 1), MAX_CONNECTIONS)

    def _make_raw(self, **httpx_args: Any) -> AuthenticatedClient:
        if self._raw is None:
            self._raw = AuthenticatedClient(
                self._origin.url,
                self._key.reveal(),
                timeout=httpx.Timeout(self._timeout),
                # Plain http to this machine must not go by a proxy.
                httpx_args={"trust_env": self._trust_env and not self._origin.is_loopback, **httpx_args},
            )
        return self._raw


def _checked_pacing(pacing: Pacing) -> Pacing:
    if not callable(getattr(pacing, "delay", None)) or not callable(getattr(pacing, "observe", None)):
        raise ConfigurationError(f"pacing must have the methods delay and observe; {type(pacing).__name__} has not.")
    return pacing
