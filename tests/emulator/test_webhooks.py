"""Webhooks that the emulator calls, with a receiver on this machine."""

import json
import logging
import queue
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from tela_runs.emulator import Emulator

from .conftest import HandClock


class Receiver(HTTPServer):
    """Keeps what is posted to it, and responds with `status`."""

    def __init__(self) -> None:
        self.posts: queue.Queue[tuple[str, dict[str, str], dict[str, Any]]] = queue.Queue()
        self.status = 200
        posts, receiver = self.posts, self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posts.put((self.path, dict(self.headers), json.loads(body)))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Where to post."""
        return f"http://127.0.0.1:{self.server_port}/hooks/tela?secret=1"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a receiver that is listening."""
    with Receiver() as receiver:
        thread = Thread(target=receiver.serve_forever, args=(0.01,))
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


def _create(tela: Emulator, **body: Any) -> httpx.Response:
    key = {"Authorization": f"Bearer {tela.api_key}"}
    return httpx.post(f"{tela.url}/v2/chat/completions", json={"canvas_id": "c", **body}, headers=key)


@pytest.mark.parametrize(("fails", "status"), [(False, "succeeded"), (True, "failed")])
def test_a_webhook_gets_the_run_when_it_ends(
    tela: Emulator, clock: HandClock, receiver: Receiver, http: httpx.Client, *, fails: bool, status: str
) -> None:
    """The finished run is posted once, as it is retrieved; `webhook_url` alone makes the create asynchronous."""
    tela.add_canvas("c", output="Done.", fails=fails, created_for=1, running_for=2)
    created = _create(tela, webhook_url=receiver.url).json()
    assert (created["status"], created["raw_input"]["webhook_url"]) == ("created", receiver.url)
    clock.now += 2.9
    with pytest.raises(queue.Empty):
        receiver.posts.get(timeout=0.1)
    clock.now += 0.1
    path, headers, run = receiver.posts.get(timeout=5)
    assert (path, headers["content-type"]) == ("/hooks/tela?secret=1", "application/json")
    assert run["status"] == status
    assert run == http.get(created["id"]).json()
    with pytest.raises(queue.Empty):
        receiver.posts.get(timeout=0.1)


def test_a_webhook_comes_by_itself_in_real_time(receiver: Receiver) -> None:
    """Without a clock of the test's own the webhook comes by itself when the run ends."""
    with Emulator() as tela:
        tela.add_canvas("c", created_for=0.05, running_for=0.05)
        run_id = _create(tela, webhook_url=receiver.url).json()["id"]
        assert receiver.posts.get(timeout=5)[2]["id"] == run_id


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.com/hook", "the emulator posts to http URLs of this machine alone"),
        ("http://example.com/hook", "the emulator posts to http URLs of this machine alone"),
        ("http://127.0.0.1:1/hook", "refused"),
        ("http://127.0.0.1:99999/hook", "Port out of range"),
        ("{tela}/a b", "control characters"),
    ],
)
def test_a_webhook_that_cannot_be_delivered_is_logged(
    tela: Emulator, caplog: pytest.LogCaptureFixture, url: str, reason: str
) -> None:
    """The run and the emulator go on; a warning names the run, the URL and the reason."""
    tela.add_canvas("c", created_for=0, running_for=0)
    url = url.replace("{tela}", tela.url)
    with caplog.at_level(logging.WARNING, "tela_runs.emulator"):
        run_id = _create(tela, webhook_url=url).json()["id"]
        while not caplog.records:
            assert _create(tela, **{"async": True}).status_code == 200
    assert caplog.messages[0].startswith(f"The webhook of run {run_id} did not reach {url!r}: ")
    assert reason in caplog.messages[0]


def test_a_webhook_whose_receiver_responds_with_an_error_is_not_sent_again(
    tela: Emulator, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """One attempt, whatever the status."""
    receiver.status = 500
    tela.add_canvas("c", created_for=0, running_for=0)
    with caplog.at_level(logging.INFO, "tela_runs.emulator"):
        _create(tela, webhook_url=receiver.url)
        receiver.posts.get(timeout=5)
        while not caplog.messages:
            assert _create(tela, **{"async": True}).status_code == 200
    assert caplog.messages[0].endswith(f"reached {receiver.url!r}: 500")
    assert receiver.posts.empty()
