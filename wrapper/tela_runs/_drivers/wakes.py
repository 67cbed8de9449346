"""Who waits for which run through one client, so that `wake` finds them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tela_runs._lock import Lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Wakes:
    """The waits and the fleets of one client. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waits: dict[str, list[Callable[[], object]]] = {}
        self._fleets: list[Callable[[str | None], bool]] = []

    def wake(self, run_id: str) -> bool:
        """Wake all who wait for a run; whether there was one."""
        with self._lock:
            waits, fleets = list(self._waits.get(run_id, ())), list(self._fleets)
        for wake in waits:
            wake()
        woken = [wake(run_id) for wake in fleets]
        return any(woken) or bool(waits)

    def close(self) -> None:
        """Wake all: the client was closed, which ends them."""
        with self._lock:
            waits, fleets = [wake for wakes in self._waits.values() for wake in wakes], list(self._fleets)
        for wake in waits:
            wake()
        for wake_fleet in fleets:
            wake_fleet(None)

    @contextmanager
    def waiting(self, run_id: str | None, wake: Callable[[], object]) -> Iterator[None]:
        """Let a wait for one run be woken meanwhile."""
        if run_id is None:
            yield
            return
        with self._lock:
            self._waits.setdefault(run_id, []).append(wake)
        try:
            yield
        finally:
            with self._lock:
                self._waits[run_id].remove(wake)
                if not self._waits[run_id]:
                    del self._waits[run_id]

    @contextmanager
    def fleet(self, wake: Callable[[str | None], bool]) -> Iterator[None]:
        """Let a fleet be woken meanwhile."""
        with self._lock:
            self._fleets.append(wake)
        try:
            yield
        finally:
            with self._lock:
                self._fleets.remove(wake)
