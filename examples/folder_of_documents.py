"""Read every document of a folder, a few at a time. After a crash, the same command goes on where it was.

    TELA_API_KEY=... python examples/folder_of_documents.py CANVAS_ID FOLDER results.sqlite

A document whose run was started is never sent again: its run is waited for. (One run may be lost from sight, if the
process is killed between the API's response and the next line.)
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tela_runs import ConfigurationError, File, RunsClient, TelaError

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, run_id TEXT UNIQUE, outcome TEXT)"


def run_ids(runs: RunsClient, canvas_id: str, folder: Path, table: sqlite3.Connection) -> Iterator[str]:
    """The runs that are left from before, then a new one for each document that has none."""
    yield from [run_id for (run_id,) in table.execute("SELECT run_id FROM documents WHERE outcome IS NULL")]
    known = {name for (name,) in table.execute("SELECT name FROM documents")}
    for path in sorted(folder.iterdir()):
        if path.name in known:
            continue
        try:
            run = runs.create(canvas_id=canvas_id, variables={"document": File.from_path(path)})
        except ConfigurationError as error:  # such as an empty file
            print(error, file=sys.stderr)
            continue
        table.execute("INSERT INTO documents (name, run_id) VALUES (?, ?)", (path.name, run.id))
        yield run.id


def main(canvas_id: str, folder: Path, results: Path) -> None:
    """Read them all; each outcome is kept when it comes."""
    # Autocommit: each statement is on the disk when it returns.
    with closing(sqlite3.connect(results, isolation_level=None)) as table, RunsClient() as runs:
        table.execute(TABLE)
        # As many runs are outstanding as max_in_flight allows: the next is created when one has ended.
        ids = run_ids(runs, canvas_id, folder, table)
        for outcome in runs.as_completed(ids, max_in_flight=8, timeout=None):
            text = json.dumps(outcome.to_dict())
            table.execute("UPDATE documents SET outcome = ? WHERE run_id = ?", (text, outcome.run_id))
            print(outcome.run_id, "succeeded" if outcome.succeeded else outcome.error, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read every document of a folder.")
    parser.add_argument("canvas_id")
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    try:
        main(**vars(parser.parse_args()))
    except (TelaError, OSError, sqlite3.Error, KeyboardInterrupt) as error:
        sys.exit(str(error) or 130)
