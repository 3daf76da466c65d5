"""Names the pages' door to Django, which finds its templates, tags and static files here."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "throughline.web"
    label = "web"

    def import_models(self) -> None:
        """This floor has no tables; its `models.py` holds the pages of ML models."""
        assert self.apps is not None
        self.models_module = None
        self.models = self.apps.all_models[self.label]
