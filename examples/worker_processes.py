"""Read documents in several processes, each with a client of its own; runs and errors travel between them as JSON.

TELA_API_KEY=... python examples/worker_processes.py CANVAS_ID a.pdf b.pdf c.pdf
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from signal import SIG_DFL, SIGINT, signal
from typing import Any

from tela_runs import File, Outcome, RunsClient, TelaError


@cache
def client() -> RunsClient:
    """The client of this process, made when it is first needed."""
    return RunsClient()


def read(canvas_id: str, path: str) -> dict[str, Any]:
    """What became of a document."""
    try:
        run = client().create_and_wait(canvas_id=canvas_id, variables={"document": File.from_path(path)}, timeout=600)
        return Outcome(run.id, run).to_dict()
    except TelaError as error:
        return Outcome(error.run_id or "", error=error).to_dict()


def main(canvas_id: str, paths: list[str]) -> int:
    """Read them all; how many could not be read."""
    failures = 0
    # Ctrl-C ends the workers without a word.
    with ProcessPoolExecutor(4, initializer=signal, initargs=(SIGINT, SIG_DFL)) as pool:
        for path, result in zip(paths, pool.map(partial(read, canvas_id), paths), strict=True):
            outcome = Outcome.from_dict(result)
            failures += not outcome.succeeded
            print(f"{path}: {outcome.output if outcome.succeeded else outcome.error}")
    return failures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read documents in several processes.")
    parser.add_argument("canvas_id")
    parser.add_argument("paths", nargs="+")
    try:
        sys.exit(min(main(**vars(parser.parse_args())), 1))
    except (BrokenProcessPool, KeyboardInterrupt) as error:
        sys.exit(str(error) or 130)
