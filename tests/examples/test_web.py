"""The example web applications, each served as its docstring says: an upload, the webhook, and the typed result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .processes import EXAMPLES, free_port, run, serving, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    import pytest
    from tela_runs.emulator import Emulator

INVOICE = {"number": "A-1", "total": 99.5}
PDF = {"document": ("a.pdf", b"%PDF-1.7")}
FORGED = {"id": "crsv-forged", "status": "succeeded", "output_content": {"content": INVOICE}}


def uploaded(http: httpx.Client) -> str:
    """Upload a document; the id of its run."""
    response = http.post("/invoices", files=PDF)
    assert response.status_code == 202, response.text
    run_id: str = response.json()["id"]
    return run_id


def rejections(http: httpx.Client) -> list[int]:
    """What the webhook responds to what is not a run of ours, and the upload to an empty document."""
    payloads = [json.dumps(FORGED), '{"id": "..", "status": "failed"}', "hello"]
    statuses = [http.post("/tela", content=payload).status_code for payload in payloads]
    return [*statuses, http.post("/invoices", files={"document": ("a.pdf", b"")}).status_code]


def polls(tela: Emulator, run_id: str) -> int:
    """How often a run was retrieved."""
    return sum(request.method == "GET" and request.run_id == run_id for request in tela.requests)


def test_fastapi_application_is_woken_by_the_webhook(
    tela: Emulator, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """With a pacing of a minute the result is there at once: one poll at the start, one when the webhook came.

    A wait that is outstanding does not hold up its shutdown, nor leave a traceback.
    """
    port = free_port()
    monkeypatch.setenv("PUBLIC_URL", f"http://127.0.0.1:{port}")
    tela.add_canvas("invoices", output=INVOICE, created_for=0.2, running_for=1.8)
    command = ("-m", "uvicorn", "--app-dir", ".", "fastapi_app:app", "--port", str(port), "--log-level", "warning")
    with serving(*command, port=port) as http:
        run_id = uploaded(http)
        assert http.get(f"/invoices/{run_id}").json() is None
        wait_until(lambda: http.get(f"/invoices/{run_id}").json() is not None)
        assert http.get(f"/invoices/{run_id}").json() == INVOICE
        assert polls(tela, run_id) == 2
        # One that this process does not wait for, as after a restart.
        other = tela.add_run(INVOICE, created_for=0, running_for=0)
        payload = {"id": other, "status": "succeeded"}
        assert http.post("/tela", json=payload).status_code == 204
        wait_until(lambda: http.get(f"/invoices/{other}").json() == INVOICE)
        assert rejections(http) == [400, 400, 400, 400]
        assert http.get(f"/invoices/{FORGED['id']}").json() is None
        tela.add_canvas("invoices", running_for=3600)
        uploaded(http)
    assert capfd.readouterr().err == ""


def test_flask_application_shows_each_state(tela: Emulator, capfd: pytest.CaptureFixture[str]) -> None:
    """The state of the run, then the typed result; the webhook is confirmed and logged."""
    port = free_port()
    tela.add_canvas("invoices", output=INVOICE, created_for=0.2, running_for=1.8)
    command = ("-m", "flask", "--app", "flask_app", "run", "--port", str(port))
    with serving(*command, port=port) as http:
        run_id = uploaded(http)
        first = http.get(f"/invoices/{run_id}")
        assert first.status_code == 202
        assert first.json()["status"] in {"created", "running"}
        wait_until(lambda: http.get(f"/invoices/{run_id}").status_code == 200)
        assert http.get(f"/invoices/{run_id}").json() == INVOICE
        assert rejections(http) == [400, 400, 400, 400]
        assert http.get("/invoices/crsv-absent").status_code == 400
        output = ""

        def is_logged() -> bool:
            nonlocal output
            output += capfd.readouterr().err
            return f"{run_id} succeeded: {INVOICE}" in output

        wait_until(is_logged)


def test_django_site_keeps_the_results(tela: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the webhook; and by the command, for a run whose webhook never came."""
    site = EXAMPLES / "django_site"
    port = free_port()
    monkeypatch.setenv("DATABASE", str(tmp_path / "site.sqlite"))
    assert run("manage.py", "migrate", "--run-syncdb", cwd=site).returncode == 0
    tela.add_canvas("invoices", output=INVOICE, created_for=0.2, running_for=1.8)
    with serving("manage.py", "runserver", f"127.0.0.1:{port}", "--noreload", port=port, cwd=site) as http:
        run_id = uploaded(http)

        def shown(run_id: str) -> Any:
            return http.get(f"/invoices/{run_id}").json()

        assert shown(run_id) == {"is_finished": False, "number": "", "total": None, "error": ""}
        wait_until(lambda: shown(run_id)["is_finished"])
        assert shown(run_id) == {"is_finished": True, **INVOICE, "error": ""}
        assert rejections(http) == [400, 400, 400, 400]
        tela.add_canvas("invoices", output="not an invoice", created_for=0.1, running_for=6)
        late = uploaded(http)
    assert run("manage.py", "finish_runs", "--timeout", "0.1", cwd=site).stdout.startswith(f"{late}: Run")
    result = run("manage.py", "finish_runs", cwd=site)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{late}: succeeded\n", "")
    assert run("manage.py", "finish_runs", cwd=site).stdout == ""
    with serving("manage.py", "runserver", f"127.0.0.1:{port}", "--noreload", port=port, cwd=site) as http:
        assert "output: Input should be an object" in shown(late)["error"]
        assert http.get("/invoices/crsv-absent").status_code == 404


def test_django_command_without_a_key_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a line, as Django's own commands do."""
    monkeypatch.setenv("DATABASE", str(tmp_path / "site.sqlite"))
    site = EXAMPLES / "django_site"
    assert run("manage.py", "migrate", "--run-syncdb", cwd=site).returncode == 0
    result = run("manage.py", "finish_runs", cwd=site)
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: ")
    assert "TELA_API_KEY" in result.stderr
