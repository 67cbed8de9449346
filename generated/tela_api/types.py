# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
"""Contains some shared types for properties"""

import datetime
from collections.abc import Mapping, MutableMapping
from typing import IO, Any, BinaryIO, ClassVar, Generic, Literal, TypeVar, final
from urllib.parse import quote

from attrs import define


@final
class Unset:
    """The type of `UNSET`, which stands for a field that is absent"""

    __slots__ = ()
    _only: ClassVar["Unset | None"] = None

    def __new__(cls) -> "Unset":
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        # The name of a global: pickle looks it up again, and copy and deepcopy return the object itself.
        return "UNSET"


UNSET: Unset = Unset()


def parse_datetime(text: str) -> Any:
    """An RFC 3339 timestamp, always with its offset; `text` itself if it is not one

    A timestamp without an offset is not an instant, and is returned as text too. The annotation is Any because a value that is
    kept as received stands where the models document a datetime.
    """
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if moment.tzinfo is None else moment


def parse_date(text: str) -> Any:
    """A date written as `YYYY-MM-DD`; `text` itself if it is not one"""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return text
    # Python reads other forms too, such as `2023-W45-2`, which would be written back in this one.
    return day if day.isoformat() == text else text


def format_datetime(moment: datetime.date) -> str:
    """The RFC 3339 form of a timestamp, with `Z` for UTC and a fraction of 3 or 6 digits, or none; or of a date"""
    if not isinstance(moment, datetime.datetime):
        return moment.isoformat()
    if moment.microsecond % 1000:
        timespec = "microseconds"
    elif moment.microsecond:
        timespec = "milliseconds"
    else:
        timespec = "seconds"
    text = moment.isoformat(timespec=timespec)
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def path_segment(name: str, value: object) -> str:
    """Percent-encode a path parameter, so that it is one segment of the path whatever it holds

    Raises:
        ValueError: The value is empty, `.` or `..`, which lead to another path however they are encoded, or it holds a
            lone surrogate, which has no encoding.
    """
    text = str(value)
    if text in ("", ".", ".."):
        raise ValueError(f"{name} must not be {text!r}: the request would go to another path")
    return quote(text, safe="")


# The types that `httpx.Client(files=)` can accept, copied from that library.
FileContent = IO[bytes] | bytes | str
FileTypes = (
    # (filename, file (or bytes), content_type)
    tuple[str | None, FileContent, str | None]
    # (filename, file (or bytes), content_type, headers)
    | tuple[str | None, FileContent, str | None, Mapping[str, str]]
)
RequestFiles = list[tuple[str, FileTypes]]


@define
class File:
    """Contains information for file uploads"""

    payload: BinaryIO
    file_name: str | None = None
    mime_type: str | None = None

    def to_tuple(self) -> FileTypes:
        """Return a tuple representation that httpx will accept for multipart/form-data"""
        return self.file_name, self.payload, self.mime_type


T = TypeVar("T")


@define
class Response(Generic[T]):
    """A response from an endpoint"""

    status_code: int
    content: bytes
    headers: MutableMapping[str, str]
    parsed: T | None


__all__ = [
    "UNSET",
    "File",
    "FileTypes",
    "RequestFiles",
    "Response",
    "Unset",
    "format_datetime",
    "parse_date",
    "parse_datetime",
    "path_segment",
]
