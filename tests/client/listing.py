"""The list of cases: what the clients do, each run in every way to use them, with the same requests sent.

A case is a function of a server and a caller that asserts what comes back; ``requests`` is how many it sends. Waits
live in virtual time, so that sleeps are exact: 0.5 is drawn for each number at random. What waits for many runs lives
in real time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen
from tela_runs import (
    FixedPacing,
)

from .callers import Caller, VirtualTime

if TYPE_CHECKING:
    from tela_runs.emulator import Emulator

SAMPLE = json.loads((Path(__file__).parents[1] / "contract" / "reference_sample.json").read_text(encoding="utf-8"))

RUN_ID = "run-1"
RUN_NEEDS = {"id", "status"}
EVERY_SECOND = FixedPacing(1)

Scenario = Callable[["Emulator", Caller, VirtualTime], None]


@frozen
class Case:
    """One scenario, and how many requests it sends."""

    name: str
    scenario: Scenario
    requests: int
    virtual: bool


CASES: list[Case] = []


def case(requests: int, name: str = "", *, virtual: bool = True) -> Callable[[Scenario], Scenario]:
    """Add a scenario to the list."""

    def adding(scenario: Scenario) -> Scenario:
        CASES.append(Case(name or scenario.__name__.strip("_"), scenario, requests, virtual))
        return scenario

    return adding
