"""Label audits over HTTP: from file to results, blind on the way, and refused in time."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.conftest import BASE
from tests.make_labels import Audits, tickets
from throughline.core.permissions import AccessRole
from throughline.records.label_audits import LabelAudit, LabelItem

pytestmark = pytest.mark.django_db
DRAW = {"label": "label", "key": "id", "shown": ["text"], "size": 12, "seed": 7, "most_error": 0.4}


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path: Path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


@pytest.fixture
def audits(world):
    return Audits(world)


def upload(caller, path, content, **fields):
    given = {"Authorization": f"Bearer {caller.secret}"}
    files = {"file": SimpleUploadedFile("tickets.csv", content)} if content is not None else {}
    return caller.client.post(f"{BASE}{path}", {**fields, **files}, headers=given)


def test_from_file_to_results(audits, pm, leader, call_as):
    ada, bo = (call_as(audits.person(name)) for name in ("Ada", "Bo"))
    begun = upload(pm, f"/models/{audits.model.pk}/label-audits", tickets(), name="Tickets")
    assert begun.status_code == 201, begun.content
    path = begun["Location"].removeprefix(BASE)
    assert begun.json()["columns"] == ["id", "text", "label", "region"]
    drawn = pm.post(f"{path}/draw", DRAW)
    assert drawn.status_code == 200, drawn.content
    assert (drawn.json()["state"], drawn.json()["items"], drawn.json()["population"]) == ("open", 12, 100)
    for caller, says in ((ada, None), (bo, "calm")):
        me = caller.get("/me").json()["person_id"]
        assert pm.post(f"{path}/labellers", {"person_id": me}).status_code == 200
        items = caller.get(f"{path}/items").json()["items"]
        assert all(set(one) == {"item", "shown", "label", "is_answered", "note"} for one in items)
        answers = [
            {"item": one["item"], "label": says or one["shown"]["text"].split()[-1], "note": ""}
            for one in items
        ]
        taken = caller.post(f"{path}/answers", {"answers": answers})
        assert taken.json() == {"new": 12, "changed": 0, "same": 0, "empty": 0}
    assert pm.get(f"{path}/results").status_code == 409
    assert pm.post(f"{path}/close").status_code == 409
    assert pm.post(f"{path}/end", {}).json()["state"] == "settling"
    assert ada.post(f"{path}/answers", {"answers": answers}).status_code == 409
    for item in LabelItem.objects.all():
        truth = item.shown["text"].split()[-1]
        if truth != "calm":
            assert ada.put(f"{path}/items/{item.number}/settled", {"label": truth}).status_code == 403
            assert leader.put(f"{path}/items/{item.number}/settled", {"label": truth}).status_code == 200
    closed = pm.post(f"{path}/close")
    assert closed.status_code == 200, closed.content
    results = pm.get(f"{path}/results").json()
    assert results["sealed"] == closed.json()["sealed"]
    assert results["error"]["settled"] == 12
    assert results["confusion"]
    listed = pm.get(f"/models/{audits.model.pk}/label-audits").json()["items"]
    assert [(one["name"], one["verdict"]) for one in listed] == [("Tickets", results["verdict"])]


def test_only_who_was_invited_reads_items(audits, pm, call_as, outsider):
    audit = audits.drawn(size=5)
    assert pm.get(f"/label-audits/{audit.pk}/items").status_code == 403
    assert (
        call_as(audits.person("Ola", AccessRole.AUDITOR)).get(f"/label-audits/{audit.pk}/items").status_code
        == 403
    )
    for path in ("", "/items", "/results"):
        assert outsider.get(f"/label-audits/{audit.pk}{path}").status_code == 404


def test_answers_of_somebody_outside_come_by_file(audits, pm):
    audit = audits.drawn(size=5)
    path = f"/label-audits/{audit.pk}"
    made = pm.post(f"{path}/labellers", {"name": "Agency"}).json()
    outside = made["labellers"][0]
    assert outside == {"id": outside["id"], "name": "Agency", "is_outside": True, "answered": 0}
    good, bad = b"item,answer\n1,calm\n2,?\n3,\n", b"item,answer\n1,calm\n2,no such\n"
    refused = upload(pm, f"{path}/answers/file", bad, labeller_id=outside["id"])
    assert refused.status_code == 422
    assert "Line 3" in refused.content.decode()
    assert upload(pm, f"{path}/answers/file", None, labeller_id=outside["id"]).status_code == 422
    assert upload(pm, f"{path}/answers/file", good, labeller_id="x").status_code == 422
    taken = upload(pm, f"{path}/answers/file", good, labeller_id=outside["id"])
    assert taken.json() == {"new": 2, "changed": 0, "same": 0, "empty": 1}
    assert pm.get(path).json()["labellers"][0]["answered"] == 2


@pytest.mark.parametrize(
    "change",
    [{"size": 0}, {"seed": 2**53}, {"most_error": 0}, {"label": "nowhere"}, {"shown": []}, {"method": "quota"},
     {"state": "closed"}],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(audits, pm, change):
    begun = audits.begin()
    reply = pm.post(f"/label-audits/{begun.pk}/draw", {**DRAW, **change})
    assert reply.status_code == 422, reply.content
    assert LabelAudit.objects.get().state == "draft"


def test_an_audit_is_withdrawn_with_a_reason(audits, pm):
    begun = audits.begin()
    assert pm.post(f"/label-audits/{begun.pk}/withdrawal", {"reason": ""}).status_code == 422
    made = pm.post(f"/label-audits/{begun.pk}/withdrawal", {"reason": "Wrong file."})
    assert (made.json()["state"], made.json()["reason"]) == ("withdrawn", "Wrong file.")
    assert pm.post(f"/label-audits/{begun.pk}/draw", DRAW).status_code == 409
