"""A server on your own machine that behaves as the Tela API does, and misbehaves on demand.

    from tela_runs.emulator import Emulator, Status

    with Emulator() as tela:
        run_id = tela.add_run(output={"total": 42}, running_for=0.5)
        tela.inject(Status(503, headers={"Retry-After": "1"}))
        ...  # point your application at tela.url, with tela.api_key

Needs the extra `emulator`: `pip install 'tela-runs[emulator]'`.

Faults, for `Emulator.inject`:

    Status     any status, 200-999, with any headers and body
    Body       exactly this body
    Headers    the healthy answer with other headers
    Delay      the healthy answer, late
    Drip       the healthy answer, a few bytes at a time
    Stall      no answer, or the beginning of one, and then silence
    Reset      a TCP reset, at once or amid the answer
    Close      the connection closed, at once or amid the answer
    Raw        these bytes
"""

try:
    from .server import DEFAULT_API_KEY, Emulator, serve
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] not in {"starlette", "uvicorn"}:
        raise
    raise ModuleNotFoundError(
        f"the emulator needs {error.name}; install it with: pip install 'tela-runs[emulator]'",
        name=error.name,
    ) from error

from .faults import Body, Close, Delay, Drip, Fault, Headers, Raw, Reset, Stall, Status
from .journal import Request

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
    "serve",
]
