"""Starts a run with a client of any flavour."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tela_runs import RunsClient

if TYPE_CHECKING:
    from tela_runs import Run

    from tests.client.callers import Caller


def create(caller: Caller, **arguments: Any) -> Run:
    """Call `create`."""
    client = caller.client
    if isinstance(client, RunsClient):
        return client.create(**arguments)
    portal: Any = caller
    run: Run = portal.portal.call(partial(client.create, **arguments))
    return run
