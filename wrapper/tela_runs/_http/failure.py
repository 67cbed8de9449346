"""What a request failed with, as texts and flags: the exceptions of httpx keep the request, and the key, alive."""

from __future__ import annotations

import os
import sys
from socket import gaierror
from typing import TYPE_CHECKING

import httpx
from attrs import frozen

from tela_runs.errors import ConfigurationError

try:
    from socksio import SOCKSError  # of a proxy that does not speak SOCKS: httpcore lets it through
except ImportError:
    SOCKSError = httpx.ProxyError  # type: ignore[assignment, misc]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What sending a request and reading its response may fail with. A closed client and a foreign event loop are errors of
#: ours, but their frames hold the request all the same.
_FAILURES: tuple[type[BaseException], ...] = (
    *(httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict),
    *(OSError, UnicodeError, ConfigurationError, SOCKSError),
)
#: Failures before the first byte of a request has left for the API.
_NOT_SENT = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, SOCKSError),
    *(httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL),
)


@frozen
class Failure:
    """Why a request brought no whole response."""

    reason: str = ""  # the system's own words where there are any, such as "Connection refused"
    kind: str = "TimeoutError"  # the name of the exception's class
    is_timeout: bool = False
    was_sent: bool = True  # whether bytes of the request may have left for the API
    remedy: str = ""  # what to do where another try is in vain
    misuse: ConfigurationError | None = None  # the error to raise as it is: the client could not send


def failures() -> tuple[type[BaseException], ...]:
    """What sending a request and reading its response may fail with."""
    # httpx-aiohttp lets those pass that aiohttp raises for a malformed response; they show the key.
    aiohttp = sys.modules.get("aiohttp")
    return _FAILURES if aiohttp is None else (*_FAILURES, aiohttp.ClientError)


def failure_of(error: BaseException, conceal: Callable[[bytes], bytes]) -> Failure:
    """What an exception tells, without its frames, and without the key, should a server have sent it."""
    if isinstance(error, ConfigurationError):
        error.__cause__ = error.__context__ = None
        return Failure(misuse=error.with_traceback(None))
    reason = conceal(_reason(error).encode("utf-8", "replace")).decode()
    remedy = ""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)) and "certificate" in reason.lower():
        remedy = "If the API is behind a company's proxy, let SSL_CERT_FILE name the certificates to trust."
    elif isinstance(error, httpx.ProxyError) and "407" in reason:
        remedy = "Give the proxy's URL the user and the password it wants."
    return Failure(
        " ".join(reason.split())[:200],
        type(error).__name__,
        is_timeout=isinstance(error, (httpx.TimeoutException, TimeoutError)) and _is_true(error, TimeoutError),
        was_sent=not (isinstance(error, _NOT_SENT) and _is_true(error, ConnectionRefusedError, gaierror)),
        remedy=remedy,
    )


def _is_true(error: BaseException, *causes: type[Exception]) -> bool:
    """Whether a failure is what its class says, which the transports over these libraries show by its causes alone."""
    # They speak of a failed connect, or of its timeout, also where the connection was lost after the request was sent.
    library = type(error.__cause__).__module__.partition(".")[0]
    return library not in {"aiohttp", "pyreqwest"} or any(isinstance(part, causes) for part in _chain(error))


def _reason(error: BaseException) -> str:
    """The text of the innermost error of the operating system that led to this one, else of this one itself."""
    failed = [part for part in _chain(error) if isinstance(part, OSError) and part.errno]
    if failed and failed[-1].errno and "Connect call failed" in str(failed[-1]):
        return os.strerror(failed[-1].errno)  # asyncio puts its own words in the place of the system's
    return failed[-1].strerror or str(failed[-1]) if failed else str(error)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        for member in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
            yield from _chain(member)
        error = error.__cause__ or error.__context__
