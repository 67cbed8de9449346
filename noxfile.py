#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["nox==2026.10.20"]
# ///
"""The project's tasks. `nox -l` lists them.

    python3 noxfile.py -s demo      on a machine with nothing but Python 3.11 or later, with pip and venv
    uv run noxfile.py -s demo       with uv
    nox -s demo                     with nox

Run as a script where nox is missing, this file installs the nox named above in `.nox-bootstrap/`, a virtual environment
of its own, and starts again from there: nothing is installed outside the project's folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
BOOTSTRAP = ROOT / ".nox-bootstrap"


def venv_python(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def start_again_with_nox() -> None:
    """Replace this process by the same command in an environment that has nox."""
    if Path(sys.prefix).resolve() == BOOTSTRAP:
        sys.exit(f"{BOOTSTRAP} has no nox. Remove it and try again.")
    pins = re.findall(r'"(nox==[^"]+)"', Path(__file__).read_text(encoding="utf-8").partition("# ///\n")[0])
    # Written last, so that an installation that was interrupted, or is of another Python, is done again.
    receipt = BOOTSTRAP / "installed.txt"
    wanted = f"{sys.version}\n{pins}\n"
    python = venv_python(BOOTSTRAP)
    if not receipt.is_file() or receipt.read_text(encoding="utf-8") != wanted:
        print(f"Installing {pins[0]} in {BOOTSTRAP.name}/", file=sys.stderr)
        try:
            venv.create(BOOTSTRAP, clear=True, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *pins], check=True)
        except subprocess.CalledProcessError as error:
            sys.exit(
                f"Installing nox failed: {error}\nOn Debian and Ubuntu, `apt install python3-venv` may be missing."
            )
        receipt.write_text(wanted, encoding="utf-8")
    command = [str(python), __file__, *sys.argv[1:]]
    if os.name == "nt":  # where exec would bring the shell's prompt back at once
        sys.exit(subprocess.run(command, check=False).returncode)
    os.execv(python, command)


if __name__ == "__main__" and find_spec("nox") is None:
    start_again_with_nox()

import nox  # noqa: E402 - installed by now

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True
# A supported Python that this machine lacks is skipped, also where CI is set.
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"

PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
#: For tools that read the sources in place.
SOURCES = {"PYTHONPATH": os.pathsep.join(["generated", "wrapper"])}
#: The vendor's own client, installed without what it depends on: it asks for an httpx before 0.28.
OFFICIAL_CLIENT = "tela==0.2.2"
#: The same examples in each run; another profile can be named after it.
GATE = ["--hypothesis-profile", "gate"]
REDOCLY = "@redocly/cli@2.77.0"


def group(*names: str) -> list[str]:
    """The requirements of dependency groups in pyproject.toml, each once."""
    return list(dict.fromkeys(nox.project.dependency_groups(PYPROJECT, *names)))


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Wait for a handful of runs of the emulator, and show how they ended."""
    session.install("-e", ".[all]")
    session.run("tela-runs", "demo", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests with each supported Python that is installed."""
    session.install("-e", ".[all]", *group("test", "ecosystem"))
    session.install("--no-deps", OFFICIAL_CLIENT)
    session.run("pytest", *GATE, *session.posargs)


@nox.session(python=PYTHONS[0], default=False)
def lowest(session: nox.Session) -> None:
    """Run the client's tests with the lowest versions of what it depends on."""
    pins = [re.sub(r">=([^,]+).*", r"==\1", requirement) for requirement in PYPROJECT["project"]["dependencies"]]
    # The trio that works with our lowest attrs is older than the one that anyio supports: it is there to be imported.
    wanted = [re.sub(r"^trio>=.*", "trio", requirement) for requirement in group("test")]
    session.install("-e", ".[all]", *pins, *wanted)
    modules = [str(path) for path in sorted((ROOT / "tests").glob("test_*.py"))]
    modules += ["tests/client", "tests/faults", "tests/ecosystem/test_private_names.py"]
    # Of a connect that is cancelled, anyio leaves the socket to the garbage collector, which warns of it, up to 4.12.
    options = ["-k", "not trio and not cancelling_again", "-W", "ignore::pytest.PytestUnraisableExceptionWarning"]
    session.run("pytest", *GATE, *options, *session.posargs, *modules)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Drive thousands of waits through a mix of faults, for a minute; `-- --seconds N` for longer, `--backend trio`."""
    session.install("-e", ".[all]", *group("test"))
    session.run("python", "-m", "tests.soak", *session.posargs)


@nox.session(default=False)
def distributed(session: nox.Session) -> None:
    """Kill Celery workers that wait for thousands of runs, on Redis; `-- --broker rabbitmq` for the other broker."""
    session.install("-e", ".[all]", *group("distributed"))
    session.run("python", "-m", "tests.distributed", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format, and who imports whom."""
    session.install(*group("lint"))
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    session.run("lint-imports", env=SOURCES)


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of everything written by hand."""
    nox_itself = nox.project.load_toml(__file__)["dependencies"]
    session.install("-e", ".[all]", *group("test", "ecosystem", "bench", "mypy"), *nox_itself)
    session.run("mypy", *session.posargs)


@nox.session(default=False)
def regenerate(session: nox.Session) -> None:
    """Make generated/tela_api from openapi.yaml; with `-- --check`, only compare."""
    session.install("-e", ".[all]", *group("regenerate"))  # all that the wrapper's types are checked with
    session.run("python", "tools/regenerate.py", *session.posargs)


@nox.session(default=False)
def upstream(session: nox.Session) -> None:
    """Compare openapi.yaml with a document of the vendor's: `-- their-openapi.yaml`."""
    session.install("-e", ".[cli]")
    session.run("python", "tools/upstream.py", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure the project against its peers; with `-- --quick`, only see that the benchmarks run."""
    session.install("-e", ".", *group("bench"))
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(default=False)
def spec(session: nox.Session) -> None:
    """Check openapi.yaml, and the emulator against it."""
    session.install("-e", ".[emulator]", *group("spec"))
    session.run("openapi-spec-validator", "openapi.yaml")
    session.run("python", "tests/emulator/check_contract.py")
    if shutil.which("npx") is None:
        session.log("Not linted with Redocly: there is no npx here.")
        return
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    session.run("npx", "--yes", REDOCLY, "lint", "openapi.yaml", external=True, env=quiet)


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """Build the sdist and the wheel in dist/, and try the wheel in empty environments."""
    session.install(*group("build"))
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(dist))  # the wheel is built from the sdist
    session.run("twine", "check", "--strict", *map(str, dist.iterdir()))
    (wheel,) = dist.glob("*.whl")
    check_contents(session, wheel)
    with tempfile.TemporaryDirectory(prefix="tela-runs-") as elsewhere:
        smoke = shutil.copy(ROOT / "tests" / "release" / "smoke.py", elsewhere)
        for extra in ("", "[all]"):
            environment = Path(elsewhere) / f"with{extra or '-no-extra'}"
            session.run("python", "-m", "venv", str(environment), silent=True)
            python = str(venv_python(environment))
            # -I: neither the sources nor the current folder are on the path.
            session.run(python, "-Im", "pip", "install", "--quiet", f"{wheel}{extra}", external=True)
            session.run(python, "-I", smoke, extra.strip("[]"), external=True)
            if extra:
                check_additions(session, python, Path(elsewhere))

        check_types(session, wheel, Path(elsewhere))


def check_types(session: nox.Session, wheel: Path, elsewhere: Path) -> None:
    """Fail the session unless strict type checkers accept an application that uses the installed wheel."""
    environment = elsewhere / "typed"
    session.run("python", "-m", "venv", str(environment), silent=True)
    python = str(venv_python(environment))
    session.run(python, "-Im", "pip", "install", "--quiet", f"{wheel}[typed]", *group("checkers"), external=True)
    app = shutil.copy(ROOT / "tests" / "typing_app" / "app.py", elsewhere)
    session.run(python, "-Im", "mypy", "--strict", "--cache-dir", os.devnull, "--config-file=", app, external=True)
    # Strict by the comment at its top.
    session.run(python, "-Im", "pyright", "--pythonpath", python, app, external=True)


def check_additions(session: nox.Session, python: str, elsewhere: Path) -> None:
    """Fail the session unless the installed wheel copes with the responses of a newer API."""
    folder = elsewhere / "additions" / "evolution"
    folder.mkdir(parents=True)
    for name in ("additions.py", "test_old_clients.py"):
        shutil.copy(ROOT / "tests" / "evolution" / name, folder)
    pytest = [requirement for requirement in group("test") if requirement.startswith("pytest")]
    session.run(python, "-Im", "pip", "install", "--quiet", *pytest, external=True)
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", f"--rootdir={folder.parent}"]
    session.run(python, "-Im", "pytest", *options, str(folder), external=True)


def check_contents(session: nox.Session, wheel: Path) -> None:
    """Fail the session unless the wheel has what the sources have, each with its `py.typed`, and no more."""
    sources = {
        path.relative_to(folder).as_posix()
        for folder in (ROOT / "generated", ROOT / "wrapper")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and ".egg-info" not in path.as_posix()
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    if packed != sources or not {"tela_api/py.typed", "tela_runs/py.typed"} <= packed:
        session.error(f"The wheel differs from the sources: {sorted(packed ^ sources)}")


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the docs site in site/, strictly, and check its links."""
    session.install("-e", ".[all]", *group("docs"))
    site = ROOT / "site"
    shutil.rmtree(site, ignore_errors=True)
    options = ["--fail-on-warning", "--keep-going", "--fresh-env", "--quiet", "--doctree-dir", session.create_tmp()]
    session.run("sphinx-build", *options, "docs", str(site))
    session.run("python", "tests/docs/check_site.py", str(site))
    session.log(f"The first page is {site / 'index.html'}")


@nox.session(default=False)
def release(session: nox.Session) -> None:
    """Make a release: `-- X.Y.Z`; with `-- X.Y.Z --dry-run`, only see that it could be made."""
    session.install(*group("release"))
    session.run("python", "tools/release.py", *session.posargs)


@nox.session(default=False)
def audit(session: nox.Session) -> None:
    """Look for known vulnerabilities in what is installed with the package. Asks a service on the network."""
    session.install("-e", ".[all]", *group("audit"))
    installed = session.run("python", "-m", "pip", "freeze", "--exclude-editable", silent=True)
    frozen = Path(session.create_tmp()) / "requirements.txt"
    frozen.write_text(str(installed), encoding="utf-8")
    # Strict: a package that the service does not know is a failure.
    session.run("pip-audit", "--strict", "--disable-pip", "--no-deps", "--requirement", str(frozen))


if __name__ == "__main__":
    nox.main()
