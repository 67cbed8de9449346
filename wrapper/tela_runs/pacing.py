"""When to look at a run next: pure arithmetic, without a clock, randomness or I/O.

Every class here is a `Pacing`. The wait loop asks `delay` how long to wait before the next look, and tells `observe` how
long each finished run took. Jitter, the floor under a delay, the server's own hints and the deadline are the loop's.
"""

import math
from typing import Final, Protocol

__all__ = ["AdaptivePacing", "BackoffPacing", "FixedPacing", "Pacing"]

_OLDEST: Final = 1e9
"""Ages are taken as at most this many seconds, about 30 years, so that no arithmetic overflows."""


class Pacing(Protocol):
    """What `pacing=` accepts: any object with these two methods."""

    def delay(self, age: float, key: str | None = None) -> float:
        """Say how many seconds to wait before the next look.

        Args:
            age: how old the run is now, in seconds.
            key: what the run is one of, such as its canvas; None where that is not known.
        """
        ...

    def observe(self, duration: float, key: str | None = None) -> None:
        """Take note that a run of `key` took `duration` seconds from its creation to its end."""
        ...


def _positive_seconds(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is {value!r}, which is no number. Give it as a positive number.")
    if not 0 < value <= _OLDEST:
        raise ValueError(f"{name} is {value!r}. Give a number above 0 and at most {_OLDEST:.0e}.")
    return float(value)


def _sane_age(age: float) -> float:
    # A skewed clock gives negative ages; `not age > 0` also catches NaN.
    return min(age, _OLDEST) if age > 0 else 0.0


class FixedPacing:
    """The same delay every time."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = _positive_seconds("seconds", seconds)

    def __repr__(self) -> str:
        return f"FixedPacing({self.seconds!r})"

    def delay(self, age: float, key: str | None = None) -> float:
        """Return `seconds`, whatever the age."""
        return self.seconds

    def observe(self, duration: float, key: str | None = None) -> None:
        """Do nothing: a fixed pacing learns nothing."""


class BackoffPacing:
    """Delays that grow by `factor`, from `initial` up to `maximum` seconds."""

    __slots__ = ("factor", "initial", "maximum")

    def __init__(self, initial: float = 1.0, factor: float = 1.5, maximum: float = 20.0) -> None:
        self.initial = _positive_seconds("initial", initial)
        self.factor = _positive_seconds("factor", factor)
        self.maximum = _positive_seconds("maximum", maximum)
        if self.factor < 1:
            raise ValueError(f"factor is {factor!r}. Give 1 or more, so that delays do not shrink.")
        if self.maximum < self.initial:
            raise ValueError(f"maximum {maximum!r} is below initial {initial!r}. Give a larger maximum.")

    def __repr__(self) -> str:
        return f"BackoffPacing({self.initial!r}, {self.factor!r}, {self.maximum!r})"

    def delay(self, age: float, key: str | None = None) -> float:
        """Return the step of the back-off that a run of this age has come to."""
        # Looks at ages 0, i, i + i f, i + i f + i f^2, … have delays that are linear in the age: i + (f - 1) age.
        return min(self.maximum, self.initial + (self.factor - 1.0) * _sane_age(age))

    def observe(self, duration: float, key: str | None = None) -> None:
        """Do nothing: a back-off learns nothing."""


class AdaptivePacing:
    """The default: delays that follow what is known of how long runs take."""

    def __init__(self, thrift: float = 0.25) -> None:
        self.thrift = _positive_seconds("thrift", thrift)

    def __repr__(self) -> str:
        return f"AdaptivePacing(thrift={self.thrift!r})"

    def delay(self, age: float, key: str | None = None) -> float:
        """Return the seconds to the next look."""
        # The prior alone: Weibull durations of shape 1/2 and scale 30 s, whose integral of sqrt(h / 2 thrift) is
        # age^(3/4) / step; the next look is where it has grown by one.
        step = 1.5 * math.sqrt(self.thrift) * math.sqrt(math.sqrt(30.0))
        now = _sane_age(age)
        return max((math.pow(now, 0.75) + step) ** (4.0 / 3.0) - now, 1e-3)

    def observe(self, duration: float, key: str | None = None) -> None:
        """Take note of a duration in seconds."""
