"""Specifications and changes of scope over HTTP."""

from typing import Any

import pytest

from tests.make import World
from throughline.records.portfolio import MLModel
from throughline.records.specs import Spec


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


def put(caller: Any, model: MLModel, content: Any, section: str = "problem", **headers: str) -> Any:
    return caller.put(f"/models/{model.pk}/spec/sections/{section}", {"content": content}, **headers)


def submitted(pm: Any, model: MLModel) -> str:
    pm.post(f"/models/{model.pk}/specs")
    put(pm, model, {"problem": "Calls come late"})
    return str(pm.post(f"/models/{model.pk}/spec/submission").json()["fingerprint"])


def test_from_the_start_to_the_approval_and_back_by_number(pm: Any, leader: Any, model: MLModel) -> None:
    made = pm.post(f"/models/{model.pk}/specs")
    assert (made.status_code, made["Location"]) == (201, f"/api/v1/models/{model.pk}/specs/1")
    assert pm.post(f"/models/{model.pk}/specs").status_code == 409
    assert put(pm, model, {"problem": "Calls come late"}, If_Match=made["ETag"]).status_code == 200
    seen = pm.post(f"/models/{model.pk}/spec/submission").json()["fingerprint"]
    done = leader.post(f"/models/{model.pk}/spec/approval", {"seen": seen})
    assert (done.status_code, done.json()["state"]) == (200, "approved")
    found = pm.get(f"/models/{model.pk}/specs/1").json()
    assert found["content"] == {"problem": {"problem": "Calls come late"}}
    assert found["writers"] == ["Ana"]
    assert found["missing"]["conception_to_prototype"][0]["anchor"] == "decision.decision"
    for which, code in (("latest", 200), ("approved", 200), ("in_work", 404)):
        assert pm.get(f"/models/{model.pk}/spec?which={which}").status_code == code
    assert [one["number"] for one in pm.get(f"/models/{model.pk}/specs").json()["items"]] == [1]


def test_the_author_does_not_approve_over_http(world: World, pm: Any, model: MLModel) -> None:
    world.assign(world.pm, "leader", model)
    seen = submitted(pm, model)
    answer = pm.post(f"/models/{model.pk}/spec/approval", {"seen": seen})
    assert answer.status_code == 409
    assert "you can't approve it" in answer.json()["detail"]
    assert Spec.objects.get().state == "submitted"


def test_what_was_not_read_is_not_approved(leader: Any, pm: Any, model: MLModel) -> None:
    submitted(pm, model)
    assert leader.post(f"/models/{model.pk}/spec/approval", {"seen": "0" * 64}).status_code == 412


def test_an_older_tag_does_not_overwrite_the_section_and_gets_what_it_says_now(
    world: World, pm: Any, call_as: Any, model: MLModel
) -> None:
    mia = world.person("Mia")
    world.member(mia, "member")  # type: ignore[arg-type]
    tag = pm.post(f"/models/{model.pk}/specs")["ETag"]
    assert put(call_as(mia), model, {"problem": "Mia's"}, If_Match=tag).status_code == 200
    assert put(pm, model, {"ux": "In the list"}, "ux", If_Match=tag).status_code == 200
    late = put(pm, model, {"problem": "Ana's"}, If_Match=tag)
    assert late.status_code == 412
    assert late.json()["current"]["content"] == {"problem": "Mia's"}
    assert Spec.objects.get().content["problem"]["problem"] == "Mia's"


@pytest.mark.parametrize(
    ("section", "content", "code", "field"),
    [
        ("king", {}, 404, None),
        ("problem", {"king": "x"}, 422, "problem.king"),
        ("problem", ["x"], 422, "problem"),
        ("outputs", {"schema": [{"column": "a"}, {"column": "a"}]}, 422, "outputs.schema.1.column"),
        ("criteria", [{"title": "x", "metric": "m", "target": "many"}], 422, "criteria.0.target"),
    ],
)
def test_bad_content_is_named(
    pm: Any, model: MLModel, section: str, content: Any, code: int, field: str
) -> None:
    pm.post(f"/models/{model.pk}/specs")
    answer = put(pm, model, content, section)
    assert answer.status_code == code
    if field:
        assert answer.json()["reasons"][0]["field"] == field


def test_comments_hold_up_and_a_returned_version_begins_the_next(
    pm: Any, leader: Any, model: MLModel
) -> None:
    seen = submitted(pm, model)
    said = leader.post(f"/models/{model.pk}/spec/comments", {"section": "problem", "text": "How late?"})
    assert said.status_code == 201
    assert leader.post(f"/models/{model.pk}/spec/approval", {"seen": seen}).status_code == 409
    settle = f"/models/{model.pk}/spec/comments/{said.json()['id']}/resolution"
    assert pm.post(settle).json()["resolved_by"] == "Ana"
    assert pm.post(settle).status_code == 409
    assert leader.post(f"/models/{model.pk}/spec/return", {"reason": "Unclear."}).json()["number"] == 2
    assert len(pm.get(f"/models/{model.pk}/spec/comments").json()["items"]) == 1
    put(pm, model, {"problem": "Calls come too late"})
    found = pm.get(f"/models/{model.pk}/spec/comparison?a=1&b=2").json()
    pieces = found["sections"][0]["fields"][0]["pieces"]
    assert {"change": "added", "text": "too "} in pieces
    assert pm.get(f"/models/{model.pk}/spec/comparison?a=1&b=9").status_code == 404


def test_a_change_of_scope_makes_the_next_version(world: World, pm: Any, leader: Any, model: MLModel) -> None:
    asked = {"reason_kind": "new_need", "reason": "Retail too.", "effect_on_scope": "Adds retail."}
    where = f"/models/{model.pk}/scope-changes"
    assert pm.post(where, asked).status_code == 409
    leader.post(f"/models/{model.pk}/spec/approval", {"seen": submitted(pm, model)})
    assert pm.post(where, {**asked, "reason_kind": "mood"}).status_code == 422
    made = pm.post(where, asked)
    assert (made.status_code, made.json()["spec_number"]) == (201, 1)
    one = f"{where}/{made.json()['id']}"
    assert pm.post(f"{one}/decision", {"approve": True, "reason": "Yes."}).status_code in (403, 409)
    done = leader.post(f"{one}/decision", {"approve": True, "reason": "Yes."}).json()
    assert (done["state"], done["next_spec_number"]) == ("approved", 2)
    assert pm.post(f"{one}/withdrawal").status_code == 409
    assert pm.get(one).json()["state"] == "approved"
    assert [row["id"] for row in pm.get(where).json()["items"]] == [done["id"]]


def test_outsiders_find_nothing(outsider: Any, nobody: Any, pm: Any, model: MLModel) -> None:
    submitted(pm, model)
    for path in ("spec", "specs", "specs/1", "spec/comments", "spec/comparison", "scope-changes"):
        assert outsider.get(f"/models/{model.pk}/{path}").status_code == 404
        assert nobody.get(f"/models/{model.pk}/{path}").status_code == 401
    assert put(outsider, model, {"problem": "x"}).status_code == 404
