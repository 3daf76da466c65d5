"""Feasibility is analysed, the direction of a prototype decided, and what was learned is kept."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.directions import why_may_not_direct
from throughline.core.dossier import Dossier
from throughline.core.errors import NotAllowed, Reason, Refused
from throughline.core.permissions import Actor
from throughline.core.plain import to_plain
from throughline.core.planning import RATINGS as RATED
from throughline.core.planning import Choice, LearningKind, check_next_look, not_directed, parse_choice
from throughline.core.prototype import Proof, proof_of
from throughline.core.text import clean
from throughline.queries.dossiers import load
from throughline.queries.policies import policy_of
from throughline.queries.portfolio import model_row
from throughline.records.planning import Direction, Feasibility, Learning
from throughline.records.portfolio import MLModel

RATINGS = tuple(rating.name for rating in RATED)


@activity.records_refusals("feasibility.refused")
def record_feasibility(
    *, actor: Actor, model_id: int, ratings: Mapping[str, int], is_go: bool, reason: str, now: datetime
) -> Feasibility:
    """`ratings` holds value, feasibility, data_readiness, risk and effort, each from 1 (poor) to 5 (good).

    A no-go is also kept as a learning; the model is stopped by a move of its own.
    """
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    wrong = [name for name in RATINGS if ratings.get(name) not in range(1, 6)]
    if wrong:
        raise Refused(tuple(Reason("Rate this from 1 to 5.", field=name) for name in wrong), kind="invalid")
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    with transaction.atomic():
        row = Feasibility.objects.create(
            model=model,
            **{name: ratings[name] for name in RATINGS},
            is_go=is_go,
            reason=reason,
            by=actor.name,
            person_id=actor.person_id,
            at=now,
        )
        if not is_go:
            _keep_learning(actor, model, LearningKind.STOP, reason, now)
        body = {"is_go": is_go, "reason": reason, **{name: ratings[name] for name in RATINGS}}
        activity.record_on_model(actor, "feasibility.recorded", model, now=now, body=body)
    return row


@activity.records_refusals("direction.refused")
def decide_direction(
    *,
    actor: Actor,
    model_id: int,
    choice: str,
    reason: str,
    next_look_on: date | None = None,
    seen: str,
    now: datetime,
) -> Direction:
    """Whether a prototype continues, changes direction or stops; `seen` is the fingerprint of the verdicts seen.

    Decided by whoever may decide the model's way forward. It moves nothing: a stop is asked for as a move, and what
    was learned is kept. Raises `Refused` (stale) when the criteria have come to something else meanwhile.
    """
    model = model_row(actor, model_id)
    permissions.require(
        actor, "direction.decide", noun="model", program_id=model.program_id, model_id=model_id
    )
    person_id = permissions.require_person(actor, "Directions are decided")
    chosen = parse_choice(choice)
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    check_next_look(chosen, next_look_on, now.astimezone(ZoneInfo(model.program.time_zone)).date())
    dossier = load(model, now=now)
    _require_decider(model, dossier, person_id)
    proof = proof_of(dossier)
    _require_seen(proof, seen)
    with transaction.atomic():
        if not MLModel.objects.filter(pk=model_id, facts=model.facts).update(facts=F("facts") + 1):
            raise Refused.of("What is known of this model changed a moment ago.", kind="lost_race")
        row = Direction.objects.create(
            model=model,
            choice=chosen,
            reason=reason,
            next_look_on=next_look_on,
            verdicts=to_plain(proof.verdicts),
            fingerprint=proof.fingerprint,
            person_id=person_id,
            name=actor.name,
            at=now,
        )
        if chosen is Choice.STOP:
            _keep_learning(actor, model, LearningKind.STOP, reason, now)
        look = next_look_on.isoformat() if next_look_on else None
        body = {"choice": chosen, "reason": reason, "next_look_on": look, "verdicts": proof.fingerprint}
        activity.record_on_model(actor, "direction.decided", model, now=now, body=body)
    return row


@activity.records_refusals("learning.refused")
def record_learning(*, actor: Actor, model_id: int, kind: str, text: str, now: datetime) -> Learning:
    """What a model taught, for those who will try something like it."""
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    if kind not in list(LearningKind):
        raise Refused.field(
            "kind", f"“{kind[:60]}” is not among the choices.", f"Choose from {', '.join(LearningKind)}."
        )
    text = clean(text, field="text", max_length=5_000, required=True)
    with transaction.atomic():
        row = _keep_learning(actor, model, LearningKind(kind), text, now)
        body = {"kind": kind, "text": text}
        activity.record(
            actor, "learning.recorded", now=now, program_id=model.program_id, model_id=model_id, body=body
        )
    return row


def _require_decider(model: MLModel, dossier: Dossier, person_id: int) -> None:
    if why := not_directed(dossier.model.place):
        raise Refused.of(why)
    _, policy = policy_of(model)
    if why := why_may_not_direct(policy, dossier, person_id):
        raise NotAllowed(why)


def _require_seen(proof: Proof, seen: str) -> None:
    if not proof.verdicts:
        raise Refused.of(
            "There are no success criteria, so there is nothing to decide on.",
            remedy="Write them into the functional specification.",
        )
    if seen != proof.fingerprint:
        raise Refused.of(
            "The criteria have come to something else since you looked.",
            kind="stale",
            remedy="Look at them as they are now, then decide.",
        )


def _keep_learning(actor: Actor, model: MLModel, kind: LearningKind, text: str, now: datetime) -> Learning:
    return Learning.objects.create(
        model=model, kind=kind, text=text, by=actor.name, person_id=actor.person_id, at=now
    )
