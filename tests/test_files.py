"""`File`: what is sent for it, what is rejected before anything is sent, and the memory it takes."""

from __future__ import annotations

import base64
import copy
import json
import os
import pickle
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs._create import encode_body
from tela_runs.errors import ConfigurationError
from tela_runs.files import File

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def sent(file: File) -> Any:
    """The JSON value that stands in the request for a file."""
    return json.loads(b"".join(encode_body(file)))


def test_from_path_sends_the_content_as_a_data_url_with_the_name(tmp_path: Path) -> None:
    """The type follows from the extension; `options` is absent where none are given."""
    path = tmp_path / "A letter.PDF"
    path.write_bytes(b"%PDF-1.7 \x00\xff")
    assert sent(File.from_path(path)) == {
        "file_url": "data:application/pdf;base64,JVBERi0xLjcgAP8=",
        "file_name": "A letter.PDF",
    }


def test_from_path_accepts_str_and_options(tmp_path: Path) -> None:
    """The options are sent as they are, keys and all."""
    path = tmp_path / "a.csv"
    path.write_text("a,b")
    options = {"parserType": "pages", "range": {"from_page": 1, "toPage": None}}
    assert sent(File.from_path(str(path), options=options))["options"] == options


def test_options_are_copied(tmp_path: Path) -> None:
    """Changing the dict afterwards does not change the file."""
    options = {"range": "1-2"}
    file = File.from_url("https://example.com/a.pdf", options=options)
    options["range"] = "3"
    assert sent(file)["options"] == {"range": "1-2"}


@pytest.mark.parametrize(
    ("name", "mime_type"),
    [
        ("a.png", "image/png"),
        ("a.JPG", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.txt", "text/plain"),
        ("a.mp3", "audio/mpeg"),
        ("a.docx", DOCX),
        ("a: 12:30.pdf", "application/pdf"),
    ],
)
def test_type_is_guessed_from_the_name(name: str, mime_type: str) -> None:
    """Office documents too, which Python's own table does not have."""
    assert sent(File.from_bytes(b"x", name=name)) == {"file_url": f"data:{mime_type};base64,eA==", "file_name": name}


def test_from_bytes_prefers_the_type_that_is_given() -> None:
    """A space before a parameter, which a data URL cannot hold, is dropped."""
    file = File.from_bytes(bytearray(b"x"), mime_type="text/plain; charset=utf-8", name="a.pdf")
    assert sent(file) == {"file_url": "data:text/plain;charset=utf-8;base64,eA==", "file_name": "a.pdf"}
    assert sent(File.from_bytes(memoryview(b"abc")[::2], mime_type="text/plain")) == {
        "file_url": "data:text/plain;base64,YWM="
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.pdf?x=%22",
        "https://exemplo.com.br/relatório.pdf",
        "vault://3fa85f64",
        "data:text/plain,a",
    ],
)
def test_from_url_sends_the_url_as_given(url: str) -> None:
    """And nothing else."""
    assert sent(File.from_url(url)) == {"file_url": url}


