"""The values inside the models: enum members, `UNSET` and timestamps."""

from __future__ import annotations

import datetime as dt
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_api.models import CanvasRunStatus, Role
from tela_api.types import UNSET, format_datetime, parse_date, parse_datetime


def test_an_unknown_enum_value_is_a_member_of_its_own() -> None:
    """An unlisted status is a status, equal to its text, and not among those listed."""
    status = CanvasRunStatus("completed")
    assert isinstance(status, CanvasRunStatus)
    assert (status.value, status.name, str(status), status) == ("completed",) * 4
    assert hash(status) == hash("completed")
    assert status == CanvasRunStatus("completed")
    assert status not in list(CanvasRunStatus)
    assert "completed" not in CanvasRunStatus.__members__
    assert repr(status) == "<CanvasRunStatus.completed: 'completed'>"


@pytest.mark.parametrize("value", [None, 5, [], b"created"])
def test_an_enum_member_is_made_of_text_alone(value: Any) -> None:
    """Anything but text is not a member of an enum."""
    with pytest.raises(ValueError, match="is not a valid CanvasRunStatus"):
        CanvasRunStatus(value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_unset_and_enum_members_survive_every_pickle_protocol(protocol: int) -> None:
    """`UNSET` and listed members keep their identity, and unlisted ones their value, in every protocol."""
    dumped = pickle.dumps([UNSET, Role.USER, Role("wizard")], protocol)
    unset, listed, unlisted = pickle.loads(dumped)  # noqa: S301 - made right here
    assert unset is UNSET
    assert listed is Role.USER
    assert (type(unlisted), unlisted.value) == (Role, "wizard")


@pytest.mark.parametrize(
    "text",
    [
        "2023-11-07T05:31:56Z",
        "2023-11-07T05:31:56.120Z",
        "2023-11-07T05:31:56.123456Z",
        "2023-11-07T05:31:56+02:00",
        "2023-11-07T05:31:56-00:30",
    ],
)
def test_timestamps_round_trip(text: str) -> None:
    """An RFC 3339 timestamp in the forms that APIs use is read as an instant and written back the same."""
    moment = parse_datetime(text)
    assert isinstance(moment, dt.datetime)
    assert moment.tzinfo is not None
    assert format_datetime(moment) == text


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2023-11-07", "2023-11-07T05:31:56", "0000-01-01T00:00:00Z", "\ud800", "1e9999"]
)
def test_what_is_not_a_timestamp_is_kept(text: str) -> None:
    """A text that names no instant, for want of an offset or of any sense, stays as it is."""
    assert parse_datetime(text) is text


def test_a_date_round_trips() -> None:
    """A date is read as one, and not as a moment, and written back the same."""
    day = parse_date("2024-10-01")
    assert (type(day), day) == (dt.date, dt.date(2024, 10, 1))
    assert format_datetime(day) == "2024-10-01"


@pytest.mark.parametrize("text", ["", "yesterday", "20241001", "2024-W40-2", "2024-02-30", "2024-10-01T00:00:00Z"])
def test_what_is_not_a_date_is_kept(text: str) -> None:
    """A text that is not a date, or is one in another form, stays as it is."""
    assert parse_date(text) is text


offsets = st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))


@given(st.datetimes(timezones=offsets))
def test_a_formatted_timestamp_is_read_as_the_same_instant(moment: dt.datetime) -> None:
    """Reading what `format_datetime` writes gives the instant back, whatever the offset."""
    assert parse_datetime(format_datetime(moment)) == moment


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_timestamp(text: str) -> None:
    """Any text is read as an instant with an offset, or kept."""
    moment = parse_datetime(text)
    assert moment is text or moment.tzinfo is not None
