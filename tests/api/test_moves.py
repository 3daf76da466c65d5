"""Gates, moves, sign-offs, waivers and decisions over HTTP."""

from copy import deepcopy
from datetime import timedelta

import pytest

from throughline.core.people import Role

pytestmark = pytest.mark.django_db

GATE = "conception_to_prototype"
MEASURED = {
    "id": "quality.good",
    "measured": {"key": "metric.val_auc", "at_least": 0.8},
    "asks": "Is the AUC good enough?",
    "waivable_by": ["leader"],
}
SIGNED = {"sign_off": {"by": ["leader"]}, "id": "value.agreed", "asks": "Is the value agreed?"}


def test_the_gate_says_what_is_missing_and_whose_turn_it_is(world, pm):
    world.policy({GATE: [MEASURED]})
    model = world.model()
    told = pm.get(f"/models/{model.pk}/gate").json()
    assert (told["gate"], told["passing"], told["to_stage"]) == (GATE, "not_passed", "prototype")
    assert (sum(told["counts"].values()), told["counts"]["met"]) == (1, 0)
    assert told["findings"][0]["check"] == "quality.good"
    assert told["seats"][0]["could"] == ["Li"]
    world.measure(model, "metric.val_auc", 0.9)
    assert pm.get(f"/models/{model.pk}/gate?to=prototype").json()["passing"] == "passed"


def test_the_gate_of_a_past_instant_is_as_it_was_known_then(world, pm):
    world.policy({GATE: [MEASURED]})
    model = world.model()
    before = world.now + timedelta(minutes=1)
    world.later(minutes=10)
    world.measure(model, "metric.val_auc", 0.9)
    as_of = before.isoformat().replace("+00:00", "Z")
    assert pm.get(f"/models/{model.pk}/gate?as_of={as_of}").json()["passing"] == "not_passed"
    assert pm.get(f"/models/{model.pk}/gate").json()["passing"] == "passed"


def test_the_gate_is_refused_where_it_cannot_be_asked(world, pm):
    model = world.model()
    assert pm.get(f"/models/{model.pk}/gate?to=production").status_code == 409
    assert pm.get(f"/models/{model.pk}/gate?as_of=2999-01-01T00:00:00Z").status_code == 422
    assert pm.get(f"/models/{model.pk}/gate?as_of=2001-01-01T00:00:00Z").status_code == 404
    assert pm.get(f"/models/{model.pk}/gate?as_of=2001-01-01T00:00:00").status_code == 422
    assert pm.get("/models/999999/gate").status_code == 404


def test_a_move_is_asked_for_and_decided_by_somebody_else(world, pm, leader):
    model = world.model()
    asked = pm.post(f"/models/{model.pk}/moves", {"kind": "advance", "reason": "It is time."})
    assert asked.status_code == 201
    path = f"/moves/{asked.json()['id']}"
    assert pm.get("/moves?state=open").json()["items"][0]["id"] == asked.json()["id"]
    assert pm.get(f"{path}/gate").json()["passing"] == "passed"
    own = pm.post(f"{path}/answers", {"approve": True})
    assert own.status_code in (403, 409)
    decided = leader.post(f"{path}/answers", {"approve": True, "reason": "Agreed."})
    assert decided.json()["state"] == "approved"
    late = leader.post(f"{path}/answers", {"approve": True})
    assert late.status_code == 409
    assert late.json()["type"].endswith(":lost_race")
    assert pm.get(f"/models/{model.pk}").json()["stage"] == "prototype"


def test_a_closed_gate_refuses_the_decision_with_every_reason(world, pm, leader):
    world.policy({GATE: [MEASURED, SIGNED]})
    model = world.model()
    asked = pm.post(f"/models/{model.pk}/moves", {"kind": "advance", "reason": "It is time."})
    refused = leader.post(f"/moves/{asked.json()['id']}/answers", {"approve": True})
    assert refused.status_code == 409
    assert [reason["field"] for reason in refused.json()["reasons"]] == [None, "quality.good", "value.agreed"]
    assert (
        pm.post(f"/moves/{asked.json()['id']}/withdrawal", {"reason": "Later."}).json()["state"]
        == "withdrawn"
    )
    assert pm.post(f"/moves/{asked.json()['id']}/withdrawal", {"reason": "Later."}).status_code == 409


def test_moves_of_others_are_not_there(world, outsider):
    move = world.request(world.model())
    assert outsider.get(f"/moves/{move.pk}").status_code == 404
    assert outsider.post(f"/moves/{move.pk}/answers", {"approve": True}).status_code == 404
    assert outsider.get("/moves").json()["items"] == []


def test_decisions_keep_the_dossier(world, pm, outsider):
    model = world.model(at="prototype")
    one = pm.get(f"/models/{model.pk}/decisions").json()["items"][0]
    full = pm.get(f"/decisions/{one['id']}").json()
    assert full["dossier"]["model"]["name"] == "Churn"
    assert full["verdict"]["passing"] == "passed"
    assert full["answers"][0]["name"] == "Li"
    assert outsider.get(f"/decisions/{one['id']}").status_code == 404
    assert outsider.get(f"/models/{model.pk}/decisions").status_code == 404


