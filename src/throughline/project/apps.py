"""Registers the project floor with Django, for its system checks."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "throughline.project"
    label = "project"

    def ready(self) -> None:
        from throughline.project import checks  # noqa: F401  registering needs all apps to be loaded
