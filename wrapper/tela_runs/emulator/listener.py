"""A listening socket served by uvicorn's protocol, in a thread and an event loop of its own.

`uvicorn.Server` is not used: it ends gracefully, in steps of a tenth of a second, where an emulator should
end at once and cut what stalls; and it takes over the signals and loggers of the process that it runs in.
"""

import asyncio
import socket
from concurrent.futures import Future
from threading import Thread

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from .wire import WireProtocol

_BACKLOG = 2048
_KEEP_ALIVE = 75  # seconds; longer than a test leaves a connection idle


def bind(host: str, port: int) -> socket.socket:
    """Listen on a TCP port, 0 for a free one.

    Raises:
        OSError: the port is in use, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


class Listener:
    """Serves an application on a listening socket, from its making to `stop`."""

    def __init__(self, listening: socket.socket, app: ASGIApp) -> None:
        self.accepted = 0
        self._state = ServerState()
        self._listening = listening
        self._config = Config(
            app,
            http=WireProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE,
        )
        self._arriving: set[asyncio.Task[object]] = set()
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = Thread(target=self._run, name="tela-emulator", daemon=True)
        self._thread.start()
        self._loop, self._stopping = self._started.result()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._state.connections)

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the end; true while it goes on."""
        self._thread.join(timeout)
        return self._thread.is_alive()

    def stop(self) -> None:
        """Cut all connections and end the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            # add_reader, by which connections are accepted, is not there on Windows' default loop.
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve())
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)
        finally:
            self._listening.close()

    async def _serve(self) -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        self._listening.setblocking(False)
        loop.add_reader(self._listening, self._accept, loop)
        self._started.set_result((loop, stopping))
        await stopping.wait()
        loop.remove_reader(self._listening)
        while self._arriving or self._state.connections or self._state.tasks:
            for connection in list(self._state.connections):
                connection.transport.abort()
            # Cut off, each request ends by itself; cancelling it would make uvicorn log an error.
            await asyncio.sleep(0)

    def _accept(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take in one connection.

        Not left to `loop.create_server`, whose `close` loses a connection that is just being accepted.
        """
        try:
            connection, _ = self._listening.accept()
        except OSError:  # the client has given up already, or there is no file descriptor left for it
            return
        connection.setblocking(False)
        self.accepted += 1
        arrival = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
        self._arriving.add(arrival)
        arrival.add_done_callback(self._arriving.discard)

    def _protocol(self) -> WireProtocol:
        return WireProtocol(self._config, self._state, {})
