"""Start a run for an upload, show what became of it, and take the webhook."""

import os
from functools import cache

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from tela_runs import APIError, File, RunsClient, TelaError

from .models import Fields, Invoice


@cache
def client() -> RunsClient:
    """One a process, shared by its threads."""
    return RunsClient()


@csrf_exempt
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Start a run for the document."""
    document = request.FILES["document"]
    try:
        run = client().create(
            canvas_id=os.environ["TELA_CANVAS_ID"],
            variables={"document": File.from_bytes(document.read(), name=document.name)},
            output_type=Fields,
            webhook_url=request.build_absolute_uri(reverse(webhook)),
        )
    except TelaError as error:
        return failed(error)
    Invoice.objects.create(run_id=run.id)
    return JsonResponse({"id": run.id}, status=202)


def show(_request: HttpRequest, run_id: str) -> HttpResponse:
    """The invoice, as far as it is known."""
    invoice = get_object_or_404(Invoice, run_id=run_id)
    fields = ("is_finished", "number", "total", "error")
    return JsonResponse({name: getattr(invoice, name) for name in fields})


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Keep the result of a run of ours: it is retrieved with the key, since webhooks may be forged."""
    try:
        run = client().confirm(request.body)
    except TelaError as error:
        return failed(error)
    invoice = get_object_or_404(Invoice, run_id=run.id)
    if run.is_finished:
        invoice.finish(run)
    return HttpResponse(status=204)


def failed(error: TelaError) -> HttpResponse:
    """503 where the same request may succeed later, else 400."""
    return HttpResponse(str(error), status=503 if isinstance(error, APIError) and error.is_transient else 400)
