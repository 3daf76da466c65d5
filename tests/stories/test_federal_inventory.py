"""The federal inventory is imported, shown, filtered, exported again, and one of its models is moved."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.make import World
from tests.shared_data import shared_file
from throughline.core.people import Role
from throughline.records.imports import ImportBatch
from throughline.records.moves import Decision, Move
from throughline.records.people import Person
from throughline.records.portfolio import MLModel

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ROWS = 2_133


def browser_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def said(response: Any) -> str:
    assert response.status_code == 200, response.content[:1000]
    return str(response.content.decode())


def test_a_real_portfolio_comes_in_goes_out_again_and_moves() -> None:
    world = World(now=timezone.now())
    world.assign(world.pm, Role.PROGRAM_MANAGER)
    world.assign(world.leader, Role.LEADER)
    ana, li = browser_of(world.pm), browser_of(world.leader)
    batch = imported(ana, world)
    shown = said(ana.get(f"/portfolio?layout=table&standing=all&batch={batch.pk}"))
    assert f"{MLModel.objects.count()} models" in shown.replace(",", "")
    narrowed = ana.get("/portfolio?layout=table&stage=conception&q=fraud")
    assert f"{MLModel.objects.count()} models" not in said(narrowed).replace(",", "")
    exported_again(ana)
    one_moves(ana, li)


def imported(ana: Client, world: World) -> ImportBatch:
    """Every row is accounted for; none is dropped in silence, and what could not be placed is held back by name."""
    content = shared_file("portfolio", "us_federal_ai_inventory_2024.csv.gz").read_bytes()
    ana.post(
        "/imports", {"program": world.program.pk, "file": SimpleUploadedFile("inventory.csv.gz", content)}
    )
    batch = ImportBatch.objects.get()
    counts = batch.counts
    assert counts["rows"] == ROWS
    assert counts["create"] + counts["update"] + counts["unchanged"] + counts["held_back"] == ROWS
    assert ana.post(f"/imports/{batch.pk}/run", {"version": batch.version}).status_code == 302
    assert MLModel.objects.filter(program=world.program).count() == counts["create"]
    batch.refresh_from_db()
    return batch


def exported_again(ana: Client) -> None:
    reply = ana.get("/portfolio/export.csv?standing=all")
    content = b"".join(reply) if reply.streaming else reply.content
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == MLModel.objects.count()
    assert not [cell for row in rows for cell in row.values() if cell and cell[0] in "=+@\t\r"]


def one_moves(ana: Client, li: Client) -> None:
    model = MLModel.objects.filter(stage="conception", standing="active").order_by("pk")[0]
    asked = {"reason": "It is funded.", "kind": "advance", "to": "prototype"}
    assert ana.post(f"/models/{model.pk}/move", asked).status_code == 302
    move = Move.objects.get()
    assert ana.post(f"/moves/{move.pk}/decide", {"answer": "approve", "reason": ""}).status_code == 409
    assert li.post(f"/moves/{move.pk}/decide", {"answer": "approve", "reason": "Agreed."}).status_code == 302
    model.refresh_from_db()
    assert model.stage == "prototype"
    assert Decision.objects.get(move=move).requester_name == "Ana"
