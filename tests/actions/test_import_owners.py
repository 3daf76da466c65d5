"""Owners of a file get a duty with the import, under the rules of the people page, and lose exactly that by an undo."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.make import World
from throughline.actions import imports, people
from throughline.core import permissions
from throughline.core.errors import NotAllowed, Refused
from throughline.core.imports.mapping import mapping_from_json
from throughline.core.people import Role
from throughline.core.permissions import AccessRole, Verb
from throughline.queries.installation import chain
from throughline.records.activity import Activity
from throughline.records.imports import ImportBatch, ImportRow
from throughline.records.moves import SignOff
from throughline.records.people import Assignment, Person
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db

HEADER = "ID,Name,Stage,Owner\n"
FILE = (
    HEADER + "1,Churn,Production,Noor Haddad\n2,Fraud,Initiated,sam@example.org\n3,Upsell,Live,Zoe Unknown\n"
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def noor(world: World) -> Person:
    made = world.person("Noor Haddad")
    world.member(made, AccessRole.MEMBER)
    return made


@pytest.fixture
def sam(world: World) -> Person:
    made = world.person("Sam")
    Person.objects.filter(pk=made.pk).update(email="sam@example.org")
    return made


def preview(world: World, content: str = FILE, duty: str | None = None) -> ImportBatch:
    batch = imports.preview_import(
        actor=world.actor(world.pm), program_id=world.program.pk, file_name="portfolio.csv",
        content=content.encode(), now=world.now,
    )  # fmt: skip
    if duty is None:
        return batch
    return imports.choose_mapping(
        actor=world.actor(world.pm), batch_id=batch.pk, expected_version=batch.version,
        mapping=replace(mapping_from_json(batch.mapping), owner_duty=duty), now=world.now,
    )  # fmt: skip


def run(world: World, batch: ImportBatch) -> ImportBatch:
    return imports.run_import(
        actor=world.actor(world.pm), batch_id=batch.pk, expected_version=batch.version, now=world.now
    )


def imported(world: World, content: str = FILE, duty: str | None = None) -> ImportBatch:
    return run(world, preview(world, content, duty))


def undo(world: World, batch: ImportBatch, *, leaves_changed: bool = False) -> ImportBatch:
    return imports.undo_import(
        actor=world.actor(world.pm), batch_id=batch.pk, leaves_changed=leaves_changed, now=world.now
    )


def model(world: World, key: str) -> MLModel:
    return MLModel.objects.get(program=world.program, external_id=key)


def held(world: World) -> set[tuple[str, str, str]]:
    """Key of the model, person and duty of all that runs on models of the program."""
    rows = Assignment.objects.filter(program=world.program, model__isnull=False, ends_at__isnull=True)
    return set(rows.values_list("model__external_id", "person__name", "duty"))


OWNERS = {("1", "Noor Haddad", "program_manager"), ("2", "Sam", "program_manager")}


def test_owners_are_assigned_and_the_log_says_so(world: World, noor: Person, sam: Person) -> None:
    batch = preview(world)
    assert held(world) == set()
    shown = batch.counts["owners"]
    assert (shown["duty"], shown["assign"], shown["unknown"], shown["nobody"]) == (
        "program_manager", 2, 1, {"Zoe Unknown": 1}
    )  # fmt: skip
    run(world, batch)
    assert held(world) == OWNERS
    lines = Activity.objects.filter(verb="duty.assigned", body__import=batch.pk).order_by("seq")
    assert [(one.model_id, one.body["person"]) for one in lines] == [
        (model(world, "1").pk, "Noor Haddad"), (model(world, "2").pk, "Sam")
    ]  # fmt: skip
    assert chain().is_whole
    assert Person.objects.filter(name="Zoe Unknown").count() == 0
    assert model(world, "3").kept["Owner"] == "Zoe Unknown"
    assert ImportRow.objects.get(batch=batch, number=3).codes == "|owner_unknown|"


def test_the_duty_is_the_one_that_was_picked_and_none_keeps_text(
    world: World, noor: Person, sam: Person
) -> None:
    imported(world, duty="leader")
    assert {duty for _, _, duty in held(world)} == {"leader"}
    batch = imported(world, FILE.replace("1,", "11,").replace("2,", "12,").replace("3,", "13,"), duty="")
    assert "owners" not in batch.counts
    assert {key for key, _, _ in held(world)} == {"1", "2"}


def test_a_duty_gives_the_access_that_it_gives_on_the_people_page(world: World, sam: Person) -> None:
    assert not permissions.may(world.actor(sam), "model.change", program_id=world.program.pk)
    imported(world)
    seen = world.actor(sam)
    assert permissions.may(seen, "people.change", program_id=world.program.pk, model_id=model(world, "2").pk)
    assert not permissions.may(seen, "model.view", program_id=world.program.pk, model_id=model(world, "1").pk)


@pytest.mark.parametrize("which", ["inactive", "service", "stranger"])
def test_whom_the_people_page_would_not_take_the_import_does_not_either(
    world: World, noor: Person, which: str
) -> None:
    changed = {
        "inactive": {"is_active": False},
        "service": {"is_service": True},
        "stranger": {"name": "Nora"},
    }
    Person.objects.filter(pk=noor.pk).update(**changed[which])
    batch = imported(world)
    assert held(world) == set()
    assert batch.counts["owners"]["unknown"] == 3


def test_the_same_file_again_assigns_nobody_twice(world: World, noor: Person, sam: Person) -> None:
    imported(world)
    before = list(Assignment.objects.order_by("pk").values())
    again = imported(world.later(days=1))
    assert list(Assignment.objects.order_by("pk").values()) == before
    assert (again.counts["owners"]["assign"], again.counts["owners"]["held"]) == (0, 2)


def test_whoever_was_invited_since_is_assigned_by_the_same_file(
    world: World, noor: Person, sam: Person
) -> None:
    imported(world)
    world.member(world.person("Zoe Unknown"), AccessRole.VIEWER)
    again = imported(world.later(days=1))
    assert (again.counts["unchanged"], again.counts["owners"]["assign"]) == (3, 1)
    assert held(world) == OWNERS | {("3", "Zoe Unknown", "program_manager")}


def test_what_a_person_assigned_or_ended_since_stays(world: World, noor: Person, sam: Person) -> None:
    imported(world)
    actor = world.actor(world.pm)
    first = Assignment.objects.get(model=model(world, "1"))
    people.end_assignment(actor=actor, assignment_id=first.pk, now=world.later(days=1).now)
    second = Assignment.objects.get(model=model(world, "2"))
    people.end_assignment(actor=actor, assignment_id=second.pk, now=world.now)
    people.assign_duty(
        actor=actor, duty="program_manager", person_id=world.leader.pk, model_id=model(world, "2").pk, now=world.now
    )  # fmt: skip
    kept = held(world)
    again = imported(world.later(days=1))
    assert held(world) == kept == {("2", "Li", "program_manager")}
    assert again.counts["owners"]["stays"] == 2
    assert ImportRow.objects.filter(batch=again, codes__contains="|owner_stays|").count() == 2


def test_an_undo_removes_models_with_their_owners_and_ends_exactly_its_duties_on_others(
    world: World, noor: Person, sam: Person
) -> None:
    imported(world, HEADER + "1,Churn,Production,\n")
    by_hand = world.assign(world.leader, Role.LEADER, model(world, "1"))
    batch = imported(world.later(days=1))
    assert held(world) == OWNERS | {("1", "Li", "leader")}
    undo(world.later(days=1), batch)
    assert held(world) == {("1", "Li", "leader")}
    assert not MLModel.objects.filter(external_id="2").exists()
    ended = Assignment.objects.get(model=model(world, "1"), person=noor)
    assert ended.ends_at == world.now
    by_hand.refresh_from_db()
    assert by_hand.ends_at is None
    assert Activity.objects.filter(verb="duty.ended", body__import=batch.pk).count() == 1
    assert chain().is_whole


def test_after_an_undo_the_same_file_assigns_again(world: World, noor: Person, sam: Person) -> None:
    imported(world, HEADER + "1,Churn,Production,\n")
    undo(world.later(days=1), imported(world))
    imported(world.later(days=1))
    assert held(world) == OWNERS


def test_what_a_person_ended_before_the_undo_stays_ended_after_the_next_import(
    world: World, noor: Person, sam: Person
) -> None:
    imported(world, HEADER + "1,Churn,Production,\n")
    batch = imported(world)
    given = Assignment.objects.get(model=model(world, "1"), person=noor)
    people.end_assignment(actor=world.actor(world.pm), assignment_id=given.pk, now=world.later(days=1).now)
    undo(world.later(days=1), batch)
    given.refresh_from_db()
    assert given.ends_at == world.now - timedelta(days=1)
    again = imported(world.later(days=1))
    assert ("1", "Noor Haddad", "program_manager") not in held(world)
    assert again.counts["owners"]["stays"] == 1


def test_an_owner_whose_duty_was_ended_or_handed_on_is_a_model_that_people_went_on_with(
    world: World, noor: Person, sam: Person
) -> None:
    batch = imported(world)
    given = Assignment.objects.get(model=model(world, "1"))
    people.delegate(
        actor=world.actor(world.pm), assignment_id=given.pk, to_person_id=world.leader.pk,
        ends_at=world.now + timedelta(days=9), now=world.now,
    )  # fmt: skip
    with pytest.raises(Refused, match="Churn"):
        undo(world, batch)
    assert held(world) >= OWNERS
    undo(world, batch, leaves_changed=True)
    assert {key for key, _, _ in held(world)} == {"1"}


def test_a_sign_off_that_rests_on_who_holds_duties_is_void_by_an_import(world: World, noor: Person) -> None:
    question = {
        "id": "plan.signed", "asks": "Is the plan right?",
        "sign_off": {"by": ["leader"], "covers": ["people"]},
    }  # fmt: skip
    world.policy({"conception_to_prototype": [question]})
    imported(world, HEADER + "1,Churn,Initiated,\n")
    churn = model(world, "1")
    world.assign(world.leader, Role.LEADER, churn)
    signed = world.sign(churn, "plan.signed", world.leader)
    before = churn.facts
    imported(world.later(minutes=5), HEADER + "1,Churn,Initiated,Noor Haddad\n")
    assert SignOff.objects.get(pk=signed.pk).void_at is not None
    assert MLModel.objects.get(pk=churn.pk).facts > before


@pytest.fixture
def others_assign(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation in which managers import and only administrators assign duties."""
    rule = permissions.VERBS["people.change"]
    stricter: Mapping[str, Verb] = {
        **permissions.VERBS,
        "people.change": replace(rule, is_for_admin_only=True),
    }
    monkeypatch.setattr(permissions, "VERBS", stricter)


