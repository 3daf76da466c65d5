"""Programs, models and releases over HTTP."""

import pytest

from tests.make import World
from throughline.core.stages import Stage

pytestmark = pytest.mark.django_db


def test_a_model_is_created_read_and_changed(world, pm):
    made = pm.post("/models", {"program": world.program.slug, "name": "Churn", "external_id": "churn"})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["name"], body["stage"], body["program"]) == ("Churn", "conception", world.program.slug)
    assert made["Location"] == f"/api/v1/models/{body['id']}"
    read = pm.get(f"/models/{body['id']}")
    assert read.json() == body
    assert read["ETag"] == '"1"'
    changed = pm.patch(f"/models/{body['id']}", {"risk_tier": "high"}, If_Match='"1"')
    assert changed.json()["risk_tier"] == "high"
    assert changed.json()["version"] == 2


def test_a_stale_write_is_answered_with_the_present_content(world, pm):
    model = world.model()
    path = f"/models/{model.pk}"
    assert pm.patch(path, {"team": "One"}, If_Match='"1"').status_code == 200
    late = pm.patch(path, {"team": "Two"}, If_Match='"1"')
    assert late.status_code == 412
    assert late["Content-Type"] == "application/problem+json"
    assert late["ETag"] == '"2"'
    assert late.json()["current"]["team"] == "One"
    assert late.json()["current"]["version"] == 2
    assert pm.get(path).json()["team"] == "One"


def test_if_match_that_is_no_etag_is_refused(world, pm):
    model = world.model()
    answer = pm.patch(f"/models/{model.pk}", {"team": "One"}, If_Match="yesterday")
    assert answer.status_code == 422
    assert answer.json()["reasons"][0]["field"] == "If-Match"


def test_what_is_current_is_not_sent_again(world, pm):
    model = world.model()
    assert pm.get(f"/models/{model.pk}", If_None_Match='"1"').status_code == 304
    assert pm.get(f"/models/{model.pk}", If_None_Match='"7"').status_code == 200


def test_unknown_fields_are_refused_and_change_nothing(world, pm):
    model = world.model()
    for field, value in {
        "stage": "production",
        "version": 9,
        "id": 1,
        "program_id": 1,
        "standing": "retired",
    }.items():
        answer = pm.patch(f"/models/{model.pk}", {"team": "X", field: value})
        assert answer.status_code == 422, field
        assert answer.json()["reasons"][0]["field"] == field
    model.refresh_from_db()
    assert (model.stage, model.version, model.team) == (Stage.CONCEPTION, 1, "")


def test_upsert_by_external_id_makes_one_model_however_often(world, pm):
    path = f"/programs/{world.program.slug}/models/registry/churn v2"
    first = pm.put(path, {"name": "Churn"})
    assert first.status_code == 201
    assert first.json()["external_id"] == "registry/churn v2"
    second = pm.put(path, {"name": "Churn", "team": "Growth"})
    assert second.status_code == 200
    assert second.json()["id"] == first.json()["id"]
    third = pm.put(path, {"name": "Churn", "team": "Growth"})
    assert third.json()["version"] == second.json()["version"]
    assert len(pm.get("/models").json()["items"]) == 1


def test_upsert_of_a_version_that_is_gone_is_stale(world, pm):
    path = f"/programs/{world.program.slug}/models/churn"
    assert pm.put(path, {"name": "Churn"}, If_Match='"4"').status_code == 412


def test_models_are_filtered_counted_and_paged_without_loss(world, pm):
    for number in range(7):
        world.model(
            f"Model {number}", risk_tier="high" if number % 2 else "low", team="A" if number < 4 else "B"
        )
    first = pm.get("/models?tier=high&limit=2")
    assert first.status_code == 200, first.content
    assert first["X-Total-Count"] == "3"
    names, page = [], first.json()
    while True:
        names += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        page = pm.get(f"/models?tier=high&limit=2&cursor={page['next']}").json()
    assert names == ["Model 1", "Model 3", "Model 5"]
    assert [
        m["name"] for m in pm.get("/models?team=B&search=model&sort=-name&stage=conception").json()["items"]
    ] == [
        "Model 6",
        "Model 5",
        "Model 4",
    ]
    assert pm.get("/models?stage=production").json()["items"] == []


