"""Statements built once read, change and write what Django's own would, whatever values they are run with."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F, QuerySet, TextField, Value
from django.test.utils import CaptureQueriesContext

from tests.make import World
from throughline.core.stages import Stage
from throughline.queries.statements import Insertion, Parameter, Update, _literal, among, statement
from throughline.records.portfolio import MLModel, Revision

pytestmark = pytest.mark.django_db


@statement
def named() -> QuerySet[MLModel, tuple[int, str]]:
    rows = MLModel.objects.filter(among("id", "ids"), stage_since__lte=Parameter("at"))
    return rows.values_list("pk", "name")


@statement
def whole() -> QuerySet[MLModel]:
    return MLModel.objects.select_related("program__policy", "policy").filter(pk=Parameter("pk"))


rename = Update(
    lambda: MLModel.objects.filter(pk=Parameter("pk"), version=Parameter("seen")),
    name=Parameter("name"),
    changed_at=Parameter("at"),
    version=F("version") + 1,
)


def test_one_statement_serves_any_number_of_values() -> None:
    world = World()
    made = [world.model(name) for name in ("Churn", "Fraud", "Demand")]
    ids = [model.pk for model in made]
    assert sorted(named(ids=ids, at=world.now)) == [(m.pk, m.name) for m in made]
    assert named(ids={ids[1]}, at=world.now) == [(ids[1], "Fraud")]
    assert named(ids=[], at=world.now) == []
    assert named(ids=ids, at=world.now - timedelta(seconds=1)) == []


def test_it_asks_the_database_once_for_each_run() -> None:
    world = World()
    model = world.model()
    with CaptureQueriesContext(connection) as asked:
        assert whole(pk=model.pk)[0].program.policy.label  # type: ignore[union-attr]
    assert len(asked) == 1


def test_rows_are_those_that_django_reads() -> None:
    world = World()
    model = world.model(at=Stage.PROTOTYPE)
    MLModel.objects.filter(pk=model.pk).update(policy=None, tags=["weekly", "é"])
    (row,) = whole(pk=model.pk)
    expected = MLModel.objects.select_related("program__policy", "policy").get(pk=model.pk)
    assert row == expected
    assert row.policy is None
    assert row.tags == ["weekly", "é"]
    assert row.stage_since == expected.stage_since
    assert row.program == world.program
    assert whole(pk=model.pk + 1000) == []


def test_a_change_counts_what_it_changed() -> None:
    world = World()
    model = world.model()
    later = world.now + timedelta(hours=1)
    assert rename(pk=model.pk, seen=model.version + 1, name="Lost race", at=later) == 0
    assert rename(pk=model.pk, seen=model.version, name="100 % sure", at=later) == 1
    before, model = model.version, MLModel.objects.get(pk=model.pk)
    assert (model.name, model.changed_at, model.version) == ("100 % sure", later, before + 1)


def test_a_row_made_ready_is_written_when_it_is_run() -> None:
    world = World()
    model = world.model()
    row = Revision(
        model=model, number=9, at=world.now, by="Ana", content={"share": 0.5, "none": None}, changed={}
    )
    ready = Insertion(row)
    assert not Revision.objects.filter(number=9).exists()
    ready.run()
    kept = Revision.objects.get(pk=row.pk)
    assert (kept.content, kept.at, kept.changed) == ({"share": 0.5, "none": None}, world.now, {})
    row.by = "Li"
    row.save()
    assert Revision.objects.filter(number=9).count() == 1


def test_a_value_that_is_missing_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError, match="at"):
        named(ids=[1])


def test_values_are_never_part_of_the_text() -> None:
    world = World()
    model = world.model()
    hostile = "x'); DROP TABLE person; -- %s"
    assert rename(pk=model.pk, seen=model.version, name=hostile, at=world.now) == 1
    assert named(ids=[model.pk], at=world.now) == [(model.pk, hostile)]


@statement
def constant() -> QuerySet[MLModel, tuple[object, ...]]:
    rows = MLModel.objects.filter(stage="conception", version__gte=1, name__contains=Parameter("part"))
    hostile = Value("it's 100 %s?", output_field=TextField())
    return rows.annotate(
        plain=Value("a b", output_field=TextField()), odd=hostile, yes=Value(True)
    ).values_list("name", "plain", "odd", "yes")


def test_what_never_differs_may_stand_in_the_text() -> None:
    World().model("100 % sure")
    assert constant(part="%") == [("100 % sure", "a b", "it's 100 %s?", True)]
    assert constant(part="?") == []


@pytest.mark.parametrize(
    ("constant", "text"),
    [
        ("approved", "'approved'"),
        ("", "''"),
        (7, "7"),
        (True, "1"),
        ("it's", ""),
        ("100%", ""),
        ("?", ""),
        (None, ""),
    ],
)
def test_only_the_plainest_constants_do(constant: object, text: str) -> None:
    assert _literal(constant) == text


def test_a_change_made_ready_runs_later() -> None:
    world = World()
    model = world.model()
    ready = rename.ready(pk=model.pk, seen=model.version, name="Later", at=world.now)
    assert not MLModel.objects.filter(name="Later").exists()
    assert ready.run() == 1
    assert ready.run() == 0  # of two that saw the same, one wins


def test_what_is_known_late_joins_the_row() -> None:
    world = World()
    ready = Insertion(Revision(model=world.model(), number=9, at=world.now, by="Ana", content={}, changed={}))
    ready.run(content={"share": 0.5}, by="Li")
    kept = Revision.objects.get(number=9)
    assert (kept.content, kept.by) == ({"share": 0.5}, "Li")


def test_a_number_that_no_column_holds_finds_nothing() -> None:
    model = World().model("Churn")
    assert whole(pk=2**63) == whole(pk=-(10**30)) == []
    assert whole(pk=2**63 - 1) == []
    assert [row.pk for row in whole(pk=model.pk)] == [model.pk]
