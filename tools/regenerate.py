"""Make `generated/tela_api` from `openapi.yaml`, or check that it is what `openapi.yaml` gives.

    python tools/regenerate.py                     replace generated/tela_api, and say what that means
    python tools/regenerate.py --check             change nothing; name every file that differs, exit 1 if one does
    python tools/regenerate.py --check-breaking    exit 1 if users' code breaks and the version does not say so
    python tools/regenerate.py --merge FILE        put what `tela-runs drift` printed into openapi.yaml first

Needs the dependency group `regenerate` of pyproject.toml where this interpreter finds it. docs/evolution.md says more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from baseline import BaselineError
from merge import merged
from summary import summarise
from template_watch import GENERATOR, installed_templates, record_templates, template_changes

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "openapi.yaml"
PACKAGE = ROOT / "generated" / "tela_api"
TEMPLATES = ROOT / "templates"

# Left behind by tools that run over a package, and no part of it.
_LITTER = {"__pycache__", ".ruff_cache", ".mypy_cache"}


class GenerationError(Exception):
    """The generator failed. The message is what it printed."""


def generate(target: Path, templates: Path | None = TEMPLATES, contract: Path = CONTRACT) -> None:
    """Generate the package into `target`, a folder that does not exist yet.

    The contract goes into the package as it is: at run time, `tela-runs drift` compares responses with it. With
    `templates=None` the generator's own templates are used: the tests compare the overrides with those.

    Raises:
        GenerationError: The generator failed, or it warned: what it cannot handle, it drops with a warning.
    """
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"]
    command += ["--path", str(contract), "--config", str(ROOT / "generator_config.yaml")]
    command += ["--meta", "none", "--output-path", str(target)]
    if templates is not None:
        command += ["--custom-template-path", str(templates)]
    # The post-hooks call `ruff` by name: let it be the one beside this interpreter.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    result = subprocess.run(  # noqa: S603 - every word of the command is written above
        command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise GenerationError(f"{GENERATOR} failed:\n{result.stdout}{result.stderr}")
    for module in target.rglob("*.py"):
        module.write_text(header() + module.read_text(encoding="utf-8"), encoding="utf-8")
    # The generator writes no py.typed of its own with `--meta none`.
    (target / "py.typed").touch()
    shutil.copyfile(contract, target / CONTRACT.name)


def header() -> str:
    """The comment on top of every generated module."""
    return (
        f"# Generated from openapi.yaml by {GENERATOR} {version(GENERATOR)}. Do not edit:\n"
        "# change openapi.yaml or templates/, and run `nox -s regenerate`.\n"
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under `folder` but caches, by its relative path. A missing folder has no files."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and _LITTER.isdisjoint(path.relative_to(folder).parts)
    }


def differences(committed: dict[str, bytes], generated: dict[str, bytes]) -> list[str]:
    """One line for each file that is not the same in both, sorted by name; empty when all are."""
    names = sorted({name for name, _ in committed.items() ^ generated.items()})
    return [
        f"{'missing' if name not in committed else 'differs' if name in generated else 'stray'}: {name}"
        for name in names
    ]


def regenerate(*, check: bool, package: Path = PACKAGE) -> list[str]:
    """Generate the package afresh, then replace `package` by it, unless `check` is set.

    Returns:
        What was different between `package`, as found, and the fresh package: one line a file.

    Raises:
        GenerationError: See `generate`. `package` is untouched.
    """
    with tempfile.TemporaryDirectory(prefix="tela-api-") as folder:
        fresh = Path(folder) / package.name
        generate(fresh)
        found = differences(contents(package), contents(fresh))
        if not check:
            if package.exists():  # of the old package, nothing stays
                shutil.rmtree(package)
            shutil.copytree(fresh, package, ignore=shutil.ignore_patterns(*_LITTER))
    return found


def conclude(against: str | None, *, strict: bool) -> int:
    """Print how the generated package affects the overrides of the templates, its users and the wrapper.

    Returns:
        1 if `strict` is set and there is nothing to compare with, or a break that the version does not announce.
    """
    try:
        for name, diff in template_changes(TEMPLATES, installed_templates()).items():
            print(f"templates/{name}: {GENERATOR} has changed what it overrides. Carry this over:\n\n{diff}\n")
    except OSError as error:
        print(f"The generator's templates have changed, and are not compared: {error}", file=sys.stderr)
    try:
        summary = summarise(ROOT, PACKAGE, against)
    except BaselineError as error:
        print(f"No comparison: {error}", file=sys.stderr)
        return int(strict)
    print(summary.text(), flush=True)
    if summary.changes:
        print("\nThe wrapper, type-checked with it:\n", flush=True)
        subprocess.run([sys.executable, "-m", "mypy", "wrapper"], cwd=ROOT, check=False)
    return int(strict and not summary.is_allowed)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code is 1 when a check fails or the generator does."""
    options = _parser().parse_args(arguments)
    try:
        if options.merge:
            text = merged(CONTRACT.read_text(encoding="utf-8"), options.merge.read_text(encoding="utf-8"))
            CONTRACT.write_text(text, encoding="utf-8")
        found = regenerate(check=options.check)
    except (GenerationError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(*found, sep="\n", end="\n" if found else "")
    if options.check and found:
        print("generated/tela_api is out of date: run `python3 noxfile.py -s regenerate`.", file=sys.stderr)
        return 1
    if options.accept_templates:
        record_templates(TEMPLATES, installed_templates())
    if options.check and not options.check_breaking:
        return 0
    return conclude(options.against, strict=options.check_breaking)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make generated/tela_api from openapi.yaml.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="change nothing, name the files that differ")
    mode.add_argument("--merge", metavar="FILE", type=Path, help="merge what `tela-runs drift` printed, then generate")
    parser.add_argument(
        "--check-breaking", action="store_true", help="fail on a breaking change that the version does not announce"
    )
    parser.add_argument(
        "--against", metavar="REVISION|FOLDER", help="what to compare with, instead of the last tag or commit"
    )
    parser.add_argument(
        "--accept-templates", action="store_true", help="record the generator's templates: the changes are carried over"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
