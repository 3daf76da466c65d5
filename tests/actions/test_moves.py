"""Moves: asked for, answered and decided, with every refusal on the way."""

import pytest

from tests.make import World
from throughline.actions import evidence as evidence_actions
from throughline.actions import moves as move_actions
from throughline.actions import portfolio, sign_offs
from throughline.core.dossier import WaiverKind
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.evidence import Outcome
from throughline.core.people import Role
from throughline.core.permissions import AccessRole
from throughline.core.stages import MoveKind, Stage, Standing
from throughline.queries.access import system_actor
from throughline.queries.dossiers import load, load_many
from throughline.queries.moves import gate_report
from throughline.records.activity import Activity
from throughline.records.moves import Decision, Move

pytestmark = pytest.mark.django_db

AUC = {"id": "quality.auc", "measured": {"key": "metric.auc", "at_least": 0.7, "max_age_days": 30}}
SIGNED = {
    "id": "data.accepted",
    "asks": "Is it good enough?",
    "sign_off": {"by": ["leader"], "covers": ["evidence.metric.auc"]},
}
FIRST_GATE = "conception_to_prototype"


@pytest.fixture
def world() -> World:
    return World()


def test_a_move_through_an_open_gate_is_decided_and_kept(world: World) -> None:
    model = world.model()
    move = world.decide(world.request(model))
    model.refresh_from_db()
    assert (model.stage, move.state) == (Stage.PROTOTYPE, "approved")
    decision = Decision.objects.get(move=move)
    assert decision.decider_names == ["Li"]
    assert decision.requester_name == "Ana"
    assert decision.dossier["model"]["stage"] == "conception"
    assert decision.verdict["passing"] == "passed"
    assert Activity.objects.order_by("-seq").values_list("verb", flat=True)[0] == "move.decided"


def test_the_model_is_seen_as_it_was_before_the_move(world: World) -> None:
    model = world.model(risk_tier="low")
    before = world.now
    world.later(days=10)
    world.moved(model)
    portfolio.change_model(
        actor=world.actor(world.pm),
        model_id=model.pk,
        expected_version=None,
        fields={"risk_tier": "high"},
        now=world.now,
    )
    world.later(days=1)
    model.refresh_from_db()
    then, now = load(model, now=world.now, as_of=before), load(model, now=world.now)
    assert (then.model.stage, then.model.risk_tier) == (Stage.CONCEPTION, "low")
    assert (now.model.stage, now.model.risk_tier) == (Stage.PROTOTYPE, "high")


