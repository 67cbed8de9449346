"""Runs and errors as text, and the worst of exit statuses."""

from __future__ import annotations

import json
import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs import ConfigurationError, NotFoundError, Run, RunFailedError, TelaError, WaitTimeoutError
from tela_runs.cli.exits import Exit, exit_of, worst
from tela_runs.cli.text import (
    complaint,
    described,
    duration,
    json_text,
    one_line,
    printable,
    short_output,
    whole_output,
)

any_text = st.text(st.characters(exclude_categories=()))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner) | st.dictionaries(any_text, inner),
    max_leaves=8,
)
TIMED_OUT = WaitTimeoutError(run_id="crsv-c", run=None, elapsed=1.0, polls=1)


def a_run(status: str, run_id: str = "crsv-a", **fields: object) -> Run:
    """A run as the API would send it."""
    return Run.from_dict({"id": run_id, "status": status, **fields})


#: Controls, changes of direction, lone surrogates: what must not reach a terminal.
UNSAFE = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def is_safe(text: str, keep: str = "") -> bool:
    """Whether a terminal can be given the text."""
    return not (UNSAFE - set(keep)) & set(text) and not any("\ud800" <= char <= "\udfff" for char in text)


@given(any_text)
def test_text_of_others_is_safe_to_print(text: str) -> None:
    """Whatever comes in, what comes out moves no cursor, and can be encoded."""
    assert is_safe(printable(text))
    assert is_safe(one_line(text))
    printable(text).encode()


@given(st.text("abc äß漢 😀\u00a0\u202f\u3000\u200d\u200c\u200e\u200f\u00ad\u2060"))
def test_text_is_not_escaped(text: str) -> None:
    """Letters of any script, spaces of any width, joiners and directional marks come out as they are."""
    assert printable(text) == text


def test_one_line_keeps_the_spaces_that_do_not_break() -> None:
    """Line breaks and tabs become blanks, a non-breaking or an ideographic space stays what it is."""
    assert one_line(" a\r\n\tb\u2028c\u00a0d\u3000e ") == "a b c\u00a0d\u3000e"


@given(json_values)
def test_json_is_strictly_valid_and_safe(value: object) -> None:
    """NaN and Infinity become text, no unsafe character is left, and in ASCII only escapes."""

    def rejected(name: str) -> None:
        raise AssertionError(name)

    for text in (json_text(value), json_text(value, encoding="ascii"), json_text(value, indent=2)):
        json.loads(text, parse_constant=rejected)
        assert is_safe(text, keep="\n")
    assert json_text(value, encoding="ascii").isascii()


def test_json_says_what_it_cannot_hold_as_text() -> None:
    """The three numbers that JSON does not have, and characters that an encoding has."""
    assert json_text([math.nan, math.inf, -math.inf]) == '["NaN", "Infinity", "-Infinity"]'
    assert json_text("ação 漢") == '"ação 漢"'
    assert json_text("ação", encoding="ascii") == '"a\\u00e7\\u00e3o"'


@given(json_values)
def test_any_output_can_be_shown(output: object) -> None:
    """No output crashes either form; the short one keeps to one line of the length asked for."""
    assert is_safe(whole_output(output), keep="\n\t")
    short = short_output(output, 20)
    assert len(short) <= 20
    assert is_safe(short)


@given(json_values)
def test_any_run_can_be_described(output: object) -> None:
    """A run with any output can be described."""
    run = a_run("succeeded", output_content={"content": output})
    assert described(run).startswith("id        crsv-a\nstatus    succeeded")


@pytest.mark.parametrize(
    ("cost", "text"), [(0.00004, "0.00004"), (0.123456789, "0.123457"), (3, "3"), (10**400, f"1{'0' * 400}")]
)
def test_small_costs_are_shown_without_an_exponent(cost: float, text: str) -> None:
    """As one would write an amount."""
    run = a_run("succeeded", output_content={"information": {"cost": cost}})
    assert f"\ncost      {text}\n" in f"{described(run)}\n"


def test_a_complaint_names_its_run_once() -> None:
    """An error that does not name its run is given the name; one that does is left as it is."""
    assert complaint(TelaError("No.", run_id="crsv-a")) == "crsv-a: No."
    assert complaint(TelaError("No crsv-a.", run_id="crsv-a")) == "No crsv-a."
    assert complaint(TelaError("Two\nlines\x07.")) == "Two lines\\x07."


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, Exit.SUCCEEDED),
        (RunFailedError(a_run("failed")), Exit.FAILED),
        (ConfigurationError("No."), Exit.USAGE),
        (NotFoundError("No.", status_code=404), Exit.API_ERROR),
        (TIMED_OUT, Exit.TIMED_OUT),
    ],
)
def test_each_end_has_its_exit_status(error: TelaError | None, status: Exit) -> None:
    """How a wait ended decides the exit status."""
    assert exit_of(error) is status


def test_exit_status_of_many_does_not_depend_on_the_order() -> None:
    """The documented order holds, whatever the order of the runs."""
    order = [Exit.USAGE, Exit.API_ERROR, Exit.FAILED, Exit.TIMED_OUT, Exit.SUCCEEDED]
    for start in range(len(order)):
        assert {worst(ends) for ends in permutations(order[start:])} == {order[start]}
    assert worst([]) is Exit.SUCCEEDED


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (42.2, "42 s"), (119, "119 s"), (720, "12 min"), (12_600, "3.5 h")],
)
def test_a_duration_has_no_more_digits_than_it_needs(seconds: float, text: str) -> None:
    """Tenths below ten seconds, then seconds, minutes, hours."""
    assert duration(seconds) == text
