"""From an HTTP response to what it means: a run with the server's hints, or an error. The only judge of responses."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from attrs import field, mutable

from tela_runs._payload import InvalidPayloadError, excerpt, parse
from tela_runs._polling.result import PollResult, http_date, retry_after_seconds
from tela_runs.errors import AmbiguousCreateError, APIConnectionError, APITimeoutError, InvalidResponseError
from tela_runs.run import decoded

from .statuses import class_for_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tela_runs.errors import APIStatusError

    from .failure import Failure

_logger = logging.getLogger("tela_runs")

#: Bytes that are kept of a body larger than the limit, and of the pages that gateways answer errors with.
KEPT_BYTES = 64 * 1024
_OK = 200
_REQUEST_TIMEOUT = 408
_SERVER_ERROR = 500

#: Where servers and the gateways before them name a request; the first is documented by the vendor's JS SDK 2.x.
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id", "cf-ray")
#: The headers that are looked at.
_HEADERS = {name.encode("ascii"): name for name in ("content-encoding", "content-type", "date", "retry-after", *_REQUEST_ID_HEADERS)}


@mutable
class Received:
    """A response, as far as it arrived.

    Attributes:
        limit: Bytes of the decoded body that are accepted.
        status: The HTTP status, 100 to 999; 0 until the status line has come.
        headers: Those that are looked at, by lower-case name; of a repeated header, the first.
        body: Decoded of its content coding.
        is_too_large: Whether it was longer than the limit.
        received_at: When the headers arrived, in seconds since the epoch by the local clock: only for hints that are
            dates, from servers that do not tell their own time.
    """

    limit: int
    status: int = 0
    headers: dict[str, str] = field(factory=dict, repr=False)
    body: bytearray = field(factory=bytearray, repr=False)
    is_too_large: bool = False
    received_at: float = 0.0

    @property
    def succeeded(self) -> bool:
        """Whether the status promises a run: 200, and what else of 2xx proxies make of it."""
        return _OK <= self.status < 300  # noqa: PLR2004

    def begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take the status line and the headers in."""
        self.status = status
        self.received_at = time.time()
        for name, value in headers:
            known = _HEADERS.get(name.lower())
            if known is not None:
                self.headers.setdefault(known, value.decode("latin-1"))
        if not self.succeeded:
            self.limit = min(self.limit, KEPT_BYTES)

    def feed(self, chunk: bytes) -> bool:
        """Take a decoded chunk in; whether more is wanted."""
        if len(self.body) + len(chunk) > self.limit:
            self.is_too_large = True
            self.body += chunk[: max(KEPT_BYTES - len(self.body), 0)]
            del self.body[KEPT_BYTES:]
            return False
        self.body += chunk
        return True

    @property
    def request_id(self) -> str | None:
        """The server's name for the request."""
        return next((self.headers[name] for name in _REQUEST_ID_HEADERS if self.headers.get(name)), None)

    @property
    def retry_after(self) -> float | None:
        """Seconds the server asks to wait before the next request."""
        hint = self.headers.get("retry-after")
        if hint is None:
            return None
        now = http_date(self.headers.get("date"))
        return retry_after_seconds(hint, self.received_at if now is None else now)


def concluded(
    received: Received, failure: Failure | None, run_id: str | None, timeout: float, conceal: Callable[[bytes], bytes]
) -> PollResult:
    """What came of a request: of what arrived before it ended or failed.

    A response to a poll other than 2xx counts even if its body broke off: its status says more than how it ended.

    Args:
        received: What arrived.
        failure: What the exchange failed with, if it did.
        run_id: The run that was polled; None for a create.
        timeout: Seconds that the request was given.
        conceal: Takes the key out of a text: some servers answer with what they were sent.

    Raises:
        APIError: It did not bring the run.
        ConfigurationError: Nothing was sent: the client is closed, or belongs to another event loop.
    """
    if _logger.isEnabledFor(logging.DEBUG):
        what = "POST" if run_id is None else f"GET {run_id!r}"
        status = f"HTTP {received.status}" if received.status else "no response"
        _logger.debug("%s: %s%s", what, status, "" if failure is None else f", {failure.kind}")
    if failure is None:
        return _read(received, run_id, "", conceal)
    if failure.misuse is not None:
        raise failure.misuse
    if run_id is None and failure.was_sent:
        raise _ambiguous(received, failure, timeout)
    if failure.is_timeout and (not received.status or received.succeeded):
        raise APITimeoutError(
            f"No whole response {_to(run_id)} within {timeout:.3g} s. Try again, or allow more with timeout=…",
            run_id=run_id,
            request_sent=failure.was_sent,
        )
    if not received.status:
        raise APIConnectionError(
            f"No response {_to(run_id)}: {failure.reason or 'no reason given'} ({failure.kind}). "
            f"{failure.remedy or 'Check the network, the proxy and the base URL, or try again.'}",
            run_id=run_id,
            request_sent=failure.was_sent,
            is_permanent=bool(failure.remedy),
        )
    return _read(received, run_id, _how_it_broke(failure), conceal)


