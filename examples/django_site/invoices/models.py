"""An invoice, which is there from the moment its run was started."""

from dataclasses import dataclass

from django.db import models
from tela_runs import Run, TelaError


@dataclass
class Fields:
    """What the canvas is asked for."""

    number: str
    total: float


class Invoice(models.Model):
    """Its result is kept by the webhook, or by the command `finish_runs`."""

    run_id = models.CharField(max_length=200, unique=True)
    number = models.CharField(max_length=200, blank=True)
    total = models.FloatField(null=True)
    error = models.TextField(blank=True)
    is_finished = models.BooleanField(default=False, db_index=True)

    def finish(self, run: Run) -> None:
        """Keep what a finished run gave, or why it gave nothing; harmless when done twice."""
        try:
            fields = run.output_as(Fields)
            self.number, self.total = fields.number, fields.total
        except TelaError as error:
            self.error = str(error)
        self.is_finished = True
        self.save()
