"""What IPython shows of a run, in its terminal and in notebooks."""

from __future__ import annotations

from IPython.lib.pretty import pretty
from tela_runs import Run

INVOICE = {"number": "2024-17", "lines": [{"text": f"Line {number}", "price": number * 10.5} for number in range(3)]}


def shown(value: object) -> str:
    """What a cell that ends with a value shows."""
    text: str = pretty(value)
    return text


def test_run_is_shown_with_its_usage_and_its_output() -> None:
    """The output is laid out as any value of a cell is; a run in a list is shown like that too."""
    information = {"cost": 0.0125, "input_tokens": 812}
    run = Run.from_dict(
        {"id": "r1", "status": "succeeded", "output_content": {"content": INVOICE, "information": information}}
    )
    usage = "Usage(duration=None, cost=0.0125, input_tokens=812, output_tokens=None)"
    assert shown(run) == f"<Run 'r1' succeeded>\n{usage}\n{shown(INVOICE)}"
    assert shown([run]).splitlines()[:2] == ["[<Run 'r1' succeeded>", f" {usage}"]


def test_run_without_usage_and_output_is_shown_as_everywhere() -> None:
    """An output that is there but empty is shown all the same."""
    assert shown(Run.from_dict({"id": "r1", "status": "running"})) == "<Run 'r1' running>"
    empty = Run.from_dict({"id": "r1", "status": "succeeded", "output_content": {"content": ""}})
    assert shown(empty) == "<Run 'r1' succeeded>\n''"
