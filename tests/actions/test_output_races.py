"""Two answers, shares or hands at once: exactly one counts, and the other is told."""

from collections import Counter
from functools import partial

import pytest

from tests.actions.test_races import both
from tests.make import World
from throughline.actions import feedback, outputs
from throughline.core.outputs import OutputState
from throughline.queries import outputs as queries
from throughline.records.activity import Activity
from throughline.records.outputs import Output
from throughline.records.promises import Telling

ROUNDS = 25
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_approving_and_returning_at_once_leaves_one_answer() -> None:
    world = World()
    model, lea = world.model(), world.person("Lea")
    asked = world.stakeholder(model, lea)
    came: Counter[tuple[str, ...]] = Counter()
    for number in range(ROUNDS):
        shown = world.later(minutes=1).share(model, asked, title=f"Week {number}")
        came[
            tuple(both(lambda s=shown: world.answer(s, lea), lambda s=shown: world.answer(s, lea, "No.")))
        ] += 1
        answer = shown.answers.get()
        assert (answer.version, bool(answer.words)) == (2, answer.answer == "returned")
    assert sum(came.values()) == ROUNDS
    assert set(came) <= {("done", "lost_race"), ("done", "refused")}
    verbs = ("output.approved", "output.returned")
    assert Activity.objects.filter(verb__in=verbs).count() == ROUNDS


def test_answering_while_it_is_withdrawn_never_leaves_a_return_on_something_withdrawn() -> None:
    world = World()
    model, lea = world.model(), world.person("Lea")
    asked = world.stakeholder(model, lea)
    for number in range(ROUNDS):
        shown = world.later(minutes=1).share(model, asked, title=f"Week {number}")

        def withdraw(one: Output = shown) -> Output:
            return outputs.withdraw_output(actor=world.actor(world.pm), output_id=one.pk, now=world.now)

        outcomes = both(withdraw, lambda s=shown: world.answer(s, lea, "No."))
        assert outcomes.count("done") == 1, outcomes
        shown.refresh_from_db()
        assert (shown.withdrawn_at is None) == (shown.answers.get().answer == "returned")


def test_two_shares_at_once_both_ask_the_approver_and_one_of_them_counts() -> None:
    world = World()
    model, lea = world.model(), world.person("Lea")
    user = world.stakeholder(model, part="user")
    world.answer(world.share(model, world.stakeholder(model, lea), user), lea, "No.")
    world.later(minutes=1)
    assert both(lambda: world.share(model, user, title="A"), lambda: world.share(model, user, title="B")) == [
        "done",
        "done",
    ]
    for one in Output.objects.filter(title__in=("A", "B")):
        assert one.answers.filter(stakeholder__person=lea).exists()
    facts = queries.facts_of([model.pk], world.now)[model.pk]
    assert [one.state for one in facts].count(OutputState.WAITING) == 2
    assert len([one for one in facts if queries.newest(facts, one.line) == one]) == 1


def test_two_people_closing_one_feedback_tell_once() -> None:
    world = World()
    model, lea = world.model(), world.person("Lea")
    world.stakeholder(model, lea)
    for number in range(ROUNDS):
        row = feedback.give_feedback(
            actor=world.actor(lea), model_id=model.pk, text=f"Late {number}.", now=world.now
        )
        pm = {"actor": world.actor(world.pm), "feedback_id": row.pk, "now": world.now}
        feedback.triage_feedback(kind="work_item", **pm)
        close = partial(feedback.close_feedback, outcome="Done.", **pm)
        outcomes = both(close, close)
        assert outcomes in (["done", "lost_race"], ["done", "refused"])
    assert Telling.objects.count() == ROUNDS
