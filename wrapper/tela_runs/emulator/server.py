"""The public emulator: a listening socket, and the thread in which its connections are served."""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from threading import Thread
from typing import Self

from attrs import Factory, define, field

from .api import Api
from .connection import Connection, Request, Response
from .faults import Fault, Headers, Injected


@define(kw_only=True, eq=False, repr=False)
class Emulator(Api):
    """A server on this machine that behaves as the Tela API does: starts runs, and responds with their states.

    It runs in a thread of its own, is ready once `start` returns or the `with` block is entered, and can be
    started again after `stop`, on the same port and with the same runs; webhooks that are due are lost then.
    All methods are safe to call from any thread.

    Args:
        host: the address to listen on.
        port: the TCP port, or 0 for a free one.
        api_key: the key that requests must carry as `Authorization: Bearer …`.
        clock: gives the time in seconds, by which runs proceed and requests are noted. Faults always take real time.
        camel_case: spell keys in camelCase, as the live API may, but for those in variables and outputs.
        keep_requests: how many of the latest requests `requests` remembers; None for all.
        on_request: called with each request once its response is sent, in the emulator's thread; what it
            raises ends the connection, and asyncio logs it.

    Raises:
        ValueError: an empty key, or a negative `keep_requests`.
    """

    host: str = "127.0.0.1"
    port: int = 0
    keep_requests: int | None = None
    on_request: Callable[[Request], object] | None = None
    #: How many connections were ever made, over all restarts.
    total_connections: int = field(init=False, default=0)
    _faults: list[Injected] = field(init=False, factory=list)
    _requests: deque[Request] = field(
        init=False, default=Factory(lambda self: deque(maxlen=self.keep_requests), takes_self=True)
    )
    _open: dict[asyncio.Task[None], socket.socket] = field(init=False, factory=dict)
    _thread: Thread | None = field(init=False, default=None)
    _loop: asyncio.AbstractEventLoop = field(init=False)

    @property
    def url(self) -> str:
        """The base URL, such as `http://127.0.0.1:49152`; it stays the same over a restart.

        Raises:
            RuntimeError: the emulator was never started, and the port is to be a free one.
        """
        if self.port == 0:
            raise RuntimeError("the emulator has no URL yet: use it in a with block, or call start() first")
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def requests(self) -> list[Request]:
        """The requests that arrived, in order, whether responded to or not."""
        return [*self._requests.copy()]

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return len(self._open)

    def inject(
        self, fault: Fault, *, times: int | None = 1, run_id: str | None = None, method: str | None = None
    ) -> None:
        """Make the next requests go wrong.

        Each request takes the first fault in the queue that matches it; a fault leaves it after `times` requests.

        Args:
            fault: what is to happen, such as `Status(503)`.
            times: to how many requests; None for all, until `heal`.
            run_id: to requests for this run alone; None for any.
            method: to requests with this method alone: `GET` for those for runs, `POST` for creates; None for both.

        Raises:
            TypeError: not a fault.
            ValueError: `times` is less than 1, or `method` is neither GET nor POST.
        """
        self._faults.append(Injected(fault, times, run_id, method))

    def heal(self) -> None:
        """Forget all the faults still to come. Those under way go on."""
        self._faults = []

    def start(self) -> None:
        """Start to serve; returns when connections are accepted.

        Raises:
            RuntimeError: it is running already.
            OSError: the port cannot be listened on.
        """
        if self._thread is not None:
            raise RuntimeError("the emulator is running already")
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listening = socket.create_server((self.host, self.port), family=family, backlog=2048)
        listening.setblocking(False)
        self.port = listening.getsockname()[1]
        # add_reader is missing on Windows' default loop.
        runner = asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)
        self._loop = runner.get_loop()
        self._thread = Thread(target=self._serve, args=(listening, runner), name="tela-emulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop at once, closing every connection; does nothing when it is not running."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _serve(self, listening: socket.socket, runner: asyncio.Runner) -> None:
        # On its way out the runner cancels every task that serves a connection.
        with listening, runner:
            # `loop.create_server` is not used: its `close` loses a connection that is just being accepted.
            self._loop.add_reader(listening, self._accept, listening)
            self._loop.run_forever()
            self._loop.remove_reader(listening)

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):  # it has been given up already, or there is no file descriptor for it
            client, _ = listening.accept()
            self.total_connections += 1
            task = self._loop.create_task(self._handle(client))
            self._open[task] = client
            task.add_done_callback(lambda ended: self._open.pop(ended).close())

    async def _handle(self, client: socket.socket) -> None:
        with suppress(OSError):  # the client left
            reader, writer = await asyncio.open_connection(sock=client)
            try:
                connection = Connection(reader, writer)
                while (request := await connection.receive()) is not None:
                    await self._respond_to(request, connection)
                await connection.close()
            finally:
                writer.transport.abort()

    async def _respond_to(self, request: Request, connection: Connection) -> None:
        def healthy(whole: bool) -> Response:
            date = formatdate(self._epoch + self.clock(), usegmt=True)
            response = self._respond(request, whole).with_headers((("date", date),))
            request.status = response.status if whole else None
            return response

        request.at = self.clock()
        self._requests.append(request)
        is_meant = self._operation(request) == request.method
        injected = next((each for each in self._faults if is_meant and each.take(request.run_id, request.method)), None)
        fault = injected.fault if injected else Headers(())  # which adds nothing to the healthy response
        request.fault = type(fault).__name__ if injected else None
        try:
            await fault.play(connection, healthy)
        finally:
            if self.on_request is not None:
                self.on_request(request)
