"""One history of the tables, in step with what the code says they are."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_missing_migration_would_be_seen():
    loader = MigrationLoader(None)
    wanted = ProjectState.from_apps(apps)
    wanted.add_model(ModelState("records", "Extra", [("id", models.BigAutoField(primary_key=True))]))

    found = MigrationAutodetector(loader.project_state(), wanted).changes(graph=loader.graph)

    assert "records" in found


def test_the_history_is_one_line():
    loader = MigrationLoader(None)

    assert len(loader.graph.leaf_nodes("records")) == 1
    assert loader.detect_conflicts() == {}


def test_the_short_way_leads_where_the_long_way_leads():
    short, long = MigrationLoader(None), MigrationLoader(None)
    long.replace_migrations = False
    long.build_graph()

    shortened = [name for app, name in short.graph.nodes if app == "records" and "squashed" in name]
    replaced = short.disk_migrations["records", shortened[0]].replaces

    assert set(replaced).isdisjoint(short.graph.nodes)
    assert set(replaced) <= set(long.graph.nodes)
    by_steps = long.project_state(replaced[-1])
    at_once = short.project_state(("records", shortened[0]))
    ours = {key for key in by_steps.models if key[0] == "records"}
    assert ours == {key for key in at_once.models if key[0] == "records"}
    assert [key for key in ours if at_once.models[key] != by_steps.models[key]] == []
