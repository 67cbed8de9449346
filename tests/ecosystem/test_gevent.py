"""Sync clients under gevent's monkey patching, as gunicorn's and Celery's gevent workers use it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator


def test_fleets_waits_and_wakes_work_under_monkey_patching(server: Emulator) -> None:
    """Fleets, also after one that was left early, waits side by side, and wakes: no greenlet holds up the others."""
    ids = [server.add_run(number, created_for=0, running_for=0.2) for number in range(5)]
    for run_id in ("slow-1", "slow-2"):
        server.add_run(run_id=run_id, statuses=["running", "succeeded"])
    server.add_run(run_id="never", running_for=1000)
    script = Path(__file__).with_name("greens.py")
    command = [sys.executable, str(script), server.url, server.api_key, *ids]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert (done.stdout.split(), done.stderr) == (["in_greenlets", "left_early", "woken", "not_blocking"], "")
    assert done.returncode == 0
