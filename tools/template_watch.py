"""The generator's own text of each template that is overridden, recorded, and held against the installed generator.

An override in `templates/` is the generator's template with a few changes. When the generator is raised, its template
may have changed too: what changed is to be carried over into the override by hand, and this shows it.
"""

from __future__ import annotations

import difflib
from importlib.util import find_spec
from pathlib import Path

RECORDED = Path(__file__).resolve().parent / "upstream_templates"


def installed_templates() -> Path:
    """The folder of the templates that the installed generator brings."""
    spec = find_spec("openapi_python_client")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("openapi-python-client is not installed", name="openapi_python_client")
    return Path(spec.origin).parent / "templates"


def template_changes(overrides: Path, installed: Path, recorded: Path = RECORDED) -> dict[str, str]:
    """For each override, by name, what its original has become: a unified diff. Those unchanged are left out."""
    changes = {}
    for name in _names(overrides) | _names(recorded):
        old, new = _text(recorded / name), _text(installed / name) if (overrides / name).exists() else ""
        lines = difflib.unified_diff(
            old.splitlines(), new.splitlines(), f"recorded/{name}", f"installed/{name}", lineterm=""
        )
        diff = "\n".join(lines)
        if diff:
            changes[name] = diff
    return dict(sorted(changes.items()))


def record_templates(overrides: Path, installed: Path, recorded: Path = RECORDED) -> None:
    """Record the originals of all overrides as they are in the installed generator, and no others."""
    for name in _names(recorded) - _names(overrides):
        (recorded / name).unlink()
    for name in _names(overrides):
        target = recorded / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_text(installed / name), encoding="utf-8")


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.jinja")}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
