"""What the project has set itself, against what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from .tables import ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: A claim, the quartiles measured, whether they are to be at most or at least the target, and the target.
Target: TypeAlias = tuple[str, list[float], str, float]


def _find(figures: list[dict[str, Any]], **wanted: object) -> dict[str, Any]:
    return next(row for row in figures if all(row[name] == value for name, value in wanted.items()))


def _single(figures: list[dict[str, Any]]) -> Iterator[Target]:
    retrieve = _find(figures, subject="tela-runs retrieve", run="finished")
    poll = _find(figures, subject="tela-runs wait", run="unfinished")
    yield "CPU of a typed `retrieve` ÷ raw httpx", retrieve["over_httpx"]["cpu"], "≤", 1.0
    yield "CPU of a poll of `wait` ÷ raw httpx", poll["over_httpx"]["cpu"], "≤", 0.85


#: Runs a second over raw aiohttp, at 100 and at 200 in flight, at least; where there is none, it is only shown.
_OVER_AIOHTTP = {
    "tela-runs": (0.85, 0.5),
    "tela-runs on httpx-aiohttp": (0.85, 0.55),
    "tela-runs sync": (0.6, None),
}


def _many(figures: list[dict[str, Any]]) -> Iterator[Target]:
    for subject, targets in _OVER_AIOHTTP.items():
        for in_flight, least in zip((100, 200), targets, strict=True):
            if least is not None:
                row = _find(figures, subject=subject, runs=1_000, in_flight=in_flight, tls=False)
                claim = f"{subject}, 1,000 runs, {in_flight} in flight: runs/s ÷ raw aiohttp"
                yield claim, row["over_aiohttp"]["per_second"], "≥", least


def _footprint(figures: dict[str, list[dict[str, Any]]]) -> Iterator[Target]:
    for row in figures["outstanding"]:
        if not row["traced"]:
            claim = f"KB for each of {row['runs']:,} runs, responses of {row['response']}"
            client = "sync" if row["sync"] else "async"
            yield f"{claim}, {client}", [size / 1e3 for size in row["bytes_each"]], "≤", 4.0
    for ours, theirs, comparison in (
        ("import tela_runs", "import httpx, attrs", "over_base"),
        ("from tela_runs import RunsClient; RunsClient('key')", "import httpx, attrs; httpx.Client()", "over_client"),
    ):
        row = _find(figures["imports"], subject=ours)
        yield f"CPU of `{ours}` ÷ `{theirs}`", row[comparison]["cpu"], "≤", 1.3


def _models(figures: list[dict[str, Any]]) -> Iterator[Target]:
    ours = _find(figures, subject="CanvasRun.from_dict")
    yield "CPU of `from_dict` ÷ `json.loads`, 5 KB", ours["over_json"]["cpu"], "≤", 2.2


_TARGETS: dict[str, Callable[[Any], Iterator[Target]]] = {
    "single": _single,
    "many": _many,
    "footprint": _footprint,
    "models": _models,
}


def table(results: dict[str, dict[str, Any]]) -> str:
    """Target by target, what was measured and whether it was met."""
    lines = ["| | measured | target | met |", "| --- | ---: | ---: | --- |"]
    for name, result in results.items():
        for claim, quartiles, sense, target in _TARGETS[name](result["figures"]):
            met = quartiles[1] <= target if sense == "≤" else quartiles[1] >= target
            lines.append(f"| {claim} | {ratio(quartiles)} | {sense} {target:g} | {'yes' if met else '**no**'} |")
    return "\n".join(lines)
