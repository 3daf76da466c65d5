"""Evidence over HTTP: facts, lists, report files."""

from copy import deepcopy

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.conftest import BASE

pytestmark = pytest.mark.django_db

FACT = {
    "kind": "measured",
    "key": "metric.val_auc",
    "value": 0.87,
    "source": "ci",
    "observed_at": "2026-03-01T10:00:00Z",
}
JUNIT = b'<testsuite name="unit" tests="2"><testcase name="a"/><testcase name="b"/></testsuite>'


def upload(caller, path, name="report.xml", content=JUNIT, **fields):
    headers = {"Authorization": f"Bearer {caller.secret}"}
    files = {"file": SimpleUploadedFile(name, content)} if content is not None else {}
    return caller.client.post(BASE + path, {**fields, **files}, headers=headers)


def test_one_fact_is_attached_once(world, pm):
    path = f"/models/{world.model().pk}/evidence"
    made = pm.post(path, FACT)
    assert made.status_code == 201, made.content
    assert made.json()["items"][0]["observed_at"] == "2026-03-01T10:00:00Z"
    again = pm.post(path, FACT)
    assert again.json() == {"items": [], "known": 1}
    assert len(pm.get(path).json()["items"]) == 1
    one = made.json()["items"][0]["id"]
    assert pm.get(f"{path}/{one}").json()["value"] == 0.87
    assert pm.get(f"{path}/999999").status_code == 404


def test_a_list_is_attached_whole_or_not_at_all(world, pm):
    path = f"/models/{world.model().pk}/evidence"
    many = [{**FACT, "key": f"metric.m{number}"} for number in range(50)]
    wrong = [*many, {**FACT, "observed_at": "2999-01-01T00:00:00Z"}]
    refused = pm.post(path, wrong)
    assert refused.status_code == 422
    assert pm.get(path).json()["items"] == []
    assert len(pm.post(path, many).json()["items"]) == 50
    assert len(pm.get(f"{path}?key=metric.m7").json()["items"]) == 1


def test_a_thousand_go_and_one_more_does_not(world, pm):
    path = f"/models/{world.model().pk}/evidence"
    many = [{**FACT, "key": f"metric.m{number}"} for number in range(1_001)]
    assert pm.post(path, many).status_code == 422
    assert len(pm.post(path, many[:1000]).json()["items"]) == 1_000
    assert pm.post(path, []).status_code == 422


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "guessed"),
        ("key", ""),
        ("value", "much"),
        ("link", "javascript:alert(1)"),
        ("outcome", "great"),
        ("release_id", 99),
        ("recorded_by", "somebody"),
        ("recorded_at", "2020-01-01T00:00:00Z"),
        ("observed_at", "yesterday"),
        ("valid_until", "2026-02-01T10:00:00Z"),
    ],
)
def test_a_fact_that_does_not_hold_is_refused_by_field(world, pm, field, value):
    path = f"/models/{world.model().pk}/evidence"
    answer = pm.post(path, {**deepcopy(FACT), field: value})
    assert answer.status_code in (404, 422), answer.content
    assert pm.get(path).json()["items"] == []


def test_a_withdrawn_fact_stays_and_no_longer_counts(world, pm):
    path = f"/models/{world.model().pk}/evidence"
    one = pm.post(path, FACT).json()["items"][0]["id"]
    gone = pm.post(f"{path}/{one}/withdrawal", {"reason": "Wrong data."})
    assert gone.json()["withdrawn_reason"] == "Wrong data."
    assert pm.post(f"{path}/{one}/withdrawal", {"reason": "Again."}).status_code == 409
    assert pm.get(f"{path}?current=true").json()["items"] == []
    assert len(pm.get(path).json()["items"]) == 1


def test_a_report_file_becomes_evidence(world, pm):
    path = f"/models/{world.model().pk}/evidence"
    made = upload(pm, f"{path}/report", label="unit")
    assert made.status_code == 201, made.content
    assert "tests.unit" in {item["key"] for item in made.json()["items"]}


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b"no report", {}),
        (None, {}),
        (b"", {}),
        (JUNIT, {"label": "Not A Label"}),
        (JUNIT, {"label": "a\0b"}),
    ],
)
def test_a_file_that_is_no_report_is_refused(world, pm, content, fields):
    path = f"/models/{world.model().pk}/evidence"
    assert upload(pm, f"{path}/report", content=content, **fields).status_code == 422
    assert pm.get(path).json()["items"] == []


def test_a_file_that_is_too_large_is_refused(world, pm, settings):
    settings.MAX_UPLOAD_BYTES = 10
    assert upload(pm, f"/models/{world.model().pk}/evidence/report").status_code == 413


def test_a_body_that_is_too_large_is_refused(world, pm, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = pm.post(f"/models/{world.model().pk}/evidence", {**FACT, "summary": "x" * 200})
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"


def test_viewers_attach_nothing(world, call_as, outsider):
    viewer = world.person("Vera")
    world.member(viewer, "viewer")
    model = world.model()
    assert call_as(viewer, "read").post(f"/models/{model.pk}/evidence", FACT).status_code == 403
    assert outsider.post(f"/models/{model.pk}/evidence", FACT).status_code == 404
    assert outsider.get(f"/models/{model.pk}/evidence").status_code == 404
