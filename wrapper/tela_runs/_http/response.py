"""What an HTTP response means: a run with the server's hints, or an error. It is decided here alone."""

from __future__ import annotations

import logging
import time
import zlib
from typing import TYPE_CHECKING, Any

from attrs import field, frozen, mutable

from tela_runs import errors
from tela_runs._payload import excerpt, parse
from tela_runs._polling.flow import PollResult, http_date, retry_after_seconds
from tela_runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import httpx

_logger = logging.getLogger("tela_runs")

#: Bytes that are kept of a body larger than the limit, and of the error pages of gateways.
KEPT_BYTES = 64 * 1024
_OK, _REDIRECT, _REQUEST_TIMEOUT, _SERVER_ERROR = 200, 300, 408, 500
#: Headers in which servers and gateways send the id of a request; the first is documented by the vendor's JS SDK 2.x.
_REQUEST_IDS = ("x-request-id", "request-id", "x-correlation-id", "cf-ray")
_TRUNCATED = "it was cut short"
#: Bytes that are decoded at a time.
_DECODED_AT_ONCE = 256 * 1024
#: The codings that are decoded: the one that is requested, and zlib's, which some servers send all the same.
_CODINGS = {b"gzip", b"x-gzip", b"deflate"}
_HEADERS = {name.encode(): name for name in ("content-type", "date", "retry-after", *_REQUEST_IDS)}
#: The class of each documented status, or of its hundreds, and the advice that goes with it.
_BY_STATUS = {
    3: (errors.APIStatusError, "Redirects are not followed, to keep the key at its own host: check the base URL."),
    400: (errors.BadRequestError, "Check the run id, or the fields of the create, and the base URL."),
    401: (errors.AuthenticationError, "Check the key that was given, as api_key=… or TELA_API_KEY."),
    402: (errors.UsageLimitError, "Raise the workspace's usage limit at Tela."),
    403: (errors.PermissionDeniedError, "Use a key of the workspace that owns the run or the canvas."),
    404: (errors.NotFoundError, "Check the ids, the base URL, and that the key belongs to the same workspace."),
    409: (errors.ConflictError, "Try again in a moment."),
    422: (errors.UnprocessableEntityError, "Check the run id, or the fields of the create."),
    429: (errors.RateLimitError, "Send fewer requests."),
    5: (errors.InternalServerError, "The failure is on the server's side: try again later."),
}


