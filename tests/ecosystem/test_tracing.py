"""OpenTelemetry's instrumentation of httpx, as its users switch it on: for everything, or for one client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tela_runs import RunsClient

from tests.client.callers import FLAVOURS, FLAVOURS_OVER_HTTP_CLIENT, QUICK, calling_server

from .creating import create

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan
    from tela_runs.emulator import Emulator


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """The spans that were recorded."""
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> TracerProvider:
    """What gives the tracers."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


@pytest.fixture
def _instrumented(provider: TracerProvider) -> Iterator[None]:
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    yield
    instrumentor.uninstrument()


def traceparent(span: ReadableSpan) -> str:
    """The header by which a server joins the trace of a span."""
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"


@pytest.mark.parametrize("flavour", FLAVOURS + FLAVOURS_OVER_HTTP_CLIENT)
@pytest.mark.usefixtures("_instrumented")
def test_one_span_a_request_with_its_traceparent_sent(
    server: Emulator, exporter: InMemorySpanExporter, flavour: str
) -> None:
    """Each poll, a retried one included, is one span, and the server gets its `traceparent`; the key is in none."""
    server.add_canvas("canvas-1", output="done", created_for=0, running_for=0.12)
    with calling_server(flavour, server) as caller:
        run = create(caller, canvas_id="canvas-1", variables={})
        assert caller.wait(run.id, pacing=QUICK).output == "done"
        assert [outcome.output for outcome in caller.as_completed([run.id])] == ["done"]
    spans = exporter.get_finished_spans()
    assert len(server.requests) >= 4
    assert [request.headers["traceparent"] for request in server.requests] == [traceparent(span) for span in spans]
    assert [span.name for span in spans] == ["POST"] + ["GET"] * (len(spans) - 1)
    assert not any(server.api_key in span.to_json() for span in spans)


def test_one_instrumented_client_is_traced_alone(
    server: Emulator, exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """`instrument_client` traces a client that is passed, and no other."""
    server.add_run("done", run_id="run-1", statuses=["succeeded"])
    options: dict[str, Any] = {"base_url": server.url}
    with httpx.Client() as client:
        HTTPXClientInstrumentor.instrument_client(client, tracer_provider=provider)
        with (
            RunsClient(server.api_key, http_client=client, **options) as traced,
            RunsClient(server.api_key, **options) as plain,
        ):
            traced.wait("run-1")
            plain.wait("run-1")
    (span,) = exporter.get_finished_spans()
    first, second = server.requests
    assert first.headers["traceparent"] == traceparent(span)
    assert "traceparent" not in second.headers
