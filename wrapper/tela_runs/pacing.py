"""When to poll a run next: pure arithmetic, without a clock, randomness or I/O.

Every class here is a `Pacing`. `delay` gives a wait the pause before the next poll, and `observe` learns how long
each finished run took. Jitter, the floor under a delay, the server's own hints and the deadline are the wait's.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any, Final, Protocol

from attrs import Attribute, define, field, frozen

from ._concurrency import Lock
from ._config import real
from ._hazard import Durations, Schedule, plan, weibull
from .errors import ConfigurationError

__all__ = ["AdaptivePacing", "BackoffPacing", "FixedPacing", "Pacing"]

#: Settings are from a nanosecond to about 30 years, and ages and durations no longer, so that no arithmetic overflows.
_SHORTEST: Final = 1e-9
_LONGEST: Final = 1e9

#: The shape of the durations of a canvas never seen. With it the delay grows as age ** 0.125: enough that long
#: runs are cheap, and so little that it costs at most a seventh more than the best fixed delay, were that known.
_SHAPE: Final = 0.75
#: What the prior and the pool weigh beside the runs of a key, in runs.
_DOUBT: Final = 0.5
#: Other keys say roughly, not exactly, how long the runs of a new one take: at least this smoothing, in e-folds.
_POOL_SPREAD: Final = 0.6


class Pacing(Protocol):
    """What `pacing=` accepts: any object with these two methods, safe to call from several threads."""

    def delay(self, age: float, key: str | None = None) -> float:
        """Say how long to wait before the next poll of a run.

        Args:
            age: Seconds since the run was created.
            key: The kind of run, such as its canvas; None where that is not known.

        Returns:
            Seconds, above 0 and finite.
        """

    def observe(self, duration: float, key: str | None = None) -> None:  # noqa: ARG002
        """Take note of how long a finished run took.

        Args:
            duration: Seconds from the creation of the run to its end; the middle between two polls where it is only
                known to have ended between them.
            key: As for `delay`.
        """
        return  # so that a subclass may leave it out: it has nothing to learn


def _valid(instance: object, attribute: Attribute[Any], value: object) -> None:
    number, name = real(value), attribute.name
    if not _SHORTEST <= number <= _LONGEST:
        limits = f"from {_SHORTEST:.0e} to {_LONGEST:.0e}"
        raise ConfigurationError(f"The pacing's {name} is {value!r}. Give a number above 0, {limits}.")
    if not isinstance(value, int):  # such as a Decimal, which does not mix with floats
        object.__setattr__(instance, name, number)


def _seconds(age: float) -> float:
    # A skewed clock makes ages negative, and NaN is not above 0 either.
    return float(min(age, _LONGEST)) if age > 0 else 0.0


@frozen
class FixedPacing(Pacing):
    """The same delay every time, in seconds; a ConfigurationError where it is not a number from 1e-9 to 1e9."""

    seconds: float = field(validator=_valid)

    def delay(self, age: float, key: str | None = None) -> float:  # noqa: ARG002
        """Return `seconds`, whatever the age."""
        return self.seconds


@frozen
class BackoffPacing(Pacing):
    """Delays that grow by a factor: initial, initial x factor, initial x factor^2, …, up to a maximum.

    The delay is a function of the run's age alone, `initial + (factor - 1) * age` up to the maximum: from age 0 that
    gives just those steps, and a wait that is resumed goes on where the back-off would be by then.

    Attributes:
        initial: Seconds before the second poll of a new run.
        factor: What each delay is multiplied by to give the next; 1 or more.
        maximum: Seconds that no delay exceeds.

    Raises:
        ConfigurationError: One of them is not a number from 1e-9 to 1e9, `factor` is below 1, or `maximum` below
            `initial`.
    """

    initial: float = field(default=1.0, validator=_valid)
    factor: float = field(default=1.5, validator=_valid)
    maximum: float = field(default=20.0, validator=_valid)

    def __attrs_post_init__(self) -> None:
        if self.factor < 1:
            raise ConfigurationError(f"The pacing's factor is {self.factor!r}. Give 1 or more.")
        if self.maximum < self.initial:
            what = f"The pacing's maximum, {self.maximum!r}, is below its initial delay, {self.initial!r}"
            raise ConfigurationError(f"{what}. Give a maximum that is not.")

    def delay(self, age: float, key: str | None = None) -> float:  # noqa: ARG002
        """Return the delay, in seconds, that a back-off begun with the run has come to at this age."""
        return min(self.maximum, self.initial + (self.factor - 1.0) * _seconds(age))


@define(eq=False, slots=False)
class AdaptivePacing:
    """The default: learns how long runs take, per key, and polls where a finish is likely.

    With h(t) the hazard rate of the duration (of the runs that have come to age t, the share that finishes in the next
    second), polls are about sqrt(2 x thrift / h(t)) seconds apart, which is what costs least in requests and lag
    together. Before any run was seen, durations are assumed to be Weibull of shape 0.75; observed ones outweigh
    that after a handful of runs, fade over about fifty, and, broadened, are the starting point for new keys.
    `docs/pacing.md` shows it at work.

    Safe to use from several threads. Pickles with all it has learned. Memory is bounded: about 6 kB for each key, and
    the keys used longest ago are forgotten when there are more than `max_keys`.

    Args:
        thrift: Seconds of lag that one saved request is worth. Four times the thrift is half the requests and twice the
            lag.
        typical: Seconds within which half the runs are thought to finish, until some have been seen.
        maximum: Seconds that no delay exceeds.
        max_keys: How many keys to remember.

    Raises:
        ConfigurationError: One of them is not a number from 1e-9 to 1e9, or `max_keys` not a whole one.
    """

    thrift: float = field(default=0.25, validator=_valid)
    typical: float = field(default=32.0, validator=_valid, kw_only=True)
    maximum: float = field(default=600.0, validator=_valid, kw_only=True)
    max_keys: int = field(default=1024, validator=_valid, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.max_keys != int(self.max_keys):
            raise ConfigurationError(f"The pacing's max_keys is {self.max_keys!r}. Give a whole number above 0.")
        self._prior = weibull(_SHAPE, self.typical / math.log(2) ** (1 / _SHAPE))
        self._pool = Durations()
        self._keys: OrderedDict[str | None, Durations] = OrderedDict()
        self._lock = Lock()

    def delay(self, age: float, key: str | None = None) -> float:
        """Return the seconds to wait before the next poll of a run of `key` that is `age` seconds old.

        Never raises, and is above 0 and at most `maximum`, for any number: a negative age or NaN counts as 0.
        """
        now = _seconds(age)
        with self._lock:
            schedule = self._schedule(key)
        # No finer than the millisecond: that far ahead, rounding may leave no later poll.
        return min(max(schedule.next_poll(now) - now, 1e-3), self.maximum)

    def observe(self, duration: float, key: str | None = None) -> None:
        """Learn that a run of `key` took `duration` seconds; one that is not from 0 to 1e9 is ignored."""
        if not 0 <= duration <= _LONGEST:
            return
        with self._lock:
            self._pool.add(duration)
            known = self._keys.setdefault(key, Durations())
            known.add(duration)
            self._keys.move_to_end(key)
            if len(self._keys) > self.max_keys:
                self._keys.popitem(last=False)

    def _schedule(self, key: str | None) -> Schedule:
        known = self._keys.get(key, self._pool)
        if known is not self._pool:
            self._keys.move_to_end(key)
        if known.schedule is None:
            probabilities = self._expected()
            if known is not self._pool:
                probabilities = [_DOUBT * p + s for p, s in zip(probabilities, known.smoothed(), strict=True)]
            known.schedule = plan(probabilities, self.thrift, exact=known.weight > 0)
            known.fresh = 0
        return known.schedule

    def _expected(self) -> list[float]:
        """Return what is expected of a new key: by the prior, and by the keys seen, one run each."""
        share, weight = len(self._keys) / (len(self._keys) + 1.0), max(self._pool.weight, 1.0)
        smoothed = self._pool.smoothed(_POOL_SPREAD)
        return [(1.0 - share) * p + share * s / weight for p, s in zip(self._prior, smoothed, strict=True)]
