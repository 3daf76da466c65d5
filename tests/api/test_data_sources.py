"""Data sources, access and what breaks over HTTP: written once, guarded by versions, closed to whoever may not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from throughline.core.permissions import AccessRole
from throughline.records.data_sources import AccessRequest, DataSource

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(world):
    return world.model()


def source(world, **more):
    return {"program": world.program.slug, "name": "Orders", "provider": "Sales", **more}


def test_a_source_is_added_read_changed_and_retired(world, pm):
    place = {
        "kind": "postgres",
        "host": "db.example.org",
        "database": "shop",
        "schema": "public",
        "port": 5432,
    }
    made = pm.post(
        "/sources",
        source(world, location=place, owner_id=world.pm.pk, refresh="0 6 * * *", time_zone="Europe/Zurich"),
    )
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["owner"], one["location"], one["used_by"]) == ("Ana", place, 0)
    assert len(one["next_refreshes"]) == 3
    assert made["Location"] == f"/api/v1/sources/{one['id']}"
    url = f"/sources/{one['id']}"
    got = pm.get(url)
    assert got["ETag"] == '"1"'
    assert pm.get(url, If_None_Match='"1"').status_code == 304
    changed = pm.patch(
        url, {"automation": "manual", "supported_until": None, "owner_id": None}, If_Match='"1"'
    )
    assert changed.status_code == 200, changed.content
    assert (changed.json()["automation"], changed.json()["owner_id"], changed.json()["provider"]) == (
        "manual", None, "Sales",
    )  # fmt: skip
    stale = pm.patch(url, {"automation": "scripted"}, If_Match='"1"')
    assert stale.status_code == 412
    assert pm.patch(url, {"location": None}).json()["location"] == {}
    ended = pm.post(f"{url}/end", {"reason": "Replaced."})
    assert (ended.json()["ended_reason"], ended.json()["next_refreshes"]) == ("Replaced.", [])
    assert pm.get("/sources").json()["items"] == []
    assert [item["id"] for item in pm.get("/sources?with_ended=true").json()["items"]] == [one["id"]]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"refresh": "daily"}, "refresh"),
        ({"contacts": [{"name": "A", "phone": "1"}]}, None),
        ({"location": {"kind": "files", "path": "x", "password": "p"}}, None),
        ({"location": {"kind": "trino", "host": "h"}}, "location.catalog"),
        ({"sensitivity": "secret"}, None),
        ({"is_supported": "perhaps"}, None),
        ({"owner_id": 10**15}, "owner_id"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"colour": "red"}, None),
    ],
)
def test_bad_input_is_refused_by_its_name_and_nothing_is_kept(world, pm, more, field):
    answer = pm.post("/sources", source(world, **more))
    assert answer.status_code == 422, answer.content
    named = [reason.get("field") for reason in answer.json()["reasons"]]
    assert field is None or field in named
    assert not DataSource.objects.exists()


def test_a_put_adds_once_and_then_changes(world, pm):
    path = f"/programs/{world.program.slug}/sources/wh/orders"
    first = pm.put(path, {"name": "Orders"})
    assert (first.status_code, first.json()["external_id"]) == (201, "wh/orders")
    again = pm.put(path, {"provider": "Sales"}, If_Match='"1"')
    assert (again.status_code, again.json()["name"], again.json()["provider"]) == (200, "Orders", "Sales")
    assert pm.put(path, {"provider": "X"}, If_Match='"1"').status_code == 412
    assert DataSource.objects.count() == 1


def test_models_use_sources_and_flows_lead_on(world, model, pm):
    orders, tills = world.source("Orders"), world.source("Tills")
    made = pm.post(
        f"/models/{model.pk}/sources",
        {"source_ids": [orders.pk], "from_stage": "prototype", "purpose": "Train"},
    )
    assert made.status_code == 201, made.content
    (use,) = made.json()["items"]
    assert pm.get(f"/models/{model.pk}/sources").json()["items"] == [use]
    assert pm.get(f"/sources/{orders.pk}/uses").json()["items"] == [use]
    assert pm.get(f"/sources/{orders.pk}").json()["used_by"] == 1
    flow = pm.post(f"/sources/{orders.pk}/flows", {"upstream_id": tills.pk})
    assert flow.status_code == 201, flow.content
    assert pm.post(f"/sources/{tills.pk}/flows", {"upstream_id": orders.pk}).status_code == 422
    assert pm.get(f"/sources/{tills.pk}/flows").json()["downstream"] == [flow.json()]
    hit = pm.get(f"/sources/{tills.pk}/impact?happened=changed").json()
    assert [(one["model_id"], one["through"]) for one in hit["models"]] == [(model.pk, [["Tills", "Orders"]])]
    assert hit["cause"].startswith(f"source:{tills.pk}:changed:")
    assert pm.get(f"/sources/{tills.pk}/impact?happened=gone").status_code == 422
    assert pm.post(f"/source-flows/{flow.json()['id']}/end").status_code == 200
    assert pm.post(f"/source-uses/{use['id']}/end").json()["ended_at"]
    assert pm.post(f"/source-uses/{use['id']}/end").status_code == 409


def ask(world, *sources, **more):
    due = (timezone.now() + timedelta(days=9)).date().isoformat()
    said = {"needed_by": "Job", "reason": "Scores.", "sent_to": "Sales", "due_on": due, **more}
    return {"source_ids": [one.pk for one in sources], **said}


def test_access_is_asked_granted_and_revoked(world, model, pm, leader):
    orders, calls = world.source("Orders", model), world.source("Calls", model)
    made = pm.post(f"/models/{model.pk}/access-requests", ask(world, orders, calls))
    assert made.status_code == 201, made.content
    first, second = made.json()["items"]
    assert (first["state"], first["standing"], first["asked_by"]) == ("asked", "waiting", "Ana")
    assert pm.post(f"/models/{model.pk}/access-requests", ask(world, orders)).status_code == 422
    url = f"/access-requests/{first['id']}"
    own = pm.post(f"{url}/answer", {"grant": True, "answer": "Yes."})
    assert (own.status_code, own.json()["reasons"][0]["field"]) == (422, "link")
    assert leader.post(f"{url}/answer", {"grant": True, "answer": "Yes."}, If_Match='"9"').status_code == 412
    granted = leader.post(f"{url}/answer", {"grant": True, "answer": "Yes.", "granted_until": "2030-01-01"})
    assert (granted.json()["standing"], granted.json()["granted_until"]) in (
        ("holds", "2030-01-01"), ("ends_soon", "2030-01-01"),
    )  # fmt: skip
    assert leader.post(f"{url}/answer", {"grant": False, "answer": "No."}).status_code == 409
    assert pm.post(f"{url}/withdrawal", {}).status_code == 409
    assert pm.post(f"{url}/revocation", {"reason": ""}).status_code == 422
    assert pm.post(f"{url}/revocation", {"reason": "Over."}).json()["state"] == "revoked"
    assert pm.post(f"/access-requests/{second['id']}/withdrawal", {}).json()["state"] == "withdrawn"
    assert [item["id"] for item in pm.get("/access-requests?state=revoked").json()["items"]] == [first["id"]]


def test_overdue_ones_are_found(world, model, pm):
    world.now -= timedelta(days=20)
    (late,) = world.asks_access(model, world.source("Orders", model), days=5)
    world.asks_access(model, world.source("Calls", model), days=90)
    found = pm.get(f"/access-requests?overdue=true&model_id={model.pk}").json()["items"]
    assert [(item["id"], item["standing"]) for item in found] == [(late.pk, "overdue")]


def test_whoever_may_not_is_kept_out(world, model, call_as, outsider):
    orders = world.source("Orders", model)
    (request,) = world.asks_access(model, orders)
    viewer = world.person("Vi")
    world.member(viewer, AccessRole.VIEWER)
    reads = call_as(viewer)
    assert reads.get(f"/sources/{orders.pk}").status_code == 200
    assert reads.patch(f"/sources/{orders.pk}", {"name": "X"}).status_code == 403
    assert (
        reads.post(f"/access-requests/{request.pk}/answer", {"grant": True, "answer": "x"}).status_code == 403
    )
    for path in (f"/sources/{orders.pk}", f"/sources/{orders.pk}/impact", f"/access-requests/{request.pk}"):
        assert outsider.get(path).status_code == 404
    assert outsider.get("/sources").json()["items"] == []
    assert outsider.get("/access-requests").json()["items"] == []
    assert outsider.post(f"/models/{model.pk}/access-requests", ask(world, orders)).status_code == 404
    assert AccessRequest.objects.get().state == "asked"
