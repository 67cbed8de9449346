"""A server on your own machine that behaves as the Tela API does, and misbehaves on demand.

    from tela_runs.emulator import Emulator, Status

    with Emulator() as tela:
        run_id = tela.add_run(output={"total": 42}, running_for=0.5)
        tela.inject(Status(503, headers={"Retry-After": "1"}))
        ...  # point your application at tela.url, with tela.api_key

`add_canvas` needs the extra `emulator`: `pip install 'tela-runs[emulator]'`.
"""

from .api import DEFAULT_API_KEY
from .connection import Request
from .faults import Body, Close, Delay, Drip, Fault, Headers, Raw, Reset, Stall, Status
from .server import Emulator

__all__ = [
    "DEFAULT_API_KEY",
    "Body",
    "Close",
    "Delay",
    "Drip",
    "Emulator",
    "Fault",
    "Headers",
    "Raw",
    "Request",
    "Reset",
    "Stall",
    "Status",
]
