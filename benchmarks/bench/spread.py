"""Medians and quartiles of repeated figures, and of their ratios within each repetition."""

from __future__ import annotations

from statistics import quantiles
from typing import TypeAlias

Figures: TypeAlias = dict[str, float]


def spread(figures: list[Figures], over: list[Figures] | None = None) -> dict[str, list[float]]:
    """The lower quartile, median and upper quartile of each figure.

    Args:
        figures: Of each repetition.
        over: Divide by these, repetition by repetition, as far as both go: neighbours in time share the machine's load.
    """
    if over is not None:
        pairs = zip(figures, over, strict=False)
        figures = [{name: mine[name] / theirs[name] for name in mine if theirs.get(name)} for mine, theirs in pairs]
    if not figures:
        return {}
    return {name: _quartiles([each[name] for each in figures]) for name in figures[0]}


def _quartiles(values: list[float]) -> list[float]:
    return quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
