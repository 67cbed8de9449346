"""One run at a time, synchronously: each subject asks for a run and gets it in the form that its users would use."""

from __future__ import annotations

import itertools
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .schema import pydantic_run

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable


PATH = "/v2/chat/completions/"
KEY = "key"
_HEADERS = {"Authorization": f"Bearer {KEY}"}


def _repeated(once: Callable[[], object]) -> Callable[[int], int]:
    def batch(count: int) -> int:
        for _ in itertools.repeat(None, count):
            once()
        return count

    return batch


def _raw(library: str, url: str) -> Callable[[int], int]:
    client = import_module(library).Client(headers=_HEADERS)
    return _repeated(lambda: client.get(url).json())


def _typed(client: Any, model: Any, run_id: str) -> Callable[[int], int]:
    def once() -> None:
        run = client.get(PATH + run_id, cast_to=model)
        content = run.output_content
        _ = run.status, content and content.content, content and content.information

    return _repeated(once)


def _openai(url: str, run_id: str) -> Callable[[int], int]:
    openai = import_module("openai")
    return _typed(openai.OpenAI(api_key=KEY, base_url=url), pydantic_run(openai.BaseModel), run_id)


def _tela(url: str, run_id: str) -> Callable[[int], int]:
    # It has no method for this endpoint, so its generic typed GET is used, which its own methods are made of.
    tela = import_module("tela")
    model = pydantic_run(import_module("tela._models").BaseModel)
    return _typed(tela.Tela(api_key=KEY, base_url=url), model, run_id)


def _retrieve(url: str, run_id: str) -> Callable[[int], int]:
    client = import_module("tela_runs").RunsClient(KEY, base_url=url)

    def once() -> None:
        run = client.retrieve(run_id)
        _ = run.status, run.output, run.usage

    return _repeated(once)


def _poll(url: str, run_id: str) -> Callable[[int], int]:
    """Whole waits of a minute each, with the default pacing, for a run that does not end; without the sleeping."""
    tela_runs = import_module("tela_runs")

    class SkippedSleeps(import_module("tela_runs._config").Timing):  # type: ignore[misc]
        """Sleeps that are over at once, and have taken their time all the same."""

        skipped = 0.0

        def clock(self) -> float:
            return time.monotonic() + self.skipped

        def sleep(self, seconds: float, waker: threading.Event) -> None:  # noqa: ARG002
            self.skipped += seconds

    class Client(tela_runs.RunsClient):  # type: ignore[misc, name-defined]
        """A client that lives in that time."""

        _timing = SkippedSleeps()

    pacing = tela_runs.AdaptivePacing()
    for duration in range(30, 60):
        pacing.observe(float(duration), "0b0c4f2e-5c83-4a8e-8a5e-2f8a7f0e7f54")
    client = Client(KEY, base_url=url, pacing=pacing)

    def batch(count: int) -> int:
        polls = 0
        while polls < count:
            try:
                client.wait(run_id, timeout=60)
            except tela_runs.WaitTimeoutError as error:
                polls += error.polls
        return polls

    return batch


#: By name; each takes the server's URL and a run id.
SUBJECTS: dict[str, Callable[[str, str], Callable[[int], int]]] = {
    "httpx": lambda url, run_id: _raw("httpx", url + PATH + run_id),
    "httpx2": lambda url, run_id: _raw("httpx2", url + PATH + run_id),
    "tela-runs retrieve": _retrieve,
    "tela-runs wait": _poll,
    "openai": _openai,
    "tela": _tela,
}
