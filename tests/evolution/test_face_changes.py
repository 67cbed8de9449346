"""tools/face_changes.py: each change of the contract is reported as what it means to users of the raw client."""

from __future__ import annotations

import shutil
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from face_changes import Change, Sort, changes_between, load, members

from .conftest import DOCUMENT, PACKAGE, generate_from
from .contract_changes import (
    Document,
    a_field_that_becomes_optional,
    a_field_that_becomes_required,
    a_model_in_place_of_a_free_form,
    a_narrower_type,
    a_new_field,
    a_new_optional_parameter,
    a_new_required_field,
    a_new_required_parameter,
    a_new_value,
    a_removed_field,
    a_removed_value,
    a_renamed_field,
    a_renamed_model,
    a_renamed_operation,
    a_wider_type,
    another_answer,
    another_constant,
    another_path,
    another_spelling_of_a_value,
    another_type,
    other_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


ADDED, CHANGED, REMOVED = Sort


CASES: list[tuple[Callable[[Document], None], list[tuple[Sort, str, str, bool]]]] = [
    (
        a_new_field,
        [
            (
                ADDED,
                "CanvasRun.brand_new",
                "is new: `str | None`; until now it was in `additional_properties`",
                False,
            )
        ],
    ),
    (
        a_new_required_field,
        [
            (
                ADDED,
                "Override.brand_newer",
                "is new: `int`, required; until now it was in `additional_properties`",
                True,
            )
        ],
    ),
    (a_removed_field, [(REMOVED, "RawInput.canvas_id", "is gone", True)]),
    (
        a_renamed_field,
        [
            (REMOVED, "Information.cost", "is gone", True),
            (
                ADDED,
                "Information.price",
                "is new: `float | None`; until now it was in `additional_properties`",
                False,
            ),
        ],
    ),
    (a_field_that_becomes_required, [(CHANGED, "CanvasRun.workspace_id", "is required", True)]),
    (a_field_that_becomes_optional, [(CHANGED, "CanvasRun.id", "may be absent", True)]),
    (a_wider_type, [(CHANGED, "Information.duration", "is `float | str | None`, no longer `float | None`", True)]),
    (a_narrower_type, [(CHANGED, "Information.cost", "is `float`, no longer `float | None`", False)]),
    (another_type, [(CHANGED, "CanvasRun.created_at", "is `str | None`, no longer `datetime.datetime | None`", True)]),
    (
        a_model_in_place_of_a_free_form,
        [
            (CHANGED, "InputContent.variables", "is `Output | None`, no longer `FreeFormObject | None`", True),
            (ADDED, "Output", "is new, a model", False),
        ],
    ),
    (a_new_value, [(ADDED, "CanvasRunStatus.BRAND_NEW", "is new: `'brand-new'`", False)]),
    (a_removed_value, [(REMOVED, "CanvasRunStatus.CREATED", "is gone", True)]),
    (another_spelling_of_a_value, [(CHANGED, "CanvasRunStatus.FAILED", "is `'FAILED'`, no longer `'failed'`", True)]),
    (
        another_constant,
        [(CHANGED, "TextPart.type_", "is `Literal['input_text']`, no longer `Literal['text']`", True)],
    ),
    (
        a_renamed_model,
        [
            (CHANGED, "ImagePart.image_url", "is `ImageAddress | None`, no longer `ImageUrl | None`", True),
            (REMOVED, "ImageUrl", "is gone", True),
            (ADDED, "ImageAddress", "is new, a model", False),
        ],
    ),
    (
        a_renamed_operation,
        [
            (REMOVED, "runs.retrieve_run", "is gone", True),
            (ADDED, "runs.get_run", "is new, an operation", False),
        ],
    ),
    (another_path, []),
    (a_new_optional_parameter, [(ADDED, "runs.retrieve_run(expand)", "is new: `str`", False)]),
    (
        a_new_required_parameter,
        [
            (CHANGED, "runs.retrieve_run(expand)", "breaks: parameter was added as required", True),
            (ADDED, "runs.retrieve_run(expand)", "is new: `str`, required", True),
        ],
    ),
    (
        another_answer,
        [
            (
                CHANGED,
                "runs.retrieve_run()",
                "is `CanvasRun | ErrorBody | FreeFormObject | None`, no longer `CanvasRun | ErrorBody | None`",
                True,
            )
        ],
    ),
    (other_words, []),
]


#: Cases that stand in nobody's way are tried together: each generation takes a second.
TOGETHER: dict[str, list[Callable[[Document], None]]] = {
    "compatible": [a_new_field, a_narrower_type, a_new_value, another_path, a_new_optional_parameter, other_words],
    "renamed": [a_renamed_operation],
}


TOGETHER["breaking"] = [case for case, _ in CASES if not any(case in cases for cases in TOGETHER.values())]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Change]]:
    """The changes that are found for each of `TOGETHER`."""
    changes = {}
    for name, mutations in TOGETHER.items():
        document = deepcopy(DOCUMENT)
        for mutate in mutations:
            mutate(document)
        changes[name] = changes_between(PACKAGE, generate_from(document, tmp_path_factory.mktemp(name)))
    return changes


