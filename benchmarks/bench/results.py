"""The results on disk: one JSON file a part, with the machine, the date and the versions."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .processes import ENVIRONMENTS, ROOT

FOLDER = ROOT / "benchmarks" / "results"


def write(name: str, figures: Any) -> None:
    """Keep the figures of a part."""
    FOLDER.mkdir(exist_ok=True)
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
        "load": round(os.getloadavg()[1], 1),
        "nice": os.nice(0),
        "versions": sorted({pin for pins in ENVIRONMENTS.values() for pin in pins}),
        "figures": _rounded(figures),
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")


def read(name: str) -> dict[str, Any] | None:
    """What was kept of a part, or None."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        return None
    result: dict[str, Any] = json.loads(path.read_text())
    return result


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (
        f"{os.cpu_count()} cores of {names[0] if names else platform.machine()}, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def _rounded(value: Any) -> Any:
    """Four significant digits are more than the spread allows."""
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
