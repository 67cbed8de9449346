"""Wait for one run, print how it comes along, then its output.

TELA_API_KEY=... python examples/wait_for_one.py crsv-i52z8vnqekc
"""

from __future__ import annotations

import argparse
import sys

from tela_runs import RunsClient, TelaError


def main(run_id: str) -> None:
    """Wait for the run, whoever started it."""
    with RunsClient() as runs:
        run = runs.wait(run_id, timeout=600, on_update=lambda run: print(run.status_text, file=sys.stderr))
    print(run.output)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Wait for a run and print its output.")
    parser.add_argument("run_id")
    arguments = parser.parse_args()
    try:
        main(arguments.run_id)
    except (TelaError, KeyboardInterrupt) as error:
        # Every error says what happened and what to do. The run goes on at Tela: the same command waits for it again.
        sys.exit(str(error) or 130)
