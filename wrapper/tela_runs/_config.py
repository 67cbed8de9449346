"""The settings of a client. Key, base URL and numbers are checked before anything is sent (ConfigurationError)."""

from __future__ import annotations

import ipaddress
import math
import os
import random
import re
import sys
import time
from contextlib import suppress
from numbers import Integral
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import anyio
from attrs import frozen

from .errors import ConfigurationError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

T = TypeVar("T")

#: What a header carries unchanged, less blanks: a key with a blank in it is a key pasted wrongly.
_KEY = re.compile(r"[!-~]+")
#: Of what is ASCII and no blank all but ``#``, ``?``, ``@`` and a backslash; no segment of the path is ``.`` or ``..``.
_BASE_URL = re.compile(
    r'https?://(?=(\[[^][/]+\]|[^][./:][^][/:]*)(:\d*)?(/|$))((?!/\.\.?(/|$))[!"$->A-\[\]-~])+', re.IGNORECASE
)
_PORTS = {"http": 80, "https": 443}


class Timing:
    """The clock, the jitter and the sleep of a client: the one seam through which tests give it another time.

    A class holds the functions as imported, where tools that freeze time do not find them.
    """

    #: Monotonic seconds.
    clock: Callable[[], float] = staticmethod(time.monotonic)
    #: Numbers evenly spread over [0, 1).
    jitter: Callable[[], float] = staticmethod(random.random)

    def sleep(self, seconds: float, waker: threading.Event) -> None:
        """Sleep until ``waker`` is set, for at most ``seconds``."""
        waker.wait(seconds)

    async def sleep_async(self, seconds: float, waker: anyio.Event) -> None:
        """Sleep until ``waker`` is set, for at most ``seconds``."""
        with anyio.move_on_after(seconds):
            await waker.wait()


def hidden(value: T) -> Callable[[], T]:
    """A function that returns the value, which no repr, ``vars``, pickle or traceback shows: a closure holds it."""
    return lambda: value


@frozen
class Origin:
    """Where the API is."""

    scheme: str
    host: str
    port: int
    url: str  # without a slash at its end; may have a path, which precedes that of every operation

    @property
    def is_loopback(self) -> bool:
        """Whether requests to it stay on this machine."""
        with suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"


def check_key(key: Callable[[], str]) -> None:
    """Reject what cannot be an API key, without putting it into an error or a frame's locals."""
    if key() == "":
        raise ConfigurationError("There is no API key. Pass api_key=… or set TELA_API_KEY.")
    if not isinstance(key(), str) or not _KEY.fullmatch(key()):
        raise ConfigurationError(
            "The API key must be text without blanks, line breaks or characters outside ASCII. Copy it again."
        )


def checked_origin(base_url: str | None, *, allow_http: bool) -> Origin:
    """The base URL that was given, else that of ``TELA_BASE_URL``, else Tela's; checked to be safe for the key."""
    text = base_url if base_url is not None else os.environ.get("TELA_BASE_URL") or "https://api.tela.com"
    origin = _origin(text) if isinstance(text, str) and _BASE_URL.fullmatch(text) else None
    if origin is None:
        raise ConfigurationError(
            "The base URL, as base_url=… or TELA_BASE_URL, must be an http(s) URL in ASCII, like https://api.tela.com, "
            "without credentials, a query, a fragment, or dots as a segment of its path."
        )
    if origin.scheme == "http" and not (allow_http or origin.is_loopback or os.environ.get("TELA_ALLOW_HTTP") == "1"):
        raise ConfigurationError(
            f"Plain http to {origin.host!r} would send the key unencrypted. Use https; if you must, allow_http=True or "
            "TELA_ALLOW_HTTP=1."
        )
    return origin


def _origin(url: str) -> Origin | None:
    with suppress(ValueError):  # a port or an address that cannot be one
        parts = urlsplit(url)
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
        host = parts.hostname or ""
        if "[" in parts.netloc or host.replace(".", "").isdigit():
            ipaddress.ip_address(host)  # of anything else httpx makes an error of its own
        if host and port:
            return Origin(parts.scheme, host, port, url.rstrip("/"))
    return None


def is_bool(value: object) -> bool:
    """True of numpy's as well, which has either name."""
    return type(value).__name__ in {"bool", "bool_"}


def real(value: object) -> float:
    """A real number of whatever type, numpy's and `decimal`'s included, as a float; NaN for anything else."""
    if is_bool(value) or not hasattr(value, "__float__"):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def checked_number(name: str, value: float) -> float:
    """A finite number, far enough above 0 for its inverse to be finite."""
    if not sys.float_info.min <= (number := real(value)) < math.inf:
        raise ConfigurationError(f"{name} must be a finite number above 0, not {value!r}.")
    return number


def checked_count(name: str, value: int, least: int) -> int:
    """A whole number that is not too small."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ConfigurationError(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)
