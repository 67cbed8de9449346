"""Hold the emulator against openapi.yaml with schemathesis: does it answer as the contract says, whatever is asked?

    python tools/check_emulator.py

Needs schemathesis, and this project with its extra `emulator`. The exit status is that of schemathesis: 0 if the
emulator keeps the contract.
"""

from __future__ import annotations

import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from tela_runs.emulator import Emulator

ROOT = Path(__file__).resolve().parent.parent
#: The id in the contract's example of the parameter, which schemathesis asks for: so that there are runs to be seen.
EXAMPLE_ID = "crsv-i52z8vnqekc"
#: Each state of a run is checked in a round of its own, for schemathesis knows of no passage of time.
STATES = ("created", "running", "succeeded", "failed")


def check(status: str) -> int:
    """Ask an emulator whose run has this status for everything the contract allows, and for what it does not."""
    # schemathesis leaves a folder where it is run.
    with Emulator() as tela, TemporaryDirectory() as folder:
        tela.add_run({"answer": [42, None, "x"]}, run_id=EXAMPLE_ID, statuses=[status])
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(ROOT / "openapi.yaml"), "--url", tela.url]
        command += ["--header", f"Authorization: Bearer {tela.api_key}"]
        command += ["--seed", "1", "--max-examples", "50", "--no-color"]
        result = subprocess.run(command, check=False, cwd=folder)  # noqa: S603 - every word is written above
        if not any(request.run_id == EXAMPLE_ID and request.status == HTTPStatus.OK for request in tela.requests):
            print(f"No run was seen: does openapi.yaml still have the example {EXAMPLE_ID}?", file=sys.stderr)
            return 1
        return result.returncode


def main() -> int:
    """Check every state; the first exit status that is not 0, or 0."""
    return next((code for code in map(check, STATES) if code), 0)


if __name__ == "__main__":
    sys.exit(main())