def test_the_past_is_judged_by_the_policy_of_the_past(world: World) -> None:
    model = world.model()
    before = world.now
    world.later(days=3).policy({FIRST_GATE: [AUC]})
    portfolio.adopt_policy(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    model.refresh_from_db()
    then, now = gate_report(model, now=world.now, as_of=before), gate_report(model, now=world.now)
    assert then is not None
    assert now is not None
    assert (then.verdict.passing, now.verdict.passing) == ("passed", "not_passed")


def test_a_model_that_did_not_exist_has_no_past(world: World) -> None:
    before = world.now
    model = world.later(days=1).model()
    assert load_many([model], now=world.now, as_of=before) == {}


def test_nobody_approves_their_own_move(world: World) -> None:
    model = world.model()
    world.assign(world.pm, Role.LEADER, model)
    move = world.request(model)
    with pytest.raises(Refused, match="You asked for this move yourself"):
        world.decide(move, world.pm)
    assert Move.objects.get(pk=move.pk).state == "open"
    assert Activity.objects.get(verb="move.refused").model_id == model.pk


def test_an_administrator_who_holds_no_seat_decides_nothing(world: World) -> None:
    move = world.request(world.model())
    with pytest.raises(NotAllowed, match="Leader: Li"):
        world.decide(move, world.person("Root", is_admin=True))


def test_the_installation_itself_neither_asks_nor_decides(world: World) -> None:
    model = world.model()
    with pytest.raises(NotAllowed, match="people who signed in"):
        move_actions.request_move(
            actor=system_actor("cli"), model_id=model.pk, kind=MoveKind.ADVANCE, reason="x", now=world.now
        )


def test_an_outsider_is_told_that_there_is_no_such_move(world: World) -> None:
    move = world.request(world.model())
    with pytest.raises(Missing):
        world.decide(move, world.person("Otto"))


def test_a_viewer_may_not_ask(world: World) -> None:
    model, viewer = world.model(), world.person("Vera")
    world.member(viewer, AccessRole.VIEWER)
    with pytest.raises(NotAllowed, match="ask for a move"):
        move_actions.request_move(
            actor=world.actor(viewer), model_id=model.pk, kind=MoveKind.ADVANCE, reason="x", now=world.now
        )


def test_missing_evidence_closes_the_gate_until_it_is_there(world: World) -> None:
    world.policy({FIRST_GATE: [AUC]})
    model = world.model()
    move = world.request(model)
    assert Activity.objects.order_by("-seq")[0].verb == "move.blocked"
    with pytest.raises(Refused, match="No evidence with the key metric.auc"):
        world.decide(move)
    world.measure(model, "metric.auc", 0.81)
    assert world.decide(move).state == "approved"


def test_evidence_that_went_stale_while_the_move_waited_closes_the_gate(world: World) -> None:
    world.policy({FIRST_GATE: [AUC]})
    model = world.model()
    world.measure(model, "metric.auc", 0.81)
    move = world.request(model)
    world.later(days=31)
    with pytest.raises(Refused, match="31 days old and may be 30"):
        world.decide(move)


def test_evidence_about_another_version_does_not_count(world: World) -> None:
    world.policy({FIRST_GATE: [AUC]})
    model = world.model()
    world.release(model, subject="churn_scorer version 2")
    world.measure(model, "metric.auc", 0.9, subject="churn_scorer version 1", detail={"version": "1"})
    with pytest.raises(Refused, match="which is not churn_scorer version 2"):
        world.decide(world.request(model))


def test_a_sign_off_is_void_as_soon_as_what_it_rests_on_changes(world: World) -> None:
    world.policy({FIRST_GATE: [SIGNED]})
    model = world.model()
    world.measure(model, "metric.auc", 0.8)
    signed = world.sign(model, "data.accepted")
    world.measure(model, "metric.other", 0.1)
    signed.refresh_from_db()
    assert signed.void_at is None
    world.later(hours=1).measure(model, "metric.auc", 0.75)
    signed.refresh_from_db()
    assert signed.void_reason == "This changed after it was signed: evidence.metric.auc."
    with pytest.raises(Refused, match="evidence.metric.auc"):
        world.decide(world.request(model))


def test_only_the_named_role_signs(world: World) -> None:
    world.policy({FIRST_GATE: [SIGNED]})
    model = world.model()
    with pytest.raises(NotAllowed, match="signed off by a leader"):
        world.sign(model, "data.accepted", world.pm)


def test_a_check_that_is_computed_cannot_be_signed(world: World) -> None:
    world.policy({FIRST_GATE: [AUC]})
    model = world.model()
    with pytest.raises(Refused, match="computed from evidence"):
        world.sign(model, "quality.auc")


def test_a_waiver_needs_a_second_person_and_ends(world: World) -> None:
    world.policy({FIRST_GATE: [AUC]})
    model = world.model()
    world.assign(world.pm, Role.LEADER, model)
    waiver = sign_offs.request_waiver(
        actor=world.actor(world.pm), model_id=model.pk, gate=FIRST_GATE, check_id="quality.auc", kind=WaiverKind.WAIVED,
        reason="The labels arrive in May.", until=world.now.replace(month=5), now=world.now,
    )  # fmt: skip
    with pytest.raises(Refused, match="You asked for this waiver yourself"):
        sign_offs.decide_waiver(
            actor=world.actor(world.pm), waiver_id=waiver.pk, is_granted=True, reason="Fine.", now=world.now
        )
    world.later(minutes=5)
    sign_offs.decide_waiver(
        actor=world.actor(world.leader), waiver_id=waiver.pk, is_granted=True, reason="Fine.", now=world.now
    )
    move = world.later(minutes=5).request(model)
    report = gate_report(model, now=world.now)
    assert report is not None
    assert report.verdict.passing == "passed_by_waiver"
    world.later(days=90)
    with pytest.raises(Refused, match="The gate is closed"):
        world.decide(move)


def test_a_decline_needs_a_reason_and_ends_the_move(world: World) -> None:
    model = world.model()
    move = world.request(model)
    with pytest.raises(Refused, match="This is empty"):
        world.decide(move, is_approval=False, reason=" ")
    world.decide(move, is_approval=False, reason="Too early.")
    model.refresh_from_db()
    assert model.stage == Stage.CONCEPTION
    assert Decision.objects.get(move=move).outcome == "declined"
    with pytest.raises(Refused, match="declined meanwhile"):
        world.decide(move)


def test_one_move_at_a_time(world: World) -> None:
    model = world.model()
    world.request(model)
    with pytest.raises(Refused, match="waiting for its decision already"):
        world.request(model, MoveKind.PAUSE)


def test_every_seat_must_be_filled_on_the_same_facts(world: World) -> None:
    world.policy({}, deciders=["leader", "data_scientist"])
    model, scientist = world.model(), world.person("Sam")
    world.assign(scientist, Role.DATA_SCIENTIST, model)
    move = world.request(model)
    assert world.decide(move).state == "open"
    world.measure(model, "metric.auc", 0.6)
    assert world.decide(move, scientist).state == "open"
    assert world.decide(move).state == "approved"


def test_an_illegal_move_names_the_legal_ones(world: World) -> None:
    with pytest.raises(Refused, match="From here you can: advance, pause, stop"):
        world.request(world.model(), MoveKind.RETIRE)


def test_from_conception_to_retirement_and_an_update_on_the_way(world: World) -> None:
    model = world.model(at=Stage.DEPLOYMENT)
    first = world.release(model)
    world.moved(model)
    first.refresh_from_db()
    assert (model.stage, first.state) == (Stage.PRODUCTION, "released")
    with pytest.raises(Refused, match="No update is planned"):
        world.request(model, MoveKind.UPDATE)
    second = world.later(days=5).release(model, "2.0", "churn_scorer version 2")
    world.moved(model, MoveKind.UPDATE)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (model.stage, first.state, second.state) == (Stage.PRODUCTION, "superseded", "released")
    world.moved(model, MoveKind.DEPRECATE)
    world.moved(model, MoveKind.RETIRE)
    assert (model.stage, model.standing) == (Stage.DEPRECATION, Standing.RETIRED)
    with pytest.raises(Refused, match="Nothing leads out of here"):
        world.request(model, MoveKind.REINSTATE)


def test_a_stale_version_is_refused_with_the_present_content(world: World) -> None:
    model = world.model()
    actor = world.actor(world.pm)
    portfolio.change_model(
        actor=actor, model_id=model.pk, expected_version=1, fields={"team": "Retention"}, now=world.now
    )
    with pytest.raises(Refused) as refusal:
        portfolio.change_model(
            actor=actor, model_id=model.pk, expected_version=1, fields={"team": "Sales"}, now=world.now
        )
    assert refusal.value.kind == "stale"
    assert refusal.value.current is not None
    assert refusal.value.current["team"] == "Retention"


def test_what_is_known_is_not_attached_twice(world: World) -> None:
    model = world.model()
    item = evidence_actions.NewEvidence(
        kind="tested",
        key="tests.unit",
        source="junit",
        source_ref="run-1",
        outcome=Outcome.PASSED,  # type: ignore[arg-type]
    )
    for _ in range(2):
        evidence_actions.attach_evidence(
            actor=world.actor(world.pm), model_id=model.pk, items=[item], now=world.now
        )
        world.later(hours=1)
    assert model.evidence.count() == 1


def test_whoever_the_policy_names_grants_and_revokes_a_waiver_and_nobody_else(world: World) -> None:
    world.policy({FIRST_GATE: [{**AUC, "waivable_by": ["data_scientist"]}]})
    model, scientist, engineer = world.model(), world.person("Sam"), world.person("Eve")
    world.assign(scientist, Role.DATA_SCIENTIST, model)
    world.assign(engineer, Role.DATA_ENGINEER, model)
    waiver = sign_offs.request_waiver(
        actor=world.actor(world.pm), model_id=model.pk, gate=FIRST_GATE, check_id="quality.auc", kind=WaiverKind.WAIVED,
        reason="The labels arrive in May.", until=world.now.replace(month=5), now=world.now,
    )  # fmt: skip
    given = {"waiver_id": waiver.pk, "reason": "Fine.", "now": world.now}
    with pytest.raises(NotAllowed, match="granted by a data scientist"):
        sign_offs.decide_waiver(actor=world.actor(engineer), is_granted=True, **given)
    assert sign_offs.decide_waiver(actor=world.actor(scientist), is_granted=True, **given).state == "granted"
    with pytest.raises(NotAllowed, match="A manager can revoke it too"):
        sign_offs.revoke_waiver(actor=world.actor(engineer), **given)
    assert sign_offs.revoke_waiver(actor=world.actor(scientist), **given).state == "revoked"
