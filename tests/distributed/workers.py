"""Workers as processes, started, killed, and started again as a supervisor would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@define
class Worker:
    """A worker with pool processes, all of one process group.

    Attributes:
        number: Its name.
        slots: Its pool processes.
        environment: Its environment.
        folder: Where it leaves its log.
    """

    number: int
    slots: int
    environment: Mapping[str, str]
    folder: Path
    _process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start it."""
        celery = [sys.executable, "-m", "celery", "-A", "tests.distributed.app", "worker", "-n", f"w{self.number}@%h"]
        options = ["--pool", "prefork", "--concurrency", str(self.slots), "--queues", "tela", "--loglevel", "WARNING"]
        command = [*celery, *options, "--without-gossip", "--without-mingle"]
        with (self.folder / f"worker-{self.number}.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """End it and its pool processes as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def start_again_if_ended(self) -> None:
        """Do what a supervisor does: where Redis goes away, Celery's worker may end by an error of Kombu's."""
        if self._process.poll() is not None:
            self.kill()
            self.start()
            print(f"started worker {self.number} again")

    def shut_down(self) -> float:
        """Ask it to end, and wait until it has; the seconds that took."""
        started = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)
        return time.monotonic() - started
