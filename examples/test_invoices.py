"""Test an application offline: its own code runs unchanged against the fixture `tela_emulator`.

pip install pytest 'tela-runs[emulator,typed]' && pytest examples/test_invoices.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel
from tela_runs import File, OutputError, RunFailedError, RunsClient

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator


class Invoice(BaseModel):
    """What the canvas is asked for."""

    number: str
    total: float


def read_invoice(content: bytes) -> Invoice:
    """The application's own code: nothing in it knows that it is tested."""
    file = File.from_bytes(content, mime_type="application/pdf")
    with RunsClient() as runs:
        run = runs.create_and_wait(canvas_id="invoices", variables={"document": file}, output_type=Invoice)
    return run.output_as(Invoice)


def test_invoice_is_read(tela_emulator: Emulator) -> None:
    """What the canvas gives is what the application gets."""
    tela_emulator.add_canvas("invoices", output={"number": "A-1", "total": 99.5}, created_for=0, running_for=0)
    assert read_invoice(b"%PDF") == Invoice(number="A-1", total=99.5)


def test_output_may_depend_on_the_request(tela_emulator: Emulator) -> None:
    """A function of the request's body in place of an output."""
    tela_emulator.add_canvas(
        "invoices", output=lambda body: {"number": body["canvas_id"], "total": 0}, created_for=0, running_for=0
    )
    assert read_invoice(b"%PDF").number == "invoices"


def test_failed_run_is_an_error(tela_emulator: Emulator) -> None:
    """A run that fails at Tela."""
    tela_emulator.add_canvas("invoices", fails=True, created_for=0, running_for=0)
    with pytest.raises(RunFailedError):
        read_invoice(b"%PDF")


def test_output_of_another_form_is_an_error(tela_emulator: Emulator) -> None:
    """Models do not always do what they are told."""
    tela_emulator.add_canvas("invoices", output="I cannot read this.", created_for=0, running_for=0)
    with pytest.raises(OutputError) as caught:
        read_invoice(b"%PDF")
    assert list(caught.value.errors) == ["output: Input should be an object"]
