"""Stakeholders added, changed and ended, contacts recorded, and what all this lets somebody see."""

from datetime import timedelta
from typing import Any

import pytest

from tests.make import World
from throughline.actions import stakeholders
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole, may
from throughline.queries import portfolio
from throughline.queries import stakeholders as queries
from throughline.queries.access import actor_for
from throughline.queries.dossiers import load
from throughline.records.activity import Activity
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.stakeholders import Contact, Stakeholder

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


def add(world: World, model: MLModel, name: str = "Head of retention", **more: Any) -> Stakeholder:
    given = {key: more.pop(key) for key in ("email", "person_id", "makes_account") if key in more}
    actor = more.pop("actor", None) or world.actor(world.pm)
    fields = {"name": name, "part": "sponsor", **more}
    return stakeholders.add_stakeholder(actor=actor, model_id=model.pk, fields=fields, now=world.now, **given)


def change(world: World, row: Stakeholder, actor: Any = None, **more: Any) -> Stakeholder:
    given = {key: more.pop(key) for key in ("email", "makes_account", "expected_version") if key in more}
    return stakeholders.change_stakeholder(
        actor=actor or world.actor(world.pm), stakeholder_id=row.pk, fields=more, now=world.now, **given
    )


def end(world: World, row: Stakeholder, reason: str = "Moved on.") -> Stakeholder:
    return stakeholders.end_stakeholder(
        actor=world.actor(world.pm), stakeholder_id=row.pk, reason=reason, now=world.now
    )


def touch(world: World, row: Stakeholder, **more: Any) -> Contact:
    return stakeholders.record_contact(
        actor=world.actor(world.pm), stakeholder_id=row.pk, now=world.now, **{"kind": "meeting", **more}
    )


def member(world: World, role: AccessRole = AccessRole.MEMBER) -> Person:
    person = world.person(f"Mia {role}")
    world.member(person, role)
    return person


def test_a_stakeholder_with_an_account_sees_that_model_and_nothing_else(world: World, model: MLModel) -> None:
    other, kim = world.model("Other"), world.person("Kim")
    assert not list(portfolio.models(world.actor(kim)))
    row = add(world, model, email=str(kim.email).upper())
    actor = world.actor(kim)
    assert [seen.pk for seen in portfolio.models(actor)] == [model.pk]
    assert may(actor, "promise.answer", program_id=world.program.pk, model_id=model.pk)
    assert not may(actor, "model.view", program_id=world.program.pk, model_id=other.pk)
    assert not may(actor, "model.view", program_id=world.program.pk)
    for verb in ("stakeholder.view", "people.view", "model.change", "waiver.decide"):
        assert not may(actor, verb, program_id=world.program.pk, model_id=model.pk), verb
    end(world, row)
    assert not list(portfolio.models(world.actor(kim)))


def test_whoever_else_they_are_stays_when_the_part_ends(world: World, model: MLModel) -> None:
    kim = member(world, AccessRole.VIEWER)
    end(world, add(world, model, email=str(kim.email)))
    assert may(world.actor(kim), "model.view", program_id=world.program.pk, model_id=model.pk)


def test_grants_come_in_one_statement(world: World, model: MLModel, django_assert_num_queries: Any) -> None:
    kim = member(world, AccessRole.VIEWER)
    world.assign(kim, "leader", model)
    add(world, model, email=str(kim.email))
    with django_assert_num_queries(1):
        actor = actor_for(kim, door="web", now=world.now)
    assert {grant.role for grant in actor.grants} == {
        AccessRole.VIEWER,
        AccessRole.APPROVER,
        AccessRole.STAKEHOLDER,
    }


def test_a_switched_off_account_sees_nothing(world: World, model: MLModel) -> None:
    kim = world.person("Kim")
    add(world, model, email=str(kim.email))
    kim.is_active = False
    assert not world.actor(kim).grants


def test_an_account_is_made_only_when_it_was_asked_for(world: World, model: MLModel) -> None:
    with pytest.raises(Refused, match="Nobody with this address"):
        add(world, model, email="new@example.org")
    assert not Stakeholder.objects.exists()
    row = add(world, model, email="new@example.org", makes_account=True)
    assert row.person
    assert (row.person.email, row.person.has_usable_password()) == ("new@example.org", False)
    assert Activity.objects.filter(verb="person.invited").exists()


