"""Claims, as in `claims.py`, about the generated models."""

from __future__ import annotations

import builtins
import copy
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from .claims import claim, pickled

if TYPE_CHECKING:
    from .conftest import GeneratedPackage


@claim("str_enum.py.jinja")
def keeps_unlisted_values(api: GeneratedPackage) -> None:
    """A status that the contract does not list is a status too."""
    assert api.models.CanvasRunStatus("completed").value == "completed"


@claim("types.py.jinja")
def keeps_unset_unique(api: GeneratedPackage) -> None:
    """`UNSET` stays itself in a copy and in a pickle, so that `to_dict` does not leak it."""
    assert copy.deepcopy(api.types.UNSET) is api.types.UNSET
    assert pickled(api.types.UNSET) is api.types.UNSET
    assert api.types.Unset() is api.types.UNSET
    assert copy.deepcopy(api.models.ErrorBody(message="m")).to_dict() == {"message": "m"}


@claim("model.py.jinja")
def reads_camel_case(api: GeneratedPackage) -> None:
    """The API's own keys are understood in camelCase."""
    run = api.models.CanvasRun.from_dict({"id": "a", "status": "created", "outputContent": {"content": 1}})
    assert run.output_content.content == 1


@claim("model.py.jinja")
def says_what_is_missing(api: GeneratedPackage) -> None:
    """A missing field is a ValueError, and what is not an object a TypeError."""
    with pytest.raises(ValueError, match="CanvasRun: missing status"):
        api.models.CanvasRun.from_dict({"id": "a"})
    with pytest.raises(TypeError, match="CanvasRun: not a JSON object but list"):
        api.models.CanvasRun.from_dict([])


@claim("model.py.jinja")
def imports_nothing_while_it_reads(api: GeneratedPackage) -> None:
    """Reading and writing a run runs no import statement."""
    run = {"id": "a", "status": "created", "output_content": {"information": {"cost": 1}}}
    with mock.patch.object(builtins, "__import__", wraps=builtins.__import__) as imports:
        api.models.CanvasRun.from_dict(run).to_dict()
    assert imports.call_count == 0


@claim("property_templates/property_macros.py.jinja")
def keeps_what_does_not_fit(api: GeneratedPackage) -> None:
    """A value of another shape than the documented one is kept as received."""
    assert api.models.CanvasRun.from_dict({"id": "a", "status": 5}).status == 5


@claim("property_templates/enum_property.py.jinja")
def writes_back_what_is_not_a_member(api: GeneratedPackage) -> None:
    """`to_dict` writes a value that is not a member of the enum as it is."""
    assert api.models.CanvasRun(id="a", status=None).to_dict() == {"id": "a", "status": None}


@claim("property_templates/datetime_property.py.jinja")
def writes_utc_as_z(api: GeneratedPackage) -> None:
    """A timestamp in UTC is written back with the `Z` that it came with."""
    run = {"id": "a", "status": "created", "created_at": "2023-11-07T05:31:56Z"}
    assert api.models.CanvasRun.from_dict(run).to_dict() == run


@claim("property_templates/date_property.py.jinja")
def keeps_a_date_as_it_was_written(api: GeneratedPackage) -> None:
    """A date is written back in the form that it came in, and so is a timestamp in the place of a date."""
    for text in ("2024-10-01", "20241001", "2024-W40-2", "2024-10-01T00:00:00Z"):
        run = {"id": "a", "status": "created", "compatibility_date": text}
        assert api.models.CanvasRun.from_dict(run).to_dict() == run


@claim("property_templates/model_property.py.jinja")
def does_not_guess_a_part(api: GeneratedPackage) -> None:
    """A part without a type is kept as an object, and not read as the first class there is."""
    message = api.models.Message.from_dict({"content": {"image_url": {"url": "https://example.com"}}})
    assert isinstance(message.content, api.models.FreeFormObject)


@claim("property_templates/const_property.py.jinja")
def keeps_another_constant(api: GeneratedPackage) -> None:
    """A part of another type than its class stands for is read all the same."""
    assert api.models.TextPart.from_dict({"type": "markdown"}).to_dict() == {"type": "markdown"}


@claim("property_templates/list_property.py.jinja")
def keeps_good_items_beside_a_bad_one(api: GeneratedPackage) -> None:
    """An item that does not fit leaves the other items typed."""
    content = api.models.InputContent.from_dict({"messages": [{"role": "user"}, 5]})
    assert isinstance(content.messages[0], api.models.Message)
    assert content.to_dict() == {"messages": [{"role": "user"}, 5]}


@claim("property_templates/union_property.py.jinja")
def builds_the_fitting_member_alone(api: GeneratedPackage) -> None:
    """A member of a union is built only when the value is one: none is tried out."""
    with mock.patch.object(api.models.TextPart, "from_dict") as tried:
        api.models.Message.from_dict({"content": {"type": "image_url"}})
    assert tried.call_count == 0