def class_for_status(status: int) -> tuple[type[errors.APIStatusError], str]:
    """The error class of an HTTP status, and the advice that goes with it."""
    unknown = errors.APIStatusError, "Check the base URL, and any proxy or gateway before the API."
    return _BY_STATUS.get(status) or _BY_STATUS.get(status // 100, unknown)


@frozen
class Failure:
    """Why no whole response came, as texts and flags: httpx's exceptions keep the request, and the key."""

    reason: str = ""  # the system's own words where there are any, such as "Connection refused"
    kind: str = "TimeoutError"  # the name of the exception's class
    is_timeout: bool = False
    was_sent: bool = True  # whether bytes of the request may have left for the API
    remedy: str = ""  # what to do where a retry cannot help


@mutable
class Received:
    """A response, as far as it has arrived, and the request that it belongs to."""

    run_id: str | None  # the run that is polled; None for a create
    url: httpx.URL
    timeout: float  # seconds that the request may take
    limit: int  # bytes of the decoded body that are accepted
    redact: Callable[[bytes], bytes] = field(repr=False)  # replaces the key
    status: int = 0  # 100 to 999; 0 until the status line has come
    headers: dict[str, str] = field(factory=dict, repr=False)  # by lower-case name; of a repeated one, the first
    body: bytearray = field(factory=bytearray, repr=False)  # decoded
    is_too_large: bool = False
    shows_end: bool = False  # whether it is of a finished run, though it holds more than can be parsed
    problem: str = ""  # why what has arrived is not a valid run
    at: float = 0.0  # when the headers arrived, since the epoch: for hints that are dates, from servers without a Date
    wants_more: bool = True  # whether the rest of the body matters
    _inflater: Any = None

    def begin(self, status: int, headers: Sequence[tuple[bytes, bytes]], *, is_decoded: bool = False) -> None:
        """Take the status and the headers. ``is_decoded``: the chunks that follow are decoded already."""
        self.status, self.at = status, time.time()
        for name, value in headers:
            known = _HEADERS.get(name.lower())
            if known is not None:
                self.headers.setdefault(known, value.decode("latin-1"))
        if not self.succeeded:
            self.limit = min(self.limit, KEPT_BYTES)
        encodings = [value.lower() for name, value in headers if name.lower() == b"content-encoding"]
        if not is_decoded and any(coding.strip() in _CODINGS for coding in b",".join(encodings).split(b",")):
            self._inflater = zlib.decompressobj(zlib.MAX_WBITS + 32)
            self.problem = _TRUNCATED

    def feed(self, chunk: bytes) -> bool:
        """Add a chunk of the body; returns whether more is wanted."""
        try:
            for piece in (chunk,) if self._inflater is None else self._inflated(chunk):
                self.body += piece
                if len(self.body) > self.limit:
                    del self.body[KEPT_BYTES:]
                    self.is_too_large, self.wants_more = True, False
                    self.problem = f"it is larger than {self.limit} bytes (max_response_bytes)"
                    break
        except zlib.error:
            self.problem, self.wants_more = "its compressed body cannot be decoded", False
        return self.wants_more

    def _inflated(self, chunk: bytes) -> Iterator[bytes]:
        """A chunk, decoded in pieces of bounded length: a kilobyte of gzip can hold a megabyte."""
        while not self._inflater.eof:
            yield (piece := self._inflater.decompress(chunk, _DECODED_AT_ONCE))
            chunk = self._inflater.unconsumed_tail
            if len(piece) < _DECODED_AT_ONCE:
                break
        if self._inflater.eof:
            self.problem = ""

    @property
    def succeeded(self) -> bool:
        """Whether the status promises a run: 200, or another 2xx, which proxies make of it."""
        return _OK <= self.status < _REDIRECT

    @property
    def retry_after(self) -> float | None:
        """Seconds the server asks to wait before the next request."""
        hint = self.headers.get("retry-after")
        if hint is None:
            return None
        now = http_date(self.headers.get("date"))
        return retry_after_seconds(hint, self.at if now is None else now)

    @property
    def hints(self) -> dict[str, Any]:
        """The attributes that every error of a response has."""
        request_id = next((self.headers[name] for name in _REQUEST_IDS if self.headers.get(name)), None)
        return {"request_id": request_id, "retry_after": self.retry_after}

    def hide_key(self) -> None:
        """Redact the key: some servers send back what they received."""
        for name, text in self.headers.items():
            self.headers[name] = self.redact(text.encode("latin-1")).decode("latin-1")
        self.body = bytearray(self.redact(bytes(self.body)))

    def parsed(self) -> Any:
        """The body, as JSON where it is JSON."""
        try:
            return parse(bytes(self.body))
        except ValueError:
            return self.body.decode("utf-8", "replace")


def concluded(received: Received, failure: Failure | errors.ConfigurationError | None) -> PollResult:
    """The run of a poll or a create, with the hints; raises the error where there is none.

    A non-2xx response to a poll counts even if its body was cut short: its status says more than how it ended.
    """
    if isinstance(failure, errors.ConfigurationError):
        raise failure
    if _logger.isEnabledFor(logging.DEBUG):
        what = "POST" if received.run_id is None else f"GET {received.run_id!r}"
        status = f"HTTP {received.status}" if received.status else "no response"
        _logger.debug("%s: %s%s", what, status, f", {failure.kind}" if failure else "")
    if failure is None and received.succeeded and not received.problem:
        try:
            run = Run(bytes(received.body))
        except errors.InvalidResponseError as error:
            received.problem, received.shows_end = str(error), error.shows_end
        else:
            return PollResult(run, received.retry_after, received.headers.get("date"))
    received.hide_key()
    if failure is not None:
        received.problem = received.problem or _TRUNCATED
        is_ambiguous = received.run_id is None and failure.was_sent
        if is_ambiguous or not received.status or (failure.is_timeout and received.succeeded):
            raise _connection_error(received, failure)
    raise _invalid(received) if received.status == _OK else _status_error(received)


def _to(run_id: str | None) -> str:
    return "to the create" if run_id is None else f"for run {run_id!r}"


def _connection_error(received: Received, failure: Failure) -> errors.APIConnectionError:
    """The error of a request without a whole response."""
    reason = f"{failure.reason or 'no reason given'} ({failure.kind})"
    remedy = failure.remedy or "Check the network, the base URL and the proxy, if HTTPS_PROXY names one, or try again."
    if failure.is_timeout:
        reason = f"not all of it came within {received.timeout:.3g} s"
        remedy = "Try again, or allow more with timeout=…"
    if received.run_id is None and failure.was_sent:
        what = f"The response to the create (HTTP {received.status}) was cut short" if received.status else ""
        return errors.AmbiguousCreateError(
            f"{what or 'No response to the create'}: {reason}. A run may have been started, and was not created again: "
            "check at Tela whether it is there before you create it again.",
            status_code=received.status or None,
            **received.hints,
        )
    kind = errors.APITimeoutError if failure.is_timeout else errors.APIConnectionError
    return kind(
        f"No response {_to(received.run_id)} from {received.url.netloc.decode()}: {reason}. {remedy}",
        run_id=received.run_id,
        request_sent=failure.was_sent,
        is_permanent=bool(failure.remedy),
    )


def _invalid(received: Received) -> errors.InvalidResponseError:
    """The error of a response of 200 that is not a valid run."""
    advice = "Check the base URL, and any proxy or gateway before the API."
    if received.is_too_large:
        advice = "Raise max_response_bytes if such outputs are to be expected."
    elif received.run_id is None:
        received.problem = _what_came_instead(received) or received.problem
    start = excerpt(bytes(received.body))
    return errors.InvalidResponseError(
        f"The response {_to(received.run_id)} (HTTP {received.status}) is not a valid run: {received.problem}. "
        f"{advice} It begins: {start!r}",
        run_id=received.run_id,
        status_code=received.status,
        body=start,
        is_too_large=received.is_too_large,
        shows_end=received.shows_end,
        **received.hints,
    )


def _what_came_instead(received: Received) -> str:
    """What came in response to a create instead of a run, where that can be seen."""
    if received.headers.get("content-type", "").startswith("text/event-stream"):
        return "it is a stream of events, as for stream=true"
    body = received.parsed()
    if not isinstance(body, dict):
        return ""
    if "object" in body or "choices" in body:
        return f"it is a {str(body.get('object', 'chat.completion'))[:40]!r}, as for a create that is not async"
    return "it looks like a task of an application" if "id" in body else ""


def _status_error(received: Received) -> errors.APIStatusError:
    """The error of a status other than 200, with what its body says, whatever the body is."""
    body = received.parsed()
    fields = body if isinstance(body, dict) else {}
    if isinstance(fields.get("error"), dict) and "message" not in fields:
        fields = fields["error"]  # a common form of gateways
    message, code, hints = fields.get("message"), fields.get("code"), received.hints
    if not isinstance(message, str) or not message:
        message = excerpt(bytes(received.body))
    status = received.status
    kind, advice = class_for_status(status)
    may_have_started = received.run_id is None and (status == _REQUEST_TIMEOUT or status >= _SERVER_ERROR)
    if may_have_started:
        advice = "A run may have been started all the same: check at Tela before you create it again."
    if hints["retry_after"] is not None:
        advice = f"The server asks to wait {hints['retry_after']:g} s. {advice}"
    text = excerpt(message.encode(errors="replace"), 500).rstrip(".") or "without a body"
    if details := fields.get("details"):
        text += " (see .details)"  # not in the message: it may hold what the user sent
    at = f" at {received.url}" if kind is errors.NotFoundError else ""
    return kind(
        f"The API responded with HTTP {status} {_to(received.run_id)}{at}: {text}. {advice}",
        status_code=status,
        run_id=received.run_id,
        code=None if code is None else str(code),
        message=message,
        details=details,
        body=body,
        may_have_started=may_have_started,
        **hints,
    )
