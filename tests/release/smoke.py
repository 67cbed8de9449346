"""Try an installed tela-runs: does it work with what it was installed with, and with no more?

python -I smoke.py          as installed without an extra
python -I smoke.py all      as installed with `[all]`
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution, distributions
from importlib.util import find_spec
from pathlib import Path

import tela_api
import tela_runs


def requirements(name: str) -> set[str]:
    """The distributions that one without extras needs, by their names, itself included, as far as installed."""
    found: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current in found or current not in INSTALLED:
            continue
        found.add(current)
        needed = [line for line in distribution(current).requires or [] if "extra ==" not in line]
        pending += [normal(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in needed]
    return found


def normal(name: str) -> str:
    """A distribution's name as packaging standards compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


INSTALLED = {normal(installed.name) for installed in distributions()}


def check_core() -> None:
    """The packages are those that were installed, with their types, and nothing came along that is not needed."""
    for package in (tela_api, tela_runs):
        folder = Path(package.__file__ or "").parent
        assert folder.is_relative_to(sys.prefix), folder
        assert (folder / "py.typed").is_file(), folder
    assert distribution("tela-runs").version == tela_runs.__version__
    direct = {"anyio", "attrs", "httpcore", "httpx", "sniffio"}
    needed = {"tela-runs"}.union(*map(requirements, direct))
    assert INSTALLED - {"pip", "setuptools"} == needed, INSTALLED ^ needed
    for missing in ("click", "jsonschema", "rich", "yaml"):
        assert find_spec(missing) is None, missing
    command = shutil.which("tela-runs", path=str(Path(sys.executable).parent))
    assert command is not None
    result = subprocess.run([command], capture_output=True, text=True, check=False)
    assert result.returncode == 2, result
    assert "pip install 'tela-runs[cli]'" in result.stderr, result


def check_all() -> None:
    """A wait and the raw client, against the emulator, and the command."""
    from tela_runs.emulator import Emulator  # noqa: PLC0415 - an extra

    with Emulator() as tela, tela_runs.RunsClient(tela.api_key, base_url=tela.url) as runs:
        run_id = tela.add_run({"total": 42}, created_for=0.1, running_for=0.2)
        assert runs.wait(run_id, timeout=30).output == {"total": 42}
        assert retrieved_raw(runs.raw, run_id) == "succeeded"
    command = shutil.which("tela-runs", path=str(Path(sys.executable).parent))
    assert command is not None
    subprocess.run([command, "demo"], check=True)


def retrieved_raw(client: tela_api.AuthenticatedClient, run_id: str) -> str:
    """The status of a run, by way of the generated client."""
    from tela_api.api.runs import retrieve_run  # noqa: PLC0415 - tried here alone
    from tela_api.models import CanvasRun  # noqa: PLC0415

    run = retrieve_run.sync(run_id, client=client)
    assert isinstance(run, CanvasRun), run
    return str(run.status)


if __name__ == "__main__":
    check_all() if sys.argv[1:] == ["all"] else check_core()
    print("The installed package works.")
