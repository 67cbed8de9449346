"""Draw `docs/images/pacing.svg`: where polls fall, and lag against requests. Called by `pacing.py --plot`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from pacing_model import PEERS, WORKLOADS, BestPossible
from pacing_simulation import KEY, SEED, Tradeoff
from tela_runs.pacing import AdaptivePacing

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from pacing_model import Workload
    from pacing_simulation import Size

mpl.use("svg")
# The same bytes for the same figures.
mpl.rcParams.update({"svg.hashsalt": "pacing", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})

import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.patheffects import withStroke  # noqa: E402

BLUE, GREY, ORANGE = "#1f5fa8", "#9aa0a6", "#d9822b"


def draw(path: Path, size: Size) -> None:
    """Draw the figure as SVG, simulating as much as `size` says for the curves."""
    named = {workload.name: workload for workload in WORKLOADS}
    figure, ((a, b), (c, d)) = plt.subplots(2, 2, figsize=(9, 6.4), layout="constrained")
    for axes, name, end in ((a, "narrow", 80.0), (b, "two-humped", 120.0)):
        _polls(axes, named[name], end)
    for axes, name in ((c, "narrow"), (d, "broad")):
        _tradeoff(axes, named[name], size)
    c.set_ylabel("mean lag, s")
    d.legend(frameon=False, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _polls(axes: Axes, workload: Workload, end: float) -> None:
    ages = np.linspace(1e-3, end, 400)
    share, _ = workload.finished(ages)
    density = np.gradient(share, ages)
    axes.fill_between(ages, density / density.max(), color=GREY, alpha=0.4, lw=0)
    for row, (seen, colour) in enumerate(((0, ORANGE), (3, BLUE), (30, BLUE)), 1):
        pacing, age, polls = AdaptivePacing(), 0.0, [0.0]
        for duration in workload.history(seen, np.random.default_rng(SEED)):
            pacing.observe(duration, KEY)
        while (age := age + pacing.delay(age, KEY)) < end:
            polls.append(age)
        axes.plot(polls, [-0.22 * row] * len(polls), "|", color=colour, ms=9)
        axes.text(end * 1.02, -0.22 * row, f"{seen} runs seen", va="center", color=colour, fontsize=8)
    axes.set(title=f"{workload.name}: durations, and when it polls", xlabel="age of the run, s", yticks=[])
    axes.spines["left"].set_visible(False)


def _tradeoff(axes: Axes, workload: Workload, size: Size) -> None:
    rng = np.random.default_rng(0)
    durations = workload.durations(50_000, rng)
    for peer in PEERS:
        requests, lag = peer.outcome(durations, rng)
        axes.plot(requests, lag, "o", color=GREY, ms=5)
        name = peer.name.split()[0]
        offset = (5, -11) if name == "llama-cloud" else (5, 4)  # it would lie over another name
        written = axes.annotate(name, (requests, lag), xytext=offset, textcoords="offset points", fontsize=8)
        written.set(path_effects=[withStroke(linewidth=3, foreground="white")], zorder=5)  # over curves
    best = BestPossible(workload)
    counts = np.geomspace(1.3, 50, 40)
    axes.plot(counts, [best.lag(count) for count in counts], ":", color="black", label="best possible")
    for seen, colour, label in ((30, BLUE, "adaptive, 30 runs seen"), (0, ORANGE, "adaptive, none seen")):
        rows = Tradeoff(workload, seen, size, (1.2, 50.0)).means()
        rows = np.array([row for row, after in pairwise(rows) if 1.25 < row[0] < 60 and after[0] > row[0]])
        axes.plot(*rows.T, color=colour, label=label)
    axes.set(xscale="log", yscale="log", title=f"{workload.name}: lag against requests", xlabel="mean requests")
    axes.set_xticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
    axes.set_xticks([], minor=True)
    axes.set_yticks([0.2, 0.5, 1, 2, 5, 10], ["0.2", "0.5", "1", "2", "5", "10"])
    axes.set_yticks([], minor=True)
