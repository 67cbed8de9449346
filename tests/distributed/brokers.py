"""Brokers of our own, each on a free port and in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Where Debian has RabbitMQ's own script: the one on the path changes the user.
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
EPMD = Path("/usr/bin/epmd")
#: Seconds until the message of a dead worker comes back from Redis: at least, and at most that much more.
VISIBILITY, RESTORE = 16, 2


@frozen
class Broker:
    """A broker that runs.

    Attributes:
        url: Where it is.
        options: What Celery is to tell its transport.
    """

    url: str
    options: Mapping[str, int]

    @property
    def environment(self) -> dict[str, str]:
        """What tells the workers."""
        return {"BROKER": self.url, "BROKER_OPTIONS": json.dumps(self.options)}


@contextmanager
def redis(folder: Path) -> Iterator[Broker]:
    """Redis, which forgets everything at the end."""
    server = shutil.which("redis-server")
    if server is None:
        raise FileNotFoundError("redis-server")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with _serving([server, *options], port, {}, folder):
        restore = {"unacked_restore_interval": RESTORE, "unacked_restore_throttle": 1}
        yield Broker(f"redis://127.0.0.1:{port}/0", {"visibility_timeout": VISIBILITY, **restore})


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
    with _serving([str(RABBITMQ)], port, settings, folder):
        yield Broker(f"amqp://guest:guest@127.0.0.1:{port}//", {})
    subprocess.run([EPMD, "-port", epmd, "-kill"], check=False, stdout=subprocess.DEVNULL)  # it outlives the node


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def _serving(command: Sequence[str], port: int, settings: Mapping[str, str], folder: Path) -> Iterator[None]:
    with (folder / "broker.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)
    try:
        _await_port(process, port, folder)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _await_port(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The broker did not start:\n{(folder / 'broker.log').read_text()}")