def test_only_managers_give_sight_and_take_it_away(world: World, model: MLModel) -> None:
    kim, mia = world.person("Kim"), world.actor(member(world))
    with pytest.raises(NotAllowed, match="manager"):
        add(world, model, actor=mia, email=str(kim.email))
    plain = add(world, model, actor=mia)
    with pytest.raises(NotAllowed):
        change(world, plain, actor=mia, email=str(kim.email))
    tied = add(world, model, "Kim", email=str(kim.email))
    with pytest.raises(NotAllowed):
        change(world, tied, actor=mia, email="")
    assert change(world, tied, actor=mia, email=str(kim.email), need="Fewer calls").need == "Fewer calls"
    with pytest.raises(NotAllowed):
        stakeholders.end_stakeholder(actor=mia, stakeholder_id=tied.pk, reason="Gone", now=world.now)
    assert stakeholders.end_stakeholder(
        actor=mia, stakeholder_id=plain.pk, reason="Gone", now=world.now
    ).ended_at


def test_somebody_known_is_named_without_an_address(world: World, model: MLModel) -> None:
    bo, stranger = member(world), World().pm
    row = add(world, model, name="Bo", person_id=bo.pk)
    assert row.person_id == bo.pk
    with pytest.raises(Refused, match="is a stakeholder of this model already"):
        add(world, model, name="Bo again", person_id=bo.pk)
    for nobody in (stranger.pk, 999_999):
        with pytest.raises(Refused) as refusal:
            add(world, model, name="Eve", person_id=nobody)
        assert refusal.value.reasons[0].field == "person_id"
    with pytest.raises(NotAllowed):
        add(world, model, name="Ana", person_id=world.pm.pk, actor=world.actor(bo))
    assert Stakeholder.objects.count() == 1


def test_a_manager_of_one_model_makes_no_accounts_in_the_program(world: World, model: MLModel) -> None:
    lead = world.person("Pia")
    world.assign(lead, "program_manager", model)
    with pytest.raises((NotAllowed, Missing)):
        add(world, model, actor=world.actor(lead), email="new@example.org", makes_account=True)
    assert not Person.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize("role", [AccessRole.VIEWER, AccessRole.STAKEHOLDER, AccessRole.AUDITOR])
