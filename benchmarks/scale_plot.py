"""Draws `docs/images/scale.svg`: polls, worker processes and lag by the outstanding runs. Called by `scale.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl

if TYPE_CHECKING:
    from pathlib import Path

mpl.use("svg")
# The same bytes for the same figures.
mpl.rcParams.update({"svg.hashsalt": "scale", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})

import matplotlib.pyplot as plt  # noqa: E402

COLOURS = {10.0: "#d9822b", 60.0: "#5f8f4e", 600.0: "#1f5fa8", 3600.0: "#6b4c9a"}


def draw(path: Path, figures: dict[str, Any]) -> None:
    """Draw the figure as SVG."""
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
    for median, colour in COLOURS.items():
        rows = [row for row in figures["plans"] if row["median"] == median]
        runs = [row["runs"] for row in rows]
        for axes, name in ((left, "polls_per_second"), (middle, "processes")):
            axes.plot(runs, [row[name] for row in rows], color=colour, marker="o", ms=4, label=f"{median:g} s")
        right.plot(median, rows[0]["lag"], "o", color=colour, ms=6)
    medians = list(COLOURS)
    lags = [next(row["lag"] for row in figures["plans"] if row["median"] == median) for median in medians]
    right.plot(medians, lags, color="#9aa0a6", zorder=0)
    for axes, title in ((left, "polls per second"), (middle, "worker processes"), (right, "mean lag, s")):
        axes.set(xscale="log", yscale="log", title=title, xlabel="outstanding runs")
        axes.grid(alpha=0.2, which="major")
    right.set(xlabel="median duration, s")
    left.legend(frameon=False, fontsize=8, title="median duration")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)
