"""What a wake does: driven by hand for one run and for many, then through the clients."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from tela_runs import AsyncRunsClient, FixedPacing, RunsClient
from tela_runs._polling.fleet import Fleet
from tela_runs._polling.single import waiting
from tela_runs._polling.state import Rate

from .by_hand import Clock, Played, due_run, error_of, options, play, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tela_runs import APIError
    from tela_runs._polling.flow import PollResult
    from tela_runs.emulator import Emulator

RARE = FixedPacing(100)


def woken(
    wakes: Iterable[float],
    responses: Iterable[PollResult | APIError],
    *,
    pacing: float = 100,
    latency: float = 0.0,
    rate: Rate | None = None,
) -> Played:
    """What a wait of 600 s does that is woken at these times."""
    clock = Clock()
    flow = waiting("r1", options(clock, pacing=FixedPacing(pacing), rate=rate), 600)
    return play(flow, clock, responses, wakes=wakes, latency=latency)


def test_wake_shortens_the_pause_of_the_pacing() -> None:
    """The run is polled at once, though its pacing would have waited for 100 s."""
    assert woken([30], [shown("running"), shown("succeeded")]).requested_at == [0, 30]


def test_wake_shortens_the_back_off() -> None:
    """A webhook that comes amid an outage has the run polled at once."""
    played = woken([8], [error_of()] * 5 + [shown("succeeded")])
    assert played.requested_at[-2:] == [5.625, 8]


def test_pause_after_a_wake_that_showed_nothing_new_is_the_pacings() -> None:
    """One wake is one poll."""
    assert woken([30], [shown("running"), shown("running"), shown("succeeded")]).requested_at == [0, 30, 130]


@pytest.mark.parametrize("first", [shown("running", retry_after=50), error_of(429, retry_after=50)])
def test_wake_never_shortens_a_retry_after(first: PollResult | APIError) -> None:
    """The run is polled as soon as the server allows it, without the jitter."""
    assert woken([10], [first, shown("succeeded")]).requested_at == [0, 50]


def test_wake_never_shortens_max_rate() -> None:
    """With one request in 25 s, the run is polled 25 s after the poll before, though it was woken sooner."""
    assert woken([10], [shown("running"), shown("succeeded")], rate=Rate(1 / 25)).requested_at == [0, 25]


def test_wakes_of_one_run_coalesce() -> None:
    """Of a hundred wakes in a second, at most one poll per 0.2 s comes."""
    wakes = [30 + number / 100 for number in range(100)]
    played = woken(wakes, [shown("running")] * 6 + [shown("succeeded")])
    assert played.requested_at == [0, 30, 30.2, 30.4, 30.6, 30.8, 31]


def test_wake_during_a_poll_makes_one_more_poll_follow() -> None:
    """The response may have been on its way when the run ended: it is polled again 0.2 s after that poll began."""
    played = woken([0.05], [shown("running"), shown("succeeded")], latency=0.1)
    assert played.requested_at == [0, 0.2]


def test_wake_during_a_slow_poll_makes_the_next_follow_at_once() -> None:
    """Two wakes during one poll make one more, not two."""
    played = woken([0.5, 0.9], [shown("running"), shown("running"), shown("succeeded")], latency=1)
    assert played.requested_at == [0, 1, 102]


def test_wake_that_comes_too_late_changes_nothing() -> None:
    """A pause that would end sooner than the wake allows ends as it would have."""
    assert woken([0.01], [shown("running"), shown("succeeded")], pacing=0.1).requested_at == [0, 0.1]


def fleet_of(clock: Clock, *ids: str, pacing: float = 100, rate: Rate | None = None) -> Fleet:
    """A fleet whose runs were each polled once."""
    fleet = Fleet(options(clock, pacing=FixedPacing(pacing), rate=rate), 600, 20)
    for run_id in ids:
        fleet.add(run_id)
        poll_next(fleet, clock, shown("running", run_id=run_id))
    return fleet


def poll_next(fleet: Fleet, clock: Clock, response: PollResult | APIError) -> str:
    """Poll the run that is due, give it back, and tell which it was."""
    wait = due_run(fleet)
    assert wait is not None
    fleet.give_back(wait, play(fleet.polling(wait), clock, [response]).result)
    return wait.run_id


def test_wake_of_a_fleet_makes_its_run_due_at_once() -> None:
    """And no other run."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    clock.now = 1030
    assert fleet.wake("b")
    assert fleet.next_due() == 1000.2
    assert poll_next(fleet, clock, shown("running", run_id="b")) == "b"
    assert due_run(fleet) is None
    assert fleet.next_due() == 1100


