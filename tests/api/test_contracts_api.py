"""Contracts over HTTP: imported as text or object, compared, answered under four eyes, exported as they came."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.cli.conftest import secret_for
from tests.make import World
from tests.make_contracts import Contracts, breaking, document, text
from throughline.core.permissions import AccessRole
from throughline.records.contracts import ContractAnswer, ContractVersion, DataContract
from throughline.records.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> Contracts:
    return Contracts(World(now=timezone.now() - timedelta(hours=1)))


def send(person: Person, method: str, path: str, body: Any = None, *scopes: str) -> Any:
    headers = {"Authorization": f"Bearer {secret_for(person, *scopes)}"}
    content = json.dumps(body) if body is not None else ""
    return Client().generic(method, f"/api/v1{path}", content, "application/json", headers=headers)


def imported(made: Contracts, body: dict[str, Any], person: Person | None = None) -> Any:
    return send(person or made.world.pm, "POST", f"/programs/{made.world.program.slug}/contracts", body)


def test_a_document_comes_as_text_or_as_an_object_and_is_one_version(made: Contracts) -> None:
    first = imported(made, {"text": text(document()), "source_id": made.source.pk})
    assert first.status_code == 201, first.content
    assert first.json()["contract"]["key"] == "orders"
    again = imported(made, {"document": document()})
    assert again.status_code == 200
    assert (again.json()["is_new"], again.json()["is_new_version"]) == (False, False)
    assert ContractVersion.objects.count() == 1


@pytest.mark.parametrize("body", [{}, {"text": "x", "document": {}}, {"text": "a: [", "source_id": None}])
def test_what_does_not_hold_is_refused_with_reasons(made: Contracts, body: dict[str, Any]) -> None:
    answer = imported(made, body)
    assert answer.status_code == 422
    assert answer.json()["reasons"]
    assert not DataContract.objects.exists()


def test_each_fault_is_a_reason_with_its_place(made: Contracts) -> None:
    bad = document(status=5)
    bad["schema"][0]["properties"][0]["required"] = "yes"
    reasons = [one["text"] for one in imported(made, {"document": bad}).json()["reasons"]]
    assert any("status: This must be text" in one for one in reasons)
    assert any("schema[0].properties[0].required: This must be true or false" in one for one in reasons)


def test_versions_are_read_compared_and_exported(made: Contracts) -> None:
    row = made.in_force()
    source = "# kept\n" + text(breaking())
    body = {"text": source, "base": 1}
    assert send(made.one, "POST", f"/contracts/{row.pk}/versions", body).status_code == 201
    assert (
        send(
            made.one, "POST", f"/contracts/{row.pk}/versions", {**body, "text": text(document("3"))}
        ).status_code
        == 412
    )
    found = send(made.one, "GET", f"/contracts/{row.pk}").json()
    assert [(one["number"], one["state"], one["is_breaking"]) for one in found["versions"]] == [
        (2, "waiting", True), (1, "in_force", False),
    ]  # fmt: skip
    assert [one["name"] for one in found["versions"][0]["awaited"]] == ["Shop team", "Churn"]
    compared = send(made.one, "GET", f"/contracts/{row.pk}/comparison?before=1&after=2").json()
    assert compared["is_breaking"]
    assert send(made.one, "GET", f"/contracts/{row.pk}/document").content.decode() == source
    assert send(made.one, "GET", f"/contracts/{row.pk}/document?number=1").content.decode() == text(
        document()
    )
    whole = send(made.one, "GET", f"/contracts/{row.pk}/versions/2").json()
    assert whole["text"] == source
    assert whole["content"]["version"] == "2.0.0"
    by_key = send(made.one, "GET", f"/contracts/find?reference={made.world.program.slug}/orders").json()
    assert by_key["id"] == row.pk


def test_four_eyes_hold_at_this_door_too(made: Contracts) -> None:
    row = made.publish().contract
    seen = row.versions.get().fingerprint
    outside = {
        "number": 1, "side": "provider", "agree": True, "seen": seen, "on_behalf_of": "Pat", "words": "Fine.",
        "link": "https://example.org",
    }  # fmt: skip
    inside = {"number": 1, "side": "consumer", "party_id": made.model.pk, "agree": True, "seen": seen}
    path = f"/contracts/{row.pk}/answers"
    assert send(made.one, "POST", path, outside).status_code == 200
    assert send(made.one, "POST", path, inside).status_code == 403
    assert send(made.two, "POST", path, {**inside, "seen": "0"}).status_code == 412
    assert send(made.two, "POST", path, inside, "read", "write").status_code == 403
    assert send(made.two, "POST", path, inside).json()["state"] == "in_force"
    assert ContractAnswer.objects.count() == 2


def test_period_link_withdrawal_and_end(made: Contracts) -> None:
    made_of = imported(made, {"document": document()}).json()["contract"]["id"]
    path = f"/contracts/{made_of}"
    assert (
        send(made.one, "PUT", f"{path}/link", {"source_id": made.source.pk}).json()["source_id"]
        == made.source.pk
    )
    assert send(made.one, "PUT", f"{path}/link", {}).status_code == 422
    soon = (timezone.now() + timedelta(days=9)).date().isoformat()
    told = send(made.one, "PUT", f"{path}/period", {"number": 1, "ends_on": soon}).json()
    assert told["versions"][0]["ends_on"] == soon
    assert told["versions"][0]["seen"] != told["versions"][0]["fingerprint"]
    gone = send(made.one, "POST", f"{path}/versions/1/withdrawal", {"reason": "No."})
    assert gone.json()["versions"][0]["state"] == "withdrawn"
    assert send(made.one, "POST", f"{path}/end", {"reason": "Over."}).json()["state"] == "ended"
    assert send(made.one, "POST", f"{path}/end", {"reason": "Over."}).status_code == 409


def test_a_zip_and_a_single_file_are_accounted_for(made: Contracts) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.yaml", text(document(id="a")))
        archive.writestr("b.yaml", "x")
    headers = {"Authorization": f"Bearer {secret_for(made.world.pm)}"}
    path = f"/api/v1/programs/{made.world.program.slug}/contracts/files"

    def posted(name: str, body: bytes) -> Any:
        return Client().post(path, {"file": SimpleUploadedFile(name, body)}, headers=headers)

    found = posted("all.zip", out.getvalue())
    assert found.status_code == 200
    assert found.json()["counts"] == {"created": 1, "refused": 1}
    assert posted("c.yaml", text(document(id="c")).encode()).json()["counts"] == {"created": 1}
    assert posted("bad.zip", b"PK\x03\x04nonsense").status_code == 422
    assert Client().post(path, {}, headers=headers).status_code == 422


def test_others_see_nothing(made: Contracts) -> None:
    row = made.publish().contract
    stranger, viewer = made.world.person("Stranger"), made.world.person("Vi")
    made.world.member(viewer, AccessRole.VIEWER)
    assert send(stranger, "GET", f"/contracts/{row.pk}").status_code == 404
    assert send(stranger, "GET", f"/contracts/{row.pk}/document").status_code == 404
    assert send(stranger, "GET", "/contracts/find?reference=orders").status_code == 404
    assert send(viewer, "GET", f"/contracts/{row.pk}").status_code == 200
    assert imported(made, {"document": document(id="x")}, viewer).status_code == 403
    assert send(viewer, "POST", f"/contracts/{row.pk}/end", {"reason": "x"}).status_code == 403


def test_a_list_goes_page_by_page(made: Contracts) -> None:
    for n in range(5):
        made.publish(document(id=f"c{n}", name=f"C{n}"))
    path, seen, cursor = f"/programs/{made.world.program.slug}/contracts", [], ""
    while cursor is not None:
        found = send(made.one, "GET", f"{path}?limit=2&cursor={cursor}").json()
        seen += [one["name"] for one in found["items"]]
        cursor = found["next"]
    assert seen == ["C0", "C1", "C2", "C3", "C4"]
