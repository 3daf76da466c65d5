"""Compliance reviews, from the terminal and the client."""

import json

from django.utils import timezone


def test_reviews_as_a_table_and_as_json(world, terminal):
    world.now = timezone.now()
    model = world.model()
    world.find(world.ask_review(model, world.reviewer()), "high")
    world.reviewed(world.model("Other"), "legal")
    table = terminal.run("compliance", "list")
    assert table.returncode == 0, table.stderr
    assert "privacy" in table.stdout
    assert "legal" in table.stdout
    (shown,) = json.loads(terminal.run("compliance", "list", "--model", str(model.pk), "--json").stdout)
    assert (shown["standing"], shown["findings"][0]["severity"]) == ("open", "high")
    (legal,) = json.loads(terminal.run("compliance", "list", "--kind", "legal", "--json").stdout)
    assert legal["standing"] == "valid"
    assert json.loads(terminal.run("compliance", "list", "--standing", "expired", "--json").stdout) == []


def test_no_reviews_and_no_such_model(world, terminal):
    assert "Nothing fits" in terminal.run("compliance", "list").stderr
    assert terminal.run("compliance", "list", "--model", "no/such").returncode == 3
