"""What arrived at the emulator, in order."""

from collections import deque
from collections.abc import Iterable, Mapping
from threading import Lock

from attrs import evolve, frozen


@frozen
class Request:
    """One request as it arrived.

    `path` is the raw target, percent-encoding and query included; `run_id` is decoded from it, or None when
    the path is not that of a run. Header names are in lower case. `at` is in seconds on the emulator's clock.
    `status` is that of the answer, or None while there is none and when there never was one.
    """

    method: str
    path: str
    run_id: str | None
    headers: Mapping[str, str]
    at: float
    status: int | None = None


class Entry:
    """A request being answered: what the journal keeps until someone reads it."""

    __slots__ = ("_headers", "_request", "status")

    def __init__(self, request: Request, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._request = request
        self._headers = headers
        self.status: int | None = None

    def request(self) -> Request:
        """Give the request as it stands now; decoding is left until here, to keep answering cheap."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._headers}
        return evolve(self._request, headers=headers, status=self.status)


class Journal:
    """The last `keep` requests (None: all of them). Safe to use from several threads."""

    def __init__(self, keep: int | None) -> None:
        self._lock = Lock()
        self._entries: deque[Entry] = deque(maxlen=keep)

    def add(self, entry: Entry) -> None:
        """Note a request that arrived."""
        with self._lock:
            self._entries.append(entry)

    def requests(self) -> list[Request]:
        """List the requests, in the order in which they arrived."""
        with self._lock:
            entries = list(self._entries)
        return [entry.request() for entry in entries]
