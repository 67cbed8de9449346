"""Putting what is left of a wait back on the queue."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from celery.exceptions import Reject
from kombu import Message

if TYPE_CHECKING:
    from celery import Task
    from celery.exceptions import Retry

_logger = logging.getLogger(__name__)


def put_back(task: Task[Any, Any], state: dict[str, Any]) -> Retry:
    """Queue the task again with another state, under its own id; returns what to raise to acknowledge its message."""
    try:
        # No countdown: a message that waits in a worker's memory is delivered again after the visibility timeout.
        return task.retry(args=(), kwargs=state, countdown=0, throw=False)
    except Reject as error:  # it could not be queued: its message goes back as it is
        raise Reject(error.args[0], requeue=True) from None


def put_back_merged(task: Task[Any, Any], state: dict[str, Any]) -> Retry | None:
    """Put a shard back merged with those of the same wait that are queued behind it; None if there are none."""
    queue = task.app.amqp.queues.get((task.request.delivery_info or {}).get("routing_key") or "")
    retry, runs, merged = None, dict(state["runs"]), list[Message]()
    try:
        # A connection of its own: those of the pool may be dead, after the broker was restarted.
        with task.app.connection_for_write() as connection, connection.channel() as channel:
            while queue is not None and (message := queue.bind(channel).get(accept=["json"])) is not None:
                other = message.payload[1] if message.headers.get("task") == task.name else {}
                if other.get("wait_id") != state["wait_id"] or len(runs) + len(other["runs"]) > state["shard_size"]:
                    message.requeue()
                    break
                runs |= other["runs"]
                merged.append(message)
            retry = put_back(task, {**state, "runs": runs}) if merged else None
            for message in merged:  # only after its content was queued
                task.update_state(message.headers["id"], "SUCCESS")
                message.ack()
    except Exception as error:  # merging saves a slot, which is not worth losing a shard for
        _logger.warning("Small shards were not merged: %r", error)
    return retry
