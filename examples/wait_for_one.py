"""Wait for one run, print how it comes along, then its output.

TELA_API_KEY=... python examples/wait_for_one.py crsv-i52z8vnqekc
"""

from __future__ import annotations

import sys

from tela_runs import RunFailedError, RunsClient, WaitTimeoutError


def main(run_id: str) -> str | None:
    """Wait for the run; what to tell on stderr if it did not succeed."""
    with RunsClient() as runs:
        try:
            run = runs.wait(run_id, timeout=600, on_update=lambda run: print(run.status_text, file=sys.stderr))
        except RunFailedError as error:
            return f"It failed: {error.run.to_dict()}"
        except WaitTimeoutError as error:
            return f"Still {error.run.status_text if error.run else 'unseen'}; the same command goes on waiting."
    print(run.output)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
