"""Feasibility, the direction of a prototype, and learnings: who may decide, on what, and what is kept."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.make import World
from throughline.actions import evidence as evidence_actions
from throughline.actions import planning
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.evidence import EvidenceKind
from throughline.core.people import Role
from throughline.core.permissions import AccessRole, Actor
from throughline.core.prototype import proof_of
from throughline.core.stages import MoveKind, Stage
from throughline.queries.access import system_actor
from throughline.queries.dossiers import load
from throughline.records.activity import Activity
from throughline.records.planning import Direction, Learning
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db
BELOW = {"kind": "counts", "k": 70, "n": 100}
ABOVE = {"kind": "counts", "k": 95, "n": 100}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def model(world: World) -> MLModel:
    """A prototype whose one criterion is not met."""
    made = world.model(at=Stage.PROTOTYPE)
    world.agreed(made, {"target": 0.8})
    world.measure(made, "metric.precision", None, uncertainty=BELOW)
    return made


def refusal(world: World, model: MLModel, choice: str = "continue", **more: Any) -> Refused:
    before = Direction.objects.count()
    with pytest.raises(Refused) as caught:
        world.direct(model, choice, **more)
    assert Direction.objects.count() == before
    return caught.value


class TestDirection:
    def test_a_leader_decides_on_the_verdicts_of_the_moment(self, world: World, model: MLModel) -> None:
        row = world.direct(model, "change", reason="Try the call notes.")
        assert (row.choice, row.name, row.person) == ("change", "Li", world.leader)
        assert row.verdicts[0]["answer"] == "not_met"
        entry = Activity.objects.get(verb="direction.decided")
        assert entry.body["choice"] == "change"
        assert entry.body["next_look_on"] == "2026-03-16"
        proof = proof_of(load(model, now=world.now))
        assert proof.decided is not None
        assert proof.decided.id == row.pk

    def test_a_new_measurement_asks_for_a_new_decision(self, world: World, model: MLModel) -> None:
        world.direct(model)
        world.later(days=1).measure(model, "metric.precision", None, uncertainty={**BELOW, "k": 71})
        proof = proof_of(load(model, now=world.now))
        assert proof.decided is None
        assert proof.direction is not None

    def test_it_moves_nothing_by_itself(self, world: World, model: MLModel) -> None:
        world.direct(model, "stop", reason="The labels can't be had.")
        model.refresh_from_db()
        assert (model.stage, model.standing) == ("prototype", "active")
        assert not model.moves.exclude(state="approved").exists()

    def test_a_stop_keeps_what_was_learned(self, world: World, model: MLModel) -> None:
        world.direct(model, "continue")
        assert not Learning.objects.exists()
        world.direct(model, "stop", reason="The labels can't be had.")
        assert Learning.objects.get().text == "The labels can't be had."

    def test_the_one_who_may_not_decide_moves_decides_no_direction(
        self, world: World, model: MLModel
    ) -> None:
        for person in (world.pm, world.person("Mia")):
            if person != world.pm:
                world.member(person, AccessRole.APPROVER)
            with pytest.raises(NotAllowed, match="The direction is decided by: Leader: Li"):
                world.direct(model, actor=world.actor(person))
        assert not Direction.objects.exists()
        assert Activity.objects.filter(verb="direction.refused").count() == 2

    def test_a_viewer_may_not_and_a_stranger_sees_nothing(self, world: World, model: MLModel) -> None:
        mia = world.person("Mia")
        world.member(mia, AccessRole.VIEWER)
        with pytest.raises(NotAllowed, match="to decide whether a prototype"):
            world.direct(model, actor=world.actor(mia))
        with pytest.raises(Missing):
            world.direct(model, actor=world.actor(world.person("Sam")))

    def test_a_service_account_decides_nothing(self, world: World, model: MLModel) -> None:
        leader = world.actor(world.leader)
        service = Actor(leader.person_id, "bot", "api", leader.grants, is_service=True)
        with pytest.raises(NotAllowed, match="by people who signed in"):
            world.direct(model, actor=service)

    def test_other_verdicts_than_those_seen_are_refused(self, world: World, model: MLModel) -> None:
        seen = proof_of(load(model, now=world.now)).fingerprint
        world.later(hours=1).measure(model, "metric.precision", None, uncertainty=ABOVE)
        refused = refusal(world, model, seen=seen)
        assert refused.kind == "stale"
        assert refusal(world, model, seen="").kind == "stale"

    def test_of_two_at_once_one_is_refused(
        self, world: World, model: MLModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = planning.proof_of

        def meanwhile(dossier: Any) -> Any:
            monkeypatch.setattr(planning, "proof_of", real)
            world.direct(model, "stop", reason="It is no use.")
            return real(dossier)

        monkeypatch.setattr(planning, "proof_of", meanwhile)
        with pytest.raises(Refused) as caught:
            world.direct(model, "continue")
        assert caught.value.kind == "lost_race"
        assert [row.choice for row in Direction.objects.all()] == ["stop"]

    @pytest.mark.parametrize("choice", ["continue", "change"])
    @pytest.mark.parametrize(
        "day",
        [None, date(2026, 3, 2), date(2026, 3, 1), date(2027, 3, 4)],
        ids=["none", "today", "past", "far"],
    )
    def test_what_goes_on_is_looked_at_again_on_a_day_to_come(
        self, world: World, model: MLModel, choice: str, day: date | None
    ) -> None:
        refused = refusal(world, model, choice, next_look_on=day)
        assert refused.reasons[0].field == "next_look_on"

    def test_today_is_the_day_where_the_program_is(self, world: World, model: MLModel) -> None:
        world.program.time_zone = "Pacific/Kiritimati"
        world.program.save()
        world.now = world.now.replace(hour=12)
        refused = refusal(world, model, next_look_on=date(2026, 3, 3))
        assert "not to come" in refused.reasons[0].text

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"choice": "perhaps"}, "choice"),
            ({"reason": " "}, "reason"),
            ({"reason": "a\x00b"}, "reason"),
            ({"choice": "stop", "next_look_on": date(2026, 4, 1)}, "next_look_on"),
        ],
    )
    def test_bad_input_is_named(self, world: World, model: MLModel, more: dict[str, Any], field: str) -> None:
        assert refusal(world, model, **more).reasons[0].field == field

    def test_without_criteria_there_is_nothing_to_decide(self, world: World) -> None:
        assert "no success criteria" in str(refusal(world, world.model("Bare", at=Stage.PROTOTYPE)))

    def test_only_while_it_is_built(self, world: World, model: MLModel) -> None:
        world.moved(model, MoveKind.PAUSE)
        world.direct(model)
        world.moved(model, MoveKind.STOP)
        assert "while work on it goes on" in str(refusal(world, model))
        live = world.model("Live", at=Stage.PRODUCTION)
        world.agreed(live, {"target": 0.8})
        assert "before a model is in production" in str(refusal(world, live))


class TestFeasibility:
    def test_a_no_go_is_kept_as_a_learning(self, world: World) -> None:
        model = world.model()
        world.feasible(model)
        assert not Learning.objects.exists()
        world.feasible(model, is_go=False)
        learning = Learning.objects.get()
        assert (learning.kind, learning.text, learning.by) == ("stop", "Worth a try.", "Ana")


class TestLearnings:
    def test_a_learning_is_kept_with_who_said_it(self, world: World) -> None:
        model = world.model()
        row = planning.record_learning(
            actor=world.actor(world.pm),
            model_id=model.pk,
            kind="success",
            text=" Start small. ",
            now=world.now,
        )
        assert (row.text, row.by) == ("Start small.", "Ana")
        assert Activity.objects.filter(verb="learning.recorded", model_id=model.pk).exists()

    @pytest.mark.parametrize(("kind", "text", "field"), [("fun", "x", "kind"), ("stop", "  ", "text")])
    def test_bad_input_is_named(self, world: World, kind: str, text: str, field: str) -> None:
        with pytest.raises(Refused) as caught:
            planning.record_learning(
                actor=world.actor(world.pm), model_id=world.model().pk, kind=kind, text=text, now=world.now
            )
        assert caught.value.reasons[0].field == field

    def test_viewers_record_nothing(self, world: World) -> None:
        viewer = world.person("Vic")
        world.member(viewer, AccessRole.VIEWER)
        with pytest.raises(NotAllowed):
            planning.record_learning(
                actor=world.actor(viewer), model_id=world.model().pk, kind="stop", text="x", now=world.now
            )


class TestMeasurements:
    def attach(self, world: World, model: MLModel, **more: Any) -> Any:
        given = {"kind": EvidenceKind.MEASURED, "key": "metric.precision", "source": "ci", **more}
        item = evidence_actions.NewEvidence(**given)
        return evidence_actions.attach_evidence(
            actor=world.actor(world.pm), model_id=model.pk, items=[item], now=world.now
        )[0]

    def test_the_value_is_worked_out_and_the_uncertainty_kept(self, world: World) -> None:
        row = self.attach(world, world.model(), uncertainty=ABOVE, slice="EU")
        assert row.value == 0.95
        assert row.detail == {"uncertainty": ABOVE, "slice": "EU"}

    def test_it_may_stand_in_the_detail(self, world: World) -> None:
        row = self.attach(world, world.model(), detail={"uncertainty": ABOVE, "slice": "EU", "step": 3})
        assert (row.value, row.detail["uncertainty"], row.detail["step"]) == (0.95, ABOVE, 3)

    def test_another_uncertainty_is_another_observation(self, world: World) -> None:
        model = world.model()
        at = {"observed_at": world.now - timedelta(hours=1), "value": 0.95}
        self.attach(world, model, **at)
        self.attach(world, model, **at, uncertainty=ABOVE)
        assert model.evidence.count() == 2

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"uncertainty": {"kind": "counts", "k": 9, "n": 3}}, "uncertainty.k"),
            ({"detail": {"uncertainty": "wide"}}, "uncertainty"),
            ({"value": 0.2, "uncertainty": ABOVE}, "value"),
            ({"kind": EvidenceKind.TESTED, "uncertainty": ABOVE}, "uncertainty"),
            ({"value": 1, "slice": "a\nb"}, "slice"),
        ],
    )
    def test_what_can_not_be_true_is_refused(self, world: World, more: dict[str, Any], field: str) -> None:
        model = world.model()
        with pytest.raises(Refused) as caught:
            self.attach(world, model, **more)
        assert caught.value.reasons[0].field == field
        assert not model.evidence.exists()


def test_a_program_manager_who_leads_too_may_decide(world: World, model: MLModel) -> None:
    world.assign(world.pm, Role.LEADER, model)
    assert world.direct(model, actor=world.actor(world.pm)).name == "Ana"


def test_the_system_itself_decides_nothing(world: World, model: MLModel) -> None:
    with pytest.raises(NotAllowed):
        world.direct(model, actor=system_actor("cli"))
