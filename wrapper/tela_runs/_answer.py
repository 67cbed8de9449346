"""From an HTTP answer, as plain data, to what it means: a run with the server's hints, or an error. Pure.

`Answer` is what the transports hand up; `read` is the only place where an answer is judged.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from . import _json
from ._payload import NoRunError, excerpt
from .errors import APIStatusError, InvalidResponseError, class_for_status
from .run import Run, decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OK = 200

#: Where servers and the gateways before them name a request. None is documented for Tela.
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id", "cf-ray")

#: The headers that are looked at.
_HEADERS = {name.encode("ascii"): name for name in ("content-encoding", "date", "retry-after", *_REQUEST_ID_HEADERS)}


@frozen
class Answer:
    """One HTTP answer.

    Attributes:
        status: The status, 100 to 999.
        headers: Those that `headers_of` keeps, by lower-case name; of a repeated header, the first.
        body: Decoded of its content coding; as much of it as arrived.
        flaw: Why the body is not whole, in half a sentence; empty if it is.
        received_at: When the head arrived, in seconds since the epoch by the local clock: only for hints that are
            dates, from servers that do not tell their own time.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    flaw: str = ""
    received_at: float = 0.0


@frozen
class Seen:
    """What one look at a run showed.

    Attributes:
        run: The run.
        retry_after: Seconds the server asks to wait before the next look, or None.
        date: The answer's ``Date`` header: the server's clock when it answered.
    """

    run: Run
    retry_after: float | None = None
    date: str | None = None

    def age(self) -> float | None:
        """Seconds since the run was created, all by the server's clocks, or None where they do not tell."""
        created, now = _epoch(self.run.created_at), _date(self.date)
        return None if created is None or now is None or now < created else now - created

    def lifetime(self) -> float | None:
        """Seconds from a finished run's creation to its end, by the server's clock, or None where it does not tell."""
        created, ended = _epoch(self.run.created_at), _epoch(self.run.updated_at)
        if created is None or ended is None or ended <= created:
            return None
        return ended - created


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Those of the raw headers that are looked at here, by lower-case name, the first of each."""
    headers: dict[str, str] = {}
    for name, value in raw:
        known = _HEADERS.get(name.lower())
        if known is not None:
            headers.setdefault(known, value.decode("latin-1"))
    return headers


def read(answer: Answer, run_id: str) -> Seen:
    """What an answer to "retrieve this run" means.

    Raises:
        APIStatusError: The status is not 200; its subclass says which.
        InvalidResponseError: The status is 200, but the body is no run, or not whole.
    """
    headers = answer.headers
    hint = headers.get("retry-after")
    retry_after = None
    if hint is not None:
        now = _date(headers.get("date"))
        retry_after = retry_after_seconds(hint, answer.received_at if now is None else now)
    if answer.status != _OK:
        raise _status_error(answer, run_id, retry_after)
    reason = answer.flaw
    if not reason:
        try:
            return Seen(decoded(answer.body), retry_after, headers.get("date"))
        except NoRunError as error:
            reason = str(error)
    raise InvalidResponseError(
        f"The answer for run {run_id!r} (HTTP {answer.status}) is no run: {reason}. {_advice(answer)} "
        f"It begins: {excerpt(answer.body)!r}",
        run_id=run_id,
        retry_after=retry_after,
        status_code=answer.status,
        body=excerpt(answer.body),
        request_id=_request_id(headers),
    )


def _advice(answer: Answer) -> str:
    if "max_response_bytes" in answer.flaw:
        return "Raise max_response_bytes if such outputs are to be expected."
    return "Check the base URL and what stands between here and the API."


def retry_after_seconds(value: str, now: float) -> float | None:
    """Seconds that a ``Retry-After`` header asks for, or None where it asks for nothing that makes sense.

    Seconds (also fractional) and HTTP dates are understood (RFC 9110, 10.2.3); ``now`` is what dates are compared
    with, in seconds since the epoch. Zero, the past, negative, infinite and unreadable values give None.
    """
    text = value.strip()
    seconds: float | None
    try:
        seconds = float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        date = _date(text)
        seconds = None if date is None else date - now
    return seconds if seconds is not None and 0 < seconds < math.inf else None


def _date(text: str | None) -> float | None:
    """An HTTP date in seconds since the epoch, or None."""
    if not text:
        return None
    try:
        return _epoch(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        # What the standard library raises for dates that are none, by Python version.
        return None


def _epoch(moment: datetime | None) -> float | None:
    """Seconds since the epoch; a moment without a zone counts as UTC."""
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None


def _request_id(headers: Mapping[str, str]) -> str | None:
    return next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), None)


def _status_error(answer: Answer, run_id: str, retry_after: float | None) -> APIStatusError:
    """The error of a status other than 200, with what its body tells, whatever the body is."""
    body: Any
    try:
        body = _json.parse(answer.body)
    except ValueError:
        body = answer.body.decode("utf-8", "replace")
    told = body if isinstance(body, dict) else {}
    if isinstance(told.get("error"), dict) and "message" not in told:
        told = told["error"]  # a common form of gateways
    message = told.get("message")
    if not isinstance(message, str) or not message:
        message = excerpt(answer.body)
    code = told.get("code")
    kind, advice = class_for_status(answer.status)
    wait = f" The server asks to wait {retry_after:g} s." if retry_after is not None else ""
    return kind(
        f"The API answered HTTP {answer.status} for run {run_id!r}: {message.rstrip('.') or 'without a body'}."
        f"{wait} {advice}",
        status_code=answer.status,
        run_id=run_id,
        retry_after=retry_after,
        code=None if code is None else str(code),
        message=message,
        details=told.get("details"),
        request_id=_request_id(answer.headers),
        body=body,
    )
