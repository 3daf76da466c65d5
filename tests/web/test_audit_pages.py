"""The auditor's walk: read the log, narrow it, verify it, take one model's history away and check it elsewhere."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import make
from throughline.actions.portfolio import change_model
from throughline.core.bundles import walk
from throughline.core.permissions import AccessRole
from throughline.records.activity import Activity
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.web.audit_words import rest_of

SignIn = Callable[[Person], Client]


@pytest.fixture
def auditor(world: make.World, sign_in: SignIn) -> Client:
    person = world.person("Aud")
    world.member(person, AccessRole.AUDITOR)
    return sign_in(person)


def changed(world: make.World, **fields: object) -> MLModel:
    model = world.model(risk_tier="low")
    change_model(
        actor=world.actor(world.pm), model_id=model.pk, expected_version=None, fields=fields, now=world.now
    )
    return model


def body(client: Client, url: str, **query: object) -> str:
    response = client.get(url, query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def exported(client: Client, model: MLModel) -> list[dict[str, Any]]:
    response = client.get(reverse("audit_export_model", args=[model.pk]))
    assert response.status_code == 200
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return [json.loads(line) for line in content.splitlines()]


def test_what_happened_is_read_newest_first(world: make.World, auditor: Client) -> None:
    changed(world, risk_tier="high")
    page = body(auditor, reverse("audit"))
    assert page.index("Model changed") < page.index("Model created")


def test_filters_narrow_the_log_and_stand_in_the_address(world: make.World, auditor: Client) -> None:
    model = changed(world, risk_tier="high")
    page = body(auditor, reverse("audit"), verb="model.changed")
    assert "Model changed</a>" in page
    assert "Model created</a>" not in page
    assert "Model changed</a>" in body(auditor, reverse("audit"), verb="model", model=model.pk)
    assert "No entry fits" in body(auditor, reverse("audit"), person="Nobody at all")
    assert "No entry fits" in body(auditor, reverse("audit"), until="2020-01-01")
    assert "Model changed</a>" in body(auditor, reverse("audit"), since="2026-03-02", until="2026-03-02")


def test_a_day_that_is_none_is_told(world: make.World, auditor: Client) -> None:
    response = auditor.get(reverse("audit"), {"since": "soon"})
    assert response.status_code == 422
    assert "is not a day" in response.content.decode()


def test_older_and_newer_pages_meet_without_gap_or_repetition(world: make.World, auditor: Client) -> None:
    for number in range(70):
        world.model(name=f"Model {number}")
    seen: list[int] = []
    url = reverse("audit")
    while url:
        response = auditor.get(url)
        seen += [entry.seq for entry in response.context["entries"]]
        url = response.context["older"]
    visible = (
        Activity.objects.filter(program_id=world.program.pk).order_by("-seq").values_list("seq", flat=True)
    )
    assert seen == list(visible)
    assert len(seen) > 60


def test_an_entry_shows_before_and_after(world: make.World, auditor: Client) -> None:
    changed(world, risk_tier="high")
    seq = Activity.objects.get(verb="model.changed").seq
    page = body(auditor, reverse("audit_entry", args=[seq]))
    assert "Before and after" in page
    assert page.index(">low<") < page.index(">high<")


def test_other_programs_stay_unseen(world: make.World, auditor: Client) -> None:
    other = make.World()
    hidden = other.model(name="Secret model")
    seq = Activity.objects.filter(model_id=hidden.pk).first()
    assert seq is not None
    assert "Secret model" not in body(auditor, reverse("audit"))
    assert auditor.get(reverse("audit_entry", args=[seq.pk])).status_code == 404
    assert auditor.get(reverse("audit_export_model", args=[hidden.pk])).status_code == 404


def test_who_neither_audits_nor_manages_is_told_so(world: make.World, sign_in: SignIn) -> None:
    viewer = world.person("Vi")
    world.member(viewer, AccessRole.VIEWER)
    model = world.model()
    client = sign_in(viewer)
    for url in (reverse("audit"), reverse("audit_verify"), reverse("audit_csv")):
        assert client.get(url).status_code == 403
    assert client.get(reverse("audit_export_model", args=[model.pk])).status_code == 403


def test_the_log_is_verified_and_the_first_bad_entry_named(world: make.World, auditor: Client) -> None:
    changed(world, risk_tier="high")
    assert "The log is whole" in body(auditor, reverse("audit_verify"))
    bad = Activity.objects.get(verb="model.changed")
    Activity.objects.filter(pk=bad.pk).update(actor="Somebody else")
    assert f"The first bad entry is {bad.pk}." in body(auditor, reverse("audit_verify"))


def test_a_cut_tail_shows_against_what_was_written_down_outside(
    world: make.World, auditor: Client, tmp_path: Path, settings: Any
) -> None:
    from throughline.actions.installation import anchor
    from throughline.queries.access import system_actor
    from throughline.records.activity import ChainHead

    changed(world, risk_tier="high")
    settings.AUDIT_ANCHOR_FILE = tmp_path / "anchors"
    anchor(actor=system_actor("worker"), file=settings.AUDIT_ANCHOR_FILE, now=world.now)
    assert "1 anchor outside" in body(auditor, reverse("audit_verify"))
    last = Activity.objects.order_by("-seq")[0]
    Activity.objects.filter(pk=last.pk).delete()
    ChainHead.objects.update(seq=last.seq - 1, hash=last.previous)
    assert f"The first bad entry is {last.pk}." in body(auditor, reverse("audit_verify"))


def test_one_models_history_is_taken_away_and_walked_to_the_head(world: make.World, auditor: Client) -> None:
    model = changed(world, risk_tier="high")
    world.model(name="Another")
    lines = exported(auditor, model)
    whole = [line for line in lines if "body" in line]
    assert {line["model_id"] for line in whole} == {model.pk}
    assert len(whole) == Activity.objects.filter(model_id=model.pk).count()
    chain = walk(lines)
    assert chain.is_whole
    assert chain.entries == Activity.objects.count()


def test_what_was_altered_in_the_export_is_named(world: make.World, auditor: Client) -> None:
    model = changed(world, risk_tier="high")
    lines = exported(auditor, model)
    bad = next(line for line in lines if line.get("verb") == "model.changed")
    bad["body"]["changed"]["risk_tier"] = ["low", "medium"]
    chain = walk(lines)
    assert chain.first_bad == bad["seq"]
    world.later(days=1).model(name="After it")
    without = [line for line in exported(auditor, model) if line["seq"] != bad["seq"]]
    assert walk(without).first_bad == bad["seq"]


def test_the_table_is_exported_as_filtered_and_opens_safely(world: make.World, auditor: Client) -> None:
    changed(world, name="=cmd()")
    response = auditor.get(reverse("audit_csv"), {"verb": "model.changed"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 2
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    assert "cmd()" in rows[1][7]


def test_the_models_page_leads_auditors_to_its_history(
    world: make.World, auditor: Client, sign_in: SignIn
) -> None:
    model = world.model()
    address = reverse("model", args=[model.pk])
    export = reverse("audit_export_model", args=[model.pk])
    assert export in body(auditor, address, tab="history")
    viewer = world.person("Vi")
    world.member(viewer, AccessRole.VIEWER)
    assert export not in body(sign_in(viewer), address, tab="history")


def test_each_thing_that_an_entry_lists_has_a_line_of_its_own() -> None:
    body = {
        "sign_offs_void": [{"check": "a.b", "signed_by": "Ana"}, {"check": "c.d", "signed_by": "Li"}],
        "count": 2,
    }
    assert dict(rest_of(body)) == {"Sign-offs void": ("a.b · Ana", "c.d · Li"), "Count": ("2",)}


def test_a_sign_off_is_told_by_the_question_of_its_check(world: make.World, auditor: Client) -> None:
    check = {"id": "spec.agreed", "sign_off": {"by": ["leader"]}, "asks": "Is the spec agreed?"}
    world.policy({"conception_to_prototype": [check]})
    world.sign(world.model(), "spec.agreed")
    page = body(auditor, reverse("audit"))
    assert "Is the spec agreed?" in page
    assert "spec.agreed" not in page
    world.policy({"conception_to_prototype": []})
    later = body(auditor, reverse("audit"))
    assert "Is the spec agreed?" not in later
    assert "Spec: agreed" in later
