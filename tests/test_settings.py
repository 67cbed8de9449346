"""What a client is made of is checked before anything is sent."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tela_runs import AsyncRunsClient, ConfigurationError, Run, RunsClient
from tela_runs._gateway import retrieve_path
from tela_runs._settings import Secret, checked_key, checked_origin

CLIENTS = [RunsClient, AsyncRunsClient]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("key", ["", " ", "sk-1 2", "sk-1\n", "\rsk-1", "schlüssel", "sk-\x00", "sk-\x7f", 3, b"key"])
def test_a_key_that_no_header_can_carry_is_refused_unshown(client: type[RunsClient], key: Any) -> None:
    """When the client is made, and without the key in the error."""
    with pytest.raises(ConfigurationError) as caught:
        client(key)
    assert not isinstance(key, str) or not key.strip() or key not in str(caught.value)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_missing_key_is_said_and_the_environment_is_the_default(
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
    ("url", "host", "port", "prefix"),
    [
        ("https://api.tela.com", "api.tela.com", 443, ""),
        ("https://API.tela.com:8443/x/y/", "api.tela.com", 8443, "/x/y"),
        ("http://localhost:8321", "localhost", 8321, ""),
        ("http://127.0.0.2:1/", "127.0.0.2", 1, ""),
        ("http://[::1]:9", "::1", 9, ""),
    ],
)
def test_base_urls_that_can_be_used(url: str, host: str, port: int, prefix: str) -> None:
    """Https to anywhere, and plain http to this machine."""
    origin = checked_origin(url, {}, allow_http=False)
    assert (origin.host, origin.port, origin.prefix) == (host, port, prefix)


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
    ],
)
def test_base_urls_that_cannot(url: Any) -> None:
    """Credentials, queries, other schemes, what is no URL, and plain http to any other host are refused."""
    with pytest.raises(ConfigurationError):
        checked_origin(url, {}, allow_http=False)


def test_plain_http_only_when_it_is_asked_for() -> None:
    """`allow_http` opens it to other hosts, and to nothing else."""
    assert checked_origin("http://tela.internal", {}, allow_http=True).url == "http://tela.internal"
    with pytest.raises(ConfigurationError):
        checked_origin("ftp://tela.internal", {}, allow_http=True)


@given(st.text())
def test_no_base_url_crashes(url: str) -> None:
    """Any text is an origin or a ConfigurationError."""
    try:
        origin = checked_origin(url, {}, allow_http=False)
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
        {"pacing": 5},
        {"http_client": object()},
    ],
    ids=str,
)
def test_numbers_out_of_bounds_are_refused(client: type[RunsClient], options: dict[str, Any]) -> None:
    """Each with an error that names the argument."""
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        client("k", **options)


@pytest.mark.parametrize("timeout", [0, -1, math.nan, math.inf, True, "5"])
def test_a_wait_needs_a_timeout_above_zero(timeout: Any) -> None:
    """`wait`, `watch`, `as_completed` and `wait_all` refuse any other when they are called, but None."""
    client = RunsClient("k")
    for call in (client.wait, client.watch):
        with pytest.raises(ConfigurationError, match="timeout"):
            call("r1", timeout=timeout)
    for many in (client.as_completed, client.wait_all):
        with pytest.raises(ConfigurationError, match="timeout"):
            many(["r1"], timeout=timeout)


def test_a_listener_is_one() -> None:
    """What cannot be called is refused as `on_update`, and by the sync client what would have to be awaited."""

    async def listen(run: Run) -> None:
        """Do nothing."""

    client, asynchronous = RunsClient("k"), AsyncRunsClient("k")
    listeners: list[Any] = [5, "print", listen]
    for listener in listeners:
        with pytest.raises(ConfigurationError, match="on_update"):
            client.wait("r1", on_update=listener)
        with pytest.raises(ConfigurationError, match="on_update"):
            client.as_completed(["r1"], on_update=listener)
        with pytest.raises(ConfigurationError, match="on_update"):
            client.wait_all(["r1"], on_update=listener)
    with pytest.raises(ConfigurationError, match="on_update"):
        asynchronous.as_completed(["r1"], on_update=listeners[0])
    asynchronous.as_completed(["r1"], on_update=listen)


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
def test_ids_that_cannot_be_one(run_id: Any) -> None:
    """Empty, dots, not text, endless, or not to be encoded: refused before anything is sent."""
    with pytest.raises(ConfigurationError):
        retrieve_path(run_id)


@given(st.text(min_size=1, max_size=40))
def test_no_id_reaches_another_path(run_id: str) -> None:
    """Whatever is not refused is one segment of the operation's path, and nothing of it is lost."""
    from urllib.parse import unquote  # noqa: PLC0415

    try:
        path = retrieve_path(run_id)
    except ConfigurationError:
        return
    prefix = "/v2/chat/completions/"
    assert path.startswith(prefix)
    segment = path.removeprefix(prefix)
    assert segment.isascii()
    assert not set(segment) & set("/?#\\ \r\n")
    assert segment not in {".", ".."}
    assert unquote(segment) == run_id


def test_a_secret_shows_nowhere() -> None:
    """Not in repr or str, not in what `vars` finds, and it does not pickle."""
    secret = checked_key(Secret("s3cret-key"), {})
    assert secret.reveal() == "s3cret-key"
    assert "s3cret" not in f"{secret!r} {secret}"
    assert not hasattr(secret, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
