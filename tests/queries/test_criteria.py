"""Verdicts of many models in fixed statements, the same as a dossier gives; the past as it was; what is alike."""

from typing import Any

import pytest

from tests.make import World
from throughline.actions import planning
from throughline.core.criteria import CriteriaFacts
from throughline.core.prototype import proof_of
from throughline.core.stages import Stage
from throughline.queries.criteria import verdicts_of
from throughline.queries.dossiers import load, load_many
from throughline.queries.planning import facts_of, learnings, similar
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db
COUNTS = {"kind": "counts", "k": 95, "n": 100}


@pytest.fixture
def world() -> World:
    return World()


def measured(world: World, name: str) -> MLModel:
    model = world.model(name)
    world.agreed(model, {"target": 0.8}, {"title": "Recall", "metric": "metric.recall", "target": 0.5})
    world.measure(model, "metric.precision", None, uncertainty=COUNTS)
    world.measure(model, "metric.other", 3.0)
    return model


def test_verdicts_of_many_models_in_three_statements(world: World, django_assert_num_queries: Any) -> None:
    models = [measured(world, f"M{number}") for number in range(4)]
    bare = world.model("Bare")
    with django_assert_num_queries(3):
        found = verdicts_of([*models, bare], world.now)
    assert set(found) == {model.pk for model in models}
    assert {key: one.answer.value for key, one in found[models[0].pk].items()} == {
        "precision": "met",
        "recall": "not_measured",
    }


def test_they_are_those_of_the_dossier(world: World) -> None:
    models = [measured(world, "One"), measured(world, "Two")]
    world.release(models[0], subject="churn version 2")
    world.later(hours=1).measure(
        models[0], "metric.precision", 0.9, subject="churn version 1", detail={"version": "1"}
    )
    world.measure(models[1], "metric.recall", None, uncertainty={"kind": "counts", "k": 1, "n": 2})
    found = verdicts_of(models, world.now)
    for model in models:
        proof = proof_of(load(model, now=world.now))
        assert list(found[model.pk].values()) == list(proof.verdicts)


def test_without_criteria_two_statements_are_saved(world: World, django_assert_num_queries: Any) -> None:
    model = world.model()
    with django_assert_num_queries(1):
        assert verdicts_of([model], world.now) == {}


def test_facts_of_a_dossier_take_one_statement_each(world: World, django_assert_num_queries: Any) -> None:
    ids = [measured(world, f"M{number}").pk for number in range(3)]
    with django_assert_num_queries(1):
        facts_of(ids, world.now)


def test_withdrawn_evidence_does_not_count(world: World) -> None:
    from throughline.actions import evidence

    model = measured(world, "One")
    row = model.evidence.get(key="metric.precision")
    evidence.withdraw_evidence(
        actor=world.actor(world.pm),
        model_id=model.pk,
        evidence_id=row.pk,
        reason="Wrong file.",
        now=world.now,
    )
    assert verdicts_of([model], world.now)[model.pk]["precision"].answer == "not_measured"


def agreed(model: MLModel, world: World) -> CriteriaFacts | None:
    return proof_of(load(model, now=world.now)).agreed


def test_the_approved_spec_counts_and_one_that_waits_only_without_it(world: World) -> None:
    model, other = world.model("One"), world.model("Two")
    world.agreed(model, {"target": 0.6}, state="submitted")
    waiting = agreed(model, world)
    assert waiting is not None
    assert (waiting.is_agreed, waiting.criteria[0].target) == (False, 0.6)
    world.agreed(other, {"target": 0.7})
    world.agreed(other, {"target": 0.5}, state="submitted")
    found = agreed(other, world)
    assert found is not None
    assert (found.is_agreed, found.spec_number, found.criteria[0].target) == (True, 1, 0.7)


def test_drafts_and_returned_specs_count_for_nothing_and_unreadable_criteria_are_none(world: World) -> None:
    draft, returned, odd = world.model("One"), world.model("Two"), world.model("Three")
    world.agreed(draft, {"target": 0.6}, state="draft")
    spec = world.agreed(returned, {"target": 0.6}, state="returned")
    spec.settled_at = world.now
    spec.save()
    spec = world.agreed(odd, {"target": 0.6})
    spec.content = {"criteria": [{"title": 7}]}
    spec.save()
    assert agreed(draft, world) is None
    assert agreed(returned, world) is None
    found = agreed(odd, world)
    assert found is not None
    assert found.criteria == ()


def test_the_past_is_as_it_was(world: World) -> None:
    model = world.model(at=Stage.PROTOTYPE)
    world.agreed(model, {"target": 0.9})
    world.measure(model, "metric.precision", None, uncertainty={"kind": "counts", "k": 70, "n": 100})
    world.direct(model, "continue")
    then = world.now
    world.later(days=3)
    world.agreed(model, {"target": 0.6})
    world.measure(model, "metric.precision", None, uncertainty=COUNTS)
    now = proof_of(load_many([model], now=world.now)[model.pk])
    past = proof_of(load_many([model], now=world.now, as_of=then)[model.pk])
    assert (now.is_borne_out, past.is_borne_out) == (True, False)
    assert past.decided is not None
    assert now.direction is not None
    assert now.decided is None


class TestSimilar:
    def learn(self, world: World, model: MLModel, text: str) -> None:
        planning.record_learning(
            actor=world.actor(world.pm), model_id=model.pk, kind="stop", text=text, now=world.now
        )

    def test_what_shares_most_words_comes_first_with_those_words(self, world: World) -> None:
        fraud = world.model("Fraud", summary="Finds card payments that the owner never made.")
        prices = world.model("Prices", summary="Proposes prices for flats.")
        self.learn(world, fraud, "Labels of disputed payments come three months late.")
        self.learn(world, prices, "Flats are too few.")
        self.learn(world, prices, "Payments were never looked at, and labels neither.")
        actor = world.actor(world.pm)
        found = similar(actor, "Predicts which card payments get disputed, from labels of the bank")
        assert found[0].learning.model == fraud
        assert found[0].words == ("card", "disputed", "label", "payment")
        assert [one.learning.model for one in found] == [fraud, prices]
        assert similar(actor, "Predicts the weather") == []
        assert [one.learning.model for one in similar(actor, "card payments labels", but=fraud.pk)] == [
            prices
        ]

    def test_other_programs_teach_nothing(self, world: World) -> None:
        other = World()
        self.learn(other, other.model("Fraud"), "Labels of disputed payments come late.")
        assert similar(world.actor(world.pm), "Labels of disputed payments") == []
        assert not learnings(world.actor(world.pm)).exists()
        assert learnings(other.actor(other.pm), program=other.program.slug).count() == 1
