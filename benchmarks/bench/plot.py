"""Draws `docs/images/throughput.svg`: runs per second and CPU a run, by the requests in flight."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl

from .processes import ROOT

mpl.use("svg")
# The same bytes for the same figures.
mpl.rcParams.update({"svg.hashsalt": "throughput", "font.size": 9})
mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})

import matplotlib.pyplot as plt  # noqa: E402

PATH = ROOT / "docs" / "images" / "throughput.svg"
_RUNS = 1_000
_STYLES = {
    "tela-runs": ("#1f5fa8", "-"),
    "tela-runs sync": ("#1f5fa8", "--"),
    "tela-runs on httpx-aiohttp": ("#1f5fa8", ":"),
    "aiohttp": ("#d9822b", "-"),
    "httpx2": ("#5f8f4e", "-"),
    "httpx": ("#9aa0a6", "-"),
    "httpx, limits raised": ("#9aa0a6", "--"),
}


def draw(figures: list[dict[str, Any]]) -> None:
    """Draw the figure from the results of the part `many`."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axes, name, scale, title in (
        (left, "per_second", 1.0, "runs per second"),
        (right, "cpu", 1e3, "CPU a run, ms"),
    ):
        for subject, (colour, line) in _STYLES.items():
            rows = [row for row in figures if (row["subject"], row["runs"], row["tls"]) == (subject, _RUNS, False)]
            low, median, high = ([row[name][place] * scale for row in rows] for place in range(3))
            in_flight = [row["in_flight"] for row in rows]
            axes.plot(in_flight, median, line, color=colour, marker="o", ms=4, label=subject)
            axes.fill_between(in_flight, low, high, color=colour, alpha=0.15, lw=0)
        axes.set(title=f"{title}, {_RUNS:,} runs", xlabel="requests in flight", ylim=(0, None), xticks=(20, 100, 200))
    right.set(yscale="log", ylim=(0.1, 30))
    left.legend(frameon=False, fontsize=8)
    PATH.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PATH, metadata={"Date": None, "Creator": None})
    plt.close(figure)
