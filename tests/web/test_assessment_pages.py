"""Pages of assessments: who sees what, what a sensitive source shows, and how a page follows the worker."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.make import World, small_profile
from throughline.actions import assessments
from throughline.core.permissions import AccessRole
from throughline.core.profiles import ColumnKind, ColumnProfile
from throughline.records.assessments import Assessment
from throughline.records.data_sources import DataSource
from throughline.records.people import Person


@pytest.fixture(autouse=True)
def _folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.DATA_FOLDERS = tmp_path / "data", (tmp_path,)


@pytest.fixture
def source(world: World) -> DataSource:
    return world.source("Orders", world.model(), location={"kind": "files", "path": "orders.csv"})


def text(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers or None)
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_the_page_follows_the_worker_and_begins_anew_when_it_is_done(
    world: World, source: DataSource, pm: Client
) -> None:
    made = pm.post(f"/sources/{source.pk}/assessments/new", {"table": ""})
    row = Assessment.objects.get()
    assert made["Location"] == f"/assessments/{row.pk}"
    Assessment.objects.filter(pk=row.pk).update(state="running", columns=40, columns_done=25)
    part = pm.get(f"/assessments/{row.pk}", headers={"HX-Request": "true"})
    assert b"25 of 40 columns are done" in part.content
    assert b"every 2s" in part.content
    assert "HX-Refresh" not in part
    Assessment.objects.filter(pk=row.pk).update(state="stopped", error="It is not UTF-8.")
    assert pm.get(f"/assessments/{row.pk}", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "It is not UTF-8." in text(pm, f"/assessments/{row.pk}")


def test_a_refused_start_keeps_what_was_typed(world: World, source: DataSource, pm: Client) -> None:
    assessments.start_assessment(actor=world.actor(world.pm), source_id=source.pk, now=world.now)
    response = pm.post(f"/sources/{source.pk}/assessments/new", {"table": "orders_2026"})
    assert response.status_code == 409
    assert b"orders_2026" in response.content
    assert b"being assessed already" in response.content


def test_of_a_sensitive_source_no_value_is_on_any_page(world: World, source: DataSource, pm: Client) -> None:
    name = ColumnProfile(
        "name", "VARCHAR", ColumnKind.TEXT, distinct=2, lowest="Quokkasaurus", top=(("Wombat", 9),)
    )
    base = small_profile()
    first = world.assessed(source, replace(base, columns=(*base.columns, name)), judgement="")
    second = world.later(days=1).assessed(source, replace(base, rows=300, columns=(name,)), judgement="")
    paths = (f"/assessments/{second.pk}", f"/assessments/{second.pk}/compare?with={first.pk}")
    assert "Wombat" in text(pm, paths[0])
    DataSource.objects.filter(pk=source.pk).update(sensitivity="restricted")
    for path in paths:
        assert not any(word in text(pm, path) for word in ("Quokka", "Wombat", "99.5"))
    assert "No value is kept" in text(pm, paths[0])


def test_who_may_only_look_gets_no_form(
    world: World, source: DataSource, sign_in: Callable[[Person], Client], leader: Client
) -> None:
    row = world.assessed(source, judgement="")
    viewer = world.person("Vi")
    world.member(viewer, AccessRole.VIEWER)
    assert "Is it good enough?" in text(leader, f"/assessments/{row.pk}")
    page = text(sign_in(viewer), f"/assessments/{row.pk}")
    assert "Is it good enough?" not in page
    assert "Assess it" not in text(sign_in(viewer), f"/sources/{source.pk}/assessments")


def test_a_stakeholder_and_a_stranger_see_nothing_of_it(
    world: World, source: DataSource, sign_in: Callable[[Person], Client]
) -> None:
    row = world.assessed(source, judgement="")
    lea = world.person("Lea")
    world.member(lea, AccessRole.STAKEHOLDER)
    for person in (lea, world.person("Otto")):
        for path in (
            f"/assessments/{row.pk}",
            f"/sources/{source.pk}/assessments",
            f"/assessments/{row.pk}/compare",
        ):
            assert sign_in(person).get(path).status_code == 404


def test_a_judgement_without_a_reason_shows_the_page_again(
    world: World, source: DataSource, leader: Client
) -> None:
    row = world.assessed(source, judgement="")
    response = leader.post(
        f"/assessments/{row.pk}/judge", {"answer": "accept", "reason": "", "profile": row.fingerprint}
    )
    assert response.status_code == 422
    assert b"Is it good enough?" in response.content
    response = leader.post(
        f"/assessments/{row.pk}/judge", {"answer": "accept", "reason": "Fine.", "profile": row.fingerprint}
    )
    assert response.status_code == 302
    assert "Accepted" in text(leader, f"/sources/{source.pk}")


def test_nothing_to_compare_and_nothing_that_moved_are_said(
    world: World, source: DataSource, pm: Client
) -> None:
    first = world.assessed(source, judgement="")
    assert "nothing to compare it with yet" in text(pm, f"/assessments/{first.pk}/compare")
    second = world.later(days=1).assessed(source, judgement="")
    assert "Nothing moved" in text(pm, f"/assessments/{second.pk}/compare")
    other = world.assessed(world.source("Clicks"), judgement="")
    assert pm.get(f"/assessments/{second.pk}/compare?with={other.pk}").status_code == 404


def test_a_table_of_many_columns_is_turned_over_page_by_page(
    world: World, source: DataSource, pm: Client
) -> None:
    base = small_profile()
    columns = tuple(replace(base.columns[1], name=f"column_{number:03d}") for number in range(60))
    row = world.assessed(source, replace(base, columns=columns), judgement="")
    assert "column_059" not in text(pm, f"/assessments/{row.pk}")
    assert "column_059" in text(pm, f"/assessments/{row.pk}?page=3")
    assert "column_059" in text(pm, f"/assessments/{row.pk}?page=99999")


def test_names_of_columns_are_shown_and_not_run(world: World, source: DataSource, pm: Client) -> None:
    base = small_profile()
    row = world.assessed(
        source,
        replace(base, columns=(replace(base.columns[1], name="<script>alert(1)</script>"),)),
        judgement="",
    )
    page = text(pm, f"/assessments/{row.pk}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
