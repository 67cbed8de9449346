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
    for tls in (False, True):
        where = ", TLS" if tls else ""
        for in_flight, least in ((100, 0.8), (200, 0.65)):
            cell: dict[str, Any] = {"runs": 1_000, "in_flight": in_flight, "tls": tls}
            ours = _find(figures, subject="tela-runs", **cell)
            claim = f"1,000 runs, {in_flight} in flight{where}: runs/s ÷ "
            yield f"{claim}raw aiohttp", ours["over_aiohttp"]["per_second"], "≥", least
            raised = _find(figures, subject="httpx, limits raised", **cell)["over_tela-runs"]["per_second"]
            yield f"{claim}httpx with {in_flight} connections", [1 / value for value in reversed(raised)], "≥", 10.0
    sync = _find(figures, subject="tela-runs sync", runs=1_000, in_flight=100, tls=False)
    yield "1,000 runs, 100 in flight: sync ÷ async", sync["over_tela-runs"]["per_second"], "≥", 0.7


def _footprint(figures: dict[str, list[dict[str, Any]]]) -> Iterator[Target]:
    for row in figures["outstanding"]:
        if not row["traced"]:
            claim = f"KB for each of {row['runs']:,} runs, answers of {row['answer']}"
            client = "sync" if row["sync"] else "async"
            yield f"{claim}, {client}", [size / 1e3 for size in row["bytes_each"]], "≤", 2.0
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
