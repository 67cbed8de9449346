"""Ids that come from an iterator: their runs join as places become free, and there may be no end of them."""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from tela_runs import AsyncRunsClient, Outcome, RunsClient

from .client.callers import QUICK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tela_runs.emulator import Emulator

BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


class Outstanding:
    """Starts runs when it is asked for the next id, and counts those that have no outcome yet."""

    def __init__(self, server: Emulator, runs: int) -> None:
        self.server = server
        self.runs = runs
        self.started = self.ended = self.most = 0

    def start(self) -> str:
        self.started += 1
        self.most = max(self.most, self.started - self.ended)
        return self.server.add_run(output=self.started, created_for=0, running_for=0.05)

    def ids(self) -> Iterator[str]:
        return (self.start() for _ in range(self.runs))

    async def ids_async(self) -> AsyncIterator[str]:
        for _ in range(self.runs):
            yield self.start()


def test_sync_iterator_is_read_as_places_become_free(server: Emulator) -> None:
    """So an iterator may create the runs: no more than max_in_flight are outstanding, and all are waited for."""
    outstanding, outputs = Outstanding(server, 30), []
    with RunsClient(server.api_key, base_url=server.url) as runs:
        for outcome in runs.as_completed(outstanding.ids(), pacing=QUICK, max_in_flight=4):
            outstanding.ended += 1
            outputs.append(outcome.unwrap().output)
    assert sorted(outputs) == list(range(1, 31))
    assert outstanding.most == 4


@BACKENDS
@pytest.mark.parametrize("kind", ["ids", "ids_async"])
def test_async_client_reads_iterators_as_places_become_free(server: Emulator, kind: str, backend: str) -> None:
    """A place is free again when its outcome has been taken, so that outcomes do not pile up either."""
    outstanding = Outstanding(server, 30)

    async def main() -> list[Any]:
        outputs = []
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            ids = getattr(outstanding, kind)()
            async for outcome in runs.as_completed(ids, pacing=QUICK, max_in_flight=4):
                outstanding.ended += 1
                outputs.append(outcome.unwrap().output)
        return outputs

    assert sorted(anyio.run(main, backend=backend)) == list(range(1, 31))
    assert outstanding.most == 4


def test_runs_can_be_created_by_the_iterator_with_the_same_client(server: Emulator) -> None:
    """The documents are started and waited for with bounded concurrency, in one expression."""
    server.add_canvas("canvas-1", output=lambda body: body["variables"]["n"], created_for=0, running_for=0)
    with RunsClient(server.api_key, base_url=server.url) as runs:
        ids = (runs.create(canvas_id="canvas-1", variables={"n": n}).id for n in range(20))
        outputs = [outcome.output for outcome in runs.as_completed(ids, pacing=QUICK, max_in_flight=3)]
    assert sorted(outputs) == list(range(20))


def test_iterator_without_end_may_be_left(server: Emulator) -> None:
    """What was not asked for is not started."""
    outstanding = Outstanding(server, 1_000_000)
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(outstanding.ids(), pacing=QUICK, max_in_flight=2)
        assert next(outcomes).succeeded
        outcomes.close()
    assert outstanding.started <= 4


def test_error_of_the_iterator_is_raised_after_the_outcomes_that_are_ready(server: Emulator) -> None:
    """As it is; it ends the wait for all."""
    first = server.add_run(output=1, created_for=0, running_for=0)

    def ids() -> Iterator[str]:
        yield first
        yield server.add_run(running_for=600)
        time.sleep(0.5)  # until the first one is seen to have ended
        raise LookupError("no such document")

    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = runs.as_completed(ids())
        assert next(outcomes).output == 1
        with pytest.raises(LookupError, match="no such document"):
            next(outcomes)


def test_bad_id_of_an_iterator_is_an_outcome(server: Emulator) -> None:
    """Once, however often it comes: others have been started by then."""
    good = server.add_run(created_for=0, running_for=0)
    with RunsClient(server.api_key, base_url=server.url) as runs:
        outcomes = {outcome.run_id: outcome.succeeded for outcome in runs.as_completed(iter([good, "..", "..", good]))}
    assert outcomes == {good: True, "..": False}


def test_iterator_is_left_when_the_time_is_over(server: Emulator) -> None:
    """Runs that never end leave no place for more; each that was started has its outcome."""
    ids = (server.add_run(running_for=600) for _ in count())
    with RunsClient(server.api_key, base_url=server.url) as runs:
        began = time.monotonic()
        outcomes = list(runs.as_completed(ids, timeout=0.5, max_in_flight=3))
        assert 0.4 < time.monotonic() - began < 2
    assert [type(outcome.error).__name__ for outcome in outcomes] == ["WaitTimeoutError"] * 3


@BACKENDS
def test_runs_are_added_while_others_are_waited_for(server: Emulator, backend: str) -> None:
    """Ids of an async iterable are polled as they come, each once; one that cannot be an id is its own outcome."""
    first = server.add_run(created_for=0, running_for=0)

    async def ids() -> AsyncIterator[str]:
        yield first
        await anyio.sleep(0.2)
        yield ".."
        yield ".."
        yield first
        yield server.add_run(run_id="late", created_for=0, running_for=0)

    async def main() -> list[str]:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            return [outcome.run_id async for outcome in runs.as_completed(ids())]

    outcomes = anyio.run(main, backend=backend)
    assert outcomes[0] == first
    assert sorted(outcomes) == sorted([first, "..", "late"])


@BACKENDS
def test_deadline_holds_though_the_ids_never_end(server: Emulator, backend: str) -> None:
    """An async iterable of ids that stalls is left when the time is over."""
    only = server.add_run(created_for=0, running_for=0)

    async def ids() -> AsyncIterator[str]:
        yield only
        await anyio.sleep(60)

    async def main() -> dict[str, Outcome]:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            return await runs.wait_all(ids(), timeout=0.5)

    began = time.monotonic()
    assert list(anyio.run(main, backend=backend)) == [only]
    assert 0.4 < time.monotonic() - began < 2
