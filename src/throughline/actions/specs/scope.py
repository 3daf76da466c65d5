"""Changes to an approved specification are asked for, decided by an approver who did not ask, or withdrawn."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.actions.specs.versions import NewVersion
from throughline.core import permissions
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.specs import ReasonKind, SpecState, why_may_not_approve
from throughline.core.text import clean
from throughline.queries import spec_approval, specs
from throughline.queries.portfolio import model_row
from throughline.records.portfolio import MLModel
from throughline.records.specs import ScopeChange, Spec

LONGEST = 5_000


@activity.records_refusals("scope_change.refused")
def ask_scope_change(
    *,
    actor: Actor,
    model_id: int,
    reason_kind: str,
    reason: str,
    effect_on_scope: str = "",
    effect_on_dates: str = "",
    effect_on_criteria: str = "",
    now: datetime,
) -> ScopeChange:
    """Against the approved version; at least one effect is named."""
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "spec.comment", noun="model", **place)
    person_id = permissions.require_person(actor, "Scope changes are asked for")
    kind = _kind(reason_kind)
    reason = clean(reason, field="reason", max_length=LONGEST, required=True)
    given = {
        "effect_on_scope": effect_on_scope,
        "effect_on_dates": effect_on_dates,
        "effect_on_criteria": effect_on_criteria,
    }
    effects = {name: clean(text, field=name, max_length=LONGEST) for name, text in given.items()}
    if not any(effects.values()):
        raise Refused.field(
            "effect_on_scope", "No effect is named.", "Say what becomes of scope, dates or criteria."
        )
    base = specs.approved(model)
    if base is None:
        raise Refused.of("No version is approved, so there is no scope to change.", remedy="Edit the draft.")
    with transaction.atomic():
        row = ScopeChange.objects.create(
            model=model,
            spec=base,
            reason_kind=kind,
            reason=reason,
            asked_by_id=person_id,
            asker_name=actor.name,
            asked_at=now,
            **effects,
        )
        body = {"change": row.pk, "spec": base.number, "kind": kind, "reason": reason}
        activity.record(actor, "scope_change.asked", now=now, body=body, **place)
    return row


@activity.records_refusals("scope_change.refused")
def decide_scope_change(
    *, actor: Actor, model_id: int, change_id: int, is_approval: bool, reason: str, now: datetime
) -> ScopeChange:
    """An approver who did not ask answers. Approving leads into the draft of the next version, which it begins with
    the asker as its author, unless one is being written already."""
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "spec.approve", noun="model", **place)
    permissions.require_person(actor, "Scope changes are decided")
    row = specs.scope_change_row(model, change_id)
    reason = clean(reason, field="reason", max_length=LONGEST, required=True)
    _refuse_own(actor, row)
    if why := why_may_not_approve(spec_approval.approvers(model, now), actor.person_id, ()):
        raise NotAllowed(why)
    try:
        with transaction.atomic():
            _settle(row, "approved" if is_approval else "declined", actor, reason, now)
            draft = _next_version(model, row, now) if is_approval else None
            body = {"change": row.pk, "reason": reason, "next": draft.number if draft else None}
            verb = "scope_change.approved" if is_approval else "scope_change.declined"
            activity.record_on_model(actor, verb, model, now=now, body=body)
    except IntegrityError:
        raise Refused.of("Somebody began the next version a moment ago.", kind="lost_race") from None
    row.refresh_from_db()
    return row


@activity.records_refusals("scope_change.refused")
def withdraw_scope_change(*, actor: Actor, model_id: int, change_id: int, now: datetime) -> ScopeChange:
    """Whoever asked takes it back, or a manager."""
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "spec.comment", noun="model", **place)
    row = specs.scope_change_row(model, change_id)
    if row.asked_by_id != actor.person_id and not permissions.may(actor, "people.change", **place):
        raise NotAllowed(f"Only {row.asker_name}, who asked for it, or a manager can withdraw it.")
    with transaction.atomic():
        written = ScopeChange.objects.filter(pk=row.pk, state="asked").update(
            state="withdrawn", decided_at=now, version=F("version") + 1
        )
        if not written:
            raise Refused.of("This was answered or withdrawn already.", kind="lost_race")
        activity.record(actor, "scope_change.withdrawn", now=now, body={"change": row.pk}, **place)
    row.refresh_from_db()
    return row


def _kind(given: str) -> str:
    if given not in list(ReasonKind):
        raise Refused.field(
            "reason_kind", "This is not among the reasons.", f"Choose from {', '.join(ReasonKind)}."
        )
    return given


def _refuse_own(actor: Actor, row: ScopeChange) -> None:
    if row.asked_by_id == actor.person_id:
        raise Refused.of("You asked for this change, so somebody else decides it.")


def _settle(row: ScopeChange, state: str, actor: Actor, reason: str, now: datetime) -> None:
    written = ScopeChange.objects.filter(pk=row.pk, state="asked").update(
        state=state,
        decided_by_id=actor.person_id,
        decider_name=actor.name,
        decided_at=now,
        decision_reason=reason,
        version=F("version") + 1,
    )
    if not written:
        raise Refused.of("Somebody else answered or withdrew this a moment ago.", kind="lost_race")


def _next_version(model: MLModel, row: ScopeChange, now: datetime) -> Spec:
    draft = specs.in_work(model)
    if draft is not None and draft.state == SpecState.SUBMITTED:
        raise Refused.of(
            f"Version {draft.number} waits for approval.", remedy="Answer that one first, then this change."
        )
    if draft is None:
        base = specs.approved(model)
        draft = NewVersion(
            content=base.content if base else {},
            author_id=row.asked_by_id,
            author_name=row.asker_name,
        ).begin(model, now)
    ScopeChange.objects.filter(pk=row.pk).update(next_spec=draft)
    return draft
