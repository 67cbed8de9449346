"""What stands in a run's variables for a file: `File`, whose content travels in the request as a data URL.

Source: docs.tela.com, "Variables and files" and "Run Canvas": a file is an object with a ``file_url`` (``https:``,
``data:``, or ``vault:`` for one uploaded before) and perhaps ``options``; the vendor's SDKs send ``file_name`` too.
"""

from __future__ import annotations

import mimetypes
import re
from binascii import b2a_base64
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from attrs import field, frozen

from .errors import ConfigurationError

if TYPE_CHECKING:
    from os import PathLike

#: Bytes encoded at a time: a multiple of 3, so that the base64 of the parts is that of the whole.
_CHUNK = 3 << 18

#: Types that Python knows only where the system has a list of them, which slim containers do not.
_OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_TOKEN = r"[\w!#$&^.+-]+"  # noqa: S105 - the "token" of RFC 9110
_MIME_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}(;{_TOKEN}={_TOKEN})*", re.ASCII)
#: The URLs that Tela fetches. Without the characters left out they are the same between the quotes of a JSON text.
_URL = re.compile(
    r'((https|vault)://(?![/?#])|data:(?=[^,]*,.))[^\x00-\x20"\\\x7f\ud800-\udfff]+', re.IGNORECASE | re.DOTALL
)


@frozen
class File:
    """A file for `RunsClient.create`, anywhere in ``variables`` or ``messages``. Make one with a ``from_…`` method.

    The content is read when the file is made, and held once, as the base64 text that is sent. No ``repr`` shows it.

    Attributes:
        name: The file's name, sent as ``file_name``; None if there is none.
        options: Sent as they are, such as ``{"parserType": …, "range": …}``; None if there are none.
    """

    #: The URL, in UTF-8: bytes, so that a large data URL is sent as it is held.
    file_url: bytes = field(repr=False)
    name: str | None = None
    options: Mapping[str, Any] | None = field(default=None, hash=False)

    @classmethod
    def from_path(cls, path: str | PathLike[str], *, options: Mapping[str, Any] | None = None) -> File:
        """The file at ``path``; its type is guessed from the extension.

        Raises:
            ConfigurationError: The file is missing, unreadable, empty or a directory, or its type cannot be guessed.
        """
        try:
            path = Path(path)
            with path.open("rb") as stream:
                url = _data_url(stream, _checked_type(None, path.name), f"The file {str(path)!r}")
            return cls(url, path.name, _checked(options))
        except ConfigurationError:
            raise
        except (OSError, TypeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"The file {str(path)!r} cannot be read: {reason}. Check path and permissions.")

    @classmethod
    def from_bytes(
        cls,
        data: bytes | bytearray | memoryview,
        *,
        mime_type: str | None = None,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> File:
        """A file with this content.

        Args:
            data: The content.
            mime_type: Its type, such as ``application/pdf``; guessed from ``name`` if left out.
            name: The file's name.
            options: Sent as they are.

        Raises:
            ConfigurationError: ``data`` are empty or not bytes, or there is no type, or not a valid one.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            kind = type(data).__name__
            raise ConfigurationError(f"A file's data must be bytes, not {kind}. For a file on disk use File.from_path.")
        if not isinstance(name, str | None):
            raise ConfigurationError(f"A file's name must be a string, not {type(name).__name__}. Pass a string.")
        return cls(_data_url(BytesIO(bytes(data)), _checked_type(mime_type, name), "A file"), name, _checked(options))

    @classmethod
    def from_url(cls, url: str, *, options: Mapping[str, Any] | None = None) -> File:
        """A file that Tela fetches from ``url``: an ``https:``, ``data:`` or ``vault:`` (uploaded before) URL.

        Raises:
            ConfigurationError: ``url`` is not such a URL.
        """
        if not isinstance(url, str) or not _URL.fullmatch(url):
            raise ConfigurationError(
                "A file's URL must be a whole https:, data: or vault: URL, percent-encoded. Pass other files as bytes."
            )
        return cls(url.encode(), None, _checked(options))


def _data_url(stream: BinaryIO, mime_type: str, what: str) -> bytes:
    """What the stream holds as a data URL, without the content and its base64 being there at once."""
    url = BytesIO()
    start = url.write(f"data:{mime_type};base64,".encode())
    while chunk := stream.read(_CHUNK):
        url.write(b2a_base64(chunk, newline=False))
    if url.tell() == start:
        raise ConfigurationError(f"{what} is empty. Pass one that has content.")
    return url.getvalue()


def _checked_type(mime_type: str | None, name: str | None) -> str:
    """The type as given, or as guessed from the name."""
    if mime_type is None:
        mime_type, encoding = mimetypes.guess_type(name or "", strict=False)
        mime_type = _OFFICE.get(Path(name or "").suffix.lower(), mime_type)
        if mime_type is None or encoding is not None:  # the type of a compressed file is that of its content
            raise ConfigurationError(
                f"The type of the file {name!r} cannot be guessed from its name. "
                "Pass its content and its type: File.from_bytes(data, mime_type='application/pdf')."
            )
    compact = mime_type.replace("; ", ";") if isinstance(mime_type, str) else ""
    if not _MIME_TYPE.fullmatch(compact):
        raise ConfigurationError(f"{mime_type!r} is not a MIME type. Pass one such as 'application/pdf'.")
    return compact


def _checked(options: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A copy of the options."""
    if options is None:
        return None
    if not isinstance(options, Mapping):
        raise ConfigurationError(f"A file's options must be a mapping, not {type(options).__name__}. Pass a dict.")
    return dict(options)
