"""The runs that `tela-runs demo` waits for and `tela-runs emulate` offers."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING, Any

from tela_runs import AdaptivePacing, RunsClient

from .follow import Terms, follow
from .views import LiveTable

if TYPE_CHECKING:
    from rich.console import Console

    from tela_runs.emulator import Emulator

#: Arguments of `Emulator.add_run`: short and long, text and structure, and one that fails.
_RUNS: list[dict[str, Any]] = [
    {"output": "The contract ends on 31 March, with three months' notice.", "running_for": 1.0},
    {"output": {"invoice": "2024-117", "total": 1280.5, "currency": "EUR"}, "running_for": 2.4},
    {"running_for": 1.7, "fails": True},
    {"output": ["urgent", "billing"], "running_for": 3.5},
    {"output": "Dear Ms Ferreira, thank you for your letter of 3 May. We will send a replacement.", "running_for": 6.0},
]
#: Far longer than the longest run takes, and paced for runs of a few seconds.
_TERMS = Terms(timeout=14.0, pacing=AdaptivePacing(typical=2.0))


def demonstrate(console: Console) -> None:
    """Start an emulator, wait for its runs, and show them."""
    from tela_runs.emulator import Emulator  # noqa: PLC0415 - an extra of its own, which the other commands do without

    with Emulator() as tela:
        run_ids = [tela.add_run(**run) for run in _RUNS]
        console.print(f"Waiting for {len(run_ids)} runs of an emulated API at {tela.url}.\n")
        connect = partial(RunsClient, tela.api_key, base_url=tela.url)
        with LiveTable(run_ids, console) as view:
            follow(connect, run_ids, _TERMS, view)
        console.print(
            f"\nThat took {len(tela.requests)} requests. One run was made to fail, to show that it harms no other.\n"
            "With TELA_API_KEY set, `tela-runs wait ID` does the same on the real API.",
        )


def offer_examples(emulator: Emulator) -> None:
    """Add runs to an emulator for the command line, and print how to get at them."""
    slow = emulator.add_run("It works.", run_id="crsv-example", created_for=2.0, running_for=20.0)
    failing = emulator.add_run(run_id="crsv-failing", created_for=2.0, running_for=10.0, fails=True)
    print(
        f"export TELA_BASE_URL={shlex.quote(emulator.url)}\n"
        f"export TELA_API_KEY={shlex.quote(emulator.api_key)}\n"
        "# In another shell, after these two lines (it takes 22 seconds; the second run fails after 12):\n"
        f"#   tela-runs wait {slow} {failing}\n"
        "# Ctrl-C stops the emulator.",
        flush=True,
    )
