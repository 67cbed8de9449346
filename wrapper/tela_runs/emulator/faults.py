"""What can go wrong on the way to a client, as values; nothing here touches a socket."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from math import inf
from typing import ClassVar, Literal

from attrs import Attribute, define, field, frozen
from attrs.validators import and_, ge, in_, instance_of, le, optional

from .response import Content, HeaderPairs, Response, api_response, error_response, header_pairs

#: Asks the API for its own response; true if that is going to be sent whole, so that a scripted run moves on.
Healthy = Callable[[bool], Response]


@frozen
class Pause:
    """Wait this many seconds, or for ever (None), or until the client leaves."""

    seconds: float | None


@frozen
class End:
    """End the connection: with a reset (TCP RST) or in good order (FIN)."""

    reset: bool


#: A response to be sent whole, bytes to be sent as they are, and the above.
Step = Response | bytes | Pause | End


def duration(_instance: object, attribute: "Attribute[float]", value: float) -> None:
    """Check that an attribute is a finite number of seconds."""
    if not 0 <= value < inf:
        raise ValueError(f"{attribute.name} must be a finite number of seconds, 0 or more, not {value!r}")


_STATUS = and_(instance_of(int), ge(200), le(999))
_COUNT = and_(instance_of(int), ge(1))


class Fault(ABC):
    """One way in which a request can go wrong. Faults are frozen: one may be injected in many places."""

    @abstractmethod
    def play(self, healthy: Healthy, /) -> Iterator[Step]:
        """Give what to do in place of sending the API's own response; without asking for that, no run is started."""


@frozen
class Status(Fault):
    """A response with this status, 200 to 999, standard or not.

    `body` is by default the error body that Tela documents; `bytes` and `str` are sent as they are, as a
    gateway's HTML, and anything else as JSON. A `content-type` in `headers` overrides the one chosen here.
    """

    code: int = field(validator=_STATUS)
    headers: HeaderPairs = field(default=None, converter=header_pairs)
    body: object = None

    def play(self, _healthy: Healthy, /) -> Iterator[Step]:
        if self.body is None:
            response = api_response(self.code, b"") if self.code in (204, 304) else error_response(self.code)
        elif isinstance(self.body, bytes | str):
            data = self.body.encode() if isinstance(self.body, str) else self.body
            response = api_response(self.code, data, "text/html; charset=utf-8")
        else:
            response = api_response(self.code, json.dumps(self.body).encode())
        yield response.with_headers(self.headers)

    def __attrs_post_init__(self) -> None:
        try:
            json.dumps(None if isinstance(self.body, bytes) else self.body)
        except TypeError as error:
            raise ValueError(f"body must be bytes, str or JSON: {error}") from error


@frozen
class Body(Fault):
    """A response with exactly this content.

    `content` is bytes, or a function that returns an iterable of bytes: made chunk by chunk as the client
    reads, so that a large body needs little memory. Such a body is sent chunked unless `headers` has a
    `Content-Length`. A `Content-Length` given is sent even when it is a lie.
    """

    content: Content
    headers: HeaderPairs = field(default=None, converter=header_pairs)
    status: int = field(default=200, validator=_STATUS)

    def play(self, _healthy: Healthy, /) -> Iterator[Step]:
        yield api_response(self.status, self.content).with_headers(self.headers)


@frozen
class Headers(Fault):
    """The healthy response with these headers added, or in place of its own of the same names."""

    headers: HeaderPairs = field(converter=header_pairs)

    def play(self, healthy: Healthy, /) -> Iterator[Step]:
        yield healthy(True).with_headers(self.headers)


@frozen
class Delay(Fault):
    """The healthy response, this many seconds late; it gives the state of the run at that later time."""

    seconds: float = field(validator=duration)

    def play(self, healthy: Healthy, /) -> Iterator[Step]:
        yield Pause(self.seconds)
        yield healthy(True)


@frozen
class Drip(Fault):
    """The healthy response, its head or body or all of it `chunk` bytes at a time, `interval` seconds apart."""

    interval: float = field(default=0.05, validator=duration)
    part: Literal["head", "body", "all"] = field(default="all", validator=in_(("head", "body", "all")))
    chunk: int = field(default=1, validator=_COUNT)

    def play(self, healthy: Healthy, /) -> Iterator[Step]:
        response = healthy(True)
        head, data = response.head(), b"".join(response.encoded())
        for part, piece in (("head", head), ("body", data.removeprefix(head))):
            yield from _dripped(piece, self.chunk, self.interval) if self.part in (part, "all") else (piece,)


@frozen
class _Cut(Fault):
    after_bytes: int | None = field(default=None, validator=optional(and_(instance_of(int), ge(0))))
    last_step: ClassVar[Step]

    def play(self, healthy: Healthy, /) -> Iterator[Step]:
        response = healthy(False)
        if self.after_bytes:
            yield b"".join(response.encoded())[: self.after_bytes]
        yield self.last_step


class Reset(_Cut):
    """A TCP reset in place of a response, or after `after_bytes` bytes of the healthy one."""

    last_step = End(reset=True)


class Close(_Cut):
    """The end of the connection in place of a response, or after `after_bytes` bytes of the healthy one."""

    last_step = End(reset=False)


class Stall(_Cut):
    """Silence in place of a response, or after its first `after_bytes` bytes, until the client leaves."""

    last_step = Pause(None)


@frozen
class Raw(Fault):
    """Exactly these bytes, then the end of the connection, unless `close` is false.

    With an `interval` they are dripped, `chunk` bytes at a time.
    """

    data: bytes = field(validator=instance_of(bytes))
    close: bool = True
    interval: float = field(default=0.0, validator=duration)
    chunk: int = field(default=1, validator=_COUNT)

    def play(self, _healthy: Healthy, /) -> Iterator[Step]:
        yield from _dripped(self.data, self.chunk, self.interval) if self.interval else (self.data,)
        if self.close:
            yield End(reset=False)


def _dripped(data: bytes, chunk: int, interval: float) -> Iterator[Step]:
    for start in range(0, len(data), chunk):
        if start:
            yield Pause(interval)
        yield data[start : start + chunk]


@define(eq=False)
class Injected:
    """A fault for the next `times` requests that match, or, with None, for all."""

    fault: Fault
    times: int | None
    run_id: str | None
    method: str | None

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.fault, Fault):
            raise ValueError(f"inject takes a fault, such as Status(503), not {self.fault!r}")  # noqa: TRY004
        if self.times is not None and self.times < 1:
            raise ValueError(f"times must be 1 or more, or None for ever, not {self.times!r}")

    def take(self, run_id: str | None, method: str) -> bool:
        """Whether this request meets the fault; counts it if so."""
        if self.times == 0 or self.run_id not in (None, run_id) or self.method not in (None, method):
            return False
        self.times = self.times and self.times - 1
        return True