def test_wake_of_a_run_that_the_fleet_does_not_wait_for_is_false() -> None:
    """Neither of a foreign one nor of one that has its outcome."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    clock.now = 1100
    poll_next(fleet, clock, shown("succeeded", run_id="a"))
    assert (fleet.wake("a"), fleet.wake("b"), fleet.wake("c")) == (False, True, False)
    assert (fleet.waits_for("a"), fleet.waits_for("b"), fleet.waits_for("c")) == (False, True, False)


def test_wakes_of_one_run_of_a_fleet_coalesce() -> None:
    """Polls that follow wakes are at least 0.2 s apart."""
    clock = Clock()
    fleet = fleet_of(clock, "a")
    clock.now = 1030
    assert all(fleet.wake("a") for _ in range(100))
    poll_next(fleet, clock, shown("running", run_id="a"))
    assert all(fleet.wake("a") for _ in range(100))
    assert due_run(fleet) is None
    assert fleet.next_due() == 1030.2


def test_wake_of_a_fleet_never_postpones_a_poll() -> None:
    """A run that is due sooner than the wake allows stays due then."""
    clock = Clock()
    fleet = fleet_of(clock, "a", pacing=0.1)
    assert fleet.wake("a")
    assert fleet.next_due() == 1000.1


def test_wake_of_a_fleet_during_a_poll_makes_one_more_poll_follow() -> None:
    """The run is due again 0.2 s after that poll began, and after the next one at its own pace."""
    clock = Clock()
    fleet = fleet_of(clock, "a")
    clock.now = 1100
    wait = due_run(fleet)
    assert wait is not None
    assert fleet.wake("a")
    fleet.give_back(wait, play(fleet.polling(wait), clock, [shown("running", run_id="a")]).result)
    assert fleet.next_due() == 1100.2
    clock.now = 1100.2
    poll_next(fleet, clock, shown("running", run_id="a"))
    assert fleet.next_due() == 1200.2


def test_wake_of_a_fleet_never_shortens_a_retry_after_of_its_run() -> None:
    """The run is due as soon as the server allows it."""
    clock = Clock()
    fleet = fleet_of(clock)
    fleet.add("a")
    poll_next(fleet, clock, error_of(503, run_id="a", retry_after=50))
    clock.now = 1010
    assert fleet.wake("a")
    assert fleet.next_due() == 1050


def test_wake_of_a_fleet_never_shortens_a_hold() -> None:
    """After a 429 with Retry-After for one run, the wake of another one waits like all the others."""
    clock = Clock()
    fleet = fleet_of(clock, "a", "b")
    clock.now = 1100
    poll_next(fleet, clock, error_of(429, run_id="a", retry_after=50))
    assert fleet.wake("b")
    assert due_run(fleet) is None
    assert fleet.next_due() == 1150


def wake_soon(runs: RunsClient | AsyncRunsClient, server: Emulator, run_id: str) -> threading.Thread:
    """Wake a run from another thread, once it was polled."""

    def work() -> None:
        while not any(request.path.endswith(run_id) for request in server.requests):
            time.sleep(0.01)
        # A poll may just be on its way: then one more follows, which is what a wake is for.
        assert runs.wake(run_id)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def output_by(form: str, runs: RunsClient, run_id: str) -> Any:
    """The output of a run, waited for in one of three ways."""
    if form == "wait":
        return runs.wait(run_id, pacing=RARE).output
    if form == "watch":
        return list(runs.watch(run_id, pacing=RARE))[-1].output
    return runs.wait_all([run_id], pacing=RARE)[run_id].output


@pytest.mark.parametrize("form", ["wait", "watch", "fleet"])
def test_sync_client_wakes_from_another_thread(server: Emulator, form: str) -> None:
    """A run that ends at the second poll is there at once, though its pacing would wait for 100 s."""
    run_id = server.add_run(7, statuses=["running", "succeeded"])
    with RunsClient(server.api_key, base_url=server.url) as runs:
        assert not runs.wake(run_id)
        thread = wake_soon(runs, server, run_id)
        began = time.monotonic()
        assert output_by(form, runs, run_id) == 7
        assert time.monotonic() - began < 20
        thread.join()
        assert not runs.wake(run_id)
    assert len(server.requests) == 2


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("form", ["wait", "watch", "fleet"])
def test_async_client_wakes_from_another_thread(server: Emulator, backend: str, form: str) -> None:
    """The same on both event loops."""
    run_id = server.add_run(7, statuses=["running", "succeeded"])

    async def main() -> None:
        async with AsyncRunsClient(server.api_key, base_url=server.url) as runs:
            assert not runs.wake(run_id)
            thread = wake_soon(runs, server, run_id)
            began = time.monotonic()
            if form == "wait":
                last = await runs.wait(run_id, pacing=RARE)
            elif form == "watch":
                last = [run async for run in runs.watch(run_id, pacing=RARE)][-1]
            else:
                last = (await runs.wait_all([run_id], pacing=RARE))[run_id].unwrap()
            assert last.output == 7
            assert time.monotonic() - began < 20
            thread.join()
            assert not runs.wake(run_id)

    anyio.run(main, backend=backend)
    assert len(server.requests) == 2


def test_wake_reaches_all_who_wait_for_the_run(server: Emulator) -> None:
    """Two waits and a fleet of one client poll at once; another client has nothing to wake."""
    run_id = server.add_run(7, statuses=["running"] * 3 + ["succeeded"])
    with RunsClient(server.api_key, base_url=server.url, pacing=RARE) as runs:
        outputs: list[Any] = []
        threads = [
            threading.Thread(target=lambda form=form: outputs.append(output_by(form, runs, run_id)))
            for form in ("wait", "watch", "fleet")
        ]
        for thread in threads:
            thread.start()
        while len(server.requests) < 3:
            time.sleep(0.01)
        with RunsClient(server.api_key, base_url=server.url) as other:
            assert not other.wake(run_id)
        assert runs.wake(run_id)
        for thread in threads:
            thread.join(20)
    assert outputs == [7, 7, 7]


def test_wake_without_an_id_wakes_nothing(server: Emulator) -> None:
    """Such as that of a webhook whose payload has none: a fleet that waits goes on."""
    run_id = server.add_run(7, statuses=["running", "succeeded"])
    woken: list[bool] = []
    with RunsClient(server.api_key, base_url=server.url, pacing=FixedPacing(0.1)) as runs:
        for outcome in runs.as_completed([run_id], on_update=lambda _: woken.append(runs.wake(None))):  # type: ignore[arg-type]
            assert outcome.unwrap().output == 7
    assert woken == [False, False]
