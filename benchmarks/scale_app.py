"""The Celery app of `scale_check.py`: that of the distributed tests, with bounds that leave the machine some air."""

from __future__ import annotations

import os

from tests.distributed.app import app

app.conf.update(tela_runs_max_rate=float(os.environ["RATE"]), tela_runs_max_in_flight=int(os.environ["IN_FLIGHT"]))
