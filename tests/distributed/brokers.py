"""Brokers of our own, each on a free port and in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from base64 import b64decode
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

#: Where Debian has RabbitMQ's own script: the one on the path changes the user.
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
EPMD = Path("/usr/bin/epmd")
#: Seconds until the message of a dead worker comes back from Redis: at least, and at most that much more.
VISIBILITY, RESTORE = 16, 2
#: Seconds for which a worker that died while it brought messages back keeps the others from it.
MUTEX = 4


@define
class Broker:
    """A broker in a process of its own.

    Attributes:
        url: Where it is.
        command: What starts it, also again.
        port: Where it listens.
        folder: Where it keeps its messages.
        lost: The bodies of the messages that were lost by Kombu's doing.
        options: What Celery is to tell its transport.
        settings: Variables of its environment.
    """

    url: str
    command: Sequence[str]
    port: int
    folder: Path
    lost: Callable[[], list[bytes]] = list
    options: Mapping[str, int] = field(factory=dict)
    settings: Mapping[str, str] = field(factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What tells the workers."""
        return {"BROKER": self.url, "BROKER_OPTIONS": json.dumps(self.options)}

    def start(self) -> None:
        """Start it; returns when it accepts connections."""
        with (self.folder / "broker.log").open("ab") as log:
            environment = {**os.environ, **self.settings}
            self._process = subprocess.Popen(self.command, env=environment, stdout=log, stderr=log)
        until = time.monotonic() + 60
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"The broker did not start:\n{(self.folder / 'broker.log').read_text()}")

    def stop(self) -> None:
        """End it; its messages stay in its folder."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)


@contextmanager
def redis(folder: Path) -> Iterator[Broker]:
    """Redis, each message on the disk."""
    server = shutil.which("redis-server")
    if server is None:
        raise FileNotFoundError("redis-server")
    port = free_port()
    storage = ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0"]
    restore = {"unacked_restore_interval": RESTORE, "unacked_restore_throttle": 1, "unacked_mutex_expire": MUTEX}
    options = {"visibility_timeout": VISIBILITY, **restore}
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *storage]
    broker = Broker(f"redis://127.0.0.1:{port}/0", command, port, folder, lambda: lost_by_redis(folder), options)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


def lost_by_redis(folder: Path) -> list[bytes]:
    """The bodies of messages that a worker took off the queue and did not note as unacknowledged.

    Kombu does the one after the other, and may be interrupted in between. By Redis's own file of all its writes.
    """
    queue, taken = deque[Any](), dict[str, Any]()
    for path in sorted(folder.glob("appendonlydir/*.incr.aof")):
        with path.open("rb") as file:
            for command in written(file):
                match command:
                    case [b"LPUSH", b"tela", message]:
                        queue.appendleft(json.loads(message))
                    case [b"RPUSH", b"tela", message]:
                        queue.append(json.loads(message))
                    case [b"RPOP", b"tela"]:
                        message = queue.pop()
                        taken[message["properties"]["delivery_tag"]] = message
                    case [b"HSET", b"unacked", tag, _]:
                        del taken[tag.decode()]
    return [b64decode(message["body"]) for message in taken.values()]


def written(file: BinaryIO) -> Iterator[list[bytes]]:
    """The commands in a file of Redis's: each an array of strings, with their number and lengths before them."""
    while count := file.readline():
        yield [file.read(int(file.readline()[1:]) + 2)[:-2] for _ in range(int(count[1:]))]


@contextmanager
def rabbitmq(folder: Path) -> Iterator[Broker]:
    """RabbitMQ, with a node name of its own."""
    if not RABBITMQ.exists():
        raise FileNotFoundError(RABBITMQ)
    port, epmd = free_port(), str(free_port())
    settings = {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"tela{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "ERL_EPMD_PORT": epmd,
        **{f"RABBITMQ_{what}_BASE": str(folder / what.lower()) for what in ("MNESIA", "LOG")},
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
    }
    broker = Broker(f"amqp://guest:guest@127.0.0.1:{port}//", [str(RABBITMQ)], port, folder, settings=settings)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        subprocess.run([EPMD, "-port", epmd, "-kill"], check=False, stdout=subprocess.DEVNULL)  # it outlives the node


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
