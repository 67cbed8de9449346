"""Each override in `templates/` does something that the generator's own template does not.

A claim is a behaviour of the generated package. It is checked twice: it holds for the package of this project, and it
does not for the package that the generator makes of the same contract with its own templates. A claim that comes to
hold there too is an override that may go.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from . import claims_of_models  # noqa: F401 - importing it adds its claims
from .claims import CLAIMS, client

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import GeneratedPackage


TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


every_claim = functools.partial(
    pytest.mark.parametrize, "check", [check for _, check in CLAIMS], ids=lambda check: check.__name__
)


@every_claim()
def test_the_override_does_what_it_is_for(
    check: Callable[[GeneratedPackage], None], overridden: GeneratedPackage
) -> None:
    """The claim holds for the package of this project."""
    check(overridden)


@every_claim()
def test_the_generator_does_not_do_it_by_itself(
    check: Callable[[GeneratedPackage], None], stock: GeneratedPackage
) -> None:
    """The claim does not hold for the package that the generator's own templates give."""
    # pytest.raises fails with a failure that is not an Exception.
    with pytest.raises((Exception, pytest.fail.Exception)):
        check(stock)


def test_the_stock_package_works(stock: GeneratedPackage) -> None:
    """What the claims are held against is a working package, not a broken one."""
    response = httpx.Response(200, json={"id": "a", "status": "created"})
    run = stock.endpoint.sync("a", client=client(stock, response))
    assert (run.id, run.status) == ("a", stock.models.CanvasRunStatus.CREATED)


def test_every_override_has_a_claim_and_a_line_in_the_readme() -> None:
    """No template is overridden without a test that needs it and a line that explains it."""
    templates = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.jinja")}
    readme = (TEMPLATES / "README.md").read_text(encoding="utf-8")
    assert {template for template, _ in CLAIMS} == templates
    for template, check in CLAIMS:
        assert f"`{template}`" in readme
        assert f"`{check.__name__}`" in readme
