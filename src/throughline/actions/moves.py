"""Moves are asked for, and taken back."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.dossier import ReleaseKind
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.plain import to_plain
from throughline.core.stages import MoveKind, Stage, step_for
from throughline.core.text import clean
from throughline.queries.moves import gate_report, in_the_log, move_row, place_of
from throughline.queries.portfolio import model_row
from throughline.records.moves import Move
from throughline.records.portfolio import MLModel, Release


@activity.records_refusals("move.refused")
def request_move(
    *, actor: Actor, model_id: int, kind: MoveKind, to_stage: Stage | None = None, reason: str, now: datetime
) -> Move:
    """Asks for a move. A closed gate stops the deciding, not the asking, which is kept with its verdict."""
    model = model_row(actor, model_id)
    permissions.require(actor, "move.request", noun="model", program_id=model.program_id, model_id=model_id)
    person_id = permissions.require_person(actor, "Moves are asked for")
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
            blocking = [finding.check for finding in report.verdict.blocking]
            body = {**in_the_log(move), "verdict": report.verdict.passing, "blocking": blocking}
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
        rows = Move.objects.filter(pk=move_id, state="open")
        if not rows.update(state="withdrawn", closed_at=now, version=F("version") + 1):
            raise Refused.of("Somebody else decided or withdrew this move a moment ago.", kind="lost_race")
        activity.record(
            actor, "move.withdrawn", now=now, body={**in_the_log(move), "reason": reason}, **place
        )
    move.refresh_from_db()
    return move


def _release_for(model: MLModel, kind: MoveKind) -> Release | None:
    release = model.releases.filter(state="planned").first()
    if kind is MoveKind.UPDATE and (release is None or release.kind != ReleaseKind.UPDATE):
        raise Refused.of("No update is planned.", remedy="Plan a release first, then ask for its review.")
    return release
