"""The vendor's own Python client, `tela` 0.2.2, on the emulator."""

import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tela_runs.emulator import Emulator

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a field of its own that it calls `schema`
    from tela import Tela
    from tela.types.chat.chat_completion import ChatCompletionWebhookResponse

REQUEST: dict[str, Any] = {"canvas_id": "c", "variables": {"Language": "en", "n": 5, "pdf": {"file_url": "https://x"}}}


@pytest.mark.parametrize("output", [{"total": 42}, "Done.", ["a"], None])
def test_finished_runs_satisfy_its_model(tela: Emulator, http: httpx.Client, output: Any) -> None:
    """A finished run is what its model of a webhook's payload says, strictly."""
    tela.add_canvas("c", output=output, created_for=0, running_for=0)
    created = http.post(f"{tela.url}/v2/chat/completions", json={"async": True, **REQUEST}).json()
    run = ChatCompletionWebhookResponse.model_validate_json(http.get(created["id"]).content, strict=True)
    assert (run.id, run.status, run.output_content.content) == (created["id"], "succeeded", output)


@pytest.fixture
def client(tela: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tela]:
    """Give the client; it needs httpx before 0.28 for the sake of one argument, which it leaves at None."""
    init = httpx.Client.__init__

    def init_with_proxies(self: httpx.Client, *, proxies: None = None, **options: Any) -> None:
        init(self, **options)

    monkeypatch.setattr(httpx.Client, "__init__", init_with_proxies)
    with Tela(api_key=tela.api_key, base_url=tela.url, max_retries=0) as client:
        yield client


def test_it_creates_a_run(tela: Emulator, client: Tela) -> None:
    """With a webhook its `create` gives the run that the emulator has started."""
    tela.add_canvas("c")
    run = client.completions.create(**REQUEST, webhook_url="http://127.0.0.1:1/hook")
    assert (run.id, run.status) == (tela.requests[0].run_id, "created")
