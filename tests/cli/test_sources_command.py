"""Data sources and access, from the terminal."""

import json
from datetime import timedelta


def test_sources_as_a_table_narrowed_and_as_json(world, terminal):
    model = world.model()
    orders = world.source("Orders", model, automation="manual")
    world.source("Calls", is_supported=None)
    table = terminal.run("source", "list", "--program", world.program.slug)
    assert table.returncode == 0, table.stderr
    assert "Orders" in table.stdout
    assert "Calls" in table.stdout
    (shown,) = json.loads(terminal.run("source", "list", "--automation", "manual", "--json").stdout)
    assert (shown["name"], shown["used_by"]) == ("Orders", 1)
    (shown,) = json.loads(terminal.run("source", "list", "--support", "unknown", "--json").stdout)
    assert shown["name"] == "Calls"
    one = terminal.run("source", "show", str(orders.pk))
    assert "next refreshes" in one.stdout
    assert json.loads(terminal.run("source", "show", str(orders.pk), "--json").stdout)["id"] == orders.pk


def test_overdue_access_of_a_model(world, terminal):
    model = world.model()
    world.now -= timedelta(days=20)
    world.asks_access(model, world.source("Orders", model), days=5)
    world.asks_access(model, world.source("Calls", model), days=90)
    table = terminal.run("access", "list", "--model", str(model.pk))
    assert table.returncode == 0, table.stderr
    assert "overdue" in table.stdout
    (late,) = json.loads(terminal.run("access", "list", "--overdue", "--json").stdout)
    assert (late["source"], late["sent_to"]) == ("Orders", "Sales data team")
    assert len(json.loads(terminal.run("access", "list", "--state", "asked", "--json").stdout)) == 2


def test_nothing_and_nobody(world, terminal):
    assert "Nothing fits" in terminal.run("source", "list").stderr
    assert "Nothing fits" in terminal.run("access", "list").stderr
    assert terminal.run("source", "show", "999999").returncode == 3
    assert terminal.run("source", "show", "x").returncode == 2
    assert terminal.run("access", "list", "--model", "no/such").returncode == 3
    assert terminal.run("access", "list", "--state", "lost").returncode == 2
