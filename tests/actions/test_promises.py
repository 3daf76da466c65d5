"""Promises given, changed, answered, withdrawn and closed; and what becomes of two who do so at once."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.make import World
from throughline.actions import promises
from throughline.core.dossier import Dossier
from throughline.core.drift import drifts
from throughline.core.drift_facts import Drift, DriftState, facts_in
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole, Actor, Grant
from throughline.core.promises import Content, Promises
from throughline.core.stages import MoveKind, Stage
from throughline.queries.dossiers import load
from throughline.queries.promise_facts import facts_of
from throughline.queries.promises import board_of, boards, drift_of
from throughline.records.activity import Activity
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.promises import Promise, PromiseVersion
from throughline.records.specs import Spec
from throughline.records.stakeholders import Stakeholder

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model(at=Stage.PROTOTYPE)


@pytest.fixture
def kim(world: World) -> Person:
    return world.person("Kim")


@pytest.fixture
def stake(world: World, model: MLModel, kim: Person) -> Stakeholder:
    return world.stakeholder(model, kim)


def give(world: World, model: MLModel, person: Person | None = None, **more: Any) -> Promise:
    given = {
        "kind": "limitation",
        "content": Content("No business customers."),
        "stakeholder_ids": [],
        **more,
    }
    return promises.give_promise(
        actor=world.actor(person or world.pm), model_id=model.pk, now=world.now, **given
    )


def state(model: MLModel, world: World) -> DriftState:
    (found,) = drift_of([model.pk], world.now)[model.pk]
    return found.state


def verbs() -> list[str]:
    return [entry.verb for entry in Activity.objects.order_by("-seq")[:1]]


def test_a_promise_is_given_and_compared_from_then_on(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    model.refresh_from_db()
    facts = model.facts
    made = world.promise(model, stake)
    assert (made.state, verbs()) == ("live", ["promise.given"])
    model.refresh_from_db()
    assert model.facts == facts + 1
    assert state(model, world) is DriftState.OPEN
    world.later(days=29)
    assert state(model, world) is DriftState.BROKEN


def test_it_is_given_to_live_stakeholders_of_this_model_alone(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    other = world.stakeholder(world.model("Other"), world.person("Lou"))
    for ids in ([], [other.pk], [stake.pk, other.pk], [10**12]):
        with pytest.raises(Refused) as refusal:
            give(world, model, stakeholder_ids=ids)
        assert refusal.value.reasons[0].field == "stakeholders"
    stake.ended_at = world.now
    stake.save()
    with pytest.raises(Refused):
        give(world, model, stakeholder_ids=[stake.pk])
    assert not Promise.objects.exists()


@pytest.mark.parametrize("role", [AccessRole.VIEWER, AccessRole.STAKEHOLDER, AccessRole.AUDITOR])
def test_who_only_reads_gives_nothing(
    world: World, model: MLModel, stake: Stakeholder, role: AccessRole
) -> None:
    reader = world.person("Rea")
    world.member(reader, role)
    made = world.promise(model, stake)
    with pytest.raises(NotAllowed):
        give(world, model, reader, stakeholder_ids=[stake.pk])
    for change in (promises.withdraw_promise, promises.close_promise):
        with pytest.raises(NotAllowed):
            change(actor=world.actor(reader), promise_id=made.pk, reason="So.", now=world.now)


def test_outside_the_program_there_is_no_such_promise(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    made, stranger = world.promise(model, stake), World().pm
    with pytest.raises(Missing):
        promises.withdraw_promise(
            actor=world.actor(stranger), promise_id=made.pk, reason="So.", now=world.now
        )
    with pytest.raises(Missing):
        give(world, model, stranger, stakeholder_ids=[stake.pk])


def test_a_day_that_has_passed_and_a_model_that_is_over_are_refused(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    yesterday = world.now.date() - timedelta(days=1)
    with pytest.raises(Refused) as refusal:
        world.promise(model, stake, due_on=yesterday)
    assert refusal.value.reasons[0].field == "due_on"
    world.moved(model, MoveKind.STOP)
    with pytest.raises(Refused, match="over"):
        world.promise(model, stake)


def test_a_change_is_a_version_with_its_reason_and_the_slip_is_derived(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    made = world.promise(model, stake)
    world.later(days=1)
    world.slip(made, date(2026, 4, 10))
    world.slip(made, date(2026, 4, 6))
    (fact,) = board_of(model, world.now).promises.given
    assert [step.days for step in fact.slip.steps] == [11, -4]
    assert (fact.slip.days, fact.slip.times, fact.latest.number) == (7, 2, 3)
    assert Activity.objects.latest("seq").body["changed"] == [["due_on", "10 Apr 2026", "6 Apr 2026"]]


def test_a_change_needs_a_reason_and_has_to_change_something(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    made = world.promise(model, stake)
    with pytest.raises(Refused) as refusal:
        world.change(made, reason=" ", statement="Sooner.")
    assert refusal.value.reasons[0].field == "reason"
    with pytest.raises(Refused, match="already"):
        world.change(made, statement="It is in production by then.")
    world.later(days=40)
    world.change(made, statement="It is in production soon.")  # the day, passed by now, is not typed anew
    assert PromiseVersion.objects.count() == 2


def test_whoever_saw_an_earlier_version_is_shown_the_present_one(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    made = world.promise(model, stake)
    world.slip(made, date(2026, 4, 10))
    with pytest.raises(Refused) as refusal:
        promises.change_promise(
            actor=world.actor(world.pm), promise_id=made.pk, fields={"statement": "Else."}, reason="So.",
            expected_version=1, now=world.now,
        )  # fmt: skip
    assert refusal.value.kind == "stale"
    assert refusal.value.current is not None
    assert refusal.value.current["due_on"] == "2026-04-10"


def test_of_two_who_change_at_once_one_wins(
    world: World, model: MLModel, stake: Stakeholder, monkeypatch: Any
) -> None:
    made = world.promise(model, stake)
    check, second = promises.clean_content, list[bool]()

    def overtaken(*args: Any, **more: Any) -> Content:
        if not second:
            second.append(True)
            world.slip(made, date(2026, 4, 20))
        return check(*args, **more)

    monkeypatch.setattr(promises, "clean_content", overtaken)
    with pytest.raises(Refused) as refusal:
        world.slip(made, date(2026, 4, 10))
    assert refusal.value.kind == "lost_race"
    assert [v.due_on for v in made.versions.order_by("number")] == [date(2026, 3, 30), date(2026, 4, 20)]


class TestAnswers:
    def test_a_recipient_acknowledges_or_disputes_in_words(
        self, world: World, model: MLModel, stake: Stakeholder, kim: Person
    ) -> None:
        made = world.promise(model, stake)
        world.answer(made, kim)
        (fact,) = board_of(model, world.now).promises.given
        assert [one.name for one in fact.acknowledged] == ["Kim"]
        world.later(hours=1)
        world.answer(made, kim, words="We need it in March.")
        (fact,) = board_of(model, world.now).promises.given
        assert [one.words for one in fact.disputed] == ["We need it in March."]
        assert verbs() == ["promise.disputed"]

    def test_a_dispute_needs_words(
        self, world: World, model: MLModel, stake: Stakeholder, kim: Person
    ) -> None:
        made = world.promise(model, stake)
        with pytest.raises(Refused) as refusal:
            promises.answer_promise(
                actor=world.actor(kim), promise_id=made.pk, number=1, is_acknowledgement=False, words=" ",
                now=world.now,
            )  # fmt: skip
        assert refusal.value.reasons[0].field == "words"

    def test_an_answer_is_about_the_version_that_was_seen(
        self, world: World, model: MLModel, stake: Stakeholder, kim: Person
    ) -> None:
        made = world.promise(model, stake)
        world.slip(made, date(2026, 4, 10))
        with pytest.raises(Refused) as refusal:
            world.answer(made, kim, number=1)
        assert refusal.value.kind == "stale"
        world.answer(made, kim, number=2)

    def test_nobody_else_answers(self, world: World, model: MLModel, stake: Stakeholder, kim: Person) -> None:
        made, lou = world.promise(model, stake), world.person("Lou")
        world.stakeholder(model, lou)
        for person in (lou, world.pm):
            with pytest.raises(NotAllowed):
                world.answer(made, person)
        with pytest.raises(Missing):
            world.answer(made, world.person("Stranger"))
        viewer = world.person("Vic")
        world.member(viewer, AccessRole.VIEWER)
        with pytest.raises(NotAllowed):
            world.answer(made, viewer)

    def test_who_gave_it_does_not_acknowledge_it(self, world: World, model: MLModel) -> None:
        made = world.promise(model, world.stakeholder(model, world.pm))
        with pytest.raises(NotAllowed, match="yourself"):
            world.answer(made, world.pm)

    def test_who_came_by_a_link_answers_with_the_grant_of_that_model(
        self, world: World, model: MLModel, stake: Stakeholder, kim: Person
    ) -> None:
        made = world.promise(model, stake)
        grants = frozenset({Grant(AccessRole.STAKEHOLDER, world.program.pk, model.pk)})
        actor = Actor(kim.pk, "Kim", "link", grants)
        promises.answer_promise(
            actor=actor, promise_id=made.pk, number=1, is_acknowledgement=True, now=world.now
        )
        assert verbs() == ["promise.acknowledged"]

    def test_an_ended_stakeholder_or_recipient_answers_no_more(
        self, world: World, model: MLModel, stake: Stakeholder, kim: Person
    ) -> None:
        made = world.promise(model, stake, world.stakeholder(model, name="Desk"))
        promises.remove_recipient(
            actor=world.actor(world.pm), promise_id=made.pk, stakeholder_id=stake.pk, now=world.now
        )
        with pytest.raises(NotAllowed):
            world.answer(made, kim)

    def test_what_no_longer_stands_is_not_answered(
        self, world: World, model: MLModel, stake: Stakeholder, kim: Person
    ) -> None:
        made = world.promise(model, stake)
        promises.withdraw_promise(
            actor=world.actor(world.pm), promise_id=made.pk, reason="Not needed.", now=world.now
        )
        with pytest.raises(Refused, match="no longer stands"):
            world.answer(made, kim)


def test_withdrawn_is_withdrawn(world: World, model: MLModel, stake: Stakeholder) -> None:
    made = world.promise(model, stake)
    promises.withdraw_promise(
        actor=world.actor(world.pm), promise_id=made.pk, reason="Not needed.", now=world.now
    )
    assert state(model, world) is DriftState.WITHDRAWN
    for change in (promises.withdraw_promise, promises.close_promise):
        with pytest.raises(Refused):
            change(actor=world.actor(world.pm), promise_id=made.pk, reason="So.", now=world.now)
    with pytest.raises(Refused):
        world.slip(made, date(2026, 5, 1))


def test_kept_is_closed_with_words_when_the_facts_allow(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    made = world.promise(model, stake)
    close = {"actor": world.actor(world.pm), "reason": "Runs since Monday."}
    with pytest.raises(Refused, match="facts do not show"):
        promises.close_promise(promise_id=made.pk, now=world.now, **close)
    other = give(world, model, stakeholder_ids=[stake.pk])
    promises.close_promise(promise_id=other.pk, now=world.now, **close)
    assert Promise.objects.get(pk=other.pk).closed_reason == "Runs since Monday."


def test_a_recipient_is_added_taken_away_and_added_again(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    made, desk = world.promise(model, stake), world.stakeholder(model, name="Desk")
    place = {"actor": world.actor(world.pm), "promise_id": made.pk}
    promises.add_recipient(stakeholder_id=desk.pk, now=world.now, **place)
    with pytest.raises(Refused) as refusal:
        promises.add_recipient(stakeholder_id=desk.pk, now=world.now, **place)
    assert refusal.value.kind == "lost_race"
    promises.remove_recipient(stakeholder_id=desk.pk, now=world.later(hours=1).now, **place)
    with pytest.raises(Refused, match="somebody"):
        promises.remove_recipient(stakeholder_id=stake.pk, now=world.now, **place)
    promises.add_recipient(stakeholder_id=desk.pk, now=world.later(hours=1).now, **place)
    (fact,) = board_of(model, world.now).promises.given
    assert [one.name for one in fact.recipients] == ["Kim", "Desk"]


def test_time_travel_shows_what_was_recorded_then(
    world: World, model: MLModel, stake: Stakeholder, kim: Person
) -> None:
    before = world.now
    world.later(days=1)
    made = world.promise(model, stake, due_on=date(2026, 4, 1))
    given = world.now
    world.later(days=1)
    world.answer(made, kim)
    world.slip(made, date(2026, 5, 1))
    world.later(days=1)
    promises.withdraw_promise(
        actor=world.actor(world.pm), promise_id=made.pk, reason="Not needed.", now=world.now
    )
    (then,) = facts_of([model.pk], given)[model.pk].given
    assert (then.latest.number, then.is_live, then.answers, then.closed_reason) == (1, True, (), "")
    (now,) = load(model, now=world.now).promises.given
    assert (now.latest.number, now.is_live, len(now.answers)) == (2, False, 1)
    assert load(model, now=world.now, as_of=before).promises.given == ()


def test_a_version_keeps_the_specification_that_it_rests_on(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    def approve(number: int, limits: str) -> None:
        Spec.objects.filter(model=model).update(state="superseded")
        Spec.objects.create(
            model=model, number=number, state="approved", content={"limitations": {"text": limits}},
            author_name="Ana", started_at=world.now, changed_at=world.now, settled_at=world.now,
        )  # fmt: skip

    approve(1, "No business customers.")
    made = give(world, model, stakeholder_ids=[stake.pk])
    assert made.versions.get().value["rests_on"]["spec"] == 1
    world.later(days=1)
    approve(2, "No business customers.")
    (found,) = drift_of([model.pk], world.now)[model.pk]
    assert found.is_only_version
    world.later(days=1)
    approve(3, "No customers at all.")
    (found,) = drift_of([model.pk], world.now)[model.pk]
    assert found.turn == "v1.open.spec3"


def test_boards_of_many_models_take_a_fixed_number_of_statements(
    world: World, django_assert_num_queries: Any
) -> None:
    def furnish(name: str) -> MLModel:
        made = world.model(name)
        stake = world.stakeholder(made, name="Desk")
        world.agreed(made, {"key": "prec", "target": 0.8, "baseline": 0.6})
        world.promise(made, stake)
        world.promise(made, stake, kind="criterion", criterion="prec")
        return made

    first = furnish("First")
    with django_assert_num_queries(6):
        boards([first.pk], world.now)
    more = [first, *(furnish(f"More {number}") for number in range(5))]
    with django_assert_num_queries(6):
        found = boards([one.pk for one in more], world.now)
    assert len(found) == 6
    with django_assert_num_queries(2):
        facts = facts_of(MLModel.objects.values("pk"), world.now)
    assert all(isinstance(one, Promises) and len(one.given) == 2 for one in facts.values())


def test_a_criterion_and_a_run_frequency_follow_the_specification_in_gate_and_board_alike(
    world: World, model: MLModel, stake: Stakeholder
) -> None:
    world.agreed(model, {"key": "prec", "target": 0.8, "baseline": 0.6, "point_is_enough": True})
    with pytest.raises(Refused) as refusal:
        give(world, model, kind="criterion", content=Content("x", criterion="f1"), stakeholder_ids=[stake.pk])
    assert refusal.value.reasons[0].field == "criterion"
    give(world, model, kind="criterion", content=Content("x", criterion="prec"), stakeholder_ids=[stake.pk])
    for value, expected in ((0.9, DriftState.KEPT), (0.7, DriftState.BROKEN)):
        world.later(hours=1)
        world.measure(model, "metric.precision", value)
        assert state(model, world) is expected
        (found,) = drifts_in(load(model, now=world.now))
        assert found.state is expected


def drifts_in(dossier: Dossier) -> tuple[Drift, ...]:
    return drifts(dossier.promises, facts_in(dossier))
