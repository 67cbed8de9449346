"""The check of the built site finds what it is there to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import check_site

if TYPE_CHECKING:
    from pathlib import Path

OTHER = '<h1 id="top">Other</h1>'


def test_a_sound_site_has_no_faults(tmp_path: Path) -> None:
    """Links to pages, to places in them, within a page and to other hosts are all well."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "other page.html").write_text(OTHER, encoding="utf-8")
    inside = '<p id="a"><a href="deep/other%20page.html#top"><a href="#a"><img src="a.svg">'
    outside = '<a href="https://example.com/x#y">'
    (tmp_path / "index.html").write_text(inside + outside, encoding="utf-8")
    (tmp_path / "a.svg").touch()
    assert check_site.faults(tmp_path) == []


@pytest.mark.parametrize(
    ("element", "fault"),
    [
        ('<a href="absent.html">', "index.html links to absent.html: there is no such file"),
        ('<a href="other.html#absent">', "index.html links to other.html#absent: the page has no such place"),
        ('<a href="#absent">', "index.html links to #absent: the page has no such place"),
        ('<img src="absent.svg">', "index.html links to absent.svg: there is no such file"),
        ('<script src="https://cdn.example.com/x.js">', "index.html loads https://cdn.example.com/x.js"),
        ('<link rel="stylesheet" href="//fonts.example.com">', "index.html loads //fonts.example.com"),
    ],
)
def test_each_fault_is_reported(tmp_path: Path, element: str, fault: str) -> None:
    """By the page it is on and the address that is wrong."""
    (tmp_path / "other.html").write_text(OTHER, encoding="utf-8")
    (tmp_path / "index.html").write_text(element, encoding="utf-8")
    assert check_site.faults(tmp_path) == [fault]


def test_a_site_without_pages_is_a_fault(tmp_path: Path) -> None:
    """A check of nothing does not pass."""
    assert check_site.faults(tmp_path) == [f"{tmp_path} has no pages"]
