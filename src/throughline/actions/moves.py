"""Moves are asked for, answered and decided; the gate is evaluated again at the moment of decision."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.dossier import ReleaseKind
from throughline.core.errors import NotAllowed, Reason, Refused
from throughline.core.gates import seats_of, why_may_not_decide
from throughline.core.permissions import Actor
from throughline.core.plain import to_plain
from throughline.core.portfolio import changes, revision_content
from throughline.core.stages import MoveKind, Place, Stage, Standing, step_for
from throughline.core.text import clean
from throughline.queries.moves import GateReport, gate_report, move_row, place_of, report_for_move
from throughline.queries.portfolio import model_row
from throughline.records.moves import Answer, Decision, Move
from throughline.records.portfolio import MLModel, Release, Revision


@activity.records_refusals("move.refused")
def request_move(
    *, actor: Actor, model_id: int, kind: MoveKind, to_stage: Stage | None = None, reason: str, now: datetime
) -> Move:
    """Asks for a move. A closed gate does not stop the asking, which is kept with its verdict; it stops the deciding."""
    model = model_row(actor, model_id)
    permissions.require(actor, "move.request", noun="model", program_id=model.program_id, model_id=model_id)
    person_id = _person(actor)
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    step = step_for(place_of(model), kind, to_stage)
    report = gate_report(model, now=now, step=step)
    if report is None:
        raise Refused.of("This model can't be judged now.")
    release = _release_for(model, kind)
    try:
        with transaction.atomic():
            move = Move.objects.create(
                model=model,
                release=release,
                policy=report.policy_row,
                kind=kind,
                gate=step.gate,
                from_stage=step.origin.stage,
                from_standing=step.origin.standing,
                to_stage=step.target.stage,
                to_standing=step.target.standing,
                reason=reason,
                requested_by_id=person_id,
                requester_name=actor.name,
                requested_at=now,
                verdict=to_plain(report.verdict),
            )
            verb = "move.requested" if report.verdict.is_open else "move.blocked"
            body = {
                **_told(move),
                "verdict": report.verdict.passing,
                "blocking": [f.check for f in report.verdict.blocking],
            }
            activity.record(actor, verb, now=now, program_id=model.program_id, model_id=model.pk, body=body)
    except IntegrityError:
        raise Refused.of(
            f"A move of {model.name} is waiting for its decision already.",
            kind="lost_race",
            remedy="Decide or withdraw that one first.",
        ) from None
    return move


@activity.records_refusals("move.refused")
def withdraw_move(*, actor: Actor, move_id: int, reason: str, now: datetime) -> Move:
    """Whoever asked, or a manager, takes the request back."""
    move = move_row(actor, move_id)
    place = {"program_id": move.model.program_id, "model_id": move.model_id}
    permissions.require(actor, "move.request", noun="move", **place)
    if move.requested_by_id != actor.person_id and not permissions.may(actor, "people.change", **place):
        raise NotAllowed(
            f"Only {move.requester_name}, who asked for this move, or a manager can withdraw it."
        )
    reason = clean(reason, field="reason", max_length=2_000, required=True)
    with transaction.atomic():
        _close(move, "withdrawn", now)
        activity.record(actor, "move.withdrawn", now=now, body={**_told(move), "reason": reason}, **place)
    return move


@activity.records_refusals("move.refused")
def decide_move(*, actor: Actor, move_id: int, is_approval: bool, reason: str, now: datetime) -> Move:
    """One decider's answer. The last seat to be filled, or one decline, decides the move.

    Raises `Refused` when the gate is closed on the facts of this moment, when somebody was faster, or when the
    person asked for the move; `NotAllowed` when they hold none of the seats.
    """
    move = move_row(actor, move_id)
    place = {"program_id": move.model.program_id, "model_id": move.model_id}
    permissions.require(actor, "move.decide", noun="move", **place)
    person_id = _person(actor)
    reason = clean(reason, field="reason", max_length=5_000, required=not is_approval)
    _require_open(move)
    report = report_for_move(move, now=now)
    if why := why_may_not_decide(report.gate, report.dossier, person_id, move.requested_by_id):
        raise Refused.of(why) if person_id == move.requested_by_id else NotAllowed(why)
    if not is_approval:
        return _decline(actor, move, report, person_id, reason, now)
    _require_passing(report)
    with transaction.atomic():
        _lock(move)
        _answer(actor, move, report, person_id, reason, now, is_approval=True)
        report = report_for_move(move, now=now)
        _require_passing(report)
        if all(seat.filled_by for seat in report.seats):
            _carry_out(actor, move, report, now)
        else:
            open_seats = [seat.role for seat in report.seats if not seat.filled_by]
            body = {**_told(move), "reason": reason, "still_to_approve": open_seats}
            activity.record(actor, "move.approved", now=now, body=body, **place)
    move.refresh_from_db()
    return move


def _person(actor: Actor) -> int:
    if actor.person_id is None or actor.is_service:
        raise NotAllowed("Moves are asked for and decided by people who signed in, not by service accounts.")
    return actor.person_id


def _release_for(model: MLModel, kind: MoveKind) -> Release | None:
    release = model.releases.filter(state="planned").first()
    if kind is MoveKind.UPDATE and (release is None or release.kind != ReleaseKind.UPDATE):
        raise Refused.of("No update is planned.", remedy="Plan a release first, then ask for its review.")
    return release


def _require_open(move: Move) -> None:
    if move.state != "open":
        raise Refused.of(
            f"This move was {move.state} meanwhile.", kind="lost_race", remedy="Look at its decision."
        )


def _require_passing(report: GateReport) -> None:
    if report.verdict.is_open:
        return
    reasons = tuple(
        Reason(f"{f.asks} {f.found}", field=f.check, remedy=f.remedy) for f in report.verdict.blocking
    )
    raise Refused((Reason("The gate is closed, so the move can't be approved now."), *reasons))


def _lock(move: Move) -> None:
    """Queues deciders on the move's row and refuses whoever comes after it was decided."""
    if not Move.objects.filter(pk=move.pk, state="open").update(version=F("version") + 1):
        raise Refused.of(
            "Somebody else decided this move a moment ago.", kind="lost_race", remedy="Look at the decision."
        )
    # What was read before the lock may be out of date.
    move.refresh_from_db()