def test_an_exported_dossier_verifies_without_the_server(world, pm, outsider):
    from throughline.core.bundles import check

    world.policy({GATE: [deepcopy(MEASURED)]})
    model = world.model()
    world.measure(model, "metric.val_auc", 0.9)
    world.moved(model)
    answer = pm.get(f"/models/{model.pk}/dossier")
    assert "attachment" in answer["Content-Disposition"]
    checked = check(answer.json())
    assert checked.problems == ()
    assert (checked.decisions, checked.entries > 3) == (1, True)
    assert outsider.get(f"/models/{model.pk}/dossier").status_code == 404
    assert pm.get(f"/models/{model.pk}/dossier?as_of=2001-01-01T00:00:00Z").status_code == 404


def test_a_sign_off_is_given_by_name_and_refused_when_stale(world, pm, leader):
    world.policy({GATE: [SIGNED]})
    model = world.model()
    path = f"/models/{model.pk}/sign-offs"
    seen = pm.get(f"/models/{model.pk}/gate").json()["dossier_fingerprint"]
    body = {
        "check_id": "value.agreed",
        "reason": "Agreed on Monday.",
        "link": "https://example.org/m",
        "seen": seen,
    }
    assert pm.post(path, body).status_code == 403
    pm.patch(f"/models/{model.pk}", {"summary": "Something else."})
    assert leader.post(path, body).status_code == 412
    assert leader.post(path, {**body, "seen": ""}).status_code == 201
    assert leader.post(path, {**body, "seen": "", "link": "javascript:alert(1)"}).status_code == 422
    assert [row["name"] for row in pm.get(path).json()["items"]] == ["Li"]


def test_a_waiver_is_asked_for_granted_and_revoked(world, pm, leader):
    world.policy({GATE: [MEASURED]})
    model = world.model()
    until = (world.now + timedelta(days=20)).isoformat()
    body = {"gate": GATE, "check_id": "quality.good", "reason": "Measured next week.", "until": until}
    asked = pm.post(f"/models/{model.pk}/waivers", body)
    assert asked.status_code == 201, asked.content
    path = f"/waivers/{asked.json()['id']}"
    assert pm.post(f"{path}/decision", {"grant": True, "reason": "Mine."}).status_code in (403, 409)
    assert leader.post(f"{path}/decision", {"grant": True, "reason": "Fine."}).json()["state"] == "granted"
    assert pm.get(f"/models/{model.pk}/gate").json()["passing"] == "passed_by_waiver"
    assert leader.post(f"{path}/revocation", {"reason": "No longer."}).json()["state"] == "revoked"
    assert pm.get(f"/models/{model.pk}/gate").json()["passing"] == "not_passed"
    assert [row["state"] for row in pm.get(f"/models/{model.pk}/waivers").json()["items"]] == ["revoked"]
    assert pm.get(path).json()["version"] == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"gate": "moon"},
        {"check_id": "x.y"},
        {"until": "2001-01-01T00:00:00Z"},
        {"until": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_a_waiver_that_cannot_be_is_refused(world, pm, wrong):
    world.policy({GATE: [MEASURED]})
    model = world.model()
    until = (world.now + timedelta(days=20)).isoformat()
    body = {"gate": GATE, "check_id": "quality.good", "reason": "Next week.", "until": until, **wrong}
    assert pm.post(f"/models/{model.pk}/waivers", body).status_code in (404, 422)


def test_service_accounts_ask_for_nothing(world, call_as):
    account = world.person("ci")
    account.is_service = True
    account.save()
    world.member(account, "member")
    model = world.model()
    answer = call_as(account, "write").post(
        f"/models/{model.pk}/moves", {"kind": "advance", "reason": "Green."}
    )
    assert answer.status_code == 403


def test_feasibility_is_recorded_and_listed(world, pm):
    model = world.model()
    ratings = {"value": 4, "feasibility": 3, "data_readiness": 2, "risk": 3, "effort": 3}
    made = pm.post(f"/models/{model.pk}/feasibility", {**ratings, "is_go": True, "reason": "Worth it."})
    assert made.status_code == 201
    assert pm.get(f"/models/{model.pk}/feasibility").json()["items"][0]["is_go"] is True
    wrong = pm.post(
        f"/models/{model.pk}/feasibility", {**ratings, "risk": 6, "is_go": True, "reason": "Worth it."}
    )
    assert wrong.json()["reasons"][0]["field"] == "risk"


def test_people_without_a_seat_are_told_who_has_one(world, pm, call_as):
    other = world.person("Oscar")
    world.member(other, "approver")
    world.assign(other, Role.ANALYST)
    move = world.request(world.model())
    answer = call_as(other).post(f"/moves/{move.pk}/answers", {"approve": True})
    assert answer.status_code == 403
    assert "Li" in answer.json()["detail"]
