"""The weekly search for examples that break a property, in `.github/workflows/ci.yml`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
from hypothesis import settings
import tests.conftest

print(*(settings.get_profile(name).derandomize for name in ("thorough", "quick", "gate")))
"""


def test_a_search_in_ci_looks_at_other_examples_each_time() -> None:
    """Hypothesis makes the same ones where CI is set, unless told otherwise; what judges a change does want them."""
    environment = {**os.environ, "CI": "true"}
    command = [sys.executable, "-c", PROGRAM]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.split() == ["False", "False", "True"]
