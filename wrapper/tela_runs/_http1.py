"""HTTP/1.1 on one connection, as bytes in and bytes out: h11 speaks the protocol, sockets are others' business.

h11 is what httpcore uses too. Its connections cost as much again as h11 itself, in locks, traces and generators that a
client with one request at a time on each connection has no use for (measured in `benchmarks/README.md`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11

from ._wire import Outgoing

if TYPE_CHECKING:
    from ._wire import Headers, Taker

#: Bytes of a head at the most.
_MAX_HEAD = 100 * 1024
_NOTHING = (b"", False)
_NO_HEADERS = h11.Request(method=b"GET", target=b"/", headers=[(b"Host", b"-")]).headers
_END = h11.EndOfMessage()


class Http1:
    """One side of one connection: asks, and takes in what comes back, request after request."""

    __slots__ = ("_state",)

    def __init__(self) -> None:
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)

    def request(self, target: bytes, headers: Headers) -> bytes:
        """The bytes of a GET."""
        # h11 gets no headers, and so no key, which its reprs would show in tracebacks. It checks the target; what is in
        # the headers was checked in `_settings`.
        self._state.send(h11.Request(method=b"GET", target=target, headers=_NO_HEADERS))
        self._state.send(_END)
        return Outgoing(b"GET %b HTTP/1.1\r\n%b\r\n" % (target, headers.lines()))

    def feed(self, data: bytes, taker: Taker) -> bool:
        """Take in what has arrived; no bytes are the end of the connection. Whether more is to come, and wanted.

        Raises:
            h11.RemoteProtocolError: That is no HTTP, or not all of it.
        """
        state = self._state
        state.receive_data(data)
        while (event := state.next_event()) is not h11.NEED_DATA:
            kind = type(event)
            if kind is h11.Data:
                if not taker.feed(event.data):  # type: ignore[union-attr]
                    return False
            elif kind is h11.Response:
                taker.begin(event.status_code, event.headers.raw_items())  # type: ignore[union-attr]
            elif kind is h11.EndOfMessage:
                return False
            elif kind is not h11.InformationalResponse:
                raise h11.RemoteProtocolError("the server closed the connection without an answer")
        return True

    def renew(self) -> bool:
        """Make ready for another request, if that is possible.

        It is not where the server said that it would close, where the answer was left half read, and where more came
        than the answer: the next request would take that for its own, and so, at the worst, another run for the one
        asked for.
        """
        state = self._state
        if state.our_state is not h11.DONE or state.their_state is not h11.DONE or state.trailing_data != _NOTHING:
            return False
        state.start_next_cycle()
        return True
