"""What the generator changes in the templates that are overridden, from one version of it to the next.

An override in `templates/` is the generator's own template with a few changes. When the generator is raised, its
template may have changed too. `templates/originals.json` names the version that the overrides were made from,
with the checksums of its templates; its text is downloaded when there is a difference to show.
"""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
import tempfile
import zipfile
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import openapi_python_client

if TYPE_CHECKING:
    from collections.abc import Callable

GENERATOR = "openapi-python-client"
RECORD = Path(__file__).resolve().parents[1] / "templates" / "originals.json"


def installed_templates() -> Path:
    """The folder of the templates that the installed generator brings."""
    return Path(openapi_python_client.__file__).parent / "templates"


def download(release: str, folder: Path) -> Path:
    """The folder of the templates of a release of the generator, which pip brings into `folder`.

    Raises:
        OSError: pip did not get it. The message is what pip printed.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    result = subprocess.run(  # noqa: S603 - the words are written here, and the version in originals.json
        [*command, "--dest", str(folder), f"{GENERATOR}=={release}"], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise OSError(f"{GENERATOR} {release} could not be downloaded: {result.stderr.strip()}")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    return folder / "openapi_python_client" / "templates"


def template_changes(
    overrides: Path, installed: Path, record: Path = RECORD, fetch: Callable[[str, Path], Path] = download
) -> dict[str, str]:
    """For each override whose original is not the recorded one, by name, what that has become: a unified diff.

    Raises:
        OSError: The recorded version cannot be downloaded.
    """
    recorded = json.loads(record.read_text(encoding="utf-8"))
    found = checksums(overrides, installed)
    names = sorted({name for name, _ in recorded["sha256"].items() ^ found.items()})
    if not names:
        return {}
    changes = {}
    with tempfile.TemporaryDirectory(prefix="templates-") as folder:
        before = fetch(recorded["version"], Path(folder))
        for name in names:
            old = _lines(before / name) if name in recorded["sha256"] else []
            new = _lines(installed / name) if name in found else []
            diff = difflib.unified_diff(old, new, f"recorded/{name}", f"installed/{name}", lineterm="")
            changes[name] = "\n".join(diff)
    return changes


def record_templates(overrides: Path, installed: Path, record: Path = RECORD) -> None:
    """Record the originals of all overrides as they are in the installed generator, and no others."""
    content = {"version": version(GENERATOR), "sha256": checksums(overrides, installed)}
    record.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def checksums(overrides: Path, installed: Path) -> dict[str, str]:
    """The SHA-256 of the original of each override, by name."""
    names = sorted(path.relative_to(overrides).as_posix() for path in overrides.rglob("*.jinja"))
    return {name: sha256("\n".join(_lines(installed / name)).encode()).hexdigest() for name in names}


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
