"""The tables of a new installation, made in one step. Django renders every model anew after each of two hundred
operations, which takes five times as long as all the rest of them."""

from importlib import import_module
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation

STEPS = (
    "0001_initial",
    "0002_imports",
    "0003_connections",
    "0004_identities",
    "0005_assignment_place",
    "0006_engagement",
    "0007_spec_writers",
    "0008_output_subject",
    "0009_stakeholder_changes",
    "0010_data",
    "0011_import_owners",
)
REPLACED = [import_module(f"{__package__}.{name}").Migration for name in STEPS]


class AtOnce(Operation):
    """What several operations come to, as tables that were not there before."""

    reversible = False

    def __init__(self, operations: list[Any]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.__dict__.pop("apps", None)  # else each operation renders them; whoever asks later has them anew
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, _before: Any, to_state: Any) -> None:
        for model in to_state.apps.get_app_config(app_label).get_models():
            schema_editor.create_model(model)

    def describe(self) -> str:
        return "Make all tables"


class Migration(migrations.Migration):
    initial = True
    replaces = [("records", name) for name in STEPS]
    dependencies = sorted({needed for one in REPLACED for needed in one.dependencies if needed[0] != "records"})
    operations = [AtOnce([operation for one in REPLACED for operation in one.operations])]
