"""Output and feedback over HTTP: shared, answered by whoever was asked and nobody else, triaged, closed."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.api.conftest import BASE
from throughline.records.outputs import Output

pytestmark = pytest.mark.django_db
CSV = b"customer,score\n1001,0.83\n<b>1002</b>,=1+1\n"


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path: Path):
    settings.ATTACHMENTS_DIR = tmp_path


@pytest.fixture
def model(world):
    return world.model()


@pytest.fixture
def lea(world, model, call_as):
    """An approver of the model, with a token of her own."""
    person = world.person("Lea")
    caller = call_as
    asked = world.stakeholder(model, person)
    made = caller(person)
    made.asked = asked.pk
    return made


def link(lea, **more):
    return {"title": "Week 9", "link": "https://bi.example.org/9", "stakeholder_ids": [lea.asked], **more}


def upload(caller, model, content=CSV, headers=None, name="week.csv", **fields):
    given = {"Authorization": f"Bearer {caller.secret}", **(headers or {})}
    files = {"file": SimpleUploadedFile(name, content)} if content is not None else {}
    return caller.client.post(f"{BASE}/models/{model.pk}/outputs/file", {**fields, **files}, headers=given)


def test_a_link_is_shown_answered_and_listed(model, pm, lea):
    made = pm.post(f"/models/{model.pk}/outputs", link(lea))
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["state"], one["purpose"], one["asks"][0]["name"]) == ("waiting", "draft", "Lea")
    assert made["Location"] == f"/api/v1/outputs/{one['id']}"
    answer = lea.post(f"/outputs/{one['id']}/answer", {"approve": True, "seen": one["fingerprint"]})
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "approved"
    assert [item["id"] for item in pm.get(f"/models/{model.pk}/outputs").json()["items"]] == [one["id"]]
    assert pm.get(f"/outputs/{one['id']}/sample").status_code == 404


def test_a_return_owes_a_timeline(model, pm, lea):
    one = pm.post(f"/models/{model.pk}/outputs", link(lea)).json()
    answer = {"approve": False, "words": "", "seen": one["fingerprint"]}
    assert lea.post(f"/outputs/{one['id']}/answer", answer).status_code == 422
    returned = lea.post(f"/outputs/{one['id']}/answer", {**answer, "words": "Too few."}).json()
    assert (returned["state"], returned["owes_timeline"], returned["asks"][0]["words"]) == (
        "returned",
        True,
        "Too few.",
    )
    path, due = f"/outputs/{one['id']}/timeline", (timezone.now() + timedelta(days=9)).date().isoformat()
    assert pm.put(path, {"due_on": "2026-02-30", "note": "x"}).status_code == 422
    assert pm.put(path, {"due_on": "2020-01-01", "note": "x"}).status_code == 422
    assert pm.put(path, {"due_on": due, "note": "x"}, If_Match='"77"').status_code == 412
    dated = pm.put(path, {"due_on": due, "note": "The join is mended."}).json()
    assert (dated["timeline_on"], dated["untold"], dated["owes_timeline"]) == (due, ["Lea"], True)
    assert pm.post(f"/outputs/{one['id']}/withdrawal").status_code == 409


def test_nobody_but_whoever_was_asked_answers(world, model, pm, leader, lea, outsider, call_as):
    one = pm.post(f"/models/{model.pk}/outputs", link(lea)).json()
    path, answer = f"/outputs/{one['id']}/answer", {"approve": True, "seen": one["fingerprint"]}
    uma = world.person("Uma")
    world.stakeholder(model, uma)
    for caller, code in ((pm, 403), (leader, 403), (call_as(uma), 403), (outsider, 404)):
        assert caller.post(path, answer).status_code == code
    assert lea.post(path, {**answer, "seen": "0" * 64}).status_code == 412
    assert call_as(uma, "read").post(path, answer).status_code == 403
    assert pm.get(f"/outputs/{one['id']}").json()["state"] == "waiting"
    assert outsider.get(f"/outputs/{one['id']}").status_code == 404


def test_a_sample_is_kept_as_text_with_its_file(model, pm, lea):
    made = upload(pm, model, title="Week 9", stakeholder_ids=str(lea.asked), is_sample="true")
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["kind"], one["file_name"]) == ("sample", "week.csv")
    rows = pm.get(f"/outputs/{one['id']}/sample").json()["rows"]
    assert rows == [["1001", "0.83"], ["<b>1002</b>", "=1+1"]]


def test_a_file_is_kept_whatever_it_is_when_no_rows_are_asked_for(model, pm, lea):
    made = upload(pm, model, b"%PDF-1.7 report", title="Report", stakeholder_ids=str(lea.asked), name="r.pdf")
    assert (made.status_code, made.json()["kind"]) == (201, "file")


@pytest.mark.parametrize(
    ("content", "fields", "field"),
    [
        (None, {}, "file"),
        (b"", {}, "file"),
        (b"%PDF-1.7", {"is_sample": "true"}, "file"),
        (b"PAR1 and no more", {"is_sample": "true"}, "file"),
        (CSV, {"title": ""}, "title"),
        (CSV, {"title": "a\0b"}, "title"),
        (CSV, {"purpose": "party"}, "purpose"),
        (CSV, {"purpose": "acceptance"}, "release_id"),
        (CSV, {"release_id": "one"}, "release_id"),
        (CSV, {"release_id": "9" * 30}, "release_id"),
        (CSV, {"stakeholder_ids": "x"}, "stakeholder_ids"),
        (CSV, {"stakeholder_ids": ""}, "stakeholders"),
        (CSV, {"stakeholder_ids": "999999"}, "stakeholders"),
    ],
)
def test_what_cannot_be_shown_is_refused_by_field(model, pm, lea, content, fields, field):
    given = {"title": "Week 9", "stakeholder_ids": str(lea.asked), **fields}
    answer = upload(pm, model, content, **given)
    assert answer.status_code == 422, answer.content
    assert answer.json()["reasons"][0]["field"] == field
    assert not Output.objects.exists()


def test_a_file_that_is_too_large_is_refused(model, pm, lea, settings):
    settings.MAX_UPLOAD_BYTES = 10
    assert upload(pm, model, title="Week 9", stakeholder_ids=str(lea.asked)).status_code == 413
    assert not Output.objects.exists()


def test_a_repeated_upload_with_its_key_shares_once(model, pm, lea):
    given = {"title": "Week 9", "stakeholder_ids": str(lea.asked), "is_sample": "true"}
    first, second = (upload(pm, model, headers={"Idempotency-Key": "k-1"}, **given) for _ in range(2))
    assert (first.status_code, second.json()["id"]) == (201, first.json()["id"])
    assert second["Idempotency-Replayed"] == "true"
    other = upload(pm, model, CSV + b"1003,0\n", headers={"Idempotency-Key": "k-1"}, **given)
    assert other.status_code == 422
    assert Output.objects.count() == 1


def test_stakeholders_share_nothing_and_ask_nobody(model, pm, lea, world):
    one = pm.post(f"/models/{model.pk}/outputs", link(lea)).json()
    assert lea.post(f"/models/{model.pk}/outputs", link(lea)).status_code == 403
    assert upload(lea, model, None).status_code == 403
    asked = {"stakeholder_ids": [world.stakeholder(model).pk]}
    assert lea.post(f"/outputs/{one['id']}/asks", asked).status_code == 403
    assert len(pm.post(f"/outputs/{one['id']}/asks", asked).json()["asks"]) == 2
    assert pm.post(f"/outputs/{one['id']}/withdrawal").json()["state"] == "withdrawn"


def test_feedback_goes_from_given_to_closed(model, pm, lea, outsider):
    path = f"/models/{model.pk}/feedback"
    made = lea.post(path, {"text": "It comes too late."})
    assert (made.status_code, made.json()["giver_name"], made.json()["came_by"]) == (201, "Lea", "api")
    one = f"/feedback/{made.json()['id']}"
    assert outsider.get(one).status_code == 404
    assert lea.post(f"{one}/triage", {"kind": "work_item"}).status_code == 403
    assert pm.post(f"{one}/close", {"outcome": "Done."}).status_code == 409
    assert pm.post(f"{one}/triage", {"kind": "declined"}).status_code == 422
    assert pm.post(f"{one}/triage", {"kind": "shrug"}).status_code == 422
    assert (
        pm.post(f"{one}/triage", {"kind": "work_item", "note": "The job moves."}, If_Match='"9"').status_code
        == 412
    )
    assert pm.post(f"{one}/triage", {"kind": "work_item", "note": "The job moves."}).json()["version"] == 2
    assert pm.get(f"{path}?is_open=true").json()["items"]
    assert pm.post(f"{one}/close", {"outcome": "At seven."}).json()["outcome"] == "At seven."
    assert pm.get(f"{path}?is_open=true").json()["items"] == []
    assert pm.post(f"{one}/close", {"outcome": "Again."}).status_code == 409
    assert lea.post(path, {"text": "In her name.", "giver_name": "Uma"}).status_code == 403
