"""Compliance reviews over HTTP: the whole life of one, what is refused with which code, and hostile input."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.conftest import BASE
from throughline.core.permissions import AccessRole
from throughline.records.compliance import ComplianceReview, Finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(world):
    return world.model()


@pytest.fixture
def rae(world, call_as):
    person = world.reviewer()
    made = call_as(person)
    made.person = person
    return made


@pytest.fixture
def amy(world, call_as):
    person = world.reviewer("Amy", AccessRole.MEMBER)
    made = call_as(person)
    made.person = person
    return made


def ask(pm, model, rae, **more):
    return pm.post(
        f"/models/{model.pk}/compliance", {"kind": "privacy", "reviewer_id": rae.person.pk, **more}
    )


def opened(pm, model, rae):
    one = ask(pm, model, rae).json()
    assert rae.post(f"/compliance/{one['id']}/opening").status_code == 200
    return f"/compliance/{one['id']}"


def test_the_whole_life_of_a_review(model, pm, leader, rae, amy):
    made = ask(pm, model, rae, scope="All of it.")
    assert made.status_code == 201, made.content
    assert made["Location"] == f"{BASE}/compliance/{made.json()['id']}"
    path = f"/compliance/{made.json()['id']}"
    assert pm.post(f"{path}/opening").status_code == 403
    assert rae.post(f"{path}/opening").json()["standing"] == "open"
    raised = rae.post(
        f"{path}/findings", {"title": "Kept for ever", "severity": "high", "owner_id": amy.person.pk}
    )
    assert raised.status_code == 201, raised.content
    (found,) = raised.json()["findings"]
    assert (found["owner"], found["is_claimed"], raised.json()["standing"]) == ("Amy", False, "open")
    assert rae.post(f"{path}/closing", {"conclusion": "passed"}).status_code == 409
    one = f"{path}/findings/1"
    assert pm.post(f"{one}/resolution", {"resolution": "x"}).status_code == 403
    assert amy.post(f"{one}/resolution", {"resolution": "Deleted."}).json()["findings"][0]["is_claimed"]
    assert amy.post(f"{one}/judgement", {"confirm": True}).status_code == 403
    assert rae.post(f"{one}/judgement", {"confirm": False}).status_code == 422
    assert rae.post(f"{one}/judgement", {"confirm": True}).json()["findings"][0]["settled_by"] == "Rae"
    closed = rae.post(f"{path}/closing", {"conclusion": "passed"}).json()
    assert (closed["standing"], closed["conclusion"]) == ("valid", "passed")
    again = amy.post(f"{one}/reopening", {"reason": "It is back."})
    assert (again.status_code, again.json()["standing"], again.json()["findings"][1]["reopens"]) == (
        201,
        "blocked",
        1,
    )
    assert pm.post(f"{path}/findings/2/acceptance", {"reason": "x"}).status_code == 409
    assert leader.post(f"{path}/findings/2/acceptance", {"reason": "Small."}).json()["standing"] == "valid"


def test_lists_narrow_by_program_and_kind_and_show_only_what_one_may_see(world, model, pm, rae, outsider):
    ask(pm, model, rae)
    ask(pm, model, rae, kind="legal")
    assert [one["kind"] for one in pm.get("/compliance").json()["items"]] == ["legal", "privacy"]
    assert len(pm.get(f"/compliance?kind=privacy&program={world.program.slug}").json()["items"]) == 1
    assert pm.get("/compliance?program=none").json()["items"] == []
    assert len(pm.get(f"/models/{model.pk}/compliance?limit=1").json()["items"]) == 1
    assert outsider.get("/compliance").json()["items"] == []
    one = pm.get("/compliance").json()["items"][0]["id"]
    for call in (outsider.get(f"/compliance/{one}"), outsider.post(f"/compliance/{one}/opening")):
        assert call.status_code == 404


def test_changes_heed_the_version(model, pm, rae):
    path = opened(pm, model, rae)
    due = (timezone.now() + timedelta(days=9)).date().isoformat()
    assert pm.patch(path, {"due_on": due}, If_Match='"77"').status_code == 412
    assert pm.patch(path, {"due_on": due}, If_Match='"2"').json()["due_on"] == due
    assert rae.post(f"{path}/closing", {"conclusion": "passed"}, If_Match='"2"').status_code == 412
    assert pm.post(f"{path}/withdrawal", {"reason": "Dropped."}).json()["standing"] == "withdrawn"
    assert pm.post(f"{path}/withdrawal", {"reason": "Dropped."}).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "privcay"}, {"kind": "x" * 41}, {"reviewer_id": 0}, {"reviewer_id": 2**70}, {"due_on": "2026-02-30"},
        {"due_on": "2020-01-01"}, {"due_on": "9999-12-31"}, {"scope": "a\u0000b"}, {"release_id": "one"},
        {"renews_id": 999_999}, {"surprise": 1},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(model, pm, rae, wrong):
    assert ask(pm, model, rae, **wrong).status_code in (404, 422)
    assert not ComplianceReview.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""}, {"title": "x" * 201}, {"severity": "grave"}, {"due_on": "2026-13-01"}, {"owner_id": 10**12},
        {"title": "\u202etxet"}, {"detail": "\ud800"},
    ],
)  # fmt: skip
def test_a_finding_that_does_not_fit_is_named(model, pm, rae, wrong):
    path = opened(pm, model, rae)
    answer = rae.post(f"{path}/findings", {"title": "Found", "severity": "low", **wrong})
    assert answer.status_code in (400, 422), answer.content
    assert not Finding.objects.exists()


def test_conclusions_that_do_not_fit(model, pm, rae):
    path = opened(pm, model, rae)
    for body in (
        {"conclusion": "maybe"},
        {"conclusion": "passed", "valid_until": "2020-01-01"},
        {"conclusion": "passed", "valid_until": "2026-02-30"},
        {"conclusion": "refused"},
        {"conclusion": "conditions"},
        {"conclusion": "passed", "link": "javascript:alert(1)"},
    ):
        assert rae.post(f"{path}/closing", body).status_code == 422, body
    assert pm.get(path).json()["state"] == "open"
    for number in ("0", "2", "99999999999999999999", "x"):
        assert rae.post(f"{path}/findings/{number}/judgement", {"confirm": True}).status_code in (404, 422)


def test_a_program_tells_what_it_found_once(model, pm, rae):
    path = opened(pm, model, rae)
    body = {"title": "Found", "severity": "low"}
    for _ in range(2):
        assert rae.post(f"{path}/findings", body, Idempotency_Key="one").status_code == 201
    assert Finding.objects.count() == 1
