"""What a Retry-After header asks for: seconds or a date, and never a crash, a spin or an endless sleep."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tela_runs._polling.flow import retry_after_seconds
from tela_runs._polling.single import watching
from tela_runs._polling.state import after_hint

from .by_hand import Clock, error_of, options, play, shown

NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0.25", 0.25),
        ("86400", 86400.0),
        ("1e3", 1000.0),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Thursday, 01-Jan-26 00:01:00 GMT", 60.0),
        ("Thu Jan  1 00:01:00 2026", 60.0),
        ("Thu, 01 Jan 2026 01:01:00 +0100", 60.0),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(value: str, seconds: float) -> None:
    """Seconds, fractions and HTTP dates of all three forms are understood."""
    assert retry_after_seconds(value, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    [
        *("", "0", "-5", "nan", "inf", "-inf", "1e999", "soon", "1_000", "٣", "0x10", "5 s", "5, 6"),
        *("Thu, 99 Foo 2026", "Wed, 31 Dec 2025 23:59:59 GMT", "Thu, 01 Jan 99999 00:00:00 GMT"),
        "Thu, 01 Jan 2026 00:00:00 +9999",
    ],
)
def test_retry_after_that_asks_for_no_pause(value: str) -> None:
    """Garbage, zero, the past, negative, infinite and overflowing values ask for nothing."""
    assert retry_after_seconds(value, NOW) is None


@given(st.text())
@example("Thu, 01 Jan 2026 00:00:00 +99999999999999999999")
def test_no_retry_after_crashes_or_oversleeps(value: str) -> None:
    """Any text gives seconds above 0, or nothing."""
    seconds = retry_after_seconds(value, NOW)
    assert seconds is None or 0 < seconds < float("inf")


@given(st.integers(1, 10**8))
def test_retry_after_as_a_date_and_in_seconds_agree(seconds: int) -> None:
    """A date that many seconds ahead asks for just as long."""
    date = format_datetime(datetime.fromtimestamp(NOW + seconds, UTC), usegmt=True)
    assert retry_after_seconds(date, NOW) == retry_after_seconds(str(seconds), NOW) == seconds


@given(st.floats(min_value=0, exclude_min=True, allow_infinity=False), st.floats(0, 1, exclude_max=True))
def test_pause_is_never_shorter_than_the_server_asks(hint: float, jitter: float) -> None:
    """A tenth more, at most a second, is added, so that a fleet does not come back in step."""
    assert hint <= after_hint(hint, jitter) <= hint + 1


@given(st.floats(min_value=0, exclude_min=True, allow_infinity=False), st.floats(1, 1e6), st.booleans())
def test_any_retry_after_leaves_the_last_poll_before_the_deadline(hint: float, timeout: float, fails: bool) -> None:
    """No wait spins, oversleeps, or ends without a poll just before its deadline."""
    clock = Clock()
    first = error_of(503, retry_after=hint) if fails else shown("running", retry_after=hint)
    played = play(watching("r1", options(clock), timeout), clock, [first, shown("succeeded")])
    pause = played.ended_at - 1000
    assert 0.0499 <= pause <= timeout - 0.025
    assert pause == pytest.approx(min(max(0.05, after_hint(hint, 0.5)), 3600, timeout - 0.05), abs=1e-6)
