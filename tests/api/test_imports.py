"""Imports over HTTP: the same steps as on the pages, for programs."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from throughline.core.permissions import AccessRole
from throughline.records.imports import ImportBatch
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db

CONTENT = "ID,Name,Stage,Date initiated\n1,Churn,Production,2024-05-01\n2,Fraud,In mission,7/11/1905\n"


def send(caller: Any, world: Any, content: str | bytes = CONTENT, **parts: str) -> Any:
    file = SimpleUploadedFile("portfolio.csv", content if isinstance(content, bytes) else content.encode())
    return caller.client.post(
        "/api/v1/imports",
        {"file": file, "program": world.program.slug, **parts},
        headers={"Authorization": f"Bearer {caller.secret}"} if caller.secret else {},
    )


@pytest.fixture
def path(pm: Any, world: Any) -> str:
    made = send(pm, world)
    assert made.status_code == 201, made.content
    return str(made["Location"]).removeprefix("/api/v1")


def test_a_file_is_read_mapped_imported_and_taken_back(pm: Any, world: Any, path: str) -> None:
    body = pm.get(path).json()
    assert (body["state"], body["counts"]["create"], body["counts"]["held_back"]) == ("previewed", 1, 1)
    assert body["source"]["encoding"] == "UTF-8"
    held = pm.get(f"{path}/rows?outcome=held_back").json()["items"]
    assert [(row["name"], row["problems"][0]["code"]) for row in held] == [("Fraud", "stage_unmapped")]
    mapping = {**body["mapping"], "defaults": {"stage": "prototype"}}
    mapped = pm.put(f"{path}/mapping", mapping, If_Match='"1"')
    assert (mapped.status_code, mapped["ETag"], mapped.json()["counts"]["create"]) == (200, '"2"', 2)
    done = pm.post(f"{path}/run", If_Match='"2"')
    assert done.json()["state"] == "imported"
    assert MLModel.objects.get(external_id="2").stage == "prototype"
    rows = pm.get(f"{path}/rows?limit=1").json()
    assert rows["items"][0]["model_id"] == MLModel.objects.get(external_id="1").pk
    assert pm.get(f"{path}/rows?limit=1&cursor={rows['next']}").json()["items"][0]["number"] == 2
    assert pm.post(f"{path}/undo", {}).json()["state"] == "undone"
    assert MLModel.objects.count() == 0
    assert [one["state"] for one in pm.get("/imports").json()["items"]] == ["undone"]


def test_the_same_request_with_the_same_key_imports_once(pm: Any, path: str) -> None:
    first = pm.post(f"{path}/run", Idempotency_Key="once")
    again = pm.post(f"{path}/run", Idempotency_Key="once")
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert pm.post(f"{path}/run").status_code == 409
    assert MLModel.objects.count() == 1


def test_a_stale_mapping_is_412_and_a_wrong_one_names_its_parts(pm: Any, path: str) -> None:
    mapping = pm.get(path).json()["mapping"]
    pm.put(f"{path}/mapping", mapping)
    assert pm.put(f"{path}/mapping", mapping, If_Match='"1"').status_code == 412
    wrong = {**mapping, "columns": {"colour": "Name"}, "defaults": {"stage": "flying"}}
    refused = pm.put(f"{path}/mapping", wrong)
    assert refused.status_code == 422
    assert {reason["field"] for reason in refused.json()["reasons"]} == {"columns.colour", "defaults.stage"}
    assert pm.put(f"{path}/mapping", {**mapping, "extra": 1}).status_code == 422


@pytest.mark.parametrize(
    ("content", "parts", "field"),
    [
        (b"%PDF-1.7", {}, "file"),
        (b"", {}, "file"),
        (CONTENT, {"encoding": "no-such"}, "encoding"),
        (CONTENT, {"delimiter": "x"}, "delimiter"),
        (CONTENT, {"mapping_id": "x"}, "mapping_id"),
    ],
)
def test_bad_files_are_refused_at_their_field(
    pm: Any, world: Any, content: Any, parts: Any, field: str
) -> None:
    refused = send(pm, world, content, **parts)
    assert refused.status_code == 422
    assert refused.json()["reasons"][0]["field"] == field
    assert ImportBatch.objects.count() == 0


def test_a_mapping_is_kept_and_used(pm: Any, world: Any, path: str) -> None:
    kept = pm.post(f"{path}/kept-mapping", {"name": "Ours"})
    assert kept.status_code == 201
    again = send(pm, world, mapping_id=str(kept.json()["id"]))
    assert again.json()["mapping"] == pm.get(path).json()["mapping"]
    assert send(pm, world, mapping_id="999999").status_code == 404


def test_a_file_is_put_away(pm: Any, path: str) -> None:
    assert pm.post(f"{path}/discard", If_Match='"1"').status_code == 200
    assert pm.get(path).status_code == 404


def test_others_get_nothing(world: Any, call_as: Any, outsider: Any, nobody: Any, pm: Any, path: str) -> None:
    member = world.person("Max")
    world.member(member, AccessRole.MEMBER)
    for caller, status in ((call_as(member), 403), (outsider, 404), (nobody, 401)):
        assert caller.get(path).status_code == status
        assert caller.post(f"{path}/run").status_code == status
        assert send(caller, world).status_code == status
    reader = call_as(world.pm, "read")
    assert reader.post(f"{path}/run").status_code == 403
    assert MLModel.objects.count() == 0


def test_a_file_beyond_the_limit_of_the_installation_is_413(pm: Any, world: Any, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 50
    assert send(pm, world, CONTENT + "x" * 200_000).status_code == 413


OWNED = "ID,Name,Stage,Owner\n1,Churn,Production,ana@example.org\n2,Fraud,Production,Zoe\n"


def test_owners_get_the_duty_that_the_mapping_names(pm: Any, world: Any) -> None:
    type(world.pm).objects.filter(pk=world.pm.pk).update(email="ana@example.org")
    path = str(send(pm, world, OWNED)["Location"]).removeprefix("/api/v1")
    body = pm.get(path).json()
    assert body["mapping"]["owner_duty"] == "program_manager"
    assert (body["counts"]["owners"]["assign"], body["counts"]["owners"]["nobody"]) == (1, {"Zoe": 1})
    mapping = {**body["mapping"], "owner_duty": "data_engineer"}
    assert pm.put(f"{path}/mapping", {**mapping, "owner_duty": "king"}, If_Match='"1"').status_code == 422
    assert pm.put(f"{path}/mapping", mapping, If_Match='"1"').status_code == 200
    assert pm.post(f"{path}/run", If_Match='"2"').json()["state"] == "imported"
    held = world.pm.assignments.values_list("model__external_id", "duty")
    assert list(held) == [("1", "data_engineer")]
    assert pm.post(f"{path}/undo", {}).json()["state"] == "undone"
    assert not world.pm.assignments.exists()
