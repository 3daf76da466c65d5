"""Contract tests over HTTP: asked for, watched, set up, refused; and documents with a file that are not kept."""

import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from tests.cli.conftest import secret_for
from tests.make import World
from tests.make_contracts import Contracts, document, text
from throughline.actions.evidence import contract_tests
from throughline.core.permissions import AccessRole
from throughline.queries.access import system_actor
from throughline.records.contracts import ContractTest, DataContract
from throughline.records.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> Contracts:
    return Contracts(World(now=timezone.now()))


@pytest.fixture
def row(made: Contracts, tmp_path: Path, settings: LazySettings) -> DataContract:
    settings.DATA_FOLDERS = (tmp_path.resolve(),)
    target = tmp_path / "orders.parquet"
    duckdb.sql(
        "copy (select i as id, i * 6.0::double as amount, 'n' as note from range(1, 201) as t(i)) "
        f"to '{target}' (format parquet)"
    )
    return made.publish({**document(), "slaProperties": []}).contract


def send(person: Person, method: str, path: str, body: Any = None, *scopes: str, **headers: str) -> Any:
    sent = {"Authorization": f"Bearer {secret_for(person, *scopes)}", **headers}
    content = json.dumps(body) if body is not None else ""
    return Client().generic(method, f"/api/v1{path}", content, "application/json", headers=sent)


def test_a_test_is_asked_for_and_its_rules_come_failures_first(made: Contracts, row: DataContract) -> None:
    asked = send(made.one, "POST", f"/contracts/{row.pk}/tests")
    assert (asked.status_code, asked.json()["state"], asked.json()["trigger"]) == (201, "waiting", "api")
    contract_tests.run_test(actor=system_actor("worker"), test_id=asked.json()["id"], now=made.world.now)
    done = send(made.one, "GET", asked["Location"].removeprefix("/api/v1")).json()
    assert (done["state"], done["outcome"], done["rows"]) == ("done", "failed", 200)
    assert done["rules"][0]["rule"] == "orders.amount.maximum"
    assert "orders.amount.maximum" in done["said"]
    [line] = send(made.one, "GET", f"/contracts/{row.pk}/tests").json()["items"]
    assert (line["id"], "rules" in line) == (done["id"], False)


def test_a_second_one_waits_for_the_first(made: Contracts, row: DataContract) -> None:
    send(made.one, "POST", f"/contracts/{row.pk}/tests")
    second = send(made.two, "POST", f"/contracts/{row.pk}/tests")
    assert (second.status_code, ContractTest.objects.count()) == (409, 1)


def test_readers_and_tokens_without_the_scope_start_nothing(made: Contracts, row: DataContract) -> None:
    rita = made.world.person("Rita")
    made.world.member(rita, AccessRole.VIEWER)
    assert send(rita, "POST", f"/contracts/{row.pk}/tests").status_code == 403
    assert send(made.one, "POST", f"/contracts/{row.pk}/tests", None, "read").status_code == 403
    assert not ContractTest.objects.exists()


def test_the_set_up_is_versioned_and_gives_no_password_out(made: Contracts, row: DataContract) -> None:
    url = f"/contracts/{row.pk}/testing"
    tag = send(made.world.pm, "GET", url)["ETag"]
    body = {
        "location": {"kind": "postgres", "host": "db.example.org", "database": "shop"}, "password": "s3cret-word",
        "schedule": "0 6 * * *", "time_zone": "Europe/Oslo",
    }  # fmt: skip
    changed = send(made.world.pm, "PUT", url, body, **{"If-Match": tag})
    assert (changed.status_code, changed.json()["has_password"]) == (200, True)
    assert "s3cret-word" not in changed.content.decode()
    assert send(made.world.pm, "PUT", url, body, **{"If-Match": tag}).status_code == 412
    assert send(made.one, "PUT", url, body).status_code == 403
    wrong = send(made.world.pm, "PUT", url, {"location": {"kind": "files", "path": "x", "pasword": "y"}})
    assert wrong.status_code == 422


def post_document(person: Person, contract: bytes, data: bytes, name: str = "orders.csv") -> Any:
    files = {"contract": io.BytesIO(contract), "data": io.BytesIO(data)}
    files["contract"].name, files["data"].name = "orders.odcs.yaml", name
    headers = {"Authorization": f"Bearer {secret_for(person)}"}
    return Client().post("/api/v1/document-tests", files, headers=headers)


class TestDocuments:
    def body(self) -> bytes:
        content = document()
        content["schema"][0]["quality"], content["slaProperties"] = [], []
        return text(content).encode()

    def test_a_document_and_a_file_are_judged_and_not_kept(self, made: Contracts) -> None:
        found = post_document(made.one, self.body(), b"id,amount,note\n1,10,a\n2,2000,b\n").json()
        assert (found["outcome"], found["rows"]) == ("failed", 2)
        assert [one["rule"] for one in found["rules"] if one["outcome"] == "failed"] == [
            "orders.amount.maximum"
        ]
        assert not ContractTest.objects.exists()
        assert not DataContract.objects.exists()

    def test_the_servers_of_the_document_are_not_read(
        self, made: Contracts, tmp_path: Path, settings: LazySettings
    ) -> None:
        """Whoever may sign in sees no data of the installation by writing a document about it."""
        settings.DATA_FOLDERS = (tmp_path.resolve(),)
        (tmp_path / "orders.parquet").write_bytes(b"PAR1")
        found = post_document(made.world.person("Else"), self.body(), b"id,amount,note\n1,1,a\n")
        assert found.json()["place"] == "orders.csv"
        assert found.json()["rows"] == 1

    def test_what_cannot_be_read_is_told_where(self, made: Contracts) -> None:
        wrong = post_document(made.one, b"id: [", b"id\n1\n")
        assert (wrong.status_code, "Line" in wrong.content.decode()) == (422, True)
        assert post_document(made.one, self.body(), b"x", "orders.xlsx").status_code == 422
        assert Client().post("/api/v1/document-tests").status_code == 401