def _close(move: Move, state: str, now: datetime) -> None:
    if not Move.objects.filter(pk=move.pk, state="open").update(
        state=state, closed_at=now, version=F("version") + 1
    ):
        raise Refused.of("Somebody else decided or withdrew this move a moment ago.", kind="lost_race")
    move.refresh_from_db()


def _answer(
    actor: Actor,
    move: Move,
    report: GateReport,
    person_id: int,
    reason: str,
    now: datetime,
    *,
    is_approval: bool,
) -> Answer:
    return Answer.objects.create(
        move=move,
        person_id=person_id,
        name=actor.name,
        roles=list(seats_of(report.gate, report.dossier, person_id)),
        is_approval=is_approval,
        reason=reason,
        fingerprint=report.verdict.dossier_fingerprint,
        at=now,
    )


def _decline(
    actor: Actor, move: Move, report: GateReport, person_id: int, reason: str, now: datetime
) -> Move:
    with transaction.atomic():
        _close(move, "declined", now)
        _answer(actor, move, report, person_id, reason, now, is_approval=False)
        decision = _decide(move, report, "declined", now)
        body = {**_told(move), "reason": reason, "decision_id": decision.pk}
        model = move.model
        activity.record(
            actor, "move.declined", now=now, program_id=model.program_id, model_id=model.pk, body=body
        )
    return move


def _carry_out(actor: Actor, move: Move, report: GateReport, now: datetime) -> None:
    """Moves the model by a conditional update on where it was; zero rows mean that somebody was faster."""
    model, target = move.model, report.step.target
    before = revision_content(model)
    is_new_stage = target.stage != model.stage
    written: dict[str, object] = {"stage": target.stage, "standing": target.standing, "changed_at": now}
    if is_new_stage:
        # A model stays on a policy version while it is in a gate; the next gate begins under the one in force.
        written |= {"stage_since": now, "policy": model.program.policy}
    origin = {"stage": move.from_stage, "standing": move.from_standing}
    if not MLModel.objects.filter(pk=model.pk, **origin).update(version=F("version") + 1, **written):
        raise Refused.of(
            f"{model.name} is no longer in {_place(move.from_stage, move.from_standing)}.", kind="lost_race"
        )
    _close(move, "approved", now)
    decision = _decide(move, report, "approved", now)
    _finish_release(move, now)
    model.refresh_from_db()
    content = revision_content(model)
    changed = changes(before, content)
    Revision.objects.create(
        model=model, number=model.version, at=now, by=actor.name, content=content, changed=changed
    )
    body = {
        **_told(move),
        "decision_id": decision.pk,
        "verdict": report.verdict.passing,
        "dossier": decision.dossier_fingerprint,
    }
    activity.record(actor, "move.decided", now=now, program_id=model.program_id, model_id=model.pk, body=body)


def _decide(move: Move, report: GateReport, outcome: str, now: datetime) -> Decision:
    """Written once: names, roles, dossier, verdict and policy as they are at this moment."""
    answers = [
        {
            "name": a.name,
            "roles": a.roles,
            "is_approval": a.is_approval,
            "reason": a.reason,
            "at": a.at.isoformat(),
        }
        for a in move.answers.order_by("pk")
    ]
    return Decision.objects.create(
        move=move,
        model=move.model,
        outcome=outcome,
        kind=move.kind,
        from_place=_place(move.from_stage, move.from_standing),
        to_place=_place(move.to_stage, move.to_standing),
        requester_name=move.requester_name,
        reason=move.reason,
        decider_names=[answer["name"] for answer in answers],
        answers=answers,
        policy_label=report.policy.label,
        policy=report.policy_row,
        dossier=to_plain(report.dossier),
        dossier_fingerprint=report.verdict.dossier_fingerprint,
        verdict=to_plain(report.verdict),
        decided_at=now,
    )


def _finish_release(move: Move, now: datetime) -> None:
    """The first release is in use once the model is in production; an update replaces the one before it."""
    if move.release is None or move.to_stage != Stage.PRODUCTION:
        return
    Release.objects.filter(model=move.model, state="released").update(state="superseded", ended_at=now)
    Release.objects.filter(pk=move.release_id, state="planned").update(
        state="released", released_at=now, version=F("version") + 1
    )


def _place(stage: str, standing: str) -> str:
    return str(Place(Stage(stage), Standing(standing)))


def _told(move: Move) -> dict[str, object]:
    return {
        "move_id": move.pk,
        "kind": move.kind,
        "gate": move.gate,
        "from": move.from_stage,
        "to": move.to_stage,
    }
