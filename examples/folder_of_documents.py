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
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tela_runs import File, RunFailedError, RunsClient, TelaError

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, run_id TEXT, outcome TEXT)"


def started(runs: RunsClient, table: sqlite3.Connection, canvas_id: str, paths: list[Path]) -> Iterator[str]:
    """The run of each document that has no outcome yet; started here where the table has none. Read as runs end."""
    known = {name: (run_id, outcome) for name, run_id, outcome in table.execute("SELECT * FROM documents")}
    for path in paths:
        run_id, outcome = known.get(path.name, (None, None))
        try:
            if run_id is None:
                run_id = runs.create(canvas_id=canvas_id, variables={"document": File.from_path(path)}).id
                table.execute("INSERT INTO documents (name, run_id) VALUES (?, ?)", (path.name, run_id))
        except TelaError as error:  # such as an empty file, or no response to the create
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        if outcome is None:
            yield run_id


def main(canvas_id: str, folder: Path, results: Path) -> int:
    """Read those that have no outcome yet; 1 if any has none then."""
    # Autocommit: each statement is on the disk when it returns.
    with closing(sqlite3.connect(results, isolation_level=None)) as table, RunsClient() as runs:
        table.execute(TABLE)
        paths = sorted(folder.iterdir())
        ids = started(runs, table, canvas_id, paths)
        for outcome in runs.as_completed(ids, timeout=24 * 3600, max_in_flight=8):  # so many are outstanding
            (name,) = table.execute("SELECT name FROM documents WHERE run_id = ?", (outcome.run_id,)).fetchone()
            print(name, "succeeded" if outcome.succeeded else outcome.error, flush=True)
            if outcome.succeeded or isinstance(outcome.error, RunFailedError):
                text = json.dumps(outcome.to_dict())
                table.execute("UPDATE documents SET outcome = ? WHERE run_id = ?", (text, outcome.run_id))
        read = {name for (name,) in table.execute("SELECT name FROM documents WHERE outcome IS NOT NULL")}
    return int(not read.issuperset(path.name for path in paths))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read every document of a folder.")
    parser.add_argument("canvas_id")
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    try:
        sys.exit(main(**vars(parser.parse_args())))
    except (TelaError, OSError, sqlite3.Error, KeyboardInterrupt) as error:
        sys.exit(str(error) or 130)
