"""Wait for the runs whose webhook has not come."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tela_runs import RunsClient, TelaError

from invoices.models import Invoice


class Command(BaseCommand):
    """Those that have not ended by the timeout are waited for by the next call."""

    help = "Wait for unfinished runs and keep their results."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How long to wait."""
        parser.add_argument("--timeout", type=float, default=600, help="seconds (default: 600)")

    def handle(self, *_args: Any, timeout: float, **_options: Any) -> None:
        """Keep each result when it comes."""
        invoices = {invoice.run_id: invoice for invoice in Invoice.objects.filter(is_finished=False)}
        try:
            with RunsClient() as runs:
                for outcome in runs.as_completed(invoices, timeout=timeout):
                    if outcome.run is not None and outcome.run.is_finished:
                        invoices[outcome.run_id].finish(outcome.run)
                    self.stdout.write(f"{outcome.run_id}: {outcome.error or 'succeeded'}")
        except TelaError as error:
            raise CommandError(str(error)) from error
