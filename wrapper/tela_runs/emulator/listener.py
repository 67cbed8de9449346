"""A listening socket, and the thread and event loop in which its connections are served."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from threading import Thread

from .connection import Connection

_BACKLOG = 2048


class Listener:
    """Serves the connections to a TCP port with `handle`, from each `start` to the next `stop`."""

    def __init__(self, handle: Callable[[Connection], Coroutine[None, None, None]]) -> None:
        self.accepted = 0
        self.open: dict[asyncio.Task[None], socket.socket] = {}
        self.thread: Thread | None = None
        self._handle = handle

    def start(self, host: str, port: int) -> int:
        """Listen, on a free port if it is 0, and give the port."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        self._listening.setblocking(False)
        self._stopping = asyncio.Event()
        # add_reader is missing on Windows' default loop.
        self._loop = asyncio.SelectorEventLoop()
        port = self._listening.getsockname()[1]
        self.thread = Thread(target=self._run, name="tela-emulator", daemon=True)
        self.thread.start()
        return port

    def stop(self) -> None:
        """Close all connections at once and end the thread."""
        thread, self.thread = self.thread, None
        if thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            thread.join()

    def _run(self) -> None:
        # On its way out the runner cancels every task that serves a connection.
        with self._listening, asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._accept_until_stopped())

    async def _accept_until_stopped(self) -> None:
        # `loop.create_server` is not used: its `close` loses a connection that is just being accepted.
        self._loop.add_reader(self._listening, self._accept)
        await self._stopping.wait()
        self._loop.remove_reader(self._listening)

    def _accept(self) -> None:
        with suppress(OSError):  # none is left, one has been given up already, or there is no file descriptor for it
            while True:
                connection, _ = self._listening.accept()
                self.accepted += 1
                task = self._loop.create_task(self._serve(connection))
                self.open[task] = connection
                task.add_done_callback(lambda ended: self.open.pop(ended).close())

    async def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):  # the client left
            # Nagle's algorithm would add 40 ms between the pieces of a response.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader, writer = await asyncio.open_connection(sock=connection)
            try:
                await self._handle(Connection(reader, writer))
            finally:
                writer.transport.abort()
