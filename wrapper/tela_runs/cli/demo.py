"""`tela-runs demo`: a wait for a few runs of an emulated API."""

from __future__ import annotations

from typing import Any

from tela_runs import AdaptivePacing, RunsClient

from .follow import WaitOptions, wait_for

#: Arguments of `Emulator.add_run`: short and long, text and structure, and one that fails.
_RUNS: list[dict[str, Any]] = [
    {"output": "The contract ends on 31 March, with three months' notice.", "running_for": 1.0},
    {"output": {"invoice": "2024-117", "total": 1280.5, "currency": "EUR"}, "running_for": 2.4},
    {"running_for": 1.7, "fails": True},
    {"output": ["urgent", "billing"], "running_for": 3.5},
    {"output": "Dear Ms Ferreira, thank you for your letter of 3 May. We will send a replacement.", "running_for": 6.0},
]
#: Far longer than the longest run takes, and paced for runs of a few seconds.
_OPTIONS = WaitOptions(timeout=14.0, pacing=AdaptivePacing(typical=2.0))


def demonstrate() -> None:
    """Start an emulator, wait for its runs, and show them."""
    from tela_runs.emulator import Emulator  # noqa: PLC0415 - an extra of its own, which the other commands do without

    with Emulator() as tela, RunsClient(tela.api_key, base_url=tela.url) as client:
        run_ids = [tela.add_run(**run) for run in _RUNS]
        print(f"Waiting for {len(run_ids)} runs of an emulated API at {tela.url}.\n", flush=True)
        wait_for(client, run_ids, _OPTIONS, lambda _pending: "tela-runs demo")
        print(
            f"\nThat took {len(tela.requests)} requests. One run was made to fail, to show that it harms no other.\n"
            "With TELA_API_KEY set, `tela-runs wait ID` does the same on the real API.",
            flush=True,
        )
