"""Feedback: given by whom, triaged with a reason, closed by telling whoever gave it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.make import World
from throughline.actions import feedback
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.feedback import closing_cause
from throughline.core.permissions import AccessRole
from throughline.queries import feedback as queries
from throughline.queries.dossiers import load
from throughline.records.activity import Activity
from throughline.records.feedback import Feedback
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.promises import Telling
from throughline.records.stakeholders import Stakeholder

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


@pytest.fixture
def lea(world: World) -> Person:
    return world.person("Lea")


@pytest.fixture
def user(world: World, model: MLModel, lea: Person) -> Stakeholder:
    return world.stakeholder(model, lea, "user")


def give(world: World, model: MLModel, person: Person, door: str = "web", **more: Any) -> Feedback:
    return feedback.give_feedback(
        actor=world.actor(person, door), model_id=model.pk, now=world.now, **{"text": "It comes too late.", **more}
    )  # fmt: skip


def triage(world: World, row: Feedback, kind: str = "work_item", **more: Any) -> Feedback:
    return feedback.triage_feedback(
        actor=world.actor(world.pm), feedback_id=row.pk, kind=kind, now=world.now, **more
    )


def close(world: World, row: Feedback, **more: Any) -> Feedback:
    return feedback.close_feedback(
        actor=world.actor(world.pm), feedback_id=row.pk, now=world.now, **{"outcome": "At seven from now on.", **more}
    )  # fmt: skip


def refused(kind: str, call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.kind == kind, caught.value
    return caught.value


def test_closing_tells_the_stakeholder_who_gave_it_in_these_words(
    world: World, model: MLModel, lea: Person, user: Stakeholder
) -> None:
    row = give(world, model, lea, door="link")
    assert (row.stakeholder, row.person_id, row.giver_name, row.came_by) == (user, lea.pk, "Lea", "link")
    assert triage(world, row, note="The job moves.").triaged_by == "Ana"
    closed = close(world, row)
    assert closed.closed_by == "Ana"
    told = Telling.objects.get(stakeholder=user)
    assert (told.cause, told.words, told.how) == (closing_cause(row.pk), "At seven from now on.", "page")
    verbs = list(
        Activity.objects.filter(verb__startswith="feedback.").order_by("seq").values_list("verb", flat=True)
    )
    assert verbs == ["feedback.given", "feedback.triaged", "feedback.closed"]


def test_the_team_writes_down_what_others_said(world: World, model: MLModel, user: Stakeholder) -> None:
    for_user = give(world, model, world.pm, stakeholder_id=user.pk)
    assert (for_user.giver_name, for_user.came_by, for_user.person_id) == ("Lea", "by_hand", user.person_id)
    for_somebody = give(world, model, world.pm, giver_name="A caller")
    assert (for_somebody.giver_name, for_somebody.stakeholder, for_somebody.person) == (
        "A caller",
        None,
        None,
    )
    close(world, triage(world, for_somebody))
    assert not Telling.objects.exists()


def test_nobody_outside_the_team_speaks_for_somebody_else(
    world: World, model: MLModel, lea: Person, user: Stakeholder
) -> None:
    other = world.stakeholder(model, world.person("Uma"))
    for more in ({"stakeholder_id": other.pk}, {"giver_name": "Uma"}):
        with pytest.raises(NotAllowed):
            give(world, model, lea, **more)
    viewer = world.person("Vera")
    world.member(viewer, AccessRole.VIEWER)
    with pytest.raises(NotAllowed):
        give(world, model, viewer)
    with pytest.raises(Missing):
        give(world, model, world.person("Stranger"))
    assert not Feedback.objects.exists()


def test_a_stakeholder_of_another_model_or_who_left_is_refused(
    world: World, model: MLModel, user: Stakeholder
) -> None:
    elsewhere = world.stakeholder(world.model("Other"))
    Stakeholder.objects.filter(pk=user.pk).update(ended_at=world.now)
    for one in (elsewhere, user):
        found = refused("invalid", lambda pk=one.pk: give(world, model, world.pm, stakeholder_id=pk))
        assert found.reasons[0].field == "stakeholder_id"


@pytest.mark.parametrize("text", ["", "  ", "a\0b", "x" * 10_001, "\u202eabc"])
def test_text_that_cannot_be_kept_is_refused(
    world: World, model: MLModel, lea: Person, user: Stakeholder, text: str
) -> None:
    assert refused("invalid", lambda: give(world, model, lea, text=text)).reasons[0].field == "text"


def test_declining_needs_a_reason_and_closing_needs_triage_and_words(
    world: World, model: MLModel, lea: Person, user: Stakeholder
) -> None:
    row = give(world, model, lea)
    refused("refused", lambda: close(world, row))
    assert refused("invalid", lambda: triage(world, row, "declined")).reasons[0].field == "note"
    assert refused("invalid", lambda: triage(world, row, "shrug")).reasons[0].field == "kind"
    assert refused("invalid", lambda: triage(world, row, link="javascript:x")).reasons[0].field == "link"
    row = triage(world, row, "declined", note="It would break the law.")
    assert refused("invalid", lambda: close(world, row, outcome=" ")).reasons[0].field == "outcome"
    assert close(world, row).closed_at


def test_what_is_closed_stays_closed_and_two_people_do_not_overwrite_each_other(
    world: World, model: MLModel, lea: Person, user: Stakeholder
) -> None:
    row = give(world, model, lea)
    triage(world, row)
    refused("stale", lambda: triage(world, row, "data_fix", expected_version=row.version))
    close(world, row)
    refused("refused", lambda: close(world, row))
    refused("refused", lambda: triage(world, row))
    assert Telling.objects.count() == 1


def test_stakeholders_triage_nothing(world: World, model: MLModel, lea: Person, user: Stakeholder) -> None:
    row = give(world, model, lea)
    with pytest.raises(NotAllowed):
        feedback.triage_feedback(actor=world.actor(lea), feedback_id=row.pk, kind="work_item", now=world.now)
    with pytest.raises(NotAllowed):
        feedback.close_feedback(actor=world.actor(lea), feedback_id=row.pk, outcome="Done.", now=world.now)


def test_the_dossier_knows_what_was_open_at_an_instant(
    world: World, model: MLModel, lea: Person, user: Stakeholder
) -> None:
    row, start = give(world, model, lea), world.now
    triage(world.later(days=1), row)
    triaged = world.now
    close(world.later(days=1), row)
    for at, kinds in (
        (start - timedelta(days=1), []),
        (start, [None]),
        (triaged, ["work_item"]),
        (world.now, []),
    ):
        assert [one.triage for one in queries.facts_of([model.pk], at).get(model.pk, ())] == kinds
    assert [one.giver for one in load(model, now=world.now, as_of=start).feedback] == ["Lea"]


def test_today_shows_new_feedback_to_the_program_manager_of_the_model(
    world: World, model: MLModel, lea: Person, user: Stakeholder
) -> None:
    row = give(world, model, lea)
    assert queries.untriaged(world.actor(world.pm)) == [row]
    assert queries.untriaged(world.actor(world.leader)) == queries.untriaged(world.actor(lea)) == []
    triage(world, row)
    assert queries.untriaged(world.actor(world.pm)) == []
