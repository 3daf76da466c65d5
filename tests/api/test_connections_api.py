"""Connected tools over HTTP."""

import json

import pytest

from tests.listener import Listener, reply_with
from throughline.core.permissions import AccessRole
from throughline.records.connections import ModelLink
from throughline.records.jobs import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def tool(settings):
    made = Listener()
    made.answer = reply_with(json.dumps({"registered_models": []}).encode())
    settings.ALLOW_HOSTS = frozenset({made.host_port})
    yield made
    made.close()


def new(world, tool, **changes):
    values = {"base_url": f"http://{tool.host_port}", "token": "t0p-secret"}
    return {"program": world.program.slug, "kind": "mlflow", "name": "Registry", "values": values, **changes}


@pytest.fixture
def path(world, tool, pm):
    return f"/connections/{pm.post('/connections', new(world, tool)).json()['id']}"


def test_a_tool_is_connected_read_changed_and_switched_off(world, tool, pm):
    made = pm.post("/connections", new(world, tool))
    assert made.status_code == 201, made.content
    path = made["Location"].removeprefix("/api/v1")
    body = pm.get(path).json()
    assert (body["health"], body["stored_secrets"]) == ("new", ["token"])
    assert "t0p-secret" not in made.content.decode()
    change = {"name": "Other", "values": {"base_url": f"http://{tool.host_port}"}, "interval_minutes": 60}
    assert pm.put(path, change, If_Match='"1"').json()["stored_secrets"] == ["token"]
    late = pm.put(path, change, If_Match='"1"')
    assert (late.status_code, late.json()["current"]["version"]) == (412, 2)
    assert pm.post(f"{path}/switch", {"is_active": False}).json()["health"] == "disabled"
    assert pm.get("/connections").json()["items"][0]["name"] == "Other"


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"values": {"base_url": "http://10.0.0.1"}}, 422, "base_url"),
        ({"values": {"base_url": "https://a.example", "tocken": "x"}}, 422, "settings"),
        ({"kind": "spreadsheet"}, 422, "kind"),
        ({"interval_minutes": 0}, 422, "interval_minutes"),
        ({"program": "nowhere"}, 404, None),
        ({"secret": "x"}, 422, "secret"),
    ],
)
def test_bad_input_is_refused_at_its_field(world, tool, pm, changes, status, field):
    answer = pm.post("/connections", new(world, tool, **changes))
    assert answer.status_code == status
    assert field is None or field in answer.json()["reasons"][0]["field"]


def test_it_is_tried_and_collected_by_the_worker(pm, tool, path):
    assert pm.post(f"{path}/trial").json()["status"] == 200
    tool.answer = reply_with(b"words of the other system", status="403 Forbidden")
    refused = pm.post(f"{path}/trial")
    assert refused.status_code == 409
    assert "words of the other system" not in refused.content.decode()
    assert pm.post(f"{path}/collection").status_code == 202
    assert Job.objects.count() == 1


def test_models_are_linked_and_unlinked(world, pm, path):
    model = world.model()
    link = {"model_id": model.pk, "remote_name": "churn_scorer", "alias": "champion"}
    made = pm.post(f"{path}/links", link)
    assert made.status_code == 201, made.content
    assert pm.post(f"{path}/links", link).status_code == 422
    assert pm.get(f"{path}/links").json()["items"] == [made.json()]
    assert pm.send("DELETE", f"{path}/links/{made.json()['id']}").status_code == 204
    assert pm.send("DELETE", f"{path}/links/{made.json()['id']}").status_code == 409
    assert not ModelLink.objects.exists()


def test_others_see_nothing_or_only_look(world, path, call_as, tool):
    member, stranger = world.person("Mem"), world.person("Otto")
    world.member(member, AccessRole.MEMBER)
    assert call_as(member).get(path).status_code == 200
    assert call_as(member).post(f"{path}/trial").status_code == 403
    assert call_as(stranger, "read").get(path).status_code == 404
    assert call_as(stranger, "read").get("/connections").json()["items"] == []
    assert tool.connections == 0