def _how_it_broke(failure: Failure) -> str:
    if failure.kind == "DecodingError":
        return "its compressed body cannot be decoded"
    return "it was cut short"


def _to(run_id: str | None) -> str:
    return "to the create" if run_id is None else f"for run {run_id!r}"


def _read(received: Received, run_id: str | None, flaw: str, conceal: Callable[[bytes], bytes]) -> PollResult:
    """The run of a response, which has this flaw if any."""
    shows_end = False
    if received.is_too_large and received.succeeded:
        flaw = f"it is larger than {received.limit} bytes (max_response_bytes)"
    if received.succeeded and not flaw:
        try:
            run = decoded(bytes(received.body))
        except InvalidPayloadError as error:
            flaw, shows_end = str(error), error.shows_end
        else:
            return PollResult(run, received.retry_after, received.headers.get("date"))
    headers = received.headers.items()
    received.headers = {name: conceal(text.encode("latin-1")).decode("latin-1") for name, text in headers}
    received.body = bytearray(conceal(bytes(received.body)))
    if received.status != _OK:
        raise _status_error(received, run_id)
    advice = (
        "Raise max_response_bytes if such outputs are to be expected."
        if received.is_too_large
        else "Check the base URL and what stands between here and the API."
    )
    raise InvalidResponseError(
        f"The response {_to(run_id)} (HTTP {received.status}) is not a valid run: {_what_came(received, run_id) or flaw}"
        f". {advice} It begins: {excerpt(bytes(received.body))!r}",
        run_id=run_id,
        retry_after=received.retry_after,
        status_code=received.status,
        body=excerpt(bytes(received.body)),
        request_id=received.request_id,
        is_too_large=received.is_too_large,
        shows_end=shows_end,
    )


def _what_came(received: Received, run_id: str | None) -> str:
    """What a create was answered with instead of a run, where that can be told."""
    if run_id is not None or received.is_too_large:
        return ""
    if received.headers.get("content-type", "").startswith("text/event-stream"):
        return "it is a stream of events, as for stream=true"
    body = _parsed(received)
    if not isinstance(body, dict):
        return ""
    if "object" in body or "choices" in body:
        return f"it is a {str(body.get('object', 'chat.completion'))[:40]!r}, as for a create that is not async"
    return "it looks like a task of an application" if "id" in body else ""


def _parsed(received: Received) -> Any:
    try:
        return parse(bytes(received.body))
    except ValueError:
        return received.body.decode("utf-8", "replace")


def _ambiguous(received: Received, failure: Failure, timeout: float) -> AmbiguousCreateError:
    """The error of a create whose request may have reached the API, and whose response did not come whole."""
    reason = f"it took longer than {timeout:.3g} s" if failure.is_timeout else f"{failure.reason} ({failure.kind})"
    what = f"The response to the create (HTTP {received.status}) was cut short" if received.status else ""
    what = what or "No response to the create"
    return AmbiguousCreateError(
        f"{what}: {reason}. A run may have been started, and was not created again: "
        "look at Tela whether it is there before you create it once more.",
        status_code=received.status or None,
        request_id=received.request_id,
        retry_after=received.retry_after,
    )


def _status_error(received: Received, run_id: str | None) -> APIStatusError:
    """The error of a status other than 200, with what its body tells, whatever the body is."""
    body = _parsed(received)
    told = body if isinstance(body, dict) else {}
    if isinstance(told.get("error"), dict) and "message" not in told:
        told = told["error"]  # a common form of gateways
    message = told.get("message")
    if not isinstance(message, str) or not message:
        message = excerpt(bytes(received.body))
    code, retry_after = told.get("code"), received.retry_after
    kind, advice = class_for_status(received.status, of_create=run_id is None)
    wait = f" The server asks to wait {retry_after:g} s." if retry_after is not None else ""
    may_have_started = run_id is None and (received.status == _REQUEST_TIMEOUT or received.status >= _SERVER_ERROR)
    if may_have_started:
        advice = (
            "A run may have been started all the same: look at Tela whether it is there before you create it again."
        )
    return kind(
        f"The API answered HTTP {received.status} {_to(run_id)}: {message.rstrip('.') or 'without a body'}."
        f"{wait} {advice}",
        status_code=received.status,
        run_id=run_id,
        retry_after=retry_after,
        code=None if code is None else str(code),
        message=message,
        details=told.get("details"),
        request_id=received.request_id,
        body=body,
        may_have_started=may_have_started,
    )
