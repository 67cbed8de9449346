"""What can go wrong on the way to a client, as values, each with a function that responds in place of the API."""

import json
from collections.abc import Callable, Iterable
from math import inf
from typing import ClassVar, Literal

from attrs import define, evolve, field, frozen, setters
from attrs.validators import ge, in_, instance_of, le, lt, optional

from .connection import Connection, HeaderPairs, Response, api_response, error_response, header_pairs

#: Gives the response of the API itself; true if that is going to be sent whole, so that a scripted run moves on.
Healthy = Callable[[bool], Response]

#: The validators of a finite number of seconds.
DURATION = (ge(0.0), lt(inf))
_STATUS = (ge(200), le(999))


class Fault:
    """One way in which a request can go wrong. Faults are frozen: one may be injected in many places."""

    async def play(self, connection: Connection, healthy: Healthy, /) -> None:
        """Respond in place of the API; without asking it for its own response, no run is started."""
        raise NotImplementedError


@frozen
class Status(Fault):
    """A response with this status, 200 to 999, standard or not.

    `body` is by default the error body that Tela documents; `bytes` and `str` are sent as they are, as a
    gateway's HTML, and anything else as JSON. A `content-type` in `headers` overrides the one chosen here.
    """

    code: int = field(validator=_STATUS)
    headers: HeaderPairs = field(default=None, converter=header_pairs)
    body: object = None

    async def play(self, connection: Connection, _healthy: Healthy, /) -> None:
        if self.body is None:
            response = api_response(self.code) if self.code in (204, 304) else error_response(self.code)
        elif isinstance(self.body, bytes | str):
            data = self.body.encode() if isinstance(self.body, str) else self.body
            response = api_response(self.code, data, "text/html; charset=utf-8")
        else:
            response = api_response(self.code, json.dumps(self.body).encode())
        await connection.send(response.with_headers(self.headers))


@frozen
class Body(Fault):
    """A response with exactly this content.

    `content` is bytes, or a function that returns an iterable of bytes: made as the client reads and sent in chunks,
    so that a large body needs little memory. A `Content-Length` in `headers` is sent even when it is a lie.
    """

    content: bytes | Callable[[], Iterable[bytes]] = field(validator=instance_of((bytes, Callable)))  # type: ignore[arg-type]
    headers: HeaderPairs = field(default=None, converter=header_pairs)
    status: int = field(default=200, validator=_STATUS)

    async def play(self, connection: Connection, _healthy: Healthy, /) -> None:
        response = api_response(self.status).with_headers(self.headers)
        if isinstance(self.content, bytes):
            await connection.send(evolve(response, body=self.content))
            return
        await connection.send(response.with_headers((("transfer-encoding", "chunked"),)))
        for chunk in filter(None, self.content()):
            await connection.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        await connection.send(b"0\r\n\r\n")


@frozen
class Headers(Fault):
    """The healthy response with these headers added, or in place of its own of the same names."""

    headers: HeaderPairs = field(converter=header_pairs)

    async def play(self, connection: Connection, healthy: Healthy, /) -> None:
        await connection.send(healthy(True).with_headers(self.headers))


@frozen
class Delay(Fault):
    """The healthy response, this many seconds late; it gives the state of the run at that later time."""

    seconds: float = field(validator=DURATION)

    async def play(self, connection: Connection, healthy: Healthy, /) -> None:
        healthy(False)  # a create starts its run at once, whether its client goes on waiting or not
        await connection.pause(self.seconds)
        await connection.send(healthy(True))


@frozen
class Drip(Fault):
    """The healthy response, its head or body or all of it `chunk` bytes at a time, `interval` seconds apart."""

    interval: float = field(default=0.05, validator=DURATION)
    part: Literal["head", "body", "all"] = field(default="all", validator=in_(("head", "body", "all")))
    chunk: int = field(default=1, validator=ge(1))

    async def play(self, connection: Connection, healthy: Healthy, /) -> None:
        response = healthy(True)
        for part, data in (("head", response.head()), ("body", response.body)):
            chunk = self.chunk if self.part in (part, "all") else len(data)
            for start in range(0, len(data), chunk):
                if start:
                    await connection.pause(self.interval)
                await connection.send(data[start : start + chunk])


@frozen
class _Cut(Fault):
    after_bytes: int = field(default=0, validator=ge(0))
    ending: ClassVar[Literal["reset", "close", "pause"]]

    async def play(self, connection: Connection, healthy: Healthy, /) -> None:
        await connection.send(healthy(False).encoded()[: self.after_bytes])
        await getattr(connection, self.ending)()


class Reset(_Cut):
    """A TCP reset in place of a response, or after the first `after_bytes` bytes of the healthy one."""

    ending = "reset"


class Close(_Cut):
    """The end of the connection in place of a response, or after the first `after_bytes` bytes of the healthy one."""

    ending = "close"


class Stall(_Cut):
    """Silence in place of a response, or after its first `after_bytes` bytes, until the client leaves."""

    ending = "pause"


@frozen
class Raw(Fault):
    """Exactly these bytes, then the end of the connection, unless `close` is false."""

    data: bytes = field(validator=instance_of(bytes))
    close: bool = True

    async def play(self, connection: Connection, _healthy: Healthy, /) -> None:
        await connection.send(self.data)
        if self.close:
            await connection.close()


@define(eq=False, on_setattr=setters.NO_OP)
class Injected:
    """A fault for the next `times` requests that match, or, with None, for all."""

    fault: Fault = field(validator=instance_of(Fault))
    times: int | None = field(validator=optional(ge(1)))
    run_id: str | None
    method: str | None = field(validator=in_((None, "GET", "POST")))

    def take(self, run_id: str | None, method: str) -> bool:
        """Whether this request meets the fault; counts it if so."""
        if self.times == 0 or self.run_id not in (None, run_id) or self.method not in (None, method):
            return False
        self.times = self.times and self.times - 1
        return True
