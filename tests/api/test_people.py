"""People, duties, coverage and gaps over HTTP."""

from datetime import timedelta
from typing import Any

import yaml
from django.utils import timezone

from tests.make import World, policy_source
from throughline.core.permissions import AccessRole
from throughline.records.people import Assignment


def needing(world: World) -> Any:
    source = yaml.safe_load(policy_source(version="needs"))
    world.publish(
        yaml.safe_dump({**source, "needed": {"conception": ["analyst", "leader"]}}, sort_keys=False)
    )
    return world.model()


def test_a_duty_is_assigned_listed_delegated_and_ended(world: World, pm: Any) -> None:
    model = needing(world)
    made = pm.post("/assignments", {"duty": "analyst", "model_id": model.pk, "person_id": world.leader.pk})
    assert made.status_code == 201
    row = made.json()
    assert (row["person"], row["is_held_now"]) == ("Li", True)
    listed = pm.get(f"/assignments?model_id={model.pk}").json()["items"]
    assert row["id"] in {one["id"] for one in listed}
    kim = world.person("Kim")
    until = (timezone.now() + timedelta(days=5)).isoformat()
    stand_in = pm.post(f"/assignments/{row['id']}/delegate", {"email": kim.email, "ends_at": until}).json()
    assert stand_in["stands_in_for_id"] == row["id"]
    assert pm.post(f"/assignments/{row['id']}/end").json()["is_held_now"] is False
    assert Assignment.objects.get(pk=stand_in["id"]).ends_at <= timezone.now()
    assert pm.post(f"/assignments/{row['id']}/end").status_code == 409


def test_coverage_says_what_is_open_and_since_when(world: World, pm: Any) -> None:
    model = needing(world)
    found = pm.get(f"/models/{model.pk}/coverage").json()
    assert (found["gaps"], found["can_be_closed_by"]) == (1, ["Ana", "Li"])
    [gap] = [cell for cell in found["duties"] if cell["is_gap"]]
    assert gap["duty"] == "analyst"
    assert gap["open_since"] == found["open_since"]
    listed = pm.get(f"/coverage?program={world.program.slug}&stage=conception").json()["items"]
    assert listed == [found]
    assert pm.get("/coverage?stage=production").json()["items"] == []


def test_coverage_is_paged(world: World, pm: Any) -> None:
    needing(world)
    for number in range(4):
        world.model(f"Model {number}")
    names, cursor = [], ""
    while True:
        page = pm.get(f"/coverage?limit=2&cursor={cursor}").json()
        names += [one["model"] for one in page["items"]]
        if not (cursor := page["next"]):
            break
    assert names == ["Churn", "Model 0", "Model 1", "Model 2", "Model 3"]


def test_a_gap_is_taken_up_and_closed_against_its_version(world: World, pm: Any, leader: Any) -> None:
    model = needing(world)
    due = (timezone.now() + timedelta(days=9)).date().isoformat()
    given = {"duty": "analyst", "model_id": model.pk, "owner_id": world.leader.pk, "due_on": due}
    made = pm.post("/gaps", given)
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    assert pm.post("/gaps", given).status_code == 409
    assert pm.post("/gaps", {**given, "duty": "leader"}).status_code == 409
    gap = made.json()["id"]
    assert pm.get("/gaps?is_open=true").json()["items"][0]["owner"] == "Li"
    assert leader.post(f"/gaps/{gap}/close", {"outcome": "Kim joins."}, If_Match='"7"').status_code == 409
    assert (
        leader.post(f"/gaps/{gap}/close", {"outcome": "Kim joins."}, If_Match='"1"').json()["outcome"]
        == "Kim joins."
    )
    assert pm.get("/gaps?is_open=true").json()["items"] == []


def test_only_known_people_are_listed(world: World, pm: Any, call_as: Any) -> None:
    other = World(now=world.now)
    names = {one["name"] for one in pm.get("/people").json()["items"]}
    assert names == {"Ana", "Li"}
    assert pm.get(f"/people/{other.pm.pk}").status_code == 404
    assert pm.get(f"/people/{world.leader.pk}").json()["name"] == "Li"


def test_who_may_not_is_refused(world: World, call_as: Any) -> None:
    model = needing(world)
    member = world.person("Mia")
    world.member(member, AccessRole.MEMBER)
    given = {"duty": "analyst", "model_id": model.pk, "person_id": member.pk}
    assert call_as(member).post("/assignments", given).status_code == 403
    assert call_as(member, "read").get(f"/models/{model.pk}/coverage").status_code == 200
    outside = call_as(World(now=world.now).pm)
    assert outside.post("/assignments", {**given, "person_id": None}).status_code == 404
    assert outside.get(f"/models/{model.pk}/coverage").status_code == 404


def test_what_is_not_a_field_is_refused(world: World, pm: Any) -> None:
    model = needing(world)
    given = {"duty": "analyst", "model_id": model.pk, "person_id": world.leader.pk}
    for more in (
        {"recorded_by": "me"},
        {"stands_in_for_id": 1},
        {"duty": "king"},
        {"starts_at": "2026-01-01T00:00:00"},
    ):
        assert pm.post("/assignments", {**given, **more}).status_code == 422, more
    assert not Assignment.objects.filter(duty="analyst").exists()
