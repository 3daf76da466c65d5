"""What was promised, from the terminal."""

import json
from datetime import timedelta

from django.utils import timezone


def test_promises_of_a_model_as_a_table_and_as_json(world, terminal):
    model = world.model()
    due = timezone.now().date() + timedelta(days=9)
    world.promise(model, world.stakeholder(model, name="Desk"), due_on=due)
    table = terminal.run("promises", str(model.pk))
    assert table.returncode == 0, table.stderr
    assert "production_date" in table.stdout
    assert "Desk" in table.stdout
    (shown,) = json.loads(terminal.run("promises", str(model.pk), "--json", "--live").stdout)
    assert (shown["state"], shown["versions"][0]["due_on"]) == ("open", due.isoformat())


def test_no_promises_and_no_such_model(world, terminal):
    model = world.model()
    assert "Nothing fits" in terminal.run("promises", str(model.pk)).stderr
    assert terminal.run("promises", "no/such").returncode == 3
