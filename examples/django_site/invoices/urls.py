"""Where the views are."""

from django.urls import path

from . import views

urlpatterns = [
    path("invoices", views.upload),
    path("invoices/<run_id>", views.show),
    path("tela", views.webhook),
]
