"""The tasks."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from celery import Task, shared_task, signature
from celery.result import GroupResult, allow_join_result

from tela_runs import AuthenticationError, ConfigurationError, Outcome, RunsClient, TelaError

from ._queue import put_back, put_back_merged
from ._slice import Slice
from ._worker import client_of

if TYPE_CHECKING:
    from celery.canvas import Signature

_logger = logging.getLogger(__name__)

#: A message is acknowledged when its task has ended, and goes back when the worker dies.
_DELIVERY: Any = {"acks_late": True, "acks_on_timeout": False, "reject_on_worker_lost": True, "max_retries": None}
#: The waits that a rejected key has ended in this process: each is logged once.
_rejected: set[str] = set()


class _Timed(Task):  # type: ignore[type-arg]
    """A task whose message has the time of the call, from which timeouts count."""

    def apply_async(self, args: Any = None, kwargs: Any = None, *rest: Any, **options: Any) -> Any:
        return super().apply_async(args, {"started": time.time(), **(kwargs or {})}, *rest, **options)


class _Splitting(Task):  # type: ignore[type-arg]
    """A task that runs where it is called and queues others, so that no message holds all the ids."""

    def apply_async(self, args: Any = None, kwargs: Any = None, *_: Any, **options: Any) -> Any:
        return self.run(*(args or ()), **(kwargs or {}), **options)


@shared_task(bind=True, base=_Timed, name="tela_runs.wait", throws=(TelaError,), serializer="json", **_DELIVERY)
def wait(
    self: Task[Any, Any],
    run_id: str,
    timeout: float | None = 3600.0,
    *,
    started: float | None = None,
    first_seen: int | None = None,
) -> dict[str, Any]:
    """Wait for one run; the result is the `Outcome.to_dict` of a run that succeeded.

    Args:
        self: The task.
        run_id: The id of a run.
        timeout: Seconds from the call, by the clocks of the machines; None is for ever.
        started: When that was, in seconds since 1970; set by the call.
        first_seen: When an earlier slice first saw the run.

    Raises:
        TelaError: What `RunsClient.wait` would have raised; so does `AsyncResult.get`.
    """
    client_of(self.app).watch(run_id, timeout=timeout).close()  # rejects what no wait can use
    started = time.time() if started is None else started
    runs, ended = {run_id: first_seen}, list[Outcome]()
    Slice(self, runs, started, timeout and float(timeout), ended.append).wait()
    if not ended:
        state = {"run_id": run_id, "timeout": timeout, "started": started, "first_seen": runs[run_id]}
        raise put_back(self, state)
    ended[0].unwrap()
    return ended[0].to_dict()


@shared_task(base=_Splitting, name="tela_runs.wait_all")
def wait_all(
    run_ids: Iterable[str],
    timeout: float | None = 3600.0,
    *,
    on_outcome: Signature[Any],
    shard_size: int = 1000,
    task_id: str | None = None,
    **options: Any,
) -> GroupResult:
    """Wait for many runs; ``delay`` and ``apply_async`` return the `GroupResult` of the shards that they queue.

    Args:
        run_ids: Ids of runs; each distinct one is waited for once.
        timeout: Seconds from the call for all of them; None is for ever. What has not ended by then has an outcome with
            a `WaitTimeoutError`.
        on_outcome: The signature of a task of yours, or of a chain of them. It is called, in the task of the shard,
            with the `Outcome.to_dict` of each run once that has ended, at least once. A repeat has the same
            ``self.request.id``. If it raises, it is called again later.
        shard_size: Runs that one task waits for.
        task_id: A name for this wait; a new one by default.
        options: Those of ``apply_async``, such as ``queue`` or ``link_error``, for each shard.

    Raises:
        ConfigurationError: An argument cannot be used; nothing was queued.
    """
    if not isinstance(on_outcome, dict):
        raise ConfigurationError(f"on_outcome is {on_outcome!r}. Pass the signature of a task, such as record.s().")
    if not isinstance(shard_size, int) or shard_size < 1:
        raise ConfigurationError(f"shard_size is {shard_size!r}. Give a whole number of at least 1.")
    is_listable = isinstance(run_ids, Iterable) and not isinstance(run_ids, (str, bytes))
    listed: Any = list(run_ids) if is_listable else run_ids
    with RunsClient("not-used", base_url="http://localhost") as runs:
        runs.as_completed(listed, timeout=timeout).close()  # rejects here what it would reject in the worker
    ids, wait_id = list(dict.fromkeys(listed)), task_id or str(uuid4())
    seconds = timeout and float(timeout)  # messages hold no other types of numbers
    shared = {"wait_id": wait_id, "started": time.time(), "timeout": seconds, "on_outcome": on_outcome}
    shards = [dict.fromkeys(ids[first : first + shard_size]) for first in range(0, len(ids), shard_size)]
    states = [{"runs": shard, "shard_size": shard_size, **shared} for shard in shards]
    return GroupResult(wait_id, [wait_shard.apply_async((), state, **options) for state in states])


@shared_task(bind=True, name="tela_runs.wait_shard", throws=(AuthenticationError,), serializer="json", **_DELIVERY)
def wait_shard(self: Task[Any, Any], *, runs: dict[str, int | None], **state: Any) -> None:
    """Wait for the runs of one shard for one slice, then put the rest back. Queued by `wait_all`."""
    wait_id = state["wait_id"]
    if len(runs) <= state["shard_size"] // 2 and (retry := put_back_merged(self, {"runs": runs, **state})) is not None:
        raise retry

    def call(outcome: Outcome) -> None:
        task_id = str(uuid5(NAMESPACE_OID, f"{wait_id}:{outcome.run_id}"))
        on_outcome = signature(state["on_outcome"], app=self.app)
        with allow_join_result():  # a chain asks for the results of its tasks
            on_outcome.apply((outcome.to_dict(),), task_id=task_id, throw=False).get()

    try:
        Slice(self, runs, state["started"], state["timeout"], call).wait()
    except AuthenticationError as error:
        if wait_id not in _rejected:
            _rejected.add(wait_id)
            _logger.critical("The wait %s ends, with %d runs of this shard left: %s", wait_id, len(runs), error)
        raise
    if runs:
        raise put_back(self, {"runs": runs, **state})
