"""A submitted specification is commented on, and approved or returned: never by somebody who had a hand in it."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.actions.specs.versions import NewVersion
from throughline.core import permissions
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.spec_content import content_fingerprint, section_of
from throughline.core.specs import Approver, SpecState, why_may_not_approve
from throughline.core.text import clean
from throughline.queries import spec_approval, specs
from throughline.queries.portfolio import model_row
from throughline.records.portfolio import MLModel
from throughline.records.specs import Spec, SpecAnswer, SpecComment


@activity.records_refusals("spec.refused")
def comment_on_section(*, actor: Actor, model_id: int, section: str, text: str, now: datetime) -> SpecComment:
    """On the version in work; while a comment is open, the version can't be approved."""
    model, place = _commentable(actor, model_id)
    section = section_of(section).key
    text = clean(text, field="text", max_length=5_000, required=True)
    with transaction.atomic():
        row = Spec.objects.select_for_update().filter(model=model, state__in=specs.IN_WORK).first()
        if row is None:
            raise Refused.of(
                "No version is being written or waits for approval.",
                remedy="Ask for a scope change, or begin the next version.",
            )
        comment = SpecComment.objects.create(
            spec=row, section=section, person_id=actor.person_id, name=actor.name, text=text, at=now
        )
        body = {"spec": row.number, "section": section, "comment": comment.pk}
        activity.record(actor, "spec.commented", now=now, body=body, **place)
    return comment


@activity.records_refusals("spec.refused")
def resolve_comment(*, actor: Actor, model_id: int, comment_id: int, now: datetime) -> SpecComment:
    """Whoever said it, or somebody who writes the specification."""
    model, place = _commentable(actor, model_id)
    row = specs.comment_row(model, comment_id)
    is_own = row.person_id is not None and row.person_id == actor.person_id
    if not is_own and not permissions.may(actor, "spec.write", **place):
        raise NotAllowed(
            f"Only {row.name}, or somebody who writes the specification, can settle this comment."
        )
    with transaction.atomic():
        written = SpecComment.objects.filter(pk=row.pk, resolved_at__isnull=True).update(
            resolved_at=now, resolved_by=actor.name
        )
        if not written:
            raise Refused.of("This comment is settled already.", kind="lost_race")
        body = {"spec": row.spec.number, "section": row.section, "comment": row.pk}
        activity.record(actor, "spec.comment_resolved", now=now, body=body, **place)
    row.refresh_from_db()
    return row


@activity.records_refusals("spec.refused")
def approve_spec(*, actor: Actor, model_id: int, seen: str, reason: str = "", now: datetime) -> Spec:
    """Approves the submitted version; the one approved before it is replaced. `seen` is the fingerprint of what the
    approver read."""
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "spec.approve", noun="model", **place)
    person_id = permissions.require_person(actor, "Specifications are approved")
    reason = clean(reason, field="reason", max_length=5_000)
    row = _submitted(model)
    approvers = spec_approval.approvers(model, now)
    if why := why_may_not_approve(approvers, person_id, specs.hands(row)):
        raise Refused.of(why) if person_id in specs.hands(row) else NotAllowed(why)
    _refuse_unseen(row, seen)
    with transaction.atomic():
        _settle(row, SpecState.APPROVED, now)
        if SpecComment.objects.filter(spec=row, resolved_at__isnull=True).exists():
            raise Refused.of("Comments are open on this version.", remedy="Have them settled first.")
        replaced = Spec.objects.filter(model=model, state=SpecState.APPROVED).exclude(pk=row.pk)
        replaced.update(state=SpecState.SUPERSEDED, version=F("version") + 1)
        _answer(actor, person_id, row, approvers, is_approval=True, reason=reason, now=now)
        body = {"spec": row.number, "fingerprint": row.fingerprint, "reason": reason}
        activity.record_on_model(actor, "spec.approved", model, now=now, body=body)
    row.refresh_from_db()
    return row


@activity.records_refusals("spec.refused")
def return_spec(*, actor: Actor, model_id: int, reason: str, now: datetime) -> Spec:
    """Gives the submitted version back with a reason; an approver does it, or whoever writes the specification.

    Gives the draft that begins with the same content; its open comments go along, and so do the hands in it.
    """
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "spec.comment", noun="model", **place)
    person_id = permissions.require_person(actor, "Specifications are returned")
    approvers = spec_approval.approvers(model, now)
    if not permissions.may(actor, "spec.write", **place) and person_id not in {
        a.person_id for a in approvers
    }:
        raise NotAllowed(why_may_not_approve(approvers, actor.person_id, ()))
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    row = _submitted(model)
    with transaction.atomic():
        _settle(row, SpecState.RETURNED, now)
        _answer(actor, person_id, row, approvers, is_approval=False, reason=reason, now=now)
        draft = NewVersion(
            content=row.content,
            author_id=row.author_id,
            author_name=row.author_name,
            writers=[{**one, "version": 0} for one in row.writers],
        ).begin(model, now)
        _carry_over(row, draft, now)
        body = {"spec": row.number, "reason": reason, "next": draft.number}
        activity.record_on_model(actor, "spec.returned", model, now=now, body=body)
    return draft


def _settle(row: Spec, state: SpecState, now: datetime) -> None:
    """Ends the waiting of a submitted version, once."""
    written = Spec.objects.filter(pk=row.pk, state=SpecState.SUBMITTED).update(
        state=state, settled_at=now, version=F("version") + 1
    )
    if not written:
        raise Refused.of("Somebody else answered this version a moment ago.", kind="lost_race")


def _commentable(actor: Actor, model_id: int) -> tuple[MLModel, dict[str, int]]:
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "spec.comment", noun="model", **place)
    permissions.require_person(actor, "Comments are made and settled")
    return model, place


def _submitted(model: MLModel) -> Spec:
    row = specs.in_work(model)
    if row is None or row.state != SpecState.SUBMITTED:
        raise Refused.of("No version waits for approval.", remedy="Submit a draft first.")
    return row


def _refuse_unseen(row: Spec, seen: str) -> None:
    """The approval is for a text: the one that was read, and the one that was submitted."""
    if content_fingerprint(row.content) != row.fingerprint:
        raise Refused.of("What is stored is not what was submitted.", remedy="Return this version.")
    if seen != row.fingerprint:
        raise Refused.of(
            "This is not the version that you read.", kind="stale", remedy="Read it again, then approve."
        )


def _answer(
    actor: Actor,
    person_id: int,
    row: Spec,
    approvers: tuple[Approver, ...],
    *,
    is_approval: bool,
    reason: str,
    now: datetime,
) -> None:
    SpecAnswer.objects.create(
        spec=row,
        person_id=person_id,
        name=actor.name,
        roles=[one.role for one in approvers if one.person_id == person_id],
        is_approval=is_approval,
        reason=reason,
        fingerprint=row.fingerprint,
        at=now,
    )


def _carry_over(row: Spec, draft: Spec, now: datetime) -> None:
    """What is still open is open on the next version."""
    still_open = SpecComment.objects.filter(spec=row, resolved_at__isnull=True)
    SpecComment.objects.bulk_create(
        SpecComment(
            spec=draft, section=one.section, person_id=one.person_id, name=one.name, text=one.text, at=one.at
        )
        for one in still_open.order_by("at", "pk")
    )
    still_open.update(resolved_at=now, resolved_by=f"carried over to version {draft.number}")
