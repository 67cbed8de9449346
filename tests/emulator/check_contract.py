"""Hold the emulator against openapi.yaml with schemathesis: does it respond as the contract says, whatever is sent?

    python tests/emulator/check_contract.py

Needs schemathesis, and this project with its extra `emulator`. The exit status is that of schemathesis: 0 if the
emulator keeps the contract. schemathesis imports this file too, for the hooks.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import schemathesis
from tela_runs.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
#: The id in the contract's example of the parameter, which schemathesis asks for: so that there are runs to be seen.
EXAMPLE_ID = "crsv-i52z8vnqekc"
KNOWN = {"canvas_id": "known-canvas", "version_id": "known-version"}
#: What each round checks: the status of the run, since schemathesis knows of no passage of time, and more options.
#: Creates are the same in all rounds, so that one does for them.
RETRIEVE_ALONE = ["--include-operation-id", "retrieveRun", "--phases", "examples,coverage,fuzzing"]
ROUNDS = {"created": RETRIEVE_ALONE, "running": RETRIEVE_ALONE, "failed": RETRIEVE_ALONE, "succeeded": []}


def filter_body(_context: object, body: Any) -> bool:
    """Leave out a webhook without `async`, which it implies: documented and emulated, and no part of the contract."""
    return not isinstance(body, dict) or "async" in body or not body.get("webhook_url")


def map_body(_context: object, body: Any) -> Any:
    """Name the canvas that there is where one is named, so that not every create is a 404."""
    if isinstance(body, dict):
        return {key: KNOWN.get(key, value) if isinstance(value, str) else value for key, value in body.items()}
    return body


schemathesis.hook(filter_body)
schemathesis.hook(map_body)


def check(status: str, options: list[str]) -> int:
    """Ask an emulator whose run has this status for everything the contract allows, and for what it does not."""
    # schemathesis leaves a folder where it is run.
    with Emulator() as tela, TemporaryDirectory() as folder:
        tela.add_run({"answer": [42, None, "x"]}, run_id=EXAMPLE_ID, statuses=[status])
        tela.add_canvas(KNOWN["canvas_id"], version_id=KNOWN["version_id"])
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(ROOT / "openapi.yaml"), "--url", tela.url]
        command += ["--header", f"Authorization: Bearer {tela.api_key}", *options]
        command += ["--seed", "1", "--max-examples", "50", "--no-color"]
        path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
        hooks = {**os.environ, "PYTHONPATH": path, "SCHEMATHESIS_HOOKS": "check_contract"}
        result = subprocess.run(command, check=False, cwd=folder, env=hooks)
        seen = {(request.method, request.status) for request in tela.requests if request.run_id}
        wanted = {("GET", HTTPStatus.OK), *([] if options else [("POST", HTTPStatus.OK)])}
        if not wanted <= seen:
            print(f"No run was seen: does openapi.yaml still have the example {EXAMPLE_ID}?", file=sys.stderr)
            return 1
        return result.returncode


def main() -> int:
    """Check every round; the first exit status that is not 0, or 0."""
    logging.disable(logging.WARNING)  # of webhooks that are not on this machine
    return next((code for code in (check(*items) for items in ROUNDS.items()) if code), 0)


if __name__ == "__main__":
    sys.exit(main())