@given(data=st.binary(min_size=1), chunk=st.sampled_from([3, 6, 3 << 18]))
def test_data_url_decodes_to_the_content(data: bytes, chunk: int) -> None:
    """Whatever the length, and however many chunks it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tela_runs.files._CHUNK", chunk)
        url = sent(File.from_bytes(data, mime_type="a/b"))["file_url"]
    assert base64.b64decode(url.removeprefix("data:a/b;base64,"), validate=True) == data


def test_unusable_paths_are_rejected(tmp_path: Path) -> None:
    """A missing, unreadable or empty file, a directory, an unknown extension, a compressed file, what is not a path."""
    for name in ("empty.pdf", "unknown.qqq", "noextension", "table.csv.gz"):
        (tmp_path / name).write_bytes(b"" if name == "empty.pdf" else b"x")
    (tmp_path / "loop.pdf").symlink_to("loop.pdf")
    cases: dict[Any, str] = {
        tmp_path / "missing.pdf": "cannot be read: No such file or directory",
        tmp_path: "cannot be read: Is a directory",
        tmp_path / "loop.pdf": "cannot be read: Too many levels of symbolic links",
        tmp_path / "empty.pdf": "is empty",
        tmp_path / "unknown.qqq": "'unknown.qqq' cannot be guessed .* File.from_bytes",
        tmp_path / "noextension": "'noextension' cannot be guessed",
        tmp_path / "table.csv.gz": "'table.csv.gz' cannot be guessed",
        "a\0.pdf": "embedded null",
        b"a.pdf": "cannot be read: ",
        7: "cannot be read: ",
    }
    for path, message in cases.items():
        with pytest.raises(ConfigurationError, match=message) as caught:
            File.from_path(path)
        assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("data", "mime_type", "name", "message"),
    [
        (b"", "text/plain", None, "is empty"),
        ("text", "text/plain", None, "must be bytes, not str"),
        (None, "text/plain", None, "must be bytes, not NoneType"),
        (b"x", None, None, "cannot be guessed"),
        (b"x", "pdf", None, "'pdf' is not a MIME type"),
        (b"x", 'a/b"', None, "is not a MIME type"),
        (b"x", "a/b,c", None, "is not a MIME type"),
        (b"x", "a/b\n", None, "is not a MIME type"),
        (b"x", b"a/b", None, "is not a MIME type"),
        (b"x", "a/b", 5, "name must be a string, not int"),
    ],
)
def test_unusable_bytes_are_rejected(data: Any, mime_type: Any, name: Any, message: str) -> None:
    """No content, what is not bytes, no type, or what would break the data URL."""
    with pytest.raises(ConfigurationError, match=message):
        File.from_bytes(data, mime_type=mime_type, name=name)


@pytest.mark.parametrize(
    "url",
    [
        *(5, "", "http://example.com/a.pdf", "file:///etc/passwd", "a.pdf", "https://", "https:///a.pdf"),
        *("data:text/plain", "data:text/plain,", "https://example.com/a b.pdf", "https://example.com/a.pdf\n"),
        *('https://example.com/"', "https://example.com/\udc80"),
    ],
)
def test_unusable_urls_are_rejected(url: Any) -> None:
    """Tela fetches https:, data: and vault: URLs alone; incomplete ones, and characters that no URL has."""
    with pytest.raises(ConfigurationError, match="must be a whole https:, data: or vault: URL, percent-encoded"):
        File.from_url(url)


def test_options_that_are_not_a_mapping_are_rejected() -> None:
    """By each way to make a file."""
    options: Any = ["range"]
    makers: list[Callable[[], File]] = [
        lambda: File.from_path(__file__, options=options),
        lambda: File.from_bytes(b"x", mime_type="a/b", options=options),
        lambda: File.from_url("data:,x", options=options),
    ]
    for make in makers:
        with pytest.raises(ConfigurationError, match="options must be a mapping, not list"):
            make()


def test_file_is_a_value() -> None:
    """Compared by content, hashable, frozen; it pickles and copies; its repr shows neither content nor URL."""
    file = File.from_bytes(b"secret", mime_type="text/plain", name="a.txt", options={"range": [1]})
    assert file == File.from_bytes(b"secret", mime_type="text/plain", name="a.txt", options={"range": [1]})
    assert file != File.from_bytes(b"other", mime_type="text/plain", name="a.txt", options={"range": [1]})
    assert hash(file) == hash(copy.deepcopy(file))
    assert pickle.loads(pickle.dumps(file)) == file  # noqa: S301
    assert repr(file) == "File(name='a.txt', options={'range': [1]})"
    assert repr(File.from_url("https://example.com/?signature=s")) == "File(name=None, options=None)"
    with pytest.raises(AttributeError):
        file.name = "b.txt"  # type: ignore[misc]


def test_request_body_of_a_large_file_takes_less_than_three_times_its_size(tmp_path: Path) -> None:
    """From reading the file to the pieces of the body; the content is in them as it is held, not copied."""
    size = 30 << 20
    path = tmp_path / "large.pdf"
    path.write_bytes(os.urandom(1024) * (size >> 10))
    tracemalloc.start()
    try:
        file = File.from_path(path)
        pieces = encode_body({"variables": {"document": [file]}})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert any(piece is file.file_url for piece in pieces)
    assert sum(map(len, pieces)) > size * 4 / 3
    assert peak < 1.6 * size
