"""Statements asked as one read what each of them reads by itself, whatever kinds of values they bring."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from tests.make import World
from throughline.core.people import Role
from throughline.queries.statements import Parameter, Statement, among, statement
from throughline.queries.together import Facts, Gathering, Together
from throughline.records.evidence import Evidence
from throughline.records.people import Assignment
from throughline.records.portfolio import MLModel, Revision

pytestmark = pytest.mark.django_db


@statement
def modelled() -> QuerySet[MLModel, Any]:
    """Text, truth, instants, nothing, and a list as JSON."""
    rows = MLModel.objects.filter(among("id", "ids"), created_at__lte=Parameter("at"))
    columns = ("name", "program__is_sample", "stage_since", "external_id", "tags", "version")
    return rows.values_list("pk", *columns)


@statement
def measured() -> QuerySet[Evidence, Any]:
    """Fractions that no rounded text could bring back, and an object as JSON."""
    rows = Evidence.objects.filter(among("model_id", "ids"), recorded_at__lte=Parameter("at"))
    return rows.values_list("model_id", "value", "detail", "observed_at", "valid_until", "recorded_by")


@statement
def held() -> QuerySet[Assignment, Any]:
    rows = Assignment.objects.filter(among("model_id", "ids"), recorded_at__lte=Parameter("at"))
    return rows.values_list("model_id", "duty", "ends_at", "person__is_active")


EVERYTHING = Together(modelled, measured, held)


def filled(world: World) -> list[int]:
    first, second = world.model("Churn"), world.model("100 % é “quoted”")
    MLModel.objects.filter(pk=first.pk).update(tags=["weekly", "é"])
    for number, value in enumerate((0.1, 1 / 3, 1e-300, 123456789.123456789)):
        world.measure(first, f"metric.m{number}", value, detail={"fold": number})
    world.assign(world.person("Ada"), Role.DATA_SCIENTIST, first, ends_at=world.now)
    return [first.pk, second.pk]


def test_what_is_asked_together_is_what_each_reads_alone() -> None:
    world = World()
    ids = filled(world)
    for given in (ids, ids[:1], ids[1:]):
        together = EVERYTHING(ids=given, at=world.now)
        alone = [one(ids=given, at=world.now) for one in (modelled, measured, held)]
        assert [sorted(rows, key=repr) for rows in together] == [sorted(rows, key=repr) for rows in alone]
    assert all(EVERYTHING(ids=ids, at=world.now))


def test_it_asks_the_database_once() -> None:
    world = World()
    ids = filled(world)
    with CaptureQueriesContext(connection) as asked:
        EVERYTHING(ids=ids, at=world.now)
    assert len(asked) == 1


def test_nothing_is_read_of_nobody_or_of_another_time() -> None:
    world = World()
    ids = filled(world)
    assert EVERYTHING(ids=[], at=world.now) == [[], [], []]
    assert EVERYTHING(ids=ids, at=world.now - timedelta(days=400)) == [[], [], []]


@pytest.mark.parametrize(
    "build",
    [
        lambda: Revision.objects.order_by("number").values_list("pk"),
        lambda: MLModel.objects.filter(among("id", "ids")),
        lambda: MLModel.objects.filter(among("id", "ids")).values("pk"),
    ],
)
def test_rows_in_an_order_and_whole_rows_are_refused(build: Callable[[], QuerySet[Any, Any]]) -> None:
    with pytest.raises(ValueError, match="Only tuples in no order"):
        Together(Statement(build))(ids=[1])


def test_nouns_are_gathered_with_what_they_make_of_their_rows() -> None:
    world = World()
    first, second = filled(world)
    duties = Facts(lambda rows, at: {row[0]: row[1] for row in rows if row[2] is None or row[2] > at}, held)
    counts = Facts(lambda rows, at: {first: len(rows)}, measured, modelled)
    world.assign(world.pm, Role.LEADER, MLModel.objects.get(pk=second))
    found = Gathering(duties, counts)([first, second], world.now)
    assert found.of(counts, first, 0) == 6
    assert found.of(counts, second, 0) == 0
    assert found.of(duties, second, "") == Role.LEADER
    assert found.all(duties) == duties([first, second], world.now)
    assert found.all(counts) == counts([first, second], world.now)
