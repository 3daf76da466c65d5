"""Pages of contract tests: started, watched, read, set up; and what they show to whom."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from django.conf import LazySettings
from django.test import Client

from tests.make import World
from tests.make_contracts import Contracts, document
from throughline.actions.evidence import contract_tests
from throughline.core.permissions import AccessRole
from throughline.queries.access import system_actor
from throughline.records.contracts import ContractTest, DataContract
from throughline.records.people import Person

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def made(world: World) -> Contracts:
    return Contracts(world)


@pytest.fixture
def row(made: Contracts, tmp_path: Path, settings: LazySettings) -> DataContract:
    """A contract whose data lie there, with one amount too great."""
    settings.DATA_FOLDERS = (tmp_path.resolve(),)
    duckdb.sql(
        "copy (select i as id, case when i = 7 then 1000.4 else i end as amount, '<b>note</b>' as note "
        f"from range(1, 201) as t(i)) to '{tmp_path / 'orders.parquet'}' (format parquet)"
    )
    content = document()
    content["slaProperties"] = []
    for column in content["schema"][0]["properties"]:
        column["classification"] = "public"
    return made.publish(content).contract


def read(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def run(world: World) -> ContractTest:
    test = ContractTest.objects.latest("pk")
    contract_tests.run_test(actor=system_actor("worker"), test_id=test.pk, now=world.now)
    return test


def test_a_test_is_started_watched_and_read(world: World, row: DataContract, pm: Client) -> None:
    page = read(pm, f"/contracts/{row.pk}")
    assert "It was never tested" in page
    assert "orders.parquet" in page
    started = pm.post(f"/contracts/{row.pk}/test", follow=True).content.decode()
    assert "It waits for the worker" in started
    assert 'hx-trigger="every 1s"' in started
    test = run(world)
    done = read(pm, f"/contracts/tests/{test.pk}")
    assert "hx-trigger" not in done
    assert "orders.amount.maximum" in done
    assert "1000.4" in done
    assert "&lt;b&gt;note&lt;/b&gt;" in done
    assert "<b>note</b>" not in done
    assert "Failed" in read(pm, f"/contracts/{row.pk}")


def test_what_failed_stands_before_what_held(world: World, row: DataContract, pm: Client) -> None:
    pm.post(f"/contracts/{row.pk}/test")
    page = read(pm, f"/contracts/tests/{run(world).pk}")
    assert page.index("orders.amount.maximum</span>") < page.index("rules held</summary>")


def test_one_that_runs_is_not_started_twice(row: DataContract, pm: Client) -> None:
    pm.post(f"/contracts/{row.pk}/test")
    second = pm.post(f"/contracts/{row.pk}/test")
    assert second.status_code == 409
    assert ContractTest.objects.count() == 1
    assert "Test now" not in read(pm, f"/contracts/{row.pk}")


def test_a_reader_reads_and_starts_nothing(
    world: World, row: DataContract, pm: Client, sign_in: SignIn
) -> None:
    pm.post(f"/contracts/{row.pk}/test")
    test = run(world)
    rita = world.person("Rita")
    world.member(rita, AccessRole.VIEWER)
    reader = sign_in(rita)
    assert "orders.amount.maximum" in read(reader, f"/contracts/tests/{test.pk}")
    assert "Test again" not in read(reader, f"/contracts/tests/{test.pk}")
    assert reader.post(f"/contracts/{row.pk}/test").status_code == 403
    assert reader.get(f"/contracts/{row.pk}/testing").status_code == 403
    stranger = sign_in(world.person("Stranger"))
    assert stranger.get(f"/contracts/tests/{test.pk}").status_code == 404


def test_one_that_was_stopped_says_why(world: World, row: DataContract, pm: Client) -> None:
    pm.post(f"/contracts/{row.pk}/test")
    DataContract.objects.update(server="gone")
    page = read(pm, f"/contracts/tests/{run(world).pk}")
    assert "It ended without a result." in page
    assert "gone" in page


class TestSetup:
    def test_place_and_schedule_are_said(self, row: DataContract, pm: Client) -> None:
        form = {
            "location.kind": "files", "location.path": "elsewhere/*.csv", "schedule": "0 6 * * 1-5",
            "time_zone": "Europe/Oslo", "version": str(row.version),
        }  # fmt: skip
        page = pm.post(f"/contracts/{row.pk}/testing", form, follow=True).content.decode()
        row.refresh_from_db()
        assert row.location == {"kind": "files", "path": "elsewhere/*.csv", "format": "csv"}
        assert row.next_test_at is not None
        assert "elsewhere/*.csv" in page
        assert "06:00" in page

    def test_faults_stand_at_their_fields_and_what_was_typed_stays(
        self, row: DataContract, pm: Client
    ) -> None:
        form = {"location.kind": "postgres", "location.host": "db.example.org", "schedule": "each day"}
        refused = pm.post(f"/contracts/{row.pk}/testing", form)
        page = refused.content.decode()
        assert refused.status_code == 422
        assert "needs its database" in page
        assert "db.example.org" in page
        row.refresh_from_db()
        assert (row.location, row.schedule) == ({}, "")

    def test_somebody_who_was_slower_is_told(self, row: DataContract, pm: Client) -> None:
        form = {"schedule": "0 6 * * *", "version": str(row.version)}
        assert pm.post(f"/contracts/{row.pk}/testing", form).status_code == 302
        assert pm.post(f"/contracts/{row.pk}/testing", {**form, "schedule": "0 7 * * *"}).status_code == 412
        row.refresh_from_db()
        assert row.schedule == "0 6 * * *"

    def test_a_password_is_never_shown(self, row: DataContract, pm: Client) -> None:
        form = {
            "location.kind": "postgres", "location.host": "db.example.org", "location.database": "shop",
            "password": "s3cret-word",
        }  # fmt: skip
        pm.post(f"/contracts/{row.pk}/testing", form)
        page = read(pm, f"/contracts/{row.pk}/testing")
        assert "Forget the stored password" in page
        assert "s3cret-word" not in page
        pm.post(f"/contracts/{row.pk}/testing", {**form, "password": "", "forget": "on"})
        row.refresh_from_db()
        assert row.secrets == ""


def test_the_page_of_a_contract_shows_when_it_is_tested_next(
    world: World, row: DataContract, pm: Client
) -> None:
    DataContract.objects.update(schedule="0 6 * * *", next_test_at=world.now + timedelta(hours=3))
    assert "At 06:00" in read(pm, f"/contracts/{row.pk}")


def test_rules_that_could_not_be_judged_for_one_reason_are_told_once(
    world: World, row: DataContract, pm: Client, tmp_path: Path
) -> None:
    (tmp_path / "orders.parquet").unlink()
    pm.post(f"/contracts/{row.pk}/test")
    page = read(pm, f"/contracts/tests/{run(world).pk}")
    assert "rules were not judged, for the same reason" in page
    assert page.count("There is no data file") < 5
    assert "read by DuckDB" in page


def test_rules_that_failed_each_for_a_reason_of_its_own_stand_by_themselves(
    world: World, row: DataContract, pm: Client
) -> None:
    pm.post(f"/contracts/{row.pk}/test")
    assert "for the same reason" not in read(pm, f"/contracts/tests/{run(world).pk}")
