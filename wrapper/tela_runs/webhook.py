"""The payload that Tela posts to a run's ``webhook_url``: a hint that the run has ended, never proof."""

from __future__ import annotations

from .errors import InvalidResponseError
from .run import Run


def parse_webhook(body: bytes | str) -> Run:
    """The run that a webhook's payload describes, unverified.

    The payloads are not known to be signed, so anybody who knows the address can send one. Take no more than the id
    from it and retrieve the run with the key: `RunsClient.confirm` does both.

    Source: docs.tela.com, "Async and webhooks": one POST with the run object when the run succeeds or fails.

    Raises:
        InvalidResponseError: The payload is not JSON, or no object with a string ``id`` and a string ``status``.
    """
    return Run.from_json(body)


def id_in_webhook(body: bytes | str) -> str:
    """The run id in a webhook's payload, whatever else is in it or missing.

    Raises:
        InvalidResponseError: There is none.
    """
    try:
        return parse_webhook(body).id
    except InvalidResponseError as error:
        if error.run_id is None:
            raise
        return error.run_id
