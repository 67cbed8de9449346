"""Read invoices with Django: a view that starts runs, a webhook, and a command for when no webhook comes.

    pip install django 'tela-runs[typed]' && cd examples/django_site && export TELA_API_KEY=... TELA_CANVAS_ID=...
    python manage.py migrate --run-syncdb && python manage.py runserver
    python manage.py finish_runs

What is worth copying is in `invoices/`: `models.py`, `views.py` and the command.
"""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
