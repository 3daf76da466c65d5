"""Policies and the activity log over HTTP."""

import json

import pytest

from tests.make import policy_source
from throughline.core.bundles import walk

pytestmark = pytest.mark.django_db


def test_a_policy_is_validated_with_line_and_column(pm):
    good = pm.post("/policies/validation", {"source": policy_source(version="7")})
    assert good.json()["version"] == "7"
    bad = pm.post("/policies/validation", {"source": "policy: x\nversion: '1'\ngates:\n  moon: {}\n"})
    assert bad.status_code == 422
    assert "Line" in bad.json()["reasons"][0]["text"]
    assert pm.post("/policies/validation", {"source": "a: [1"}).status_code == 422
    assert pm.post("/policies/validation", {"source": "a: &x 1\nb: *x"}).status_code == 422


def test_a_policy_is_published_listed_and_put_in_force_again(world, pm, leader):
    path = f"/programs/{world.program.slug}/policies"
    first = pm.get(path).json()["items"][0]
    made = pm.post(path, {"source": policy_source(version="9"), "note": "Stricter."})
    assert made.status_code == 201, made.content
    assert made.json()["is_in_force"] is True
    assert pm.post(path, {"source": policy_source(version="9"), "note": "Again."}).status_code == 422
    back = pm.post(f"{path}/{first['id']}/in-force")
    assert back.json()["is_in_force"] is True
    assert pm.post(f"{path}/{first['id']}/in-force").status_code == 409
    assert "gates" in pm.get(f"{path}/{first['id']}").json()["content"]
    assert leader.post(path, {"source": policy_source(version="10"), "note": "Mine."}).status_code == 403


def test_a_model_is_moved_to_the_policy_in_force(world, pm):
    model = world.model()
    assert pm.post(f"/models/{model.pk}/policy").status_code == 409
    world.policy({})
    assert pm.post(f"/models/{model.pk}/policy").json()["version"] == 2


def test_policies_of_others_are_not_there(world, outsider):
    assert outsider.get(f"/programs/{world.program.slug}/policies").status_code == 404
    assert (
        outsider.post(f"/programs/{world.program.slug}/policies", {"source": "x", "note": "y"}).status_code
        == 404
    )


def test_the_log_is_for_managers_and_auditors(world, pm, leader, admin, outsider):
    world.model()
    listed = pm.get(f"/activity?program={world.program.slug}&verb=model.created").json()["items"]
    assert [entry["body"]["name"] for entry in listed] == ["Churn"]
    assert leader.get(f"/activity?program={world.program.slug}").status_code == 403
    assert outsider.get(f"/activity?program={world.program.slug}").status_code == 404
    assert pm.get("/activity").status_code == 403
    assert len(admin.get("/activity").json()["items"]) >= len(listed)


def test_the_activity_of_a_model_is_its_history(world, leader):
    model = world.model(at="prototype")
    verbs = [entry["verb"] for entry in leader.get(f"/models/{model.pk}/activity").json()["items"]]
    assert verbs[0] == "move.decided"
    assert verbs[-1] == "model.created"


def test_the_exported_log_walks_and_shows_one_program_only(world, pm, leader):
    type(world)(now=world.now).model("Elsewhere")
    world.model()
    answer = pm.get(f"/activity/export?program={world.program.slug}")
    lines = b"".join(answer.streaming_content).splitlines()
    assert walk(json.loads(line) for line in lines).is_whole
    assert b"Elsewhere" not in b"".join(lines)
    assert leader.get(f"/activity/export?program={world.program.slug}").status_code == 403
    assert pm.get("/activity/export").status_code == 403
