"""A contract is tested against real files by the worker: what it finds, what becomes evidence, and who may ask."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.conf import LazySettings

from tests.make import World
from tests.make_contracts import Contracts, document
from throughline.actions.evidence import contract_tests
from throughline.actions.evidence.contract_tests import Setup
from throughline.core.contracts.testing import TestState
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole
from throughline.queries.access import system_actor
from throughline.records.activity import Activity
from throughline.records.contracts import ContractTest, DataContract
from throughline.records.evidence import Evidence
from throughline.records.jobs import Job

pytestmark = pytest.mark.django_db
Write = Callable[..., Path]


@pytest.fixture
def made() -> Contracts:
    return Contracts(World())


@pytest.fixture
def write(tmp_path: Path, settings: LazySettings) -> Write:
    """Two hundred orders below the folder that may be read; `worst` is the greatest amount."""
    settings.DATA_FOLDERS = (tmp_path.resolve(),)

    def orders(worst: float = 900.0, name: str = "orders.parquet") -> Path:
        path = tmp_path / name
        duckdb.sql(
            f"copy (select i as id, case when i = 7 then {worst!r}::double else i::double end as amount, "
            f"'note ' || i as note from range(1, 201) as t(i)) to '{path}' (format parquet)"
        )
        return path

    return orders


def asked(made: Contracts, row: DataContract, **more: Any) -> ContractTest:
    actor = made.world.actor(more.pop("by", made.one))
    return contract_tests.request_test(actor=actor, contract_id=row.pk, now=made.world.now, **more)


def run(made: Contracts, test: ContractTest) -> ContractTest:
    contract_tests.run_test(actor=system_actor("worker"), test_id=test.pk, now=made.world.now)
    test.refresh_from_db()
    return test


def outcomes(test: ContractTest) -> dict[str, str]:
    return {one["rule"]: one["outcome"] for one in test.results}


def without_latency() -> dict[str, Any]:
    content = document()
    content["slaProperties"] = []
    return content


def test_data_that_keep_the_contract_pass_and_become_evidence_of_the_model(
    made: Contracts, write: Write
) -> None:
    write()
    row = made.publish(without_latency()).contract
    test = asked(made, row)
    assert (test.state, Job.objects.get(kind=contract_tests.TEST).payload) == (
        "waiting",
        {"test_id": test.pk},
    )
    test = run(made, test)
    assert (test.state, test.outcome, test.rows, test.failed) == ("done", "passed", 200, 0)
    assert test.passed == len(test.results) > 4
    evidence = Evidence.objects.get(model=made.model, key="contract.orders")
    assert (evidence.kind, evidence.outcome, evidence.source) == ("tested", "passed", "throughline")
    assert evidence.detail["contract_test"] == test.pk


def test_one_value_too_great_fails_one_rule_by_its_name(made: Contracts, write: Write) -> None:
    write(worst=1000.4)
    test = run(made, asked(made, made.publish(without_latency()).contract))
    failed = [rule for rule, outcome in outcomes(test).items() if outcome == "failed"]
    assert failed == ["orders.amount.maximum"]
    evidence = Evidence.objects.get(model=made.model)
    assert evidence.outcome == "failed"
    assert "orders.amount.maximum" in evidence.summary


def test_every_model_that_uses_the_source_gets_the_evidence_and_no_other(
    made: Contracts, write: Write
) -> None:
    write()
    second, stranger = made.world.model("Second"), made.world.model("Stranger")
    made.used(made.source, second)
    run(made, asked(made, made.publish(without_latency()).contract))
    assert set(Evidence.objects.values_list("model__name", flat=True)) == {made.model.name, "Second"}
    assert not Evidence.objects.filter(model=stranger).exists()


def test_values_of_a_guarded_source_are_not_kept(made: Contracts, write: Write) -> None:
    write(worst=1000.4)
    content = without_latency()
    for column in content["schema"][0]["properties"]:
        column["classification"] = "public"
    shown = run(made, asked(made, made.publish(content).contract))
    assert any(one["sample"] for one in shown.results)
    made.source.sensitivity = "restricted"
    made.source.save()
    hidden = run(made, asked(made, DataContract.objects.get()))
    assert hidden.outcome == "failed"
    assert not any(one["sample"] for one in hidden.results)


def test_data_that_are_missing_fail_their_table_and_leave_the_rest_unknown(
    made: Contracts, write: Write
) -> None:
    write(name="elsewhere.parquet")
    test = run(made, asked(made, made.publish(without_latency()).contract))
    assert (test.state, test.outcome, test.failed) == ("done", "failed", 1)
    [failed] = [one for one in test.results if one["outcome"] == "failed"]
    assert (failed["rule"], "orders.parquet" in failed["reason"]) == ("orders.present", True)
    assert {one["outcome"] for one in test.results if one is not failed} == {"unknown"}
    assert test.unknown == len(test.results) - 1
    assert Evidence.objects.get().outcome == "failed"


def test_where_nothing_may_be_read_nothing_passes(
    made: Contracts, write: Write, settings: LazySettings
) -> None:
    write()
    row = made.publish(without_latency()).contract
    settings.DATA_FOLDERS = ()
    test = run(made, asked(made, row))
    assert (test.outcome, test.passed, test.failed) == ("unknown", 0, 0)
    assert "THROUGHLINE_DATA_FOLDERS" in test.results[0]["reason"]
    assert Evidence.objects.get().outcome == "unknown"


def test_a_contract_that_names_no_place_is_refused_with_what_to_do(made: Contracts) -> None:
    content = without_latency()
    content.pop("servers")
    row = made.publish(content).contract
    with pytest.raises(Refused, match="names no server"):
        asked(made, row)
    assert not ContractTest.objects.exists()
    assert Activity.objects.latest("seq").verb == "contract.refused"


def test_the_place_of_its_source_serves_a_contract_without_one(made: Contracts, write: Write) -> None:
    write()
    made.source.location = {"kind": "files", "path": "orders.parquet"}
    made.source.save()
    content = without_latency()
    content.pop("servers")
    assert run(made, asked(made, made.publish(content).contract)).outcome == "passed"


def test_one_test_at_a_time(made: Contracts, write: Write) -> None:
    write()
    row = made.publish(without_latency()).contract
    first = asked(made, row)
    with pytest.raises(Refused) as refused:
        asked(made, row, by=made.two)
    assert refused.value.kind == "lost_race"
    run(made, first)
    assert asked(made, row).pk != first.pk


def test_a_test_that_has_its_result_is_not_run_again(made: Contracts, write: Write) -> None:
    path = write()
    test = run(made, asked(made, made.publish(without_latency()).contract))
    path.unlink()
    assert run(made, test).outcome == "passed"
    assert Evidence.objects.count() == 1


def test_a_test_left_half_done_starts_again(made: Contracts, write: Write) -> None:
    write()
    test = asked(made, made.publish(without_latency()).contract)
    ContractTest.objects.update(state=TestState.RUNNING, tables_done=1)
    assert run(made, test).outcome == "passed"


class TestWhoMay:
    def test_a_reader_does_not_test(self, made: Contracts, write: Write) -> None:
        row = made.publish(without_latency()).contract
        reader = made.world.person("Rita")
        made.world.member(reader, AccessRole.VIEWER)
        with pytest.raises(NotAllowed):
            asked(made, row, by=reader)

    def test_a_stranger_does_not_even_see_it(self, made: Contracts) -> None:
        row = made.publish(without_latency()).contract
        with pytest.raises(Missing):
            asked(made, row, by=made.world.person("Stranger"))

    def test_naming_a_database_takes_who_may_connect_tools(self, made: Contracts) -> None:
        row = made.publish(without_latency()).contract
        place = {"kind": "postgres", "host": "db.example.org", "database": "shop"}

        def set_up(by: Any) -> DataContract:
            return contract_tests.set_up_tests(
                actor=made.world.actor(by), contract_id=row.pk, setup=Setup(location=place, password="s3cret"),
                now=made.world.now,
            )  # fmt: skip

        with pytest.raises(NotAllowed):
            set_up(made.one)
        stored = set_up(made.world.pm)
        assert "s3cret" not in stored.secrets
        assert stored.location["host"] == "db.example.org"
        assert all("s3cret" not in str(one.body) for one in Activity.objects.all())


class TestSchedule:
    def scheduled(self, made: Contracts, **setup: Any) -> DataContract:
        row = made.publish(without_latency()).contract
        return contract_tests.set_up_tests(
            actor=made.world.actor(made.world.pm), contract_id=row.pk,
            setup=Setup(**{"schedule": "0 6 * * *", "time_zone": "Europe/Oslo", **setup}), now=made.world.now,
        )  # fmt: skip

    def due(self, made: Contracts) -> int:
        return contract_tests.ask_due_tests(actor=system_actor("worker"), now=made.world.now)

    def test_it_is_tested_once_when_due(self, made: Contracts, write: Write) -> None:
        write()
        row = self.scheduled(made)
        assert row.next_test_at is not None
        assert self.due(made) == 0
        made.world.now = row.next_test_at + timedelta(minutes=1)
        assert (self.due(made), self.due(made)) == (1, 0)
        test = run(made, ContractTest.objects.get())
        assert (test.trigger, test.outcome) == ("schedule", "passed")
        row.refresh_from_db()
        assert row.next_test_at is not None
        assert row.next_test_at > made.world.now

    def test_one_that_cannot_be_tested_is_written_down(self, made: Contracts) -> None:
        row = self.scheduled(made)
        DataContract.objects.update(server="gone")
        assert row.next_test_at is not None
        made.world.now = row.next_test_at
        assert self.due(made) == 0
        test = ContractTest.objects.get()
        assert test.state == "stopped"
        assert "gone" in test.error

    @pytest.mark.parametrize(
        "setup", [{"schedule": "every day"}, {"time_zone": "Mars/Olympus"}, {"schedule": "0 0 30 2 *"}]
    )
    def test_what_cannot_be_read_is_refused_and_nothing_changes(
        self, made: Contracts, setup: dict[str, str]
    ) -> None:
        with pytest.raises(Refused) as refused:
            self.scheduled(made, **setup)
        assert refused.value.kind == "invalid"
        assert DataContract.objects.get().schedule == ""

    def test_what_no_worker_can_be_at_any_more_is_ended(self, made: Contracts, write: Write) -> None:
        write()
        test = asked(made, made.publish(without_latency()).contract)
        made.world.now += contract_tests.PATIENCE + timedelta(minutes=1)
        self.due(made)
        test.refresh_from_db()
        assert test.state == "stopped"
        assert asked(made, DataContract.objects.get()).state == "waiting"


class TestDocuments:
    def judged(
        self, made: Contracts, data: bytes, name: str = "orders.csv", body: bytes | None = None
    ) -> Any:
        import yaml

        content = without_latency()
        content["schema"][0]["quality"] = []
        return contract_tests.try_document(
            actor=made.world.actor(made.one), body=body or yaml.safe_dump(content).encode(), file_name=name,
            chunks=[data], now=made.world.now,
        )  # fmt: skip

    def test_a_file_is_tested_without_anything_being_kept(self, made: Contracts) -> None:
        result = self.judged(made, b"id,amount,note\n1,10,a\n2,2000,b\n")
        assert result.outcome == "failed"
        assert [one.rule for one in result.results if one.outcome == "failed"] == ["orders.amount.maximum"]
        assert not ContractTest.objects.exists()

    def test_what_cannot_be_read_is_said(self, made: Contracts) -> None:
        with pytest.raises(Refused, match="ending"):
            self.judged(made, b"x", name="orders.xlsx")
        with pytest.raises(Refused, match="Line 2, column 1"):
            self.judged(made, b"id\n1\n", body=b"id: [")
        assert self.judged(made, b"PAR1 not really", name="orders.parquet").outcome == "unknown"
