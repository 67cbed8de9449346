"""The runs that the benchmark's server sends, in the shape of the documented example."""

from __future__ import annotations

import json
import random
from typing import Any

_VOCABULARY = (
    "the a of and to in for with on by from that this was were is not be its their invoice customer order line item "
    "amount total date due paid supplier address contract clause party agreement delivery quantity price currency "
    "tax number reference account bank transfer balance statement month quarter year report summary finding missing "
    "matched differs approved rejected pending review page document attached signed copy original between under "
    "above within according several first second last every none about because although however therefore"
)


def _text(length: int, seed: int = 0) -> str:
    """Words in random order, the same each time: they compress about as badly as prose."""
    words, choice = _VOCABULARY.split(), random.Random(length + 1000 * seed).choice
    return " ".join(choice(words) for _ in range(length // 3))[:length]


def finished_run() -> dict[str, Any]:
    """A succeeded run: 5 KB of JSON."""
    content = {"summary": _text(880), "lines": [{"item": f"item {i}", "amount": i * 1.25} for i in range(12)]}
    information = {"duration": 8123, "cost": 0.0123, "input_tokens": 1234, "output_tokens": 321}
    return {
        **unfinished_run(),
        "status": "succeeded",
        "output_content": {
            "role": "assistant",
            "tool_calls": [{"name": "lookup", "arguments": '{"order": "A-1001"}'}],
            "information": information,
            "has_structured_output": True,
            "content": content,
            "input_messages": _text(400),
        },
        "raw_output": {"id": "gen-1", "model": "some-model", "choices": [{"index": 0, "text": _text(500)}]},
        "updated_at": "2026-01-05T10:00:13.250Z",
    }


def unfinished_run(number: int = 0) -> dict[str, Any]:
    """The same run before it has any output: 2.5 KB. Runs of other numbers were given other inputs."""
    messages = [{"role": "system", "content": _text(300)}, {"role": "user", "content": _text(500, number)}]
    file_url = f"https://example.com/{_text(12, number).replace(' ', '-')}.pdf"
    variables = {"customer": _text(11, number), "urgent": False, "document": {"file_url": file_url}}
    parsed = _text(200, number)
    function = {"id": "fn-1", "name": "lookup", "description": _text(80)}
    schema = {"type": "object", "title": "Result", "properties": {"summary": {"type": "string"}}}
    return {
        "id": f"crsv-{random.Random(number).getrandbits(55):011x}",
        "status": "running",
        "input_content": {
            "variables": variables,
            "messages": messages,
            "files": [{"name": "a.pdf", "used_at": "variables", "parsed_content": parsed, "url": "", "type": "file"}],
        },
        "raw_input": {
            "version_id": "cc1d7b3a-9f0e-4b57-8e59-9a3f3b1d5c11",
            "canvas_id": "0b0c4f2e-5c83-4a8e-8a5e-2f8a7f0e7f54",
            "application_id": None,
            "webhook_url": None,
            "variables": variables,
            "messages": [{"role": "user", "content": _text(200, number)}],
            "override": {
                "model": "some-model",
                "temperature": 0.2,
                "type": "chat",
                "functions": [{**function, "parameters": {"type": "object", "properties": {}, "required": []}}],
                "structured_output": {"enabled": True, "schema": schema},
            },
        },
        "compatibility_date": "2025-07-23T00:00:00Z",
        "prompt_version_id": "cc1d7b3a-9f0e-4b57-8e59-9a3f3b1d5c11",
        "prompt_application_id": None,
        "workspace_id": "5d2c7f6a-31c3-4a5d-9a61-6f5d6e3a7b20",
        "created_at": "2026-01-05T10:00:00.000Z",
        "updated_at": "2026-01-05T10:00:01.000Z",
    }


def accepted_run() -> dict[str, Any]:
    """A run of which nothing is known yet but that it is there: 0.1 KB."""
    return {"id": "crsv-i52z8vnqekc", "status": "created", "created_at": "2026-01-05T10:00:00.000Z"}


def encoded(payload: dict[str, Any]) -> bytes:
    """The payload as a server would send it."""
    return json.dumps(payload, separators=(",", ":")).encode()
