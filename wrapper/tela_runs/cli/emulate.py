"""`tela-runs emulate`: an emulator of the API with runs to watch, and faults to order."""

from __future__ import annotations

import platform
import shlex
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from .exits import Exit
from .options import seconds
from .streams import Terminated
from .text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tela_runs.emulator import Emulator, Fault, Request

_CANVAS_ID = "canvas-example"
#: Requests that it remembers: one that serves for days must not remember all.
_KEPT = 1000
#: Output, share of the duration that it takes, and whether it fails, of each example.
_EXAMPLES = {"crsv-example": ("It works.", 1.0, False), "crsv-failing": ("", 0.6, True)}
_ALWAYS = 3600.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_FAULT_NAMES = "a status such as 503, 'reset', 'close' or 'stall'"


def _fault(text: str) -> tuple[Fault, int]:
    """The fault of ``503:3`` or ``reset``, and how many requests are to meet it, one by default."""
    from tela_runs.emulator import Close, Reset, Stall, Status  # noqa: PLC0415 - an extra of its own

    kind, _, times = text.partition(":")
    kinds: dict[str, Fault] = {"reset": Reset(), "close": Close(), "stall": Stall()}
    try:
        fault = kinds[kind] if kind in kinds else Status(int(kind))
        count = int(times or 1)
    except ValueError:
        count = 0
    if count < 1:
        raise click.BadParameter(f"{text!r} is not a fault. Give {_FAULT_NAMES}, and ':3' for three requests.")
    return fault, count


@click.command()
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=8321,
    show_default=True,
    help="Port to listen on; 0 for any free one.",
)
@click.option(
    "--host",
    metavar="HOST",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; 0.0.0.0 lets other machines in.",
)
@click.option("--runs", "count", metavar="N", type=click.IntRange(0), help="How many runs to offer, instead of two.")
@click.option(
    "--duration",
    metavar="DURATION",
    type=seconds,
    default="20s",
    show_default=True,
    help="Roughly how long each takes.",
)
@click.option(
    "--fail-rate",
    metavar="SHARE",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Share of the --runs that fail, from 0 to 1.",
)
@click.option(
    "--fault",
    "faults",
    metavar="FAULT[:N]",
    type=_fault,
    multiple=True,
    help=f"Fault for the next N requests, 1 by default: {_FAULT_NAMES}. May be repeated.",
)
def emulate(
    *, port: int, host: str, count: int | None, duration: float, fail_rate: float, faults: tuple[tuple[Fault, int], ...]
) -> Exit:
    """Serve an emulator of the API until Ctrl-C.

    It has runs and a canvas to try the other commands on. A run's life begins when it is first requested. Each request
    is logged on stderr.
    """
    from tela_runs.emulator import Emulator  # noqa: PLC0415 - an extra of its own, which the other commands do without

    emulator = Emulator(host=host, port=port, keep_requests=_KEPT, on_request=_log)
    runs = dict(_EXAMPLES if count is None else _spread(count, fail_rate))
    for run_id, (output, share, fails) in runs.items():
        created_for, running_for = 0.1 * share * duration, 0.9 * share * duration
        emulator.add_run(
            output,
            run_id=run_id,
            created_for=created_for,
            running_for=running_for,
            fails=fails,
            on_first_request=True,
        )
    emulator.add_canvas(_CANVAS_ID, output=_echo, created_for=0.1 * duration, running_for=0.9 * duration)
    for fault, times in faults:
        emulator.inject(fault, times=times)
    try:
        emulator.start()
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # Python adds the address to the system's own words
        raise click.UsageError(
            f"Cannot listen on port {port} of {host}: {reason}. Choose another --port or --host."
        ) from None
    try:
        _introduce(emulator, host, " ".join(_EXAMPLES) if count is None else f"crsv-example-{{1..{count}}}")
        while True:
            time.sleep(_ALWAYS)
    except Terminated:
        raise
    except KeyboardInterrupt:
        return Exit.SUCCEEDED  # how it is meant to be stopped
    finally:
        emulator.stop()


def _spread(count: int, fail_rate: float) -> Iterator[tuple[str, tuple[str, float, bool]]]:
    """So many runs that take from half to one and a half times the duration, and fail at that rate."""
    for number in range(1, count + 1):
        # Multiples of the golden ratio spread the durations evenly, in no order.
        share = 0.5 + number * 0.6180339887 % 1
        fails = int(number * fail_rate) > int((number - 1) * fail_rate)
        yield f"crsv-example-{number}", (f"The output of run {number}.", share, fails)


def _echo(body: dict[str, Any]) -> Any:
    """What the example canvas produces: the variables that it was given."""
    return body.get("variables") or "It works."


def _introduce(emulator: Emulator, host: str, ids: str) -> None:
    """Print how to get at the emulator, on this machine and on others."""
    url = urlsplit(emulator.url)
    is_open = host not in _LOOPBACK
    here = f"http://127.0.0.1:{url.port}" if is_open else emulator.url
    key = shlex.quote(emulator.api_key)
    lines = [
        f"export TELA_BASE_URL={shlex.quote(here)}",
        f"export TELA_API_KEY={key}",
        "# In another shell, after these two lines:",
        f"#   tela-runs wait {ids}",
        f"#   tela-runs create --canvas {_CANVAS_ID} --var city=Lisbon --wait",
    ]
    if is_open:
        name = platform.node() if host in {"0.0.0.0", "::"} else host  # noqa: S104 - what the user asked for
        lines += [
            "# On another machine or in a container, which has to reach this one by that name or by its address:",
            f"#   export TELA_BASE_URL=http://{name}:{url.port} TELA_API_KEY={key} TELA_ALLOW_HTTP=1",
        ]
    print(*lines, "# Ctrl-C stops the emulator.", sep="\n", flush=True)


def _log(request: Request) -> None:
    status = request.status if request.fault is None else f"{request.status or 'no response'} ({request.fault})"
    print(
        f"{time.strftime('%H:%M:%S')} {request.method} {one_line(request.path)} {status}", file=sys.stderr, flush=True
    )
