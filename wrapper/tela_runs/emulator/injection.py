"""Which fault meets which request."""

from math import inf
from threading import Lock

from attrs import define

from .faults import Fault


@define
class _Injected:
    fault: Fault
    times: float
    run_id: str | None


class FaultQueue:
    """The faults still to come, first in, first out. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._injected: list[_Injected] = []

    def add(self, fault: Fault, times: int | None, run_id: str | None) -> None:
        """Queue a fault for the next `times` requests (None: for ever) about this run (None: about any).

        Raises:
            ValueError: not a fault, or `times` is less than 1.
        """
        if not isinstance(fault, Fault):
            raise ValueError(f"inject takes a fault, such as Status(503), not {fault!r}")  # noqa: TRY004
        if times is not None and times < 1:
            raise ValueError(f"times must be 1 or more, or None for ever, not {times!r}")
        with self._lock:
            self._injected.append(_Injected(fault, inf if times is None else times, run_id))

    def clear(self) -> None:
        """Forget all the faults still to come."""
        with self._lock:
            self._injected.clear()

    def take(self, run_id: str) -> Fault | None:
        """Give the fault for this request, the first that matches, and count it as used."""
        with self._lock:
            for injected in self._injected:
                if injected.run_id in (None, run_id):
                    injected.times -= 1
                    if injected.times < 1:
                        self._injected.remove(injected)
                    return injected.fault
        return None
