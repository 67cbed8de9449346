"""The least that a site needs."""

import os
import secrets
from pathlib import Path

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or secrets.token_hex()
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
INSTALLED_APPS = ["invoices"]
ROOT_URLCONF = "invoices.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DATABASE", Path(__file__).with_name("site.sqlite")),
    }
}
