"""Names the app that holds every table."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "throughline.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