@pytest.mark.usefixtures("others_assign")
def test_whoever_may_not_assign_duties_is_told_before_and_imports_without(
    world: World, noor: Person, sam: Person
) -> None:
    batch = preview(world)
    assert (batch.counts["owners"]["assign"], batch.counts["owners"]["not_allowed"]) == (0, 2)
    assert run(world, batch).state == "imported"
    assert MLModel.objects.filter(program=world.program).count() == 3
    assert held(world) == set()


def test_an_import_that_was_shown_with_duties_does_not_run_without_them(
    world: World, noor: Person, sam: Person, request: pytest.FixtureRequest
) -> None:
    batch = preview(world)
    request.getfixturevalue("others_assign")
    with pytest.raises(Refused, match="now 0 duties would be assigned"):
        run(world, batch)
    assert MLModel.objects.filter(program=world.program).count() == 0


def test_whoever_may_not_assign_duties_does_not_end_them_by_an_undo(
    world: World, noor: Person, sam: Person, request: pytest.FixtureRequest
) -> None:
    imported(world, HEADER + "1,Churn,Production,\n")
    batch = imported(world)
    request.getfixturevalue("others_assign")
    with pytest.raises(NotAllowed):
        undo(world, batch)
    assert held(world) == OWNERS
    assert ImportBatch.objects.get(pk=batch.pk).state == "imported"


def test_a_duty_that_somebody_gave_between_the_look_and_the_import_refuses_it(
    world: World, noor: Person, sam: Person
) -> None:
    imported(world, HEADER + "1,Churn,Production,\n")
    batch = preview(world)
    world.assign(world.leader, Role.PROGRAM_MANAGER, model(world, "1"))
    with pytest.raises(Refused, match="Check the rows again"):
        run(world, batch)
    assert held(world) == {("1", "Li", "program_manager")}


def test_owners_cost_the_same_statements_however_many_there_are(world: World, noor: Person) -> None:
    def statements(count: int, start: int) -> int:
        rows = "".join(f"{n},M{n},Live,Noor Haddad\n" for n in range(start, start + count))
        batch = preview(world, HEADER + rows)
        with CaptureQueriesContext(connection) as seen:
            run(world, batch)
        return len(seen)

    # Few enough for one insert each: SQLite takes 999 values in one statement.
    assert statements(2, 1000) == statements(20, 2000)
    assert len(held(world)) == 22
