"""Assessments over HTTP: asked for, followed, read, compared and judged; refused where they must be."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.api.conftest import BASE
from tests.make import World, small_profile
from throughline.actions import assessments
from throughline.queries.access import system_actor
from throughline.records.assessments import Assessment
from throughline.records.data_sources import DataSource

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folders(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.DATA_FOLDERS = tmp_path / "data", (tmp_path,)


@pytest.fixture
def source(world: World) -> DataSource:
    return world.source("Orders", world.model(), location={"kind": "files", "path": "orders.csv"})


def test_from_asking_to_judging(world: World, source: DataSource, pm: Any, leader: Any) -> None:
    made = pm.post(f"/sources/{source.pk}/assessments", {})
    assert (made.status_code, made.json()["state"]) == (201, "waiting")
    path = made["Location"].removeprefix("/api/v1")
    assert pm.get(f"{path}/profile").status_code == 404
    assessments.run_assessment(
        actor=system_actor("worker"), assessment_id=made.json()["id"], profiler=lambda *_: small_profile(),
        now=timezone.now(),
    )  # fmt: skip
    found = pm.get(f"{path}").json()
    assert (found["state"], found["rows"], found["columns_done"]) == ("done", 100, 2)
    profile = pm.get(f"{path}/profile").json()
    assert [one["name"] for one in profile["columns"]] == ["id", "amount"]
    body = {"accept": True, "reason": "Good.", "profile": found["fingerprint"]}
    assert pm.post(f"{path}/judgement", body).status_code == 403
    assert leader.post(f"{path}/judgement", {**body, "profile": "0" * 64}).status_code == 412
    assert leader.post(f"{path}/judgement", {**body, "reason": ""}).status_code == 422
    assert leader.post(f"{path}/judgement", body).json()["judgement"] == "accepted"
    assert leader.post(f"{path}/judgement", {**body, "accept": False}).status_code == 409


def test_a_file_is_sent_along(world: World, source: DataSource, pm: Any) -> None:
    def send(**parts: object) -> Any:
        headers = {"Authorization": f"Bearer {pm.secret}"}
        return pm.client.post(f"{BASE}/sources/{source.pk}/assessments/file", parts, headers=headers)

    assert send().status_code == 422
    made = send(file=SimpleUploadedFile("orders.csv", b"id\n1\n"))
    assert (made.status_code, made.json()["place"]) == (201, "orders.csv (uploaded)")
    assert send(file=SimpleUploadedFile("x.zip", b"PK\x03\x04")).status_code == 422


def test_two_dates_are_compared_and_two_sources_are_not(world: World, source: DataSource, pm: Any) -> None:
    first = world.assessed(source, judgement="")
    second = world.later(minutes=1).assessed(source, small_profile(missing=30), judgement="")
    other = world.assessed(world.source("Clicks"), judgement="")
    found = pm.get(f"/assessments/{second.pk}/comparison/{first.pk}").json()
    assert (found["before_id"], found["differences"][0]["what"]) == (first.pk, "missing")
    assert found["differences"][0]["deserves_look"]
    assert pm.get(f"/assessments/{second.pk}/comparison/{other.pk}").status_code == 404


def test_the_list_is_newest_first_and_belongs_to_one_source(
    world: World, source: DataSource, pm: Any
) -> None:
    rows = [world.later(minutes=1).assessed(source, judgement="") for _ in range(3)]
    world.assessed(world.source("Clicks"), judgement="")
    page = pm.get(f"/sources/{source.pk}/assessments?limit=2").json()
    rest = pm.get(f"/sources/{source.pk}/assessments?limit=2&cursor={page['next']}").json()
    assert [one["id"] for one in (*page["items"], *rest["items"])] == [row.pk for row in reversed(rows)]


def test_whoever_may_not_know_of_the_source_learns_nothing(
    world: World, source: DataSource, outsider: Any
) -> None:
    row = world.assessed(source, judgement="")
    for path in (
        f"/assessments/{row.pk}",
        f"/assessments/{row.pk}/profile",
        f"/sources/{source.pk}/assessments",
    ):
        assert outsider.get(path).status_code == 404
    assert outsider.post(f"/sources/{source.pk}/assessments", {}).status_code == 404
    body = {"accept": False, "reason": "No.", "profile": row.fingerprint}
    assert outsider.post(f"/assessments/{row.pk}/judgement", body).status_code == 404
    assert Assessment.objects.get().judgement == ""


def test_figures_beyond_what_json_holds_are_told_all_the_same(
    world: World, source: DataSource, pm: Any
) -> None:
    base = small_profile()
    column = replace(base.columns[1], highest="inf", mean=1e20, edges=(0.5, 1e19, 3e19), beyond=1)
    row = world.assessed(source, replace(base, columns=(column,)), judgement="")
    found = pm.get(f"/assessments/{row.pk}/profile").json()
    assert (found["columns"][0]["mean"], found["columns"][0]["edges"][2]) == (1e20, 3e19)
