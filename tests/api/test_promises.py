"""Promises and tellings over HTTP: the same rules as by the pages."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api.conftest import Caller, secret_for
from tests.make import World
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.promises import Telling


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


@pytest.fixture
def kim(world: World) -> Person:
    return world.person("Kim")


@pytest.fixture
def as_person(pm: Any) -> Callable[[Person], Caller]:
    return lambda person: Caller(pm.client, secret_for(person))


def soon(days: int = 30) -> date:
    return timezone.now().date() + timedelta(days=days)


def given(*to: Any, **more: Any) -> dict[str, Any]:
    said = {"kind": "production_date", "statement": "Soon.", "due_on": soon().isoformat()}
    return {**said, "stakeholder_ids": [one.pk for one in to], **more}


def test_a_promise_is_given_changed_against_its_version_and_withdrawn(
    world: World, model: MLModel, kim: Person, pm: Any
) -> None:
    stake = world.stakeholder(model, kim)
    made = pm.post(f"/models/{model.pk}/promises", given(stake))
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    promise = made.json()
    assert (promise["state"], promise["recipients"][0]["is_untold"]) == ("open", True)
    address = f"/promises/{promise['id']}"
    change = {"due_on": soon(44).isoformat(), "reason": "Data are late."}
    changed = pm.patch(address, change, If_Match='"1"').json()
    assert (changed["slip_days"], changed["times_moved"], len(changed["versions"])) == (14, 1, 2)
    stale = pm.patch(address, {"statement": "Else.", "reason": "So."}, If_Match='"1"')
    assert stale.status_code == 412
    assert stale.json()["current"]["due_on"] == soon(44).isoformat()
    assert pm.post(f"{address}/closing", {"reason": "Done."}).status_code == 409
    assert (
        pm.post(f"{address}/withdrawal", {"reason": "Moot."}, If_Match='"2"').json()["state"] == "withdrawn"
    )
    assert pm.get(f"/promises?program={world.program.slug}").json()["items"][0]["id"] == promise["id"]


def test_what_does_not_hold_names_its_field(world: World, model: MLModel, kim: Person, pm: Any) -> None:
    stake = world.stakeholder(model, kim)
    for more, field in (
        ({"due_on": None}, "due_on"), ({"stakeholder_ids": []}, "stakeholders"), ({"due_on": "2026-02-30"}, "due_on"),
        ({"kind": "wish"}, "kind"), ({"due_on": "2001-01-01"}, "due_on"),
    ):  # fmt: skip
        refused = pm.post(f"/models/{model.pk}/promises", given(stake, **more))
        assert refused.status_code == 422, more
        assert field in str(refused.json())
    assert not model.promises.exists()


def test_a_recipient_answers_and_nobody_else(
    world: World, model: MLModel, kim: Person, pm: Any, as_person: Callable[[Person], Caller]
) -> None:
    made = world.promise(model, world.stakeholder(model, kim), due_on=soon())
    address, answer = f"/promises/{made.pk}/answers", {"number": 1, "acknowledge": True}
    assert pm.post(address, answer).status_code == 403
    assert as_person(kim).post(address, {**answer, "number": 2}).status_code == 412
    assert as_person(kim).post(address, {**answer, "acknowledge": False}).status_code == 422
    assert as_person(kim).post(address, answer).status_code == 201
    assert pm.get(f"/promises/{made.pk}").json()["recipients"][0]["answer"] == "acknowledged"
    assert as_person(World().pm).post(address, answer).status_code == 404


def test_recipients_are_added_and_taken_away(world: World, model: MLModel, kim: Person, pm: Any) -> None:
    made, desk = world.promise(model, world.stakeholder(model, kim), due_on=soon()), world.stakeholder(model)
    added = pm.post(f"/promises/{made.pk}/recipients", {"stakeholder_id": desk.pk})
    assert len(added.json()["recipients"]) == 2
    gone = pm.send("DELETE", f"/promises/{made.pk}/recipients/{desk.pk}")
    assert (gone.status_code, len(gone.json()["recipients"])) == (200, 1)
    last = made.recipients.get(ended_at=None).stakeholder_id
    assert pm.send("DELETE", f"/promises/{made.pk}/recipients/{last}").status_code == 409


def test_who_is_untold_is_told_once(world: World, model: MLModel, kim: Person, pm: Any) -> None:
    world.promise(model, world.stakeholder(model, kim), due_on=soon())
    (duty,) = pm.get(f"/models/{model.pk}/untold").json()["items"]
    assert "What was promised" in duty["draft_words"]
    told = {
        "causes": [duty["cause"]], "stakeholder_ids": [duty["stakeholder_id"]], "subject": duty["draft_subject"],
        "words": duty["draft_words"], "how": "in_person",
    }  # fmt: skip
    assert pm.post(f"/models/{model.pk}/tellings", {**told, "how": "pigeon"}).status_code == 422
    assert pm.post(f"/models/{model.pk}/tellings", told, Idempotency_Key="k1").status_code == 201
    assert pm.post(f"/models/{model.pk}/tellings", told, Idempotency_Key="k1").status_code == 201
    assert Telling.objects.count() == 1
    assert pm.post(f"/models/{model.pk}/tellings", told).status_code == 412
    assert pm.get(f"/models/{model.pk}/untold").json()["items"] == []
    assert pm.get(f"/models/{model.pk}/tellings").json()["items"][0]["cause"] == duty["cause"]
