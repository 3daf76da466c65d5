"""What hangs on a source: found in a fixed number of statements, seen by whoever may, and told to whoever is hit."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.make import World
from throughline.actions import data_sources, tellings
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.impact import Happened
from throughline.core.people import Role
from throughline.core.permissions import AccessRole
from throughline.core.stages import MoveKind, Stage
from throughline.queries.data_sources import source_row
from throughline.queries.impact import Impact, impact_of, owed_of
from throughline.records.contracts import ContractAnswer, ContractVersion, DataContract
from throughline.records.data_sources import DataSource
from throughline.records.portfolio import MLModel
from throughline.records.promises import Telling
from throughline.records.stakeholders import Stakeholder

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def look(world: World, row: DataSource, happened: Happened = Happened.LATE, person: Any = None) -> Impact:
    actor = world.actor(person or world.pm)
    return impact_of(actor, source_row(actor, row.pk), happened, world.now)


def made_from(world: World, row: DataSource, upstream: DataSource) -> None:
    data_sources.add_flow(
        actor=world.actor(world.pm), source_id=row.pk, upstream_id=upstream.pk, now=world.now
    )


def output_contract(world: World, model: MLModel, *consumers: Stakeholder) -> DataContract:
    made = DataContract.objects.create(
        program=world.program, key=f"out-{model.pk}", name=f"{model.name} scores", direction="output", model=model,
        created_at=world.now, created_by="Ana",
    )  # fmt: skip
    version = ContractVersion.objects.create(
        contract=made, number=1, standard="v3.0.2", text="x", content={}, fingerprint="0" * 64,
        published_at=world.now, published_by="Ana",
    )  # fmt: skip
    for one in consumers:
        ContractAnswer.objects.create(
            version=version, side="consumer", stakeholder=one, name=one.name, is_agreed=True, fingerprint="0" * 64,
            answered_at=world.now,
        )  # fmt: skip
    return made


def promised(world: World, name: str, row: DataSource) -> tuple[MLModel, Stakeholder]:
    model = world.model(name)
    world.uses(model, row)
    desk = world.stakeholder(model, name=f"Desk of {name}")
    world.promise(model, desk, kind="run_frequency", statement="It runs daily.", value="daily")
    return model, desk


def test_through_what_is_made_from_it_to_models_promises_and_people(world: World) -> None:
    tills, orders = world.source("Tills"), world.source("Orders")
    made_from(world, orders, tills)
    model, desk = promised(world, "Churn", orders)
    world.release(model)
    consumer = world.stakeholder(model, name="Shop", part="user")
    output_contract(world, model, consumer)
    world.source("Weather", world.model("Other"))
    found = look(world, tills)
    (one,) = found.models
    assert (one.where.name, one.through, one.is_in_use) == ("Churn", ((tills.pk, orders.pk),), True)
    assert [release.name for release in one.where.releases] == ["1.0"]
    assert [contract.name for contract in one.where.contracts] == ["Churn scores"]
    assert [drift.promise.latest.value for drift in one.promises] == ["daily"]
    assert [(who.stakeholder_id, who.is_consumer) for who in one.people] == [
        (desk.pk, False),
        (consumer.pk, True),
    ]
    assert found.names == {tills.pk: "Tills", orders.pk: "Orders"}


def test_a_flow_or_use_that_ended_leads_nowhere(world: World) -> None:
    tills, orders = world.source("Tills"), world.source("Orders")
    made_from(world, orders, tills)
    model, _ = promised(world, "Churn", orders)
    actor = world.actor(world.pm)
    data_sources.unlink_source(actor=actor, use_id=model.source_uses.get().pk, now=world.now)
    assert look(world, orders).models == ()
    world.uses(model, orders)
    data_sources.end_flow(actor=actor, flow_id=orders.upstream_flows.get().pk, now=world.now)
    assert look(world, tills).models == ()
    assert len(look(world, orders).models) == 1


def test_a_model_that_was_stopped_has_nothing_to_lose(world: World) -> None:
    orders = world.source("Orders")
    model, _ = promised(world, "Churn", orders)
    world.moved(model, MoveKind.STOP)
    found = look(world, orders)
    assert (found.models, found.hidden) == ((), 0)


def test_an_outsider_sees_nothing_and_a_part_owner_their_part(world: World) -> None:
    tills, orders = world.source("Tills"), world.source("Orders")
    made_from(world, orders, tills)
    mine, _ = promised(world, "Mine", orders)
    promised(world, "Theirs", tills)
    world.uses(mine, tills)
    person = world.person("Dee")
    world.assign(person, Role.DATA_ENGINEER, mine)
    found = look(world, tills, person=person)
    assert [one.where.name for one in found.models] == ["Mine"]
    assert found.hidden == 1
    with pytest.raises(Missing):
        look(world, tills, person=World().pm)


def test_however_much_hangs_on_it_the_statements_are_the_same(
    world: World, django_assert_num_queries: Any
) -> None:
    def counted(row: DataSource) -> int:
        actor = world.actor(world.pm)
        seen = source_row(actor, row.pk)
        impact_of(actor, seen, Happened.FAILED, world.now)
        with CaptureQueriesContext(connection) as captured:
            impact_of(actor, seen, Happened.FAILED, world.now)
        return len(captured)

    one = world.source("One")
    model, desk = promised(world, "Model of one", one)
    output_contract(world, model, desk)
    few = counted(one)
    many = world.source("Many")
    for number in range(8):
        row = world.source(f"Made {number}")
        made_from(world, row, many)
        model, desk = promised(world, f"Model {number}", row)
        output_contract(world, model, desk)
    assert counted(many) == few <= 16
    assert len(look(world, many).models) == 8


class TestTelling:
    def tell(
        self, world: World, model: MLModel, cause: str, *who: Stakeholder, person: Any = None
    ) -> list[Telling]:
        return tellings.tell(
            actor=world.actor(person or world.pm), model_id=model.pk, causes=[cause],
            stakeholder_ids=[one.pk for one in who], subject="Late", words="Orders is late today.", how="in_person",
            now=world.now,
        )  # fmt: skip

    def test_whoever_is_hit_is_told_once_and_the_page_knows(self, world: World) -> None:
        orders = world.source("Orders")
        model, desk = promised(world, "Churn", orders)
        found = look(world, orders)
        assert found.untold == 1
        self.tell(world, model, found.news.cause, desk)
        after = look(world, orders)
        assert (after.people, after.untold) == (1, 0)
        assert look(world, orders, Happened.FAILED).untold == 1
        with pytest.raises(Refused, match="changed since you opened"):
            self.tell(world, model, found.news.cause, desk)

    def test_the_next_day_it_is_news_again_and_after_a_week_it_is_none(self, world: World) -> None:
        orders = world.source("Orders")
        model, desk = promised(world, "Churn", orders)
        cause = look(world, orders).news.cause
        world.later(days=1)
        assert len(owed_of(world.actor(world.pm), model, [cause], world.now)) == 1
        assert look(world, orders).news.cause != cause
        world.later(days=8)
        with pytest.raises(Refused):
            self.tell(world, model, cause, desk)

    def test_nobody_is_told_of_what_does_not_reach_the_model(self, world: World) -> None:
        orders, else_ = world.source("Orders"), world.source("Else")
        model, desk = promised(world, "Churn", orders)
        for cause in (look(world, else_).news.cause, f"source:{10**9}:late:{world.now:%Y-%m-%d}"):
            with pytest.raises(Refused):
                self.tell(world, model, cause, desk)
        other = world.stakeholder(model, name="Not promised anything", part="user")
        with pytest.raises(Refused):
            self.tell(world, model, look(world, orders).news.cause, other)
        assert not Telling.objects.exists()

    def test_a_viewer_tells_nobody(self, world: World) -> None:
        orders = world.source("Orders")
        model, desk = promised(world, "Churn", orders)
        viewer = world.person("Vi")
        world.member(viewer, AccessRole.VIEWER)
        with pytest.raises(NotAllowed):
            self.tell(world, model, look(world, orders).news.cause, desk, person=viewer)


def test_a_source_that_is_used_later_puts_only_days_at_stake(world: World) -> None:
    orders = world.source("Orders")
    model = world.model("Churn")
    world.uses(model, orders, from_stage=Stage.PRODUCTION)
    desk = world.stakeholder(model)
    world.promise(model, desk, kind="sla", statement="By six.", value="06:00")
    world.promise(model, desk, due_on=world.now.date() + timedelta(days=60))
    (one,) = look(world, orders).models
    assert not one.is_in_use
    assert [drift.promise.kind for drift in one.promises] == ["production_date"]
