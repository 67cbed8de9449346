"""What a client is made of. Key, base URL and numbers are checked before anything is sent: ConfigurationError."""

from __future__ import annotations

import ipaddress
import math
import operator
import random
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit

import anyio
from attrs import frozen

from .errors import ConfigurationError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from typing import NoReturn

T = TypeVar("T")

DEFAULT_BASE_URL = "https://api.tela.com"
DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024
#: About one request a day.
LOWEST_RATE = 1e-5

#: What headers and URLs carry unchanged, less blanks: a key with a blank in it is a key pasted wrongly.
_PRINTABLE = re.compile(r"[!-~]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Timing:
    """The clock, the jitter and the sleep of a client: the one seam through which tests give it another time.

    The functions are those of when this module was imported, and a class holds them, where tools that freeze time do
    not find them: deadlines hold in frozen time.
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


class Secret(Generic[T]):
    """A value that shows in no repr, ``vars``, pickle or traceback: it lives in a closure alone."""

    __slots__ = ("reveal",)

    reveal: Callable[[], T]

    def __init__(self, value: T) -> None:
        self.reveal = lambda: value

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A key and the user's data are not pickled: make a client in each process.")


@frozen
class Origin:
    """Where the API is; the prefix is a path before that of every operation, empty as a rule."""

    scheme: str
    host: str
    port: int
    prefix: str

    @property
    def is_loopback(self) -> bool:
        """Whether requests to it stay on this machine."""
        with suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"

    @property
    def url(self) -> str:
        """The origin as a URL, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.prefix}"


def checked_key(api_key: Secret[str] | None, environ: Mapping[str, str]) -> Secret[str]:
    """The API key that was given, else that of ``TELA_API_KEY``; in no error and among no frame's locals."""
    source = "api_key" if api_key is not None else "TELA_API_KEY"
    key = api_key if api_key is not None else Secret(environ.get("TELA_API_KEY", ""))
    del environ  # a traceback with local variables would show all of it
    if not isinstance(key.reveal(), str):
        raise ConfigurationError(f"{source} must be a string.")
    if not key.reveal():
        raise ConfigurationError("There is no API key. Pass api_key=… or set TELA_API_KEY.")
    if not _PRINTABLE.fullmatch(key.reveal()):
        raise ConfigurationError(
            f"{source} has a blank, a line break or a character outside ASCII, which a key cannot have. Copy it again."
        )
    return key


def checked_origin(base_url: str | None, environ: Mapping[str, str], *, allow_http: bool) -> Origin:
    """The base URL that was given, else that of ``TELA_BASE_URL``, else Tela's; the key is safe with it."""
    text = base_url if base_url is not None else environ.get("TELA_BASE_URL") or DEFAULT_BASE_URL
    allows_http = allow_http or environ.get("TELA_ALLOW_HTTP") == "1"
    del environ  # a traceback with local variables would show all of it, the key included
    if not isinstance(text, str) or not _PRINTABLE.fullmatch(text) or "\\" in text:
        raise ConfigurationError("The base URL must be a URL in ASCII without blanks, like https://api.tela.com.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ConfigurationError("The base URL cannot be read. Give one like https://api.tela.com.") from None
    if "@" in parts.netloc:
        raise ConfigurationError("The base URL holds credentials. Pass the key as api_key=… and leave them out.")
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.hostname.startswith(".") or port == 0:
        raise ConfigurationError(f"The base URL {text!r} is not an http(s) URL. Give one like https://api.tela.com.")
    if "?" in text or "#" in text:
        raise ConfigurationError("The base URL has a query or a fragment. Give the part before it.")
    if any(segment in {".", ".."} for segment in parts.path.split("/")):
        raise ConfigurationError("The base URL's path goes up. Give it without dots.")
    origin = Origin(parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme], parts.path.rstrip("/"))
    if origin.scheme == "http" and not (allows_http or origin.is_loopback):
        raise ConfigurationError(
            f"Plain http to {origin.host!r} would send the key in clear. Use https; if you must, allow_http=True or "
            "TELA_ALLOW_HTTP=1."
        )
    return origin


def real(value: object) -> float:
    """A real number of whatever type, numpy's and `decimal`'s included, as a float; NaN for anything else."""
    is_bool = type(value).__name__ in {"bool", "bool_"}  # numpy's have either name
    if is_bool or isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def checked_seconds(name: str, value: float) -> float:
    """A finite number of seconds above 0."""
    if not 0 < (seconds := real(value)) < math.inf:
        raise ConfigurationError(f"{name} must be a finite number of seconds above 0, not {value!r}.")
    return seconds


def checked_rate(value: float) -> float:
    """A finite number of requests per second, at least 1e-5."""
    if not LOWEST_RATE <= (rate := real(value)) < math.inf:
        raise ConfigurationError(f"max_rate must be a number of requests per second from {LOWEST_RATE}, not {value!r}.")
    return rate


def checked_count(name: str, value: int, least: int) -> int:
    """A whole number that is not too small."""
    count = least - 1
    with suppress(TypeError):
        count = count if isinstance(value, bool) else operator.index(value)
    if count < least:
        raise ConfigurationError(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return count
