"""The parts of the benchmark: each gathers figures in repetitions, in which the subjects take turns."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .processes import Worker, run_code, server, worker
from .spread import Figures, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds until the server responds, where many requests are in flight.
DELAY = 0.05
#: Runs that are waited for at once in the measurement of memory.
OUTSTANDING = 100_000

_SINGLE_REFERENCE = "httpx"
_MANY = (
    *("tela-runs", "tela-runs sync", "tela-runs on httpx-aiohttp", "aiohttp"),
    *("httpx2", "httpx2, limits raised", "httpx", "httpx, limits raised"),
)
#: Statements, by the environment they are run in; the first is what the others are compared with.
_IMPORTS = {
    "import httpx, attrs": "peers",
    "import httpx, attrs; httpx.Client()": "peers",
    "import tela_runs": "peers",
    "from tela_runs import RunsClient": "peers",
    "from tela_runs import RunsClient; RunsClient('key')": "peers",
    "import tela": "tela",
    "from tela import Tela; Tela(api_key='key')": "tela",
    "import openai": "peers",
    "from openai import OpenAI; OpenAI(api_key='key')": "peers",
}
_IMPORTING = """
import gc, json, os, time
def resident():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
memory, cpu, wall = resident(), time.process_time(), time.perf_counter()
{statement}
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
print(json.dumps({{"cpu": cpu, "wall": wall, "memory": resident() - memory}}))
"""


def single(*, quick: bool) -> list[dict[str, Any]]:
    """CPU and wall of one request, of each subject, against httpx and against the official client."""
    repetitions, count = (5, 20) if quick else (25, 150)
    asked = [
        (subject, kind)
        for kind in ("f-1", "u-1")
        for subject in ("httpx", "httpx2", "tela-runs retrieve", "tela-runs wait", "openai", "tela")
        if (subject, kind) != ("tela-runs wait", "f-1")
    ]
    figures: dict[tuple[str, str], list[Figures]] = defaultdict(list)
    with ExitStack() as stack:
        url = stack.enter_context(server(0.0))
        workers = {
            subject: stack.enter_context(worker("tela" if subject == "tela" else "peers")) for subject, _ in asked
        }
        for repetition in range(repetitions + 1):
            for subject, kind in asked:
                taken = workers[subject].ask("single", subject=subject, url=url, run_id=kind, count=count)
                if repetition:  # the first warms up
                    figures[subject, kind].append(taken)
    return [
        {
            "subject": subject,
            "run": "finished" if kind == "f-1" else "unfinished",
            **spread(figures[subject, kind]),
            "over_httpx": spread(figures[subject, kind], over=figures[_SINGLE_REFERENCE, kind]),
            "over_tela": spread(figures[subject, kind], over=figures["tela", kind]),
        }
        for subject, kind in asked
    ]


def many(*, quick: bool) -> list[dict[str, Any]]:
    """Throughput, CPU and latency of many runs, against aiohttp and against httpx."""
    cells = [(60, 20), (60, 100)] if quick else [(1_000, 20), (1_000, 100), (1_000, 200), (10_000, 100)]
    with_tls = [(60, 100)] if quick else [(1_000, 100), (1_000, 200)]
    return [*_many_cells(cells, quick=quick, tls=False), *_many_cells(with_tls, quick=quick, tls=True)]


def _many_cells(cells: list[tuple[int, int]], *, quick: bool, tls: bool) -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        url = stack.enter_context(server(DELAY, tls=tls))
        workers = {subject: stack.enter_context(worker(tls=tls)) for subject in _MANY}
        for subject, process in workers.items():
            process.ask("many", subject=subject, url=url, runs=20, in_flight=10)
        for runs, in_flight in cells:
            for row in _many_cell(workers, url, runs, in_flight, 1 if quick else 5 if runs == 1_000 else 2):
                yield {**row, "tls": tls}


def _many_cell(
    workers: dict[str, Worker], url: str, runs: int, in_flight: int, repetitions: int
) -> list[dict[str, Any]]:
    figures: dict[str, list[Figures]] = defaultdict(list)
    for repetition in range(repetitions):
        for subject, process in workers.items():
            if _is_left_out(subject, runs, repetition):
                continue
            taken = process.ask("many", subject=subject, url=url, runs=runs, in_flight=in_flight)
            figures[subject].append({**taken, "per_second": runs / taken["wall"], "cpu": taken["cpu"] / runs})
    return [
        {
            "subject": subject,
            "runs": runs,
            "in_flight": in_flight,
            "repetitions": len(figures[subject]),
            **spread(figures[subject]),
            **{
                f"over_{peer}": spread(figures[subject], over=figures[peer])
                for peer in ("aiohttp", "httpx", "tela-runs")
            },
        }
        for subject in workers
        if figures[subject]
    ]


def _is_left_out(subject: str, runs: int, repetition: int) -> bool:
    """Whether to spare oneself the minutes that plain httpx takes, which gets slower with every connection."""
    if "limits raised" in subject:
        return repetition > 0 or runs > 1_000
    return "httpx" in subject and "aiohttp" not in subject and runs > 1_000 and repetition > 0


def footprint(*, quick: bool) -> dict[str, Any]:
    """What an import takes, and what runs that are waited for take of memory, threads and sockets."""
    repetitions = 3 if quick else 21
    figures: dict[str, list[Figures]] = defaultdict(list)
    for repetition in range(repetitions + 1):
        for statement, environment in _IMPORTS.items():
            taken = run_code(environment, _IMPORTING.format(statement=statement))
            if repetition:  # the first compiles
                figures[statement].append(taken)
    imports = [
        {
            "subject": subject,
            **spread(taken),
            "over_base": spread(taken, over=figures["import httpx, attrs"]),
            "over_client": spread(taken, over=figures["import httpx, attrs; httpx.Client()"]),
        }
        for subject, taken in figures.items()
    ]
    return {"imports": imports, "outstanding": _outstanding(quick=quick)}


def _outstanding(*, quick: bool) -> list[dict[str, Any]]:
    runs, repetitions = (500, 1) if quick else (OUTSTANDING, 3)
    rows = []
    with server(0.0) as url:
        for kind, size in (("a-", "0.1 KB"), ("u-", "2.5 KB")):
            for sync in (False, True):
                for traced in (True, False):
                    settings: dict[str, Any] = {"kind": kind, "runs": runs, "in_flight": 100, "sync": sync}
                    taken = []
                    # Counted allocations are the same each time; what the process takes is not.
                    for _ in range(1 if traced else repetitions):
                        with worker() as process:
                            taken.append(process.ask("outstanding", url=url, traced=traced, **settings))
                    rows.append({"response": size, "sync": sync, "traced": traced, "runs": runs, **spread(taken)})
    return rows


def models(*, quick: bool) -> list[dict[str, Any]]:
    """CPU of reading 5 KB of JSON into a typed run, against ``json.loads``."""
    repetitions, count = (5, 50) if quick else (41, 500)
    subjects = (
        *("json.loads", "CanvasRun.from_dict", "json.loads + CanvasRun.from_dict"),
        *("Run.from_json, its output and usage", "pydantic, from a dict", "pydantic, from JSON", "msgspec, from JSON"),
    )
    figures: dict[str, list[Figures]] = defaultdict(list)
    with worker() as process:
        for _ in range(repetitions):
            for subject in subjects:
                figures[subject].append(process.ask("models", subject=subject, count=count))
    return [
        {"subject": subject, **spread(taken), "over_json": spread(taken, over=figures["json.loads"])}
        for subject, taken in figures.items()
    ]


PARTS = {"single": single, "many": many, "footprint": footprint, "models": models}
