"""The settings of a client are checked before anything is sent."""

from __future__ import annotations

import math
import pickle
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any
from unittest.mock import AsyncMock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs import AsyncRunsClient, ConfigurationError, FixedPacing, Run, RunsClient
from tela_runs._config import checked_count, checked_number, checked_origin, hidden
from tela_runs._generated import AuthenticatedClient, check_run_id, poll_request

CLIENTS = [RunsClient, AsyncRunsClient]
RAW = AuthenticatedClient("https://api.tela.com", "k")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("key", ["", " ", "sk-1 2", "sk-1\n", "\rsk-1", "schlüssel", "sk-\x00", "sk-\x7f", 3, b"key"])
def test_key_that_no_header_can_carry_is_rejected_without_showing_it(client: type[RunsClient], key: Any) -> None:
    """When the client is made, and without the key in the error."""
    with pytest.raises(ConfigurationError) as caught:
        client(key)
    assert not isinstance(key, str) or not key.strip() or key not in str(caught.value)


@pytest.mark.parametrize("client", CLIENTS)
def test_key_and_base_url_come_from_the_environment_by_default(
    client: type[RunsClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without TELA_API_KEY there is one clear error, with it a client."""
    with pytest.raises(ConfigurationError, match="TELA_API_KEY"):
        client()
    monkeypatch.setenv("TELA_API_KEY", "k1")
    monkeypatch.setenv("TELA_BASE_URL", "https://tela.example/v9/")
    assert repr(client()) == f"<{client.__name__} of https://tela.example/v9>"
    monkeypatch.setenv("TELA_BASE_URL", "")
    assert repr(client()) == f"<{client.__name__} of https://api.tela.com>"


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://api.tela.com", "api.tela.com", 443),
        ("https://API.tela.com:8443/x/y/", "api.tela.com", 8443),
        ("http://localhost:8321", "localhost", 8321),
        ("http://127.0.0.2:1/", "127.0.0.2", 1),
        ("http://[::1]:9", "::1", 9),
    ],
)
def test_safe_base_urls_are_accepted(url: str, host: str, port: int) -> None:
    """Https to anywhere, and plain http to this machine."""
    origin = checked_origin(url, allow_http=False)
    assert (origin.host, origin.port, origin.url) == (host, port, url.rstrip("/"))


@pytest.mark.parametrize(
    "url",
    [
        *("", "api.tela.com", "ftp://a", "https://", "https:///x", "https://a b", "https://a\n", "https://ä.example"),
        *("https://a:99999", "https://a:0", "https://a:x", "https://[::1", "https://a/?b", "https://a/#c"),
        *("https://user@a", "https://u:p@a", "https://a\\@b", "https://a/../b", "//a", "file:///etc"),
        *(
            "https://.tela.com",
            "http://a",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "http://2130706433",
        ),
        *("http://0.0.0.0", "http://10.0.0.1", "http://[::ffff:10.0.0.1]", 5, b"https://a"),
        *("https://999.1.1.1", "https://[::1]x", "https://[v1.x]", "https://[a]", "https://a[::1]"),
    ],
)
def test_unsafe_base_urls_are_rejected(url: Any) -> None:
    """Credentials, queries, other schemes, what is not a URL, and plain http to any other host."""
    with pytest.raises(ConfigurationError):
        checked_origin(url, allow_http=False)


@pytest.mark.parametrize(("variable", "allow_http"), [("", True), ("1", False)])
def test_plain_http_to_other_hosts_needs_to_be_allowed(
    variable: str, allow_http: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `allow_http` or TELA_ALLOW_HTTP=1, which allow http and nothing else."""
    monkeypatch.setenv("TELA_ALLOW_HTTP", variable)
    assert checked_origin("http://tela.internal", allow_http=allow_http).url == "http://tela.internal"
    with pytest.raises(ConfigurationError):
        checked_origin("ftp://tela.internal", allow_http=allow_http)


@pytest.mark.parametrize("value", ["", "0", "true", "yes", " 1", "2"])
def test_tela_allow_http_is_on_only_with_1(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that somebody meant as "no" does not send the key unencrypted."""
    monkeypatch.setenv("TELA_ALLOW_HTTP", value)
    with pytest.raises(ConfigurationError, match=r"allow_http=True or TELA_ALLOW_HTTP=1"):
        checked_origin("http://tela.internal", allow_http=False)


def test_clients_read_tela_allow_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment, where a base URL may come from too."""
    monkeypatch.setenv("TELA_BASE_URL", "http://tela.internal")
    monkeypatch.setenv("TELA_ALLOW_HTTP", "1")
    for client in CLIENTS:
        assert repr(client("k")) == f"<{client.__name__} of http://tela.internal>"


@given(st.text())
def test_no_base_url_crashes(url: str) -> None:
    """Any text is an origin or a ConfigurationError."""
    try:
        origin = checked_origin(url, allow_http=False)
    except ConfigurationError:
        return
    assert origin.url.startswith(("https://", "http://"))


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "options",
    [
        *({"timeout": value} for value in (0, -1, math.nan, math.inf, None, True, "5")),
        *({"max_retries": value} for value in (-1, 1.5, True, None)),
        *({"max_response_bytes": value} for value in (0, 1.5, None)),
        *({"max_rate": value} for value in (0, -1, math.nan, "1", True)),
        *({"pacing": value} for value in (5, FixedPacing, AsyncMock())),
        {"http_client": object()},
    ],
    ids=lambda options: next(iter(options)),
)
def test_numbers_out_of_bounds_are_rejected(client: type[RunsClient], options: dict[str, Any]) -> None:
    """Each with an error that names the argument."""
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        client("k", **options)


class Real:
    """A number of another library's, as numpy's are."""

    def __init__(self, number: float) -> None:
        self._number = number

    def __float__(self) -> float:
        return self._number


@pytest.mark.parametrize(
    "number", [5, 5.0, Fraction(5), Decimal(5), np.int64(5), np.float32(5), np.float64(5), Real(5.0)], ids=repr
)
def test_real_numbers_of_any_type_are_accepted(number: Any) -> None:
    """Whatever its type, it is a float from then on."""
    checked = checked_number("timeout", number)
    assert (checked, type(checked)) == (5.0, float)


@pytest.mark.parametrize(
    "number",
    [
        *(True, np.bool_(True), "5", b"5", None, [5], 5j, np.array([5.0, 6.0]), object()),
        *(Decimal("nan"), Decimal("sNaN"), Decimal("inf"), Decimal("1e999"), Fraction(10**400), 10**400),
        *(np.float64("nan"), np.float64("inf"), Real(-1.0), Fraction(-1, 3), Decimal(0), 5e-324),
    ],
    ids=repr,
)
def test_what_is_not_a_finite_number_above_0_is_rejected(number: Any) -> None:
    """With an error that names the argument and the value."""
    with pytest.raises(ConfigurationError, match="timeout must be a finite number above 0, not "):
        checked_number("timeout", number)


@pytest.mark.parametrize("number", [3, np.int64(3), np.uint8(3)], ids=repr)
def test_whole_numbers_of_any_type_are_accepted(number: Any) -> None:
    """As Python's own `range` sees it."""
    count = checked_count("max_retries", number, 0)
    assert (count, type(count)) == (3, int)


@pytest.mark.parametrize("number", [3.0, np.float64(3), Fraction(3), Decimal(3), True, np.bool_(True), "3", None, -1])
def test_what_is_not_a_whole_number_is_rejected(number: Any) -> None:
    """A float is not, not even 3.0."""
    with pytest.raises(ConfigurationError, match="max_retries must be a whole number of at least 0, not "):
        checked_count("max_retries", number, 0)


@pytest.mark.parametrize("timeout", [0, -1, math.nan, math.inf, True, "5"])
def test_wait_needs_a_timeout_above_zero(timeout: Any) -> None:
    """`wait`, `watch`, `as_completed` and `wait_all` reject any other when they are called, but None."""
    client = RunsClient("k")
    for call in (client.wait, client.watch):
        with pytest.raises(ConfigurationError, match="timeout"):
            call("r1", timeout=timeout)
    for many in (client.as_completed, client.wait_all):
        with pytest.raises(ConfigurationError, match="timeout"):
            many(["r1"], timeout=timeout)


def test_listener_that_cannot_be_called_is_rejected() -> None:
    """And by the sync client what would have to be awaited."""

    async def listen(run: Run) -> None:
        """Do nothing."""

    class Listener:
        async def __call__(self, run: Run) -> None:
            """Do nothing."""

    client, asynchronous = RunsClient("k"), AsyncRunsClient("k")
    listeners: list[Any] = [5, "print", listen, partial(listen), Listener().__call__, Listener(), AsyncMock()]
    for listener in listeners:
        with pytest.raises(ConfigurationError, match="on_update"):
            client.wait("r1", on_update=listener)
        with pytest.raises(ConfigurationError, match="on_update"):
            client.as_completed(["r1"], on_update=listener)
        with pytest.raises(ConfigurationError, match="on_update"):
            client.wait_all(["r1"], on_update=listener)
    with pytest.raises(ConfigurationError, match="on_update"):
        asynchronous.as_completed(["r1"], on_update=listeners[0])
    for listener in listeners[2:]:
        asynchronous.as_completed(["r1"], on_update=listener)


@pytest.mark.parametrize(
    ("ids", "options"),
    [("r1", {}), (b"r1", {}), (5, {}), (["r1", ""], {}), (["r1", 5], {})]
    + [(["r1"], {"max_in_flight": value}) for value in (0, -1, 1.0, True)],
)
def test_many_ids_are_checked_before_anything_is_sent(ids: Any, options: dict[str, Any]) -> None:
    """One string for an iterable, an id that cannot be one, or a bound out of bounds."""
    for client in (RunsClient("k"), AsyncRunsClient("k")):
        with pytest.raises(ConfigurationError):
            client.as_completed(ids, **options)


@pytest.mark.parametrize(
    "run_id", [*("", " ", "\n", ".", "..", " a", "a\n", "a\nb", "a\x00", "a" * 513, "\ud800"), None, 5, b"a", ["a"]]
)
def test_bad_ids_are_rejected(run_id: Any) -> None:
    """Empty, dots, not text, endless, or not to be encoded: rejected before anything is sent."""
    with pytest.raises(ConfigurationError):
        check_run_id(run_id)


@given(st.text(min_size=1, max_size=40))
def test_no_id_reaches_another_path(run_id: str) -> None:
    """Whatever is not rejected is one segment of the operation's path, and nothing of it is lost."""
    from urllib.parse import unquote  # noqa: PLC0415

    try:
        check_run_id(run_id)
    except ConfigurationError:
        return
    path = poll_request(RAW, run_id).url.raw_path.decode("ascii")
    prefix = "/v2/chat/completions/"
    assert path.startswith(prefix)
    segment = path.removeprefix(prefix)
    assert not set(segment) & set("/?#\\ \r\n")
    assert segment not in {".", ".."}
    assert unquote(segment) == run_id


def test_hidden_value_shows_nowhere() -> None:
    """Not in repr or str, not in what `vars` finds, and it does not pickle."""
    secret = hidden("s3cret-key")
    assert secret() == "s3cret-key"
    assert "s3cret" not in f"{secret!r} {secret} {vars(secret)}"
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(secret)