def test_who_may_only_look_changes_nothing(world: World, model: MLModel, role: AccessRole) -> None:
    with pytest.raises(NotAllowed):
        add(world, model, actor=world.actor(member(world, role)))
    with pytest.raises(Missing):
        add(world, model, actor=world.actor(World().pm))
    assert not Stakeholder.objects.exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"part": "king"}, "part"),
        ({"influence": 6}, "influence"),
        ({"interest": 0}, "interest"),
        ({"interest": True}, "interest"),
        ({"cadence_days": 0}, "cadence_days"),
        ({"cadence_days": 999}, "cadence_days"),
        ({"need": "x\0"}, "need"),
        ({"ended_at": "now"}, "ended_at"),
        ({"email": "no address"}, "email"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    world: World, model: MLModel, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        add(world, model, **more)
    assert (refused.value.kind, refused.value.reasons[0].field) == ("invalid", field)
    assert not Stakeholder.objects.exists()


def test_one_person_has_one_part_in_a_model_and_may_answer_for_groups(world: World, model: MLModel) -> None:
    kim = world.person("Kim")
    add(world, model, "Kim", email=str(kim.email))
    with pytest.raises(Refused, match="already"):
        add(world, model, "Kim again", email=str(kim.email))
    add(world, model, "Retention desk", email=str(kim.email), is_group=True, part="user")
    assert Stakeholder.objects.filter(person=kim).count() == 2
    own = queries.own_row(world.actor(kim), model.pk)
    assert own
    assert own.name == "Kim"


def test_two_people_changing_one_stakeholder(world: World, model: MLModel) -> None:
    row = add(world, model)
    change(world, row, need="Fewer calls", expected_version=1)
    with pytest.raises(Refused) as refused:
        change(world, row, need="More calls", expected_version=1)
    assert refused.value.kind == "stale"
    assert refused.value.current
    assert refused.value.current["need"] == "Fewer calls"
    row.refresh_from_db()
    assert (row.need, row.version) == ("Fewer calls", 2)


def test_the_past_shows_them_as_they_stood(world: World, model: MLModel) -> None:
    before_all = world.now
    world.later(days=1)
    row = add(world, model)
    added = world.now
    world.later(days=1)
    change(world, row, part="user", name="Desk lead")
    changed = world.now
    world.later(days=1)
    change(world, row, need="Fewer calls")
    world.later(days=1)
    end(world, row)
    told = [
        [(one.name, one.part.value, one.need) for one in queries.facts_of([model.pk], at).get(model.pk, ())]
        for at in (before_all, added, changed, world.now - timedelta(days=1), world.now)
    ]
    assert told == [
        [],
        [("Head of retention", "sponsor", "")],
        [("Desk lead", "user", "")],
        [("Desk lead", "user", "Fewer calls")],
        [],
    ]


def test_facts_of_many_models_take_one_statement(
    world: World, model: MLModel, django_assert_num_queries: Any
) -> None:
    other = world.model("Other")
    for place in (model, other):
        change(world, add(world, place), need="x")
        add(world, place, "User", part="user")
    with django_assert_num_queries(1):
        found = queries.facts_of([model.pk, other.pk], world.now)
    assert [len(found[pk]) for pk in (model.pk, other.pk)] == [2, 2]


def test_a_change_counts_the_facts_up_and_is_part_of_the_dossier(world: World, model: MLModel) -> None:
    before = load(model, now=world.now).fingerprint()
    row = add(world, model)
    model.refresh_from_db()
    assert model.facts
    added = load(model, now=world.now).fingerprint()
    change(world, row, need="Fewer calls")
    changed = load(model, now=world.now).fingerprint()
    change(world, row, cadence_days=30)
    assert len({before, added, changed}) == 3
    assert load(model, now=world.now).fingerprint() == changed


def test_a_contact_is_recorded_on_its_day(world: World, model: MLModel) -> None:
    row = add(world, model, cadence_days=7)
    today = world.now.date()
    assert touch(world, row).at == world.now
    assert touch(world, row, day=today - timedelta(days=3)).at.date() == today - timedelta(days=3)
    for wrong in (today + timedelta(days=1), today - timedelta(days=6 * 366)):
        with pytest.raises(Refused) as refused:
            touch(world, row, day=wrong)
        assert refused.value.reasons[0].field == "day"
    with pytest.raises(Refused):
        touch(world, row, kind="telepathy")
    assert Contact.objects.count() == 2
    end(world, row)
    with pytest.raises(Refused, match="no longer"):
        touch(world, row)


def test_refusals_stand_in_the_log_of_the_program(world: World, model: MLModel) -> None:
    row = add(world, model)
    end(world, row)
    with pytest.raises(Refused):
        end(world, row)
    entry = Activity.objects.get(verb="stakeholder.refused")
    assert (entry.program_id, entry.model_id) == (world.program.pk, model.pk)


def test_whoever_keeps_in_touch_is_told_of_the_overdue(
    world: World, model: MLModel, django_assert_num_queries: Any
) -> None:
    often, seldom = add(world, model, "Often", cadence_days=7), add(world, model, "Seldom", cadence_days=60)
    add(world, model, "Never", part="user")
    actor, elsewhere = world.actor(world.pm), world.actor(world.leader)
    assert not queries.overdue_for(actor, world.now)
    world.later(days=8)
    with django_assert_num_queries(2):
        found = queries.overdue_for(actor, world.now)
    assert [one.row.pk for one in found] == [often.pk]
    assert not queries.overdue_for(elsewhere, world.now)
    touch(world, often, day=world.now.date() - timedelta(days=2))
    assert not queries.overdue_for(actor, world.now)
    world.later(days=55)
    assert [one.row.pk for one in queries.overdue_for(actor, world.now)] == [often.pk, seldom.pk]
    world.assign(world.leader, "stakeholder_engagement")
    assert len(queries.overdue_for(world.actor(world.leader), world.now)) == 2
    end(world, often)
    assert [one.row.pk for one in queries.overdue_for(actor, world.now)] == [seldom.pk]
