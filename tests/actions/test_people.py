"""Duties assigned, handed on and ended; gaps taken up and closed."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.make import World
from throughline.actions import access, people, sign_offs
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.people import Role
from throughline.core.permissions import AccessRole, may
from throughline.queries.access import system_actor
from throughline.records.activity import Activity
from throughline.records.moves import SignOff
from throughline.records.people import Assignment, GapItem, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def member(world: World, name: str = "Mia", role: AccessRole = AccessRole.MEMBER) -> Person:
    person = world.person(name)
    world.member(person, role)
    return person


def assign(world: World, person: Person, **more: Any) -> Assignment:
    given = {"duty": Role.DATA_ENGINEER, "person_id": person.pk, **more}
    if "model_id" not in given:
        given.setdefault("program_id", world.program.pk)
    return people.assign_duty(actor=world.actor(world.pm), now=world.now, **given)


def test_a_duty_brings_the_access_that_it_takes_on_that_model_alone(world: World) -> None:
    model, other = world.model(), world.model("Other")
    person = member(world, role=AccessRole.VIEWER)
    assign(world, person, model_id=model.pk, duty=Role.LEADER)
    actor = world.actor(person)
    assert may(actor, "waiver.decide", program_id=world.program.pk, model_id=model.pk)
    assert not may(actor, "waiver.decide", program_id=world.program.pk, model_id=other.pk)


def test_a_duty_with_an_end_ends_by_itself(world: World) -> None:
    person = member(world, role=AccessRole.VIEWER)
    model = world.model()
    assign(world, person, model_id=model.pk, duty=Role.LEADER, ends_at=world.now + timedelta(days=2))
    world.later(days=2)
    assert not may(world.actor(person), "waiver.decide", program_id=world.program.pk, model_id=model.pk)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"duty": "king"}, "duty"),
        ({"ends_at": timedelta(days=-1)}, "ends_at"),
        ({"starts_at": timedelta(days=9_000)}, "starts_at"),
        ({"starts_at": timedelta(days=5), "ends_at": timedelta(days=5)}, "ends_at"),
        ({"person_id": None, "email": "nobody@example.org"}, "email"),
        ({"person_id": None, "email": "no address"}, "email"),
        ({"program_id": None}, "program"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(world: World, more: dict[str, Any], field: str) -> None:
    given = {key: world.now + value if isinstance(value, timedelta) else value for key, value in more.items()}
    with pytest.raises(Refused) as refused:
        assign(world, world.leader, **given)
    assert (refused.value.kind, refused.value.reasons[0].field) == ("invalid", field)
    assert not Assignment.objects.exists()


def test_one_person_holds_one_duty_once_and_many_may_hold_it(world: World) -> None:
    model = world.model()
    first, second = member(world), member(world, "Max")
    assign(world, first, model_id=model.pk)
    assign(world, second, model_id=model.pk)
    with pytest.raises(Refused, match="already"):
        assign(world, first, model_id=model.pk)
    assign(world, first, model_id=model.pk, duty=Role.ANALYST)
    assert Assignment.objects.filter(person=first, model=model).count() == 2


def test_only_managers_assign_and_outsiders_see_nothing(world: World) -> None:
    model, mia = world.model(), member(world)
    with pytest.raises(NotAllowed):
        people.assign_duty(
            actor=world.actor(mia), duty="analyst", person_id=mia.pk, model_id=model.pk, now=world.now
        )
    other = World()
    with pytest.raises(Missing):
        people.assign_duty(
            actor=world.actor(other.pm),
            duty="analyst",
            person_id=other.pm.pk,
            model_id=model.pk,
            now=world.now,
        )
    with pytest.raises(Missing):
        assign(world, other.pm, model_id=model.pk)
    assert not Assignment.objects.filter(duty="analyst").exists()


def test_a_person_is_found_by_their_exact_address(world: World) -> None:
    outsider = world.person("Olga")
    row = assign(world, outsider, person_id=None, email=str(outsider.email).upper())
    assert row.person == outsider


def test_ending_a_duty_ends_what_was_delegated_from_it(world: World) -> None:
    mia, max_ = member(world), member(world, "Max")
    row = assign(world, mia)
    stand_in = people.delegate(
        actor=world.actor(mia), assignment_id=row.pk, to_person_id=max_.pk, ends_at=world.now + timedelta(days=9),
        now=world.now,
    )  # fmt: skip
    world.later(days=1)
    people.end_assignment(actor=world.actor(world.pm), assignment_id=row.pk, now=world.now)
    stand_in.refresh_from_db()
    assert stand_in.ends_at == world.now
    with pytest.raises(Refused, match="already"):
        people.end_assignment(actor=world.actor(world.pm), assignment_id=row.pk, now=world.now)


def test_a_duty_that_has_not_begun_is_taken_back_and_never_holds(world: World) -> None:
    row = assign(world, member(world), starts_at=world.now + timedelta(days=3))
    people.end_assignment(actor=world.actor(world.pm), assignment_id=row.pk, now=world.now)
    row.refresh_from_db()
    assert row.ends_at == row.starts_at


def test_the_holder_or_a_manager_delegates_and_nobody_else(world: World) -> None:
    mia, max_, ben = member(world), member(world, "Max"), member(world, "Ben")
    row = assign(world, mia)
    given = {"assignment_id": row.pk, "ends_at": world.now + timedelta(days=9), "now": world.now}
    with pytest.raises(NotAllowed):
        people.delegate(actor=world.actor(max_), to_person_id=ben.pk, **given)
    made = people.delegate(actor=world.actor(mia), to_person_id=max_.pk, **given)
    people.delegate(actor=world.actor(world.pm), to_person_id=ben.pk, **given)
    assert made.stands_in_for == row
    with pytest.raises(Refused, match="not delegated further"):
        people.delegate(actor=world.actor(max_), to_person_id=ben.pk, **{**given, "assignment_id": made.pk})


def test_nobody_delegates_to_themselves(world: World) -> None:
    mia = member(world)
    row = assign(world, mia)
    given = {"assignment_id": row.pk, "ends_at": world.now + timedelta(days=9), "now": world.now}
    for asker, taker in ((mia, mia), (world.pm, mia), (world.pm, world.pm)):
        with pytest.raises(Refused, match="themselves"):
            people.delegate(actor=world.actor(asker), to_person_id=taker.pk, **given)
    assert Assignment.objects.count() == 1


def test_a_delegation_lies_within_the_duty(world: World) -> None:
    mia, max_ = member(world), member(world, "Max")
    row = assign(world, mia, ends_at=world.now + timedelta(days=5))
    for starts, ends in ((-1, 2), (0, 6), (3, 2)):
        with pytest.raises(Refused):
            people.delegate(
                actor=world.actor(mia), assignment_id=row.pk, to_person_id=max_.pk,
                starts_at=world.now + timedelta(days=starts), ends_at=world.now + timedelta(days=ends), now=world.now,
            )  # fmt: skip
    assert Assignment.objects.count() == 1


def signed(world: World) -> SignOff:
    check = {
        "id": "team.agreed", "asks": "Does the team agree?", "remedy": "Meet.", "why": "It has to.",
        "sign_off": {"by": ["program_manager"], "covers": ["people"]},
    }  # fmt: skip
    world.policy({"conception_to_prototype": [check]})
    model = world.model()
    return sign_offs.give_sign_off(
        actor=world.actor(world.pm), model_id=model.pk, check_id="team.agreed", reason="We met.",
        link="https://example.org/minutes", now=world.now,
    )  # fmt: skip


@pytest.mark.parametrize("is_for_program", [False, True])
def test_a_sign_off_that_rests_on_the_people_is_void_when_they_change(
    world: World, is_for_program: bool
) -> None:
    sign_off = signed(world)
    where = {"program_id": world.program.pk} if is_for_program else {"model_id": sign_off.model_id}
    assign(world, member(world), **where)
    sign_off.refresh_from_db()
    assert "people" in sign_off.void_reason
    entry = Activity.objects.filter(verb="duty.assigned").latest("seq")
    assert entry.body["sign_offs_void"][0]["check"] == "team.agreed"


def test_switching_off_whoever_holds_a_duty_reaches_the_model(world: World) -> None:
    sign_off = signed(world)
    facts = sign_off.model.facts
    access.deactivate_person(actor=system_actor("cli"), person_id=world.leader.pk, now=world.now)
    sign_off.refresh_from_db()
    assert sign_off.void_at == world.now
    sign_off.model.refresh_from_db()
    assert sign_off.model.facts > facts
    assert Activity.objects.latest("seq").verb == "duty.vacated"


def test_a_sign_off_stays_when_the_people_of_another_model_change(world: World) -> None:
    sign_off = signed(world)
    assign(world, member(world), model_id=world.model("Other").pk)
    sign_off.refresh_from_db()
    assert sign_off.void_at is None


@pytest.fixture
def needy(world: World) -> Any:
    import yaml

    from tests.make import policy_source

    source = {
        **yaml.safe_load(policy_source(version="needy")),
        "needed": {"conception": ["data_engineer", "analyst"]},
    }
    world.publish(yaml.safe_dump(source, sort_keys=False))
    return world.model()


def take_up(world: World, **more: Any) -> GapItem:
    given = {
        "actor": world.actor(world.pm), "duty": "data_engineer", "owner_id": world.leader.pk,
        "due_on": world.now.date() + timedelta(days=14), "now": world.now, **more,
    }  # fmt: skip
    return people.take_up_gap(**given)


def test_a_gap_is_taken_up_once_with_an_owner_and_a_day(world: World, needy: Any) -> None:
    item = take_up(world, model_id=needy.pk, note="Ask finance for a position.")
    assert (item.owner, item.closed_at) == (world.leader, None)
    with pytest.raises(Refused, match="already"):
        take_up(world, model_id=needy.pk)
    assert take_up(world, program_id=world.program.pk).model is None
    with pytest.raises(Refused, match="already"):
        take_up(world, program_id=world.program.pk)


def test_only_a_gap_is_taken_up(world: World, needy: Any) -> None:
    for duty in ("leader", "stakeholder"):
        with pytest.raises(Refused, match="no gap"):
            take_up(world, model_id=needy.pk, duty=duty)
    assign(world, world.leader, model_id=needy.pk)
    with pytest.raises(Refused, match="no gap"):
        take_up(world, model_id=needy.pk)
    with pytest.raises(Refused) as refused:
        take_up(world, model_id=needy.pk, duty="analyst", due_on=date(2020, 1, 1))
    assert refused.value.reasons[0].field == "due_on"
    assert not GapItem.objects.exists()


def test_the_team_takes_up_gaps_of_a_model_and_managers_those_of_a_program(world: World, needy: Any) -> None:
    mia, vera = member(world), member(world, "Vera", AccessRole.VIEWER)
    assert take_up(world, actor=world.actor(mia), model_id=needy.pk).opened_by == "Mia"
    for actor, place in (
        (mia, {"program_id": world.program.pk}),
        (vera, {"model_id": needy.pk, "duty": "analyst"}),
    ):
        with pytest.raises(NotAllowed):
            take_up(world, actor=world.actor(actor), **place)


def test_its_owner_or_a_manager_closes_it_once_and_says_how_it_ended(world: World, needy: Any) -> None:
    item = take_up(world, model_id=needy.pk)
    with pytest.raises(NotAllowed):
        people.close_gap_item(actor=world.actor(member(world)), item_id=item.pk, outcome="x", now=world.now)
    with pytest.raises(Refused) as refused:
        people.close_gap_item(actor=world.actor(world.leader), item_id=item.pk, outcome=" ", now=world.now)
    assert refused.value.reasons[0].field == "outcome"
    people.close_gap_item(
        actor=world.actor(world.leader), item_id=item.pk, outcome="Dana starts in May.", now=world.now
    )
    with pytest.raises(Refused, match="meanwhile"):
        people.close_gap_item(actor=world.actor(world.pm), item_id=item.pk, outcome="Me too.", now=world.now)
    item.refresh_from_db()
    assert (item.closed_by, item.outcome) == ("Li", "Dana starts in May.")
    assert take_up(world, model_id=needy.pk).pk != item.pk


def test_a_gap_of_another_program_does_not_exist_for_me(world: World, needy: Any) -> None:
    item = take_up(world, model_id=needy.pk)
    with pytest.raises(Missing):
        people.close_gap_item(actor=world.actor(World().pm), item_id=item.pk, outcome="x", now=world.now)
