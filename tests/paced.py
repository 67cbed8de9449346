"""Runs for a pacing: durations to learn from, and polls at the times that it says."""

from __future__ import annotations

import random

from tela_runs.pacing import AdaptivePacing, Pacing


def dice(seed: int) -> random.Random:
    """A random generator that gives the same numbers in every run."""
    return random.Random(seed)  # noqa: S311


def polls(pacing: Pacing, count: int, key: str | None = None, age: float = 0.0) -> list[float]:
    """The ages of the next polls, each delay kept to exactly."""
    seen = []
    for _ in range(count):
        age += pacing.delay(age, key)
        seen.append(age)
    return seen


def follow(pacing: Pacing, duration: float, jitter: random.Random) -> tuple[int, float]:
    """Requests, the poll at age 0 among them, and lag of one run, with the jitter of a wait."""
    age, requests = 0.0, 1
    while age < duration:
        age += pacing.delay(age) * jitter.uniform(0.9, 1.1)
        requests += 1
    return requests, age - duration


def taught(durations: list[float], thrift: float = 0.25, key: str | None = None) -> AdaptivePacing:
    """A pacing that has observed these durations, in seconds."""
    pacing = AdaptivePacing(thrift)
    for duration in durations:
        pacing.observe(duration, key)
    return pacing


def around(median: float, count: int, sigma: float = 0.25, seed: int = 1) -> list[float]:
    """So many log-normal durations around a median, in seconds."""
    rng = dice(seed)
    return [median * rng.lognormvariate(0, sigma) for _ in range(count)]
