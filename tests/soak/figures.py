"""What a soak measures: waits, how late they were, memory and sockets."""

from __future__ import annotations

import os
import statistics
from collections import Counter
from pathlib import Path

from attrs import define, field

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@define
class Figures:
    """The figures of one soak; several threads may add to it."""

    outcomes: Counter[str] = field(factory=Counter)
    overshoots: list[float] = field(factory=list)
    lags: list[float] = field(factory=list)
    memory: list[float] = field(factory=list)
    sockets: list[int] = field(factory=list)
    faults: list[str] = field(factory=list)

    def sample(self) -> None:
        """Take note of this process's memory, in MB, and of its sockets."""
        self.memory.append(int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1e6)
        self.sockets.append(open_sockets())

    def growth(self) -> float:
        """MB by which the median memory of the last quarter is above that of the second: the first is warming up."""
        quarter = len(self.memory) // 4
        return statistics.median(self.memory[-quarter:]) - statistics.median(self.memory[quarter : 2 * quarter])

    def report(self) -> str:
        """Give the figures as text."""
        return "\n".join(
            [
                f"waits                 {self.outcomes.total()} ({dict(self.outcomes)})",
                f"deadlines             {len(self.overshoots)}, missed by {_spread(self.overshoots)}",
                f"a bare timer          late by {_spread(self.lags)}",
                f"memory                {self.memory[-1]:.0f} MB, {self.growth():+.1f} MB since it was warm",
                f"sockets               at most {max(self.sockets)}, in the end {self.sockets[-1]}",
            ]
        )

    def judge(self) -> list[str]:
        """Give what is not as it must be."""
        found = list(self.faults)
        # A bare timer that is late is the machine's doing, and to end a wait takes more than one turn of the loop.
        if max(self.overshoots) > 0.1 + 2 * max(self.lags):
            found.append("a deadline was missed by more than 0.1 s")
        if len(self.memory) >= 8 and self.growth() > 10:
            found.append("memory grows")
        if self.sockets[-1] > self.sockets[0]:
            found.append("sockets are left open")
        return found


def _spread(seconds: list[float]) -> str:
    middle, high = statistics.median(seconds), statistics.quantiles(seconds, n=100)[-1]
    return f"{middle * 1000:.0f} ms as a rule, {high * 1000:.0f} ms of 99 in 100, {max(seconds) * 1000:.0f} ms at most"


def open_sockets() -> int:
    """Count this process's sockets."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += os.readlink(entry).startswith("socket:")
        except OSError:  # closed since it was listed
            continue
    return count
