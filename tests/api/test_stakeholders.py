"""Stakeholders and contacts with them over HTTP."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.make import World
from throughline.core.permissions import AccessRole
from throughline.records.stakeholders import Stakeholder

NEW = {"name": "Head of retention", "part": "sponsor", "influence": 5, "interest": 4, "cadence_days": 30}


def test_a_stakeholder_is_added_changed_listed_and_ended(world: World, pm: Any) -> None:
    model = world.model()
    made = pm.post(f"/models/{model.pk}/stakeholders", NEW)
    assert made.status_code == 201
    row = made.json()
    assert (row["quadrant"], row["last_contact"], row["is_overdue"]) == ("closely", None, False)
    url, tag = f"/stakeholders/{row['id']}", made["ETag"]
    changed = pm.patch(url, {"need": "Fewer calls"}, If_Match=tag)
    assert (changed.json()["need"], changed.json()["influence"]) == ("Fewer calls", 5)
    stale = pm.patch(url, {"need": "More calls"}, If_Match=tag)
    assert (stale.status_code, stale.json()["current"]["need"]) == (412, "Fewer calls")
    assert pm.get(url).json() == changed.json()
    assert pm.get(f"/models/{model.pk}/stakeholders").json()["items"] == [changed.json()]
    ended = pm.post(f"{url}/end", {"reason": "Moved on."}, If_Match=changed["ETag"])
    assert ended.json()["ended_reason"] == "Moved on."
    assert pm.post(f"{url}/end", {"reason": "Again."}).status_code == 409
    assert pm.get(f"/models/{model.pk}/stakeholders").json()["items"] == []
    assert len(pm.get(f"/models/{model.pk}/stakeholders?with_ended=true").json()["items"]) == 1


def test_contacts_are_recorded_and_listed_newest_first(world: World, pm: Any) -> None:
    row = world.stakeholder(world.model())
    url = f"/stakeholders/{row.pk}/contacts"
    day = (timezone.now() - timedelta(days=5)).date().isoformat()
    assert pm.post(url, {"kind": "review", "day": day}).status_code == 201
    made = pm.post(url, {"kind": "meeting", "note": "Agreed."}).json()
    assert [one["kind"] for one in pm.get(url).json()["items"]] == ["meeting", "review"]
    assert pm.get(f"/stakeholders/{row.pk}").json()["last_contact"] == made["at"]
    for wrong in (
        {"kind": "x"},
        {"kind": "meeting", "day": "2999-01-01"},
        {"kind": "meeting", "day": "2026-02-30"},
    ):
        assert pm.post(url, wrong).status_code == 422, wrong


def test_an_account_brings_sight_of_the_model(world: World, pm: Any, call_as: Any) -> None:
    model, kim = world.model(), world.person("Kim")
    assert call_as(kim, "read").get(f"/models/{model.pk}").status_code == 404
    pm.post(f"/models/{model.pk}/stakeholders", {**NEW, "email": kim.email})
    caller = call_as(kim, "read")
    assert caller.get(f"/models/{model.pk}").status_code == 200
    assert caller.get(f"/models/{model.pk}/stakeholders").status_code == 403
    assert caller.get(f"/stakeholders/{Stakeholder.objects.get().pk}").status_code == 404


def test_what_makes_no_sense_is_told_by_field(world: World, pm: Any) -> None:
    url = f"/models/{world.model().pk}/stakeholders"
    for wrong, field in (
        ({**NEW, "part": "king"}, "part"),
        ({**NEW, "influence": 6}, "influence"),
        ({**NEW, "email": "nobody@example.org"}, "email"),
        ({**NEW, "name": " "}, "name"),
        ({**NEW, "ended_at": "2020-01-01"}, "ended_at"),
    ):
        reply = pm.post(url, wrong)
        assert (reply.status_code, reply.json()["reasons"][0]["field"]) == (422, field)
    assert not Stakeholder.objects.exists()


def test_who_may_not_does_not(world: World, outsider: Any, call_as: Any) -> None:
    model = world.model()
    row = world.stakeholder(model)
    viewer = world.person("Vera")
    world.member(viewer, AccessRole.VIEWER)
    looking = call_as(viewer)
    assert looking.get(f"/models/{model.pk}/stakeholders").status_code == 200
    assert looking.post(f"/models/{model.pk}/stakeholders", NEW).status_code == 403
    for path in (
        f"/models/{model.pk}/stakeholders",
        f"/stakeholders/{row.pk}",
        f"/stakeholders/{row.pk}/contacts",
    ):
        assert outsider.get(path).status_code == 404, path
    assert outsider.post(f"/stakeholders/{row.pk}/end", {"reason": "x"}).status_code == 404


def test_a_repeated_request_adds_once(world: World, pm: Any) -> None:
    url = f"/models/{world.model().pk}/stakeholders"
    first, second = (pm.post(url, NEW, Idempotency_Key="one-and-the-same") for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert Stakeholder.objects.count() == 1
