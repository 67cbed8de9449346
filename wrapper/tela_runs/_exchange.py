"""One request and its answer, over connections of our own or over the caller's HTTP client.

Here the exceptions of the HTTP libraries end: what goes on from here is a `Seen` or one of our errors, raised outside
the ``except`` block that made it, so that no frame which held the request, and with it the key, is chained to it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import h11
import httpx
from attrs import evolve

from ._answer import read
from ._gateway import retrieve_path
from ._intake import Intake
from ._version import __version__
from ._wire import Headers
from .errors import APIConnectionError, APIError, APITimeoutError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._answer import Seen
    from ._settings import Secret
    from ._wire import Wire

_logger = logging.getLogger("tela_runs")

#: Seconds that a request may take at the most: what sockets and locks can count to on every platform, about 23 days.
_LONGEST = 2e6
_OK = 200
#: Characters of what can only be a key.
_SHORTEST_KEY = 12

_TIMEOUTS = (httpx.TimeoutException, TimeoutError)
#: What an exchange fails with.
FAILURES: tuple[type[BaseException], ...] = (
    httpx.HTTPError,
    httpx.StreamError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    h11.ProtocolError,
    OSError,
    UnicodeError,
    # A closed client, another event loop: ours, but its frames hold the request all the same.
    ConfigurationError,
)


def concluded(
    run_id: str,
    intake: Intake,
    failure: BaseException | None,
    timeout: float,
    conceal: Callable[[bytes], bytes] = bytes,
) -> Seen:
    """What came of an exchange: of what was taken in before it ended or failed.

    An answer other than 200 counts even if its body broke off: its status says more than how it ended. An answer that
    ends in an error goes through ``conceal`` first: some servers answer with what they were sent.

    Raises:
        APIError: It did not bring the run.
        ConfigurationError: Nothing was sent: the client is closed, or belongs to another event loop.
    """
    if isinstance(failure, ConfigurationError):
        raise failure
    if _logger.isEnabledFor(logging.DEBUG):
        status = f"HTTP {intake.status}" if intake.status else "no answer"
        _logger.debug("GET %r: %s%s", run_id, status, "" if failure is None else f", {type(failure).__name__}")
    if isinstance(failure, _TIMEOUTS) and (not intake.status or intake.status == _OK):
        raise APITimeoutError(
            f"No whole answer for run {run_id!r} within {timeout:.3g} s. Try again, or allow more with timeout=…",
            run_id=run_id,
        )
    if not intake.status:
        detail = " ".join(str(failure).split())[:200] or "no reason given"
        raise APIConnectionError(
            f"No answer for run {run_id!r}: {detail} ({type(failure).__name__}). Check the network, the proxy and the "
            "base URL, or try again.",
            run_id=run_id,
        )
    if failure is not None and not intake.flaw:
        intake.flaw = "it was cut short"
    answer = intake.answer()
    try:
        return read(answer, run_id)
    except APIError:
        headers = {name: conceal(value.encode("latin-1")).decode("latin-1") for name, value in answer.headers.items()}
        concealed = evolve(answer, headers=headers, body=conceal(answer.body))
        if concealed == answer:
            raise
    answer = concealed
    return read(answer, run_id)


class BaseExchange:
    """What the sync and the async exchange have in common."""

    def __init__(self, key: Secret, host: str, max_response_bytes: int) -> None:
        self._max_response_bytes = max_response_bytes
        self._headers = _headers_with(key, host)
        self._conceal = _concealing(key)

    def _bare(self, error: BaseException) -> BaseException:
        """The error without its frames, which hold the request, and without the key, should a server have sent it."""
        text = str(error).encode("utf-8", "replace")
        concealed = self._conceal(text)
        if concealed != text:
            return OSError(concealed.decode())
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)


class Exchange(BaseExchange):
    """Asks for runs, synchronously."""

    def __init__(self, wire: Wire, key: Secret, host: str, max_response_bytes: int) -> None:
        super().__init__(key, host, max_response_bytes)
        self._wire = wire

    def look(self, run_id: str, timeout: float) -> Seen:
        """Ask for a run once, for at most ``timeout`` seconds.

        Raises:
            APIError: The exchange did not bring the run.
            ConfigurationError: The client is closed.
        """
        path = retrieve_path(run_id)
        intake = Intake(self._max_response_bytes)
        failure: BaseException | None = None
        try:
            self._wire.get(path, self._headers(), min(timeout, _LONGEST), intake)
        except FAILURES as error:
            failure = self._bare(error)
        return concluded(run_id, intake, failure, timeout, self._conceal)

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()


def _headers_with(key: Secret, host: str) -> Callable[[], Headers]:
    """The headers of every request, behind a closure, where no repr and no ``vars`` shows the key."""
    headers = Headers()
    headers += [
        (b"Host", host.encode("ascii")),
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", b"gzip"),
        (b"Authorization", b"Bearer " + key.reveal().encode("ascii")),
        (b"User-Agent", f"tela-runs/{__version__}".encode("ascii")),
    ]
    return lambda: headers


def _concealing(key: Secret) -> Callable[[bytes], bytes]:
    """What takes the key out of a text, behind a closure for the same reason. Too short a key may be any word."""
    secret = key.reveal().encode("ascii")
    return bytes if len(secret) < _SHORTEST_KEY else lambda text: text.replace(secret, b"[the API key]")
