"""Wait for the runs whose ids come on stdin, and print each as a line of JSON when it has ended, the quickest first.

    TELA_API_KEY=... python examples/many_from_stdin.py < ids.txt > results.jsonl

Run it again with the ids that failed or timed out: nothing is lost with the process.
"""

from __future__ import annotations

import asyncio
import json
import sys

from tela_runs import AsyncRunsClient, TelaError


async def main() -> int:
    """Wait for all; 1 if any did not succeed."""
    status = 0
    ids = [line.strip() for line in sys.stdin if line.strip()]
    async with AsyncRunsClient() as runs:
        async for outcome in runs.as_completed(ids, timeout=3600, max_in_flight=50):
            if outcome.succeeded:
                print(json.dumps({"id": outcome.run_id, "output": outcome.output}), flush=True)
            else:
                status = 1
                print(outcome.error, file=sys.stderr)
    return status


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except (TelaError, KeyboardInterrupt) as error:
        sys.exit(str(error) or 130)
