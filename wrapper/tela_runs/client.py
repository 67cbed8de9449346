"""The sync client, `RunsClient`: a thin layer, a line or two per method."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, Self, Unpack

import httpx

from ._base import DEFAULT_WAIT, BaseClient, id_in_webhook
from ._create import create_body
from ._drivers.one import Driver
from ._drivers.threads import outcomes_of
from ._generated import check_run_id
from ._http.callers import CallersTransport
from ._http.send import Sender
from ._http.transport import PoolTransport
from ._polling.single import waiting
from .outcome import Outcome
from .run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from functools import partial

    from ._create import CreateArguments
    from .pacing import Pacing


class RunsClient(BaseClient[httpx.Client, Iterable[str], Generator[Run, None, None], Generator[Outcome, None, None]]):
    """Starts canvas runs, retrieves them and waits for them. Threads may share one.

    Use it in a ``with`` block, or close it.

    Args:
        api_key: A key of the workspace that owns the runs; ``TELA_API_KEY`` by default. A JWT is sent the same way.
        base_url: Where the API is; ``TELA_BASE_URL`` by default, else ``https://api.tela.com``.
        timeout: Seconds for one whole request, from queueing for a connection to the last byte of the body.
        max_retries: How often `retrieve` and `create` try again after a transient error. A wait is its own retry.
        max_response_bytes: Maximum size of a response, in decoded bytes; a larger one is an `InvalidResponseError`.
        pacing: When a wait polls again; an `AdaptivePacing` of this client's own by default.
        max_rate: Maximum requests per second of this client, for all its calls together; None for no limit.
        http_client: Your own httpx client, for its hooks, instrumentation, proxies, certificates and transport. It is
            not closed here. A sync one keeps timeouts for each read; see the guarantees in the docs.
        allow_http: Allow plain http, with the key unencrypted, to another machine. ``TELA_ALLOW_HTTP=1`` does too.
        trust_env: Use the proxy that ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` name, and ``SSL_CERT_FILE``.

    Raises:
        ConfigurationError: No key, a key no header can carry, a base URL that cannot be used, a number out of bounds.
    """

    _parts = (httpx.Client, PoolTransport, CallersTransport, Sender, Driver, outcomes_of)
    _driver: partial[Driver]

    def create(
        self,
        *,
        canvas_id: str | None = None,
        environment_name: str | None = None,
        version_id: str | None = None,
        variables: Mapping[str, Any] | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        override: Mapping[str, Any] | None = None,
        output_type: Any = None,
        webhook_url: str | None = None,
        extra_body: Mapping[str, Any] | None = None,
    ) -> Run:
        """Start a run of a canvas in the background, and return it as it was accepted, usually ``created``.

        A create is never sent twice once its bytes may have reached the API: only a failed connect, a 429 and a 503
        with ``Retry-After`` are tried again, `max_retries` times.

        Args:
            canvas_id: The canvas; its promoted version runs. Exactly one of this and ``version_id``.
            environment_name: The environment whose version of the canvas runs instead.
            version_id: One version of a canvas.
            variables: Its variables, by name: strings, numbers, booleans, `File`, lists and mappings of them.
            messages: Messages of a chat, each with ``role`` and ``content``.
            override: Settings of the canvas to override: ``model``, ``temperature``, ``type``, ``functions``,
                ``structured_output``.
            output_type: A type whose JSON schema is sent as ``override.structured_output``; see `Run.output_as`.
            webhook_url: Where the run object is posted when the run ends; see `confirm` and `wake`.
            extra_body: Fields that this version does not know, sent unchanged.

        Raises:
            ConfigurationError: An argument cannot be used; nothing was sent.
            AmbiguousCreateError: No response came, or not all of it: a run may have been started.
            APIError: The API rejected it, could not be reached, or its response was not a run.

        Source: docs.tela.com, "Run Canvas" and "Async and webhooks".
        """
        body = create_body(
            canvas_id=canvas_id,
            environment_name=environment_name,
            version_id=version_id,
            variables=variables,
            messages=messages,
            override=override,
            output_type=output_type,
            webhook_url=webhook_url,
            extra_body=extra_body,
        )
        del variables, messages, override, extra_body  # no traceback from here on shows the user's data
        return self._driver().result(self._creating(body)).run

    def create_and_wait(
        self,
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
        **arguments: Unpack[CreateArguments],
    ) -> Run:
        """Start a run as `create` does, with the same arguments, then `wait` for it.

        ``on_update`` gets the created run before the first poll, so that its id can be stored. ``timeout`` starts
        then. Raises what the two raise.
        """
        body = create_body(**arguments)
        del arguments
        options, seconds = self._waiting(timeout, pacing, on_update)
        created = self._driver().result(self._creating(body))
        return self._driver().result(waiting(created.run.id, options, seconds, created), on_update, created.run.id)

    def retrieve(self, run_id: str) -> Run:
        """The current state of the run: one request, retried up to `max_retries` times after transient errors.

        Raises:
            ConfigurationError: The id cannot be a run id; nothing was sent.
            APIError: The API could not be reached, rejected the request, or its response was not a run.
        """
        return self._driver().result(self._retrieving(run_id))

    def wait(
        self,
        run_id: str,
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
    ) -> Run:
        """The run, once it has succeeded.

        Transient errors (no connection, timeouts, 408, 409, 425, 429, 5xx, responses that are not a valid run) are
        waited through; so is a 404 for the first 10 s of a run that this client created, and a few times in a row for a
        run that was seen before.

        Args:
            run_id: The id of a run.
            timeout: Seconds for the whole wait, kept to within 0.1 s whatever the server does; None for no limit.
            pacing: When to poll again, instead of the client's.
            on_update: Called with the run at the first poll and at each change of its status.

        Raises:
            ConfigurationError: An argument cannot be used; nothing was sent.
            RunFailedError: The run ended as failed.
            WaitTimeoutError: The run did not end in time. It goes on at Tela; wait for it again to get its result.
            APIStatusError: The API rejects the request (any 3xx or 4xx that is not named above).
            APIConnectionError: A certificate does not verify, or the proxy wants credentials.
            InvalidResponseError: The response is larger than ``max_response_bytes``, or holds more than can be parsed.
        """
        check_run_id(run_id)
        return self._driver().result(waiting(run_id, *self._waiting(timeout, pacing, on_update)), on_update, run_id)

    def wait_all(
        self,
        ids: Iterable[str],
        *,
        timeout: float | None = DEFAULT_WAIT,
        pacing: Pacing | None = None,
        on_update: Callable[[Run], object] | None = None,
        max_in_flight: int = 20,
    ) -> dict[str, Outcome]:
        """Wait for many runs; the outcome of each by its id, in the order given. Otherwise as `as_completed`."""
        listed = list(self._checked_ids(ids))
        outcomes = self.as_completed(
            listed, timeout=timeout, pacing=pacing, on_update=on_update, max_in_flight=max_in_flight
        )
        by_id = {outcome.run_id: outcome for outcome in outcomes}
        return {run_id: by_id[run_id] for run_id in listed}

    def confirm(self, body: bytes | str) -> Run:
        """The run that a webhook names, retrieved with the key: the payloads are not known to be signed.

        Args:
            body: The body of the webhook's request, as received.

        Raises:
            InvalidResponseError: It holds no run id.
            ConfigurationError: The id in it cannot be a run id.
            APIError: As for `retrieve`.
        """
        return self.retrieve(id_in_webhook(body))

    def close(self) -> None:
        """Close the connections, and end all waits of this client, which cannot be used again."""
        self._transport.close()
        self._wakes.close()
        self._raw.get_httpx_client().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
