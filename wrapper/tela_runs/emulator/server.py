"""The emulator as its users know it."""

import time
from collections.abc import Callable, Sequence
from math import inf
from types import TracebackType
from typing import Self

from .app import Clock, FaultyApp, healthy_app
from .document import JSON
from .faults import Fault
from .injection import FaultQueue
from .journal import Journal, Request
from .listener import Listener, bind
from .state import (
    DEFAULT_CANVAS_ID,
    EmulatedRun,
    Runs,
    new_run_id,
    scripted_life,
    timed_life,
)

DEFAULT_API_KEY = "emulator-key"
# A server that runs for days must not remember every request.
_REQUESTS_KEPT_BY_SERVE = 1000


class Emulator:
    """A server on this machine that answers `GET /v2/chat/completions/{id}` as Tela documents it.

    It runs in a thread of its own, is ready once `start` returns or the `with` block is entered, and can be
    started again after `stop`, on the same port and with the same runs. All methods are safe to call from any
    thread.

    Args:
        host: the address to listen on.
        port: the TCP port, or 0 for a free one.
        api_key: the key that requests must carry as `Authorization: Bearer …`.
        latency: seconds added to each answer; many requests wait at the same time.
        clock: gives the time in seconds, by which runs come along and requests are noted. Latency and faults always
            take real time.
        camel_case: spell the API's own keys in camelCase, as the live API may.
        keep_requests: how many of the latest requests `requests` remembers; None for all.

    Raises:
        ValueError: a negative or infinite latency, an empty key, or a negative `keep_requests`.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = DEFAULT_API_KEY,
        latency: float = 0.0,
        clock: Clock = time.monotonic,
        camel_case: bool = False,
        keep_requests: int | None = None,
    ) -> None:
        if not 0 <= latency < inf:
            raise ValueError(f"latency must be a finite number of seconds, 0 or more, not {latency!r}")
        if not api_key:
            raise ValueError("api_key must not be empty")
        self.api_key = api_key
        self._host = host
        self._port = port
        self._clock = clock
        self._camel_case = camel_case
        # What the clock calls 0, in seconds since 1970: runs carry dates.
        self._epoch = time.time() - clock()
        self._runs = Runs()
        self._faults = FaultQueue()
        self._journal = Journal(keep_requests)
        self._app = FaultyApp(healthy_app(self._runs, api_key, clock), self._faults, self._journal, clock, latency)
        self._listener: Listener | None = None
        self._url: str | None = None
        self._connections_before = 0

    @property
    def url(self) -> str:
        """The base URL, such as `http://127.0.0.1:49152`; it stays the same over a restart.

        Raises:
            RuntimeError: the emulator was never started.
        """
        if self._url is None:
            raise RuntimeError("the emulator has no URL yet: use it in a with block, or call start() first")
        return self._url

    @property
    def requests(self) -> list[Request]:
        """The requests that arrived, in order, whether answered or not."""
        return self._journal.requests()

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return 0 if self._listener is None else self._listener.connections

    @property
    def total_connections(self) -> int:
        """How many connections were ever made, over all restarts."""
        return self._connections_before + (0 if self._listener is None else self._listener.accepted)

    def add_run(
        self,
        output: JSON = None,
        *,
        created_for: float = 0.2,
        running_for: float = 1.0,
        fails: bool = False,
        run_id: str | None = None,
        statuses: Sequence[str] | None = None,
        canvas_id: str = DEFAULT_CANVAS_ID,
        camel_case: bool | None = None,
        **fields: JSON,
    ) -> str:
        """Add a run and give its id.

        Args:
            output: what the canvas produces, any JSON; shown once the run has succeeded.
            created_for: seconds in which the run is `created`.
            running_for: seconds after that in which it is `running`, before it is `succeeded`.
            fails: end as `failed` instead.
            run_id: its id; by default a new one.
            statuses: these statuses instead of the passage of time: each answer sent whole moves one on, and
                the last stays. Any string will do.
            canvas_id: the canvas it is a run of, in `raw_input`.
            camel_case: as for the emulator, for this run alone.
            fields: top-level fields of the answer to add or to override, in every status, as they are.

        Raises:
            ValueError: a negative duration, a `run_id` that is taken or empty, no statuses, `fails` with
                `statuses`, or values that JSON cannot hold.
        """
        if run_id == "":
            raise ValueError("run_id must not be empty; leave it out to get a new one")
        if fails and statuses is not None:
            raise ValueError("fails and statuses exclude each other: end the statuses with 'failed'")
        now = self._clock()
        run = EmulatedRun(
            id=new_run_id() if run_id is None else run_id,
            life=timed_life(now, created_for, running_for, fails=fails)
            if statuses is None
            else scripted_life(now, statuses),
            canvas_id=canvas_id,
            output=output,
            fields=fields,
            epoch=self._epoch,
            camel_case=self._camel_case if camel_case is None else camel_case,
        )
        self._runs.add(run)
        return run.id

    def inject(self, fault: Fault, *, times: int | None = 1, run_id: str | None = None) -> None:
        """Let the next requests for a run go wrong.

        Faults wait in a queue: each request takes the first that matches it, and a fault leaves the queue
        after `times` requests. Then all is well again.

        Args:
            fault: what is to happen, such as `Status(503)`.
            times: to how many requests; None for all, until `heal`.
            run_id: to requests for this run alone; None for any run.

        Raises:
            ValueError: not a fault, or `times` is less than 1.
        """
        self._faults.add(fault, times, run_id)

    def heal(self) -> None:
        """Forget all the faults still to come. Those under way go on."""
        self._faults.clear()

    def start(self) -> None:
        """Start to serve; returns when connections are accepted.

        Raises:
            RuntimeError: it is running already.
            OSError: the port cannot be listened on.
        """
        if self._listener is not None:
            raise RuntimeError("the emulator is running already")
        listening = bind(self._host, self._port)
        self._port = listening.getsockname()[1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._url = f"http://{host}:{self._port}"
        self._listener = Listener(listening, self._app)

    def stop(self) -> None:
        """Stop at once, cutting every connection; does nothing when it is not running."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()
            self._connections_before += listener.accepted

    def run_forever(self) -> None:
        """Serve until Ctrl-C (`KeyboardInterrupt`), then stop and return; starts first if need be."""
        try:
            if self._listener is None:
                self.start()
            # A wait without a limit cannot be interrupted on Windows.
            while self._listener is not None and self._listener.wait(0.5):
                pass
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Emulator {self._url or 'not started'}{'' if self._listener else ' (stopped)'}>"


def serve(
    port: int = 8321,
    *,
    host: str = "127.0.0.1",
    api_key: str = DEFAULT_API_KEY,
    latency: float = 0.0,
    camel_case: bool = False,
    ready: Callable[[Emulator], None] = lambda _emulator: None,
) -> None:
    """Serve until Ctrl-C; for command lines.

    Args:
        port: the TCP port, or 0 for a free one.
        host: the address to listen on.
        api_key: the key that requests must carry.
        latency: seconds added to each answer.
        camel_case: spell the API's own keys in camelCase.
        ready: called once with the emulator when it accepts connections, to add runs and print its URL.

    Raises:
        ValueError: an argument that `Emulator` refuses.
        OSError: the port cannot be listened on.
    """
    emulator = Emulator(
        host=host,
        port=port,
        api_key=api_key,
        latency=latency,
        camel_case=camel_case,
        keep_requests=_REQUESTS_KEPT_BY_SERVE,
    )
    with emulator:
        ready(emulator)
        emulator.run_forever()