@pytest.mark.parametrize(("mutate", "expected"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_each_change_has_its_verdict(
    found: dict[str, list[Change]],
    mutate: Callable[[Document], None],
    expected: list[tuple[Sort, str, str, bool]],
) -> None:
    """A change of the contract is reported by name, with what was and what is, and whether it breaks users' code."""
    (changes,) = (found[name] for name, mutations in TOGETHER.items() if mutate in mutations)
    changed = {name for _, name, _, _ in expected}
    assert {change for change in changes if change.name in changed} == {Change(*each) for each in expected}


@pytest.mark.parametrize("together", TOGETHER)
def test_nothing_else_is_reported(found: dict[str, list[Change]], together: str) -> None:
    """There is no change but those that are expected, each once; those that break come first."""
    expected = [Change(*each) for case, changes in CASES if case in TOGETHER[together] for each in changes]
    assert sorted(found[together], key=str) == sorted(expected, key=str)
    verdicts = [change.breaks for change in found[together]]
    assert verdicts == sorted(verdicts, reverse=True)
    assert any(verdicts) == (together != "compatible")


def test_the_same_package_has_no_changes() -> None:
    """Compared with itself, nothing has changed."""
    assert changes_between(PACKAGE, PACKAGE) == []


@pytest.mark.parametrize(
    ("module", "old", "new", "name"),
    [
        ("client.py", "def with_timeout(", "def set_timeout(", "client.AuthenticatedClient.with_timeout"),
        ("types.py", "(name: str, value: object)", "(value: object, name: str)", "types.path_segment"),
        ("errors.py", "class UnexpectedStatus", "class OtherStatus", "errors.UnexpectedStatus"),
    ],
)
def test_what_the_templates_break_is_reported_too(tmp_path: Path, module: str, old: str, new: str, name: str) -> None:
    """The client, its types and its errors come from templates alone; what goes missing there is reported."""
    package = tmp_path / "tela_api"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    path = package / module
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    found = changes_between(PACKAGE, package)
    assert any(change.name.startswith(name) for change in found)
    assert all(change.breaks for change in found)


def test_the_package_is_read_whole() -> None:
    """Every model and enum of the package is read, with all that a model is made of, and every operation."""
    package = load(PACKAGE)
    found = members(package)
    classes = {name for name, member in found.items() if member.kind in {"a model", "an enum"}}
    assert classes == {str(name) for name in package["models"].exports or ()}
    assert {"runs.create_run", "runs.retrieve_run"} <= {*found}
    assert found["CanvasRun.id"].required
    assert str(found["CanvasRun.created_at"]) == "datetime.datetime | None"
    assert not found["CanvasRun.created_at"].required
