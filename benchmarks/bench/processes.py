"""The environments and the processes that measure: peers in virtual environments of their own, a worker, the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
#: What is measured, and against what. The official client needs an older httpx, so it has an environment to itself.
ENVIRONMENTS = {
    "peers": (
        *("attrs==26.1.0", "httpx==0.28.1", "httpcore==1.0.9", "anyio==4.16.0", "h11==0.16.0"),
        *("sniffio==1.3.1", "httpx-aiohttp==0.2.0"),
        *("aiohttp==3.14.5", "httpx2==2.16.2", "openai==3.54.0", "pydantic==2.14.3", "msgspec==0.22.0"),
        "trustme==1.2.1",
    ),
    "tela": ("tela==0.2.2", "httpx==0.27.2", "pydantic==2.14.3"),
}


def python_of(environment: str) -> Path:
    """The interpreter of an environment, which is made if it is missing or was made for something else."""
    folder = ROOT / ".cache" / "bench" / environment
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    receipt = folder / "installed.txt"
    wanted = "\n".join((sys.version, *ENVIRONMENTS[environment]))
    if not receipt.is_file() or receipt.read_text() != wanted:
        print(f"Installing the environment {environment!r} in .cache/bench/", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *ENVIRONMENTS[environment]], check=True)
        receipt.write_text(wanted)
    return python


#: The certificate of the authority that vouches for the server, where it speaks TLS.
AUTHORITY = ROOT / ".cache" / "bench" / "authority.pem"


def _environ() -> dict[str, str]:
    """The environment's variables without settings of clients, and with the sources in place."""
    endings = ("_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
    kept = {name: value for name, value in os.environ.items() if not name.upper().endswith(endings)}
    sources = [str(ROOT / folder) for folder in ("benchmarks", "generated", "wrapper")]
    # As installed packages are, the sources are to be compiled once, not at every import.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(sources),
        "PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "bench" / "compiled"),
        # The official client's models warn about a field that is named `schema`.
        "PYTHONWARNINGS": "ignore",
    }


@contextmanager
def _process(environment: str, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    command = [str(python_of(environment)), *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=_environ() | variables, text=True, stdin=pipe, stdout=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def server(delay: float, *, tls: bool = False) -> Iterator[str]:
    """The URL of a server that responds after ``delay`` seconds."""
    arguments = [str(AUTHORITY)] if tls else []
    with _process("peers", "-m", "bench.server", str(delay), *arguments) as process:
        assert process.stdout is not None
        yield f"http{'s' if tls else ''}://127.0.0.1:{int(process.stdout.readline())}"


class Worker:
    """A process that measures what it is asked to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, do: str, **settings: Any) -> dict[str, float]:
        """Have it do something; what that took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **settings}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The worker failed at {do} {settings}: its traceback is above.")
        taken: dict[str, float] = json.loads(line)
        return taken


@contextmanager
def worker(environment: str = "peers", *, tls: bool = False) -> Iterator[Worker]:
    """A worker in an environment; with ``tls`` it trusts the certificate of `server` alone."""
    variables = {"SSL_CERT_FILE": str(AUTHORITY)} if tls else {}
    with _process(environment, "-m", "bench.worker", **variables) as process:
        yield Worker(process)


def run_code(environment: str, code: str) -> dict[str, float]:
    """Run code in a fresh interpreter; the JSON object that it prints."""
    command = [str(python_of(environment)), "-c", code]
    printed = subprocess.run(command, env=_environ(), check=True, text=True, stdout=subprocess.PIPE).stdout
    taken: dict[str, float] = json.loads(printed)
    return taken
