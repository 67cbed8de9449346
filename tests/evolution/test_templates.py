"""tools/template_watch.py: what the generator changes in a template that is overridden comes to light."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from template_watch import RECORD, download, installed_templates, record_templates, template_changes

from .conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATES = ROOT / "templates"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The generator's templates, free to be changed."""
    folder = tmp_path / "installed"
    shutil.copytree(installed_templates(), folder)
    return folder


def recorded(_: str, folder: Path) -> Path:
    """The templates of the recorded version, which is the installed one, without a download."""
    shutil.copytree(installed_templates(), folder / "templates")
    return folder / "templates"


def test_the_pinned_generator_has_the_recorded_templates() -> None:
    """The originals of all overrides are recorded, as the pinned generator has them: nothing is to be carried over."""
    assert template_changes(TEMPLATES, installed_templates()) == {}


def test_a_changed_original_is_shown(installed: Path) -> None:
    """When the generator changes a template that is overridden, the change is shown as a diff."""
    path = installed / "property_templates" / "enum_property.py.jinja"
    path.write_text(path.read_text(encoding="utf-8").replace("\n", "\n{# new #}\n", 1), encoding="utf-8")
    changes = template_changes(TEMPLATES, installed, fetch=recorded)
    assert list(changes) == ["property_templates/enum_property.py.jinja"]
    assert "\n+{# new #}\n" in changes["property_templates/enum_property.py.jinja"]


def test_a_vanished_original_is_shown(installed: Path) -> None:
    """When the generator drops a template that is overridden, the whole of it is shown as gone."""
    (installed / "types.py.jinja").unlink()
    lines = template_changes(TEMPLATES, installed, fetch=recorded)["types.py.jinja"].splitlines()[3:]
    assert [line[0] for line in lines] == ["-"] * len(lines)
    assert len(lines) > 20


def test_a_template_that_is_not_overridden_may_change(installed: Path) -> None:
    """Nothing is to be carried over where there is no override: what changes is seen in the package."""
    (installed / "package_init.py.jinja").write_text("", encoding="utf-8")
    assert template_changes(TEMPLATES, installed) == {}


def test_recorded_changes_are_shown_no_more(tmp_path: Path, installed: Path) -> None:
    """Once recorded, changes are shown no more, and what is overridden no longer is not kept."""
    record, overrides = tmp_path / "originals.json", tmp_path / "overrides"
    shutil.copyfile(RECORD, record)
    shutil.copytree(TEMPLATES, overrides)
    (installed / "types.py.jinja").write_text("new", encoding="utf-8")
    (overrides / "errors.py.jinja").unlink()
    shutil.copyfile(installed / "package_init.py.jinja", overrides / "package_init.py.jinja")
    changes = template_changes(overrides, installed, record, recorded)
    assert set(changes) == {"types.py.jinja", "errors.py.jinja", "package_init.py.jinja"}
    record_templates(overrides, installed, record)
    assert template_changes(overrides, installed, record) == {}


def test_a_version_that_cannot_be_downloaded_is_an_error(tmp_path: Path) -> None:
    """A version that was never released is an OSError, with what pip says."""
    with pytest.raises(OSError, match=r"(?s)openapi-python-client 0\.0\.dev99 could not be downloaded: .*No matching"):
        download("0.0.dev99", tmp_path)
