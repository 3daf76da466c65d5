"""Names the pages' door to Django, which finds its templates, tags and static files here."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "throughline.web"
    label = "web"
