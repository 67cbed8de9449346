"""What can go wrong on the way to a client, as values; nothing here touches a socket.

A fault turns the healthy answer into a script: `Send` these bytes, `Pause` this long, `End` the connection. A
script that runs out without an `End` leaves the connection open for the next request.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from math import inf
from typing import ClassVar, Literal

from attrs import Attribute, field, frozen, validators

from .answer import Answer, Content, HeaderPairs, error_body, header_pairs, standing_headers


@frozen
class Send:
    """Put these bytes on the wire."""

    data: bytes


@frozen
class Pause:
    """Wait this many seconds, or for ever (None), or until the client leaves."""

    seconds: float | None


@frozen
class End:
    """End the connection: with a reset (TCP RST) or in good order (FIN)."""

    reset: bool


Step = Send | Pause | End


def _seconds(_instance: object, attribute: "Attribute[float]", value: float) -> None:
    if not 0 <= value < inf:
        raise ValueError(f"{attribute.name} must be a finite number of seconds, 0 or more, not {value!r}")


_COUNT = validators.and_(validators.instance_of(int), validators.ge(0))
_CHUNK = validators.and_(validators.instance_of(int), validators.ge(1))
_STATUS = validators.and_(validators.instance_of(int), validators.ge(200), validators.le(999))


class Fault(ABC):
    """One way in which a request can go wrong. Faults are frozen: one may be injected in many places."""

    #: Whether the healthy answer is sent whole, so that a scripted run moves on to its next status.
    delivers: ClassVar[bool] = False

    @property
    def delay(self) -> float:
        """Seconds to wait before the healthy answer is made."""
        return 0.0

    def reply(self, _healthy: Answer, /) -> Answer | None:
        """Give the answer that the client gets whole, or None when it gets none."""
        return None

    @abstractmethod
    def play(self, healthy: Answer, /) -> Iterator[Step]:
        """Give the steps to take on the wire in place of the healthy answer."""


class _Whole(Fault):
    """A fault that delivers a whole answer, and leaves the connection open."""

    @abstractmethod
    def reply(self, healthy: Answer, /) -> Answer: ...

    def play(self, healthy: Answer, /) -> Iterator[Step]:
        return map(Send, _encoded(self.reply(healthy)))


@frozen
class Status(_Whole):
    """An answer with this status, 200 to 999, standard or not.

    `body` is by default the error body that Tela documents; `bytes` and `str` are sent as they are, as a
    gateway's HTML, and anything else as JSON. A `content-type` in `headers` overrides the one chosen here.
    """

    code: int = field(validator=_STATUS)
    headers: HeaderPairs = field(default=None, converter=header_pairs)
    body: object = None

    def reply(self, _healthy: Answer, /) -> Answer:
        """Give the answer with this status, whatever the healthy one is."""
        content, media_type = self._content()
        standing = (*standing_headers(), ("content-type", media_type))
        return Answer(self.code, standing, content).with_headers(self.headers)

    def _content(self) -> tuple[bytes, str]:
        match self.body:
            case None if self.code in (204, 304):
                return b"", "application/json"
            case None:
                return error_body(self.code), "application/json"
            case bytes():
                return self.body, "text/html; charset=utf-8"
            case str():
                return self.body.encode(), "text/html; charset=utf-8"
            case _:
                return json.dumps(self.body).encode(), "application/json"

    def __attrs_post_init__(self) -> None:
        try:
            self._content()
        except TypeError as error:
            raise ValueError(f"body must be bytes, str or JSON: {error}") from error


@frozen
class Body(_Whole):
    """An answer with exactly this content.

    `content` is bytes, or a function that returns an iterable of bytes: made chunk by chunk as the client
    reads, so that a large body needs little memory. Such a body is sent chunked unless `headers` has a
    `Content-Length`. A `Content-Length` given is sent even when it is a lie.
    """

    content: Content
    headers: HeaderPairs = field(default=None, converter=header_pairs)
    status: int = field(default=200, validator=_STATUS)

    def reply(self, _healthy: Answer, /) -> Answer:
        """Give the answer with this content, whatever the healthy one is."""
        standing = (*standing_headers(), ("content-type", "application/json"))
        return Answer(self.status, standing, self.content).with_headers(self.headers)


@frozen
class Headers(_Whole):
    """The healthy answer with these headers added, or in place of its own of the same names."""

    delivers: ClassVar[bool] = True
    headers: HeaderPairs = field(converter=header_pairs)

    def reply(self, healthy: Answer, /) -> Answer:
        """Give the healthy answer with these headers."""
        return healthy.with_headers(self.headers)


@frozen
class Delay(_Whole):
    """The healthy answer, this many seconds late; it tells the state of the run at that later time."""

    delivers: ClassVar[bool] = True
    seconds: float = field(validator=_seconds)

    @property
    def delay(self) -> float:
        """The seconds it was made with."""
        return self.seconds

    def reply(self, healthy: Answer, /) -> Answer:
        """Give the healthy answer."""
        return healthy


@frozen
class Drip(_Whole):
    """The healthy answer, its head or body or all of it `chunk` bytes at a time, `interval` seconds apart."""

    delivers: ClassVar[bool] = True
    interval: float = field(default=0.05, validator=_seconds)
    part: Literal["head", "body", "all"] = field(default="all", validator=validators.in_(("head", "body", "all")))
    chunk: int = field(default=1, validator=_CHUNK)

    def reply(self, healthy: Answer, /) -> Answer:
        """Give the healthy answer."""
        return healthy

    def play(self, healthy: Answer, /) -> Iterator[Step]:
        """Drip the part that is to be dripped, and send the other at once."""
        head, body = healthy.head(), b"".join(healthy.parts())
        for data, dripped in ((head, self.part != "body"), (body, self.part != "head")):
            yield from _dripped(data, self.chunk, self.interval) if dripped else (Send(data),)


@frozen
class Reset(Fault):
    """A TCP reset in place of an answer, or after `after_bytes` bytes of the healthy one."""

    after_bytes: int | None = field(default=None, validator=validators.optional(_COUNT))

    def play(self, healthy: Answer, /) -> Iterator[Step]:
        """Send the beginning, then reset."""
        yield from _beginning(healthy, self.after_bytes)
        yield End(reset=True)


@frozen
class Close(Fault):
    """The end of the connection in place of an answer, or after `after_bytes` bytes of the healthy one."""

    after_bytes: int | None = field(default=None, validator=validators.optional(_COUNT))

    def play(self, healthy: Answer, /) -> Iterator[Step]:
        """Send the beginning, then close."""
        yield from _beginning(healthy, self.after_bytes)
        yield End(reset=False)


@frozen
class Stall(Fault):
    """Silence in place of an answer, or after its first `after_bytes` bytes, until the client leaves."""

    after_bytes: int = field(default=0, validator=_COUNT)

    def play(self, healthy: Answer, /) -> Iterator[Step]:
        """Send the beginning, then nothing more."""
        yield from _beginning(healthy, self.after_bytes)
        yield Pause(None)


@frozen
class Raw(Fault):
    """Exactly these bytes on the wire, then the end of the connection, unless `close` is false.

    With an `interval` they are dripped, `chunk` bytes at a time.
    """

    data: bytes = field(validator=validators.instance_of(bytes))
    close: bool = True
    interval: float = field(default=0.0, validator=_seconds)
    chunk: int = field(default=1, validator=_CHUNK)

    def play(self, _healthy: Answer, /) -> Iterator[Step]:
        """Send the bytes as they are."""
        yield from _dripped(self.data, self.chunk, self.interval) if self.interval else (Send(self.data),)
        if self.close:
            yield End(reset=False)


def _encoded(answer: Answer) -> Iterator[bytes]:
    yield answer.head()
    yield from answer.parts()


def _beginning(answer: Answer, size: int | None) -> Iterator[Step]:
    if size:
        yield Send(b"".join(_encoded(answer))[:size])


def _dripped(data: bytes, chunk: int, interval: float) -> Iterator[Step]:
    for start in range(0, len(data), chunk):
        if start:
            yield Pause(interval)
        yield Send(data[start : start + chunk])