@pytest.mark.parametrize("sort", ["name", "-name", "age", "-age", "changed", "id"])
def test_every_order_pages_through_all(world, pm, sort):
    made = [world.later(minutes=1).model("Same name").pk for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = pm.get(f"/models?sort={sort}&limit=2&cursor={cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert sorted(seen) == made


def test_a_cursor_of_another_order_or_made_up_is_refused(world, pm):
    for number in range(3):
        world.model(f"Model {number}")
    cursor = pm.get("/models?limit=1").json()["next"]
    assert pm.get(f"/models?limit=1&sort=age&cursor={cursor}").status_code == 422
    assert pm.get(f"/models?limit=1&cursor={cursor[:-2]}xx").status_code == 422
    assert pm.get("/models?cursor=abc").json()["reasons"][0]["field"] == "cursor"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=1000000000", "limit=x", "sort=colour", "stage=moon"]
)
def test_a_list_names_its_limits(world, pm, query):
    answer = pm.get(f"/models?{query}")
    assert answer.status_code == 422
    assert answer.json()["reasons"][0]["field"].split(".")[0] == query.split("=")[0]


def test_a_list_of_a_hundred_takes_a_fixed_number_of_queries(world, pm, django_assert_num_queries):
    for number in range(12):
        world.model(f"Model {number}")
    pm.get("/models")
    with django_assert_num_queries(4):
        assert len(pm.get("/models?limit=10").json()["items"]) == 10
    with django_assert_num_queries(4):
        assert len(pm.get("/models?limit=3").json()["items"]) == 3


def test_a_model_is_found_by_id_and_external_id(world, pm):
    model = world.model(external_id="registry/churn")
    for reference in (str(model.pk), "registry/churn", f"{world.program.slug}/registry/churn"):
        assert pm.get(f"/models/find?reference={reference}").json()["id"] == model.pk
    assert pm.get("/models/find?reference=nothing").status_code == 404


def test_programs_are_listed_read_and_created(world, pm, admin):
    assert [p["slug"] for p in pm.get("/programs").json()["items"]] == [world.program.slug]
    assert pm.get(f"/programs/{world.program.slug}").json()["name"] == world.program.name
    made = admin.post("/programs", {"name": "New", "slug": "new", "policy": "light"})
    assert made.status_code == 201
    assert made["Location"] == "/api/v1/programs/new"
    assert admin.post("/programs", {"name": "New", "slug": "new"}).status_code == 422
    assert pm.post("/programs", {"name": "Mine", "slug": "mine"}).status_code == 403


def test_outsiders_are_told_that_there_is_nothing(world, outsider):
    model = world.model()
    assert outsider.get(f"/models/{model.pk}").status_code == 404
    assert outsider.patch(f"/models/{model.pk}", {"team": "X"}).status_code == 404
    assert outsider.get(f"/programs/{world.program.slug}").status_code == 404
    assert outsider.put(f"/programs/{world.program.slug}/models/x", {"name": "X"}).status_code == 404
    assert outsider.get("/models").json() == {"items": [], "next": None}


def test_releases_are_planned_changed_and_withdrawn(world: World, pm):
    model = world.model()
    path = f"/models/{model.pk}/releases"
    made = pm.post(path, {"name": "1.0"})
    assert made.status_code == 201
    assert pm.post(path, {"name": "1.1"}).status_code == 422
    one = f"{path}/{made.json()['id']}"
    changed = pm.patch(one, {"subject": "churn version 2"}, If_Match='"1"')
    assert changed.json()["subject"] == "churn version 2"
    assert pm.patch(one, {"subject": "churn version 3"}, If_Match='"1"').status_code == 412
    gone = pm.post(f"{one}/withdrawal", {"reason": "By mistake."})
    assert gone.json()["state"] == "withdrawn"
    assert pm.post(f"{one}/withdrawal", {"reason": "Again."}).status_code == 409
    assert [r["state"] for r in pm.get(path).json()["items"]] == ["withdrawn"]
