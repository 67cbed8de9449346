"""Read invoices with Flask: start a run for an upload, show its state, and take the webhook.

    pip install flask 'tela-runs[typed]'
    TELA_API_KEY=... TELA_CANVAS_ID=... flask --app examples/flask_app run

A run lives at Tela, so that any worker process can show any run: there is no state here.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

from flask import Flask, request, url_for
from tela_runs import APIError, File, RunsClient, TelaError


@dataclass
class Invoice:
    """What the canvas is asked for."""

    number: str
    total: float


def create_app() -> Flask:
    """The application; `flask run` finds it by this name."""
    app = Flask(__name__)
    runs = RunsClient()  # one a process, shared by its threads

    @app.post("/invoices")
    def upload() -> tuple[dict[str, str], int]:
        document = request.files["document"]
        run = runs.create(
            canvas_id=os.environ["TELA_CANVAS_ID"],
            variables={"document": File.from_bytes(document.read(), name=document.filename)},
            output_type=Invoice,
            webhook_url=url_for("webhook", _external=True),
        )
        return {"id": run.id}, 202

    @app.get("/invoices/<run_id>")
    def show(run_id: str) -> tuple[dict[str, Any], int]:
        run = runs.retrieve(run_id)
        if not run.is_finished:
            return {"status": run.status_text}, 202
        return asdict(run.output_as(Invoice)), 200

    @app.post("/tela")
    def webhook() -> tuple[str, int]:
        run = runs.confirm(request.get_data())  # retrieved again with the key: webhooks may be forged
        app.logger.warning("%s %s: %s", run.id, run.status_text, run.output)  # here: notify someone
        return "", 204

    @app.errorhandler(TelaError)
    def failed(error: TelaError) -> tuple[str, int]:
        return str(error), 503 if isinstance(error, APIError) and error.is_transient else 400

    return app
