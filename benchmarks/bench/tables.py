"""Markdown tables of the results. A ratio is shown as its median and, in brackets, its quartiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NAMES = {
    "tela-runs": "tela-runs, `as_completed`",
    "tela-runs sync": "tela-runs, `as_completed`, sync",
    "tela-runs retrieve": "tela-runs, `retrieve`",
    "tela-runs wait": "tela-runs, a poll of `wait`",
    "httpx": "httpx",
    "httpx, limits raised": "httpx, its limits raised to the requests in flight",
    "httpx2, limits raised": "httpx2, its limits raised to the requests in flight",
    "openai": "openai, typed `get`",
    "tela": "tela, typed `get`",
}


def ratio(quartiles: list[float]) -> str:
    """The median, with the quartiles in brackets."""
    low, median, high = (f"{value:.2f}" if value < 10 else f"{value:.1f}" for value in quartiles)
    return f"{median} ({low}–{high})"  # noqa: RUF001


def _table(head: str, rows: Iterable[tuple[object, ...]]) -> str:
    columns = head.split(" | ")
    lines = [columns, ["---"] + ["---:"] * (len(columns) - 1), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _milliseconds(quartiles: list[float]) -> str:
    return f"{quartiles[1] * 1e3:.2f}"


def _single(figures: list[dict[str, Any]]) -> str:
    return "\n\n".join(
        _table(
            f"a run that is {kind} | CPU, ms | wall, ms | CPU ÷ httpx | wall ÷ httpx | CPU ÷ tela",
            (
                (
                    _NAMES.get(row["subject"], row["subject"]),
                    _milliseconds(row["cpu"]),
                    _milliseconds(row["wall"]),
                    ratio(row["over_httpx"]["cpu"]),
                    ratio(row["over_httpx"]["wall"]),
                    ratio(row["over_tela"]["cpu"]),
                )
                for row in figures
                if row["run"] == kind
            ),
        )
        for kind in ("finished", "unfinished")
    )


def _many(figures: list[dict[str, Any]]) -> str:
    blocks = []
    for cell in dict.fromkeys((row["runs"], row["in_flight"], row["tls"]) for row in figures):
        rows = [row for row in figures if (row["runs"], row["in_flight"], row["tls"]) == cell]
        title = f"{cell[0]:,} runs, {cell[1]} in flight{', TLS' if cell[2] else ''}"
        blocks.append(
            _table(
                f"{title} | runs/s | CPU, ms a run | p50, ms | p99, ms "
                "| runs/s ÷ aiohttp | runs/s ÷ httpx | CPU ÷ aiohttp | repetitions",
                (
                    (
                        _NAMES.get(row["subject"], row["subject"]),
                        f"{row['per_second'][1]:,.0f}",
                        _milliseconds(row["cpu"]),
                        f"{row['p50'][1] * 1e3:.0f}",
                        f"{row['p99'][1] * 1e3:.0f}",
                        _of(row, "over_aiohttp", "per_second"),
                        _of(row, "over_httpx", "per_second"),
                        _of(row, "over_aiohttp", "cpu"),
                        row["repetitions"],
                    )
                    for row in rows
                ),
            )
        )
    return "\n\n".join(blocks)


def _of(row: dict[str, Any], peer: str, figure: str) -> str:
    return ratio(row[peer][figure]) if row[peer] else ""


def _footprint(figures: dict[str, list[dict[str, Any]]]) -> str:
    imports = _table(
        "in a fresh interpreter | CPU, ms | memory, MB | CPU ÷ httpx and attrs | memory ÷ httpx and attrs",
        (
            (
                f"`{row['subject']}`",
                f"{row['cpu'][1] * 1e3:.0f}",
                f"{row['memory'][1] / 1e6:.1f}",
                ratio(row["over_base"]["cpu"]),
                ratio(row["over_base"]["memory"]),
            )
            for row in figures["imports"]
        ),
    )
    outstanding = _table(
        "runs waited for | the responses have | bytes a run, of the process | bytes a run, allocated by Python "
        "| threads | connections",
        (
            (
                f"{grown['runs']:,}, {'sync' if grown['sync'] else 'async'}",
                grown["response"],
                f"{grown['bytes_each'][1]:,.0f}",
                f"{traced['bytes_each'][1]:,.0f}",
                f"{grown['threads'][2]:.0f}",
                f"{grown['sockets'][2]:.0f} of {grown['in_flight'][2]:.0f}",
            )
            for traced, grown in zip(figures["outstanding"][::2], figures["outstanding"][1::2], strict=True)
        ),
    )
    return f"{imports}\n\n{outstanding}"


def _models(figures: list[dict[str, Any]]) -> str:
    return _table(
        "5 KB of JSON | CPU, µs | ÷ `json.loads`",
        ((row["subject"], f"{row['cpu'][1] * 1e6:.1f}", ratio(row["over_json"]["cpu"])) for row in figures),
    )


def pacing(result: dict[str, Any]) -> str:
    """The table of what `pacing.py` has measured: lag at the same number of requests, peer by peer."""
    cells = {(row["workload"], row["peer"]): row for row in result["comparisons"]}
    workloads = list(dict.fromkeys(workload for workload, _ in cells))
    peers = list(dict.fromkeys(peer for _, peer in cells))
    rows = []
    for peer in peers:
        found = [cells.get((workload, peer)) for workload in workloads]
        rows.append((peer, *(_lag(cell["warm"]) if cell else "" for cell in found)))
    return _table(" | ".join(("lag ÷ that of", *workloads)), rows)


def _lag(cell: dict[str, float]) -> str:
    return f"{cell['ratio']:.2f} ({cell['low']:.2f}–{cell['high']:.2f})"  # noqa: RUF001


#: The tables of a part, by its name.
TABLES: dict[str, Callable[[Any], str]] = {
    "single": _single,
    "many": _many,
    "footprint": _footprint,
    "models": _models,
}
