"""Read every document of a folder, eight at a time. After a crash, the same command goes on where it was.

    TELA_API_KEY=... python examples/folder_of_documents.py CANVAS_ID FOLDER results.sqlite

A document whose run was started is not sent again: its run is waited for. (Only a run that was being started when the
process was killed may be lost from sight, and its document sent a second time.)
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path

from tela_runs import File, Outcome, RunFailedError, RunsClient, TelaError

TABLE = "CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, run_id TEXT, outcome TEXT)"


def read(runs: RunsClient, table: sqlite3.Connection, canvas_id: str, path: Path, run_id: str | None) -> Outcome:
    """What became of a document. Whatever else is raised, the next start of the program goes on from here."""
    if run_id is None:
        run_id = runs.create(canvas_id=canvas_id, variables={"document": File.from_path(path)}).id
        table.execute("INSERT INTO documents (name, run_id) VALUES (?, ?)", (path.name, run_id))
    try:
        outcome = Outcome(run_id, runs.wait(run_id, timeout=3600))
    except RunFailedError as error:
        outcome = Outcome(run_id, error.run, error)
    table.execute("UPDATE documents SET outcome = ? WHERE name = ?", (json.dumps(outcome.to_dict()), path.name))
    return outcome


def main(canvas_id: str, folder: Path, results: Path) -> int:
    """Read those that have no outcome yet; 1 if any could not be read."""
    status = 0
    with (
        # Autocommit: each statement is on the disk when it returns. SQLite lets one thread in at a time.
        closing(sqlite3.connect(results, isolation_level=None, check_same_thread=False)) as table,
        ThreadPoolExecutor(8) as pool,  # a run of each thread is outstanding
        RunsClient() as runs,  # one for all threads; once closed, as after Ctrl-C, it ends what they wait for
    ):
        table.execute(TABLE)
        known = {name: (run_id, outcome) for name, run_id, outcome in table.execute("SELECT * FROM documents")}
        left = {path: known.get(path.name, (None, None)) for path in sorted(folder.iterdir())}
        futures = {
            pool.submit(read, runs, table, canvas_id, path, run_id): path
            for path, (run_id, outcome) in left.items()
            if outcome is None
        }
        for future in as_completed(futures):
            try:
                outcome = future.result()
                print(futures[future].name, "succeeded" if outcome.succeeded else outcome.error, flush=True)
            except TelaError as error:  # such as an empty file, or no response to a create
                status = 1
                print(f"{futures[future].name}: {error}", file=sys.stderr)
    return status


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read every document of a folder.")
    parser.add_argument("canvas_id")
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    try:
        sys.exit(main(**vars(parser.parse_args())))
    except (TelaError, OSError, sqlite3.Error, KeyboardInterrupt) as error:
        sys.exit(str(error) or 130)
