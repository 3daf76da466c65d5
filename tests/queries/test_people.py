"""Coverage of one model and of a program, who can close a gap, and who sees it."""

from datetime import timedelta
from typing import Any

import pytest
import yaml

from tests.make import World, policy_source
from throughline.actions import moves, people
from throughline.core.errors import Missing, NotAllowed
from throughline.core.permissions import AccessRole
from throughline.core.stages import MoveKind
from throughline.queries import access
from throughline.queries import people as queries

pytestmark = pytest.mark.django_db
NEEDED = ["data_engineer", "program_manager"]


@pytest.fixture
def world() -> World:
    return needing(World())


def needing(world: World) -> World:
    source = yaml.safe_load(policy_source(version="needs"))
    world.publish(yaml.safe_dump({**source, "needed": {"conception": NEEDED}}, sort_keys=False))
    return world


def lines(world: World, **filters: Any) -> list[queries.Line]:
    return queries.coverage_of(queries.staffed(world.actor(world.pm), **filters), world.now)


def test_a_needed_duty_that_nobody_holds_is_a_gap_since_the_stage_began(world: World) -> None:
    model = world.model()
    world.later(days=3)
    [line] = lines(world)
    assert [cell.duty for cell in line.gaps] == ["data_engineer"]
    assert line.gaps[0].open_since == model.stage_since
    held = {cell.duty: [a.name for a in cell.holders] for cell in line.cells if cell.holders}
    assert held == {"program_manager": ["Ana"], "leader": ["Li"]}


def test_a_gap_opens_when_the_last_holder_leaves_or_is_switched_off(world: World) -> None:
    model, mia = world.model(), world.person("Mia")
    world.assign(mia, "data_engineer", model, ends_at=world.now + timedelta(days=5))
    assert not lines(world)[0].gaps
    left = world.now + timedelta(days=5)
    world.later(days=9)
    assert lines(world)[0].oldest == left
    row = world.assign(mia, "data_engineer", model)
    assert not lines(world)[0].gaps
    mia.is_active = False
    mia.save()
    assert [cell.duty for cell in lines(world)[0].gaps] == [row.duty]


def test_a_duty_held_for_the_program_covers_every_model(world: World) -> None:
    world.model(), world.model("Second")
    world.assign(world.leader, "data_engineer")
    assert [line.gaps for line in lines(world)] == [(), ()]


def test_managers_and_leaders_can_close_a_gap(world: World) -> None:
    world.model()
    assert lines(world)[0].closers == ("Ana", "Li")
    chief = world.person("Chief")
    world.member(chief, AccessRole.MANAGER)
    assert lines(world)[0].closers == ("Ana", "Li", "Chief")


def test_the_longest_open_gap_comes_first_and_totals_count_by_duty(world: World) -> None:
    first = world.model("Zebra")
    world.later(days=4)
    world.assign(world.leader, "data_engineer", world.model("Ant"))
    world.model("Bee")
    found = lines(world)
    assert [line.model.name for line in found] == ["Zebra", "Bee", "Ant"]
    totals = {total.duty: total for total in queries.totals(found)}
    assert (totals["data_engineer"].needed, totals["data_engineer"].gaps) == (3, 2)
    assert totals["data_engineer"].oldest == first.stage_since
    assert set(totals) == set(NEEDED)


def test_stopped_models_need_nobody(world: World) -> None:
    model = world.model()
    move = moves.request_move(
        actor=world.actor(world.pm), model_id=model.pk, kind=MoveKind.STOP, to_stage=None, reason="No need.",
        now=world.now,
    )  # fmt: skip
    world.decide(move)
    assert lines(world) == []


def test_a_gap_that_was_taken_up_is_shown_with_its_item(world: World) -> None:
    model = world.model()
    item = people.take_up_gap(
        actor=world.actor(world.pm), duty="data_engineer", owner_id=world.leader.pk, model_id=model.pk,
        due_on=world.now.date(), now=world.now,
    )  # fmt: skip
    assert lines(world)[0].gaps[0].item == item
    assert not queries.is_overdue(item, item.due_on)
    assert queries.is_overdue(item, item.due_on + timedelta(days=1))
    assert list(queries.gap_items(world.actor(world.pm), is_open=True)) == [item]


def test_a_fixed_number_of_statements_however_many_models(
    world: World, django_assert_num_queries: Any
) -> None:
    actor = world.actor(world.pm)
    counts = []
    for number in range(2):
        for one in range(4):
            world.model(f"Model {number} {one}")
        lines(world)
        with django_assert_num_queries(4):
            found = queries.coverage_of(queries.staffed(actor), world.now)
        counts.append(len(found))
    assert counts == [4, 8]


def test_outsiders_and_stakeholders_see_nobody(world: World) -> None:
    world.model()
    other = needing(World())
    other.model("Elsewhere")
    assert [line.model.name for line in lines(other)] == ["Elsewhere"]
    assert list(queries.gap_items(other.actor(other.pm))) == []
    stakeholder = world.person("Sam")
    world.member(stakeholder, AccessRole.STAKEHOLDER)
    with pytest.raises(NotAllowed):
        queries.staffed(world.actor(stakeholder))
    with pytest.raises(NotAllowed):
        queries.staffed(world.actor(world.person("Out")))


def test_whoever_works_on_one_model_sees_its_people_alone(world: World) -> None:
    model = world.model()
    world.model("Other")
    mia = world.person("Mia")
    world.assign(mia, "analyst", model)
    found = queries.coverage_of(queries.staffed(world.actor(mia)), world.now)
    assert [line.model for line in found] == [model]


def test_a_person_is_known_to_those_who_share_a_program_with_them(world: World) -> None:
    other = needing(World())
    world.model()
    assert access.person_row(world.actor(world.pm), world.leader.pk) == world.leader
    with pytest.raises(Missing):
        access.person_row(world.actor(world.pm), other.pm.pk)
    held = queries.assignments_of_person(world.actor(world.pm), world.leader, world.now)
    assert {one.row.duty for one in held} == {"leader"}
    assert queries.assignments_of_person(other.actor(other.pm), world.leader, world.now) == []
