"""Runs and errors as text, the gravest of exit statuses, and the table drawn by a clock moved by hand."""

from __future__ import annotations

import io
import json
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tela_runs import ConfigurationError, NotFoundError, Outcome, Run, RunFailedError, TelaError, WaitTimeoutError
from tela_runs.cli.exits import Exit, exit_of, gravest
from tela_runs.cli.text import complaint, described, one_line, outcome_document, printable, short_output, whole_output
from tela_runs.cli.views import LiveTable

any_text = st.text(st.characters(exclude_categories=()))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner) | st.dictionaries(any_text, inner),
    max_leaves=8,
)
TIMED_OUT = WaitTimeoutError(run_id="crsv-c", run=None, elapsed=1.0, polls=1, last_error=None)


def a_run(status: str, run_id: str = "crsv-a", **fields: object) -> Run:
    """A run as the API would answer it."""
    return Run.from_dict({"id": run_id, "status": status, **fields})


@given(any_text)
def test_printable_text_prints(text: str) -> None:
    """Whatever comes in, what comes out prints, and can be encoded."""
    assert printable(text).isprintable()
    assert one_line(text).isprintable()
    printable(text).encode()


@given(st.text("abc äß漢 😀"))
def test_what_prints_is_left_alone(text: str) -> None:
    """Letters of any script, blanks and emoji are not escaped."""
    assert printable(text) == text


@given(json_values)
def test_any_output_can_be_shown(output: object) -> None:
    """No output crashes either form; the short one keeps to one line of the length asked for."""
    assert all(line.isprintable() for line in whole_output(output).replace("\t", "").split("\n"))
    short = short_output(output, 20)
    assert len(short) <= 20
    assert short.isprintable()


@given(json_values)
def test_any_run_can_be_described(output: object) -> None:
    """A run with any output can be described and told to machines."""
    run = a_run("succeeded", output_content={"content": output})
    assert described(run).startswith("id        crsv-a\nstatus    succeeded")
    assert json.loads(json.dumps(outcome_document(Outcome("crsv-a", run))))["id"] == "crsv-a"


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


def test_the_gravest_does_not_depend_on_the_order() -> None:
    """The documented order holds, whatever the order of the runs."""
    order = [Exit.USAGE, Exit.API_ERROR, Exit.FAILED, Exit.TIMED_OUT, Exit.SUCCEEDED]
    for start in range(len(order)):
        assert {gravest(ends) for ends in permutations(order[start:])} == {order[start]}
    assert gravest([]) is Exit.SUCCEEDED


def test_the_time_of_a_run_stops_at_its_end() -> None:
    """Each row shows the seconds waited: they go on until the wait for that run has ended."""
    now = 100.0
    console = Console(file=io.StringIO(), width=100)
    table = LiveTable(["crsv-a", "crsv-b", "crsv-c"], console, clock=lambda: now)

    def rows() -> list[list[str]]:
        with console.capture() as capture:
            console.print(table.table())
        return [line.split()[:4] for line in capture.get().splitlines()[1:]]

    table.changed("crsv-a", a_run("running"))
    now = 101.5
    assert rows() == [["crsv-a", "running", "1.5", "s"], ["crsv-b", "…", "1.5", "s"], ["crsv-c", "…", "1.5", "s"]]
    table.ended(Outcome("crsv-a", a_run("succeeded")))
    table.changed("crsv-a", a_run("succeeded"))
    table.ended(Outcome("crsv-c", None, TIMED_OUT))
    now = 103.0
    assert rows() == [
        ["crsv-a", "succeeded", "1.5", "s"],
        ["crsv-b", "…", "3.0", "s"],
        ["crsv-c", "timed", "out", "1.5"],
    ]
