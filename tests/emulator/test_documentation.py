"""The examples for users who test with the emulator."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_runs(example: str, tmp_path: Path) -> None:
    """Each Python block of docs/testing.md runs as it stands, as a script or, where it has tests, under pytest."""
    script = tmp_path / "test_example.py"
    script.write_text(example, "utf-8")
    plugins = ["-p", "no:cacheprovider", "-p", "tela_runs.pytest_plugin"]
    pytest_options = ["-m", "pytest", "-q", *plugins, f"--rootdir={tmp_path}"]
    options = pytest_options if "def test_" in example else []
    command = [sys.executable, "-W", "error", *options, str(script)]
    # Installed, the plugin would be found a second time.
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=alone)
    assert run.returncode == 0, run.stdout + run.stderr


def test_there_are_examples() -> None:
    """The guide's blocks are found."""
    assert len(EXAMPLES) == GUIDE.count("```python") > 0
