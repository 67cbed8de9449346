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
    look = _find(figures, subject="tela-runs wait", run="unfinished")
    yield "CPU of a typed `retrieve` ÷ raw httpx", retrieve["over_httpx"]["cpu"], "≤", 1.25
    yield "CPU of a look of `wait` ÷ raw httpx", look["over_httpx"]["cpu"], "≤", 0.9
    yield "CPU of a typed `retrieve` ÷ the official client", retrieve["over_tela"]["cpu"], "≤", 0.4
    yield "CPU of a look of `wait` ÷ the official client", look["over_tela"]["cpu"], "≤", 0.4


def _many(figures: list[dict[str, Any]]) -> Iterator[Target]:
    for in_flight, least in ((100, 0.8), (200, 0.65)):
        ours = _find(figures, subject="tela-runs", runs=1_000, in_flight=in_flight)
        claim = f"1,000 runs, {in_flight} in flight: runs/s ÷ raw aiohttp"
        yield claim, ours["over_aiohttp"]["per_second"], "≥", least
    ours = _find(figures, subject="tela-runs", runs=1_000, in_flight=100)
    yield "1,000 runs, 100 in flight: runs/s ÷ plain httpx", ours["over_httpx"]["per_second"], "≥", 10.0
    raised = _find(figures, subject="httpx, limits raised", runs=1_000, in_flight=100)["over_tela-runs"]["per_second"]
    claim = "1,000 runs, 100 in flight: runs/s ÷ httpx, its limits raised to 100"
    yield claim, [1 / value for value in reversed(raised)], "≥", 10.0
    sync = _find(figures, subject="tela-runs sync", runs=1_000, in_flight=100)
    yield "1,000 runs, 100 in flight: sync ÷ async", sync["over_tela-runs"]["per_second"], "≥", 0.7


def _footprint(figures: dict[str, list[dict[str, Any]]]) -> Iterator[Target]:
    for row in figures["outstanding"]:
        if not row["traced"]:
            claim = f"KB for each of {row['runs']:,} runs, answers of {row['answer']}"
            client = "sync" if row["sync"] else "async"
            yield f"{claim}, {client}", [size / 1e3 for size in row["bytes_each"]], "≤", 2.0
    for statement in ("import tela_runs", "from tela_runs import RunsClient"):
        ours = _find(figures["imports"], subject=statement)
        yield f"CPU of `{statement}` ÷ `import httpx, attrs`", ours["over_base"]["cpu"], "≤", 1.3


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
