"""Labellers are invited to an audit, labelling ends, or the audit is given up."""

from datetime import datetime

from django.db import transaction

from throughline.actions import activity
from throughline.actions.label_audits.holding import Held, Somebody
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.label_audits import MOST_LABELLERS, AuditState, require_labellers
from throughline.core.permissions import Actor
from throughline.core.text import clean, clean_line
from throughline.queries import label_audits as queries
from throughline.records.label_audits import LabelAudit, Labeller


@activity.records_refusals("label_audit.refused")
def invite_labeller(
    *, actor: Actor, audit_id: int, person_id: int | None = None, name: str = "", now: datetime
) -> Labeller:
    """Somebody of the program labels on the page, somebody outside (a `name` alone) by CSV."""
    held = Held.of(actor, audit_id)
    audit = held.audit
    permissions.require(actor, "model.change", noun="label audit", **held.place)
    held.require_state(AuditState.OPEN)
    person = Somebody.of(audit.model, person_id).person if person_id is not None else None
    if person is not None and person.pk == audit.maker_id:
        raise Refused.field("person_id", f"{person.name} made these labels.", "Invite somebody who did not.")
    said = person.name if person else clean_line(name, field="name")
    with transaction.atomic():
        held.lock(AuditState.OPEN)
        taken = {row.name.casefold(): row for row in audit.labellers.all()}
        if len(taken) >= MOST_LABELLERS:
            raise Refused.of(f"At most {MOST_LABELLERS} people can label in one audit.")
        if any(row.person_id == person_id for row in taken.values() if person_id is not None):
            raise Refused.field("person_id", f"{said} is invited already.", "Choose somebody else.")
        if said.casefold() in taken and person is None:
            raise Refused.field("name", f"There is a labeller called {said} already.", "Give another name.")
        if said.casefold() in taken:
            said = f"{said[:180]} ({len(taken) + 1})"
        row = Labeller.objects.create(
            audit=audit, person=person, name=said, invited_at=now, invited_by=actor.name
        )
        body = {
            "label_audit_id": audit.pk,
            "name": audit.name,
            "labeller": said,
            "is_outside": person is None,
        }
        activity.record(actor, "label_audit.labeller_invited", now=now, body=body, **held.place)
    return row


@activity.records_refusals("label_audit.refused")
def end_labelling(
    *, actor: Actor, audit_id: int, leaves_unanswered: bool = False, now: datetime
) -> LabelAudit:
    """From now on no answer changes, and answers may be seen and settled."""
    held = Held.of(actor, audit_id)
    audit = held.audit
    permissions.require(actor, "model.change", noun="label audit", **held.place)
    held.require_state(AuditState.OPEN)
    with transaction.atomic():
        held.lock(AuditState.OPEN)
        answered = {one.row.name: one.done for one in queries.progress(audit)}
        require_labellers(answered, audit.size, leaves_unanswered=leaves_unanswered)
        LabelAudit.objects.filter(pk=audit.pk).update(
            state=AuditState.SETTLING, ended_at=now, ended_by=actor.name
        )
        body = {"label_audit_id": audit.pk, "name": audit.name, "answered": answered}
        activity.record_on_model(actor, "label_audit.labelling_ended", audit.model, now=now, body=body)
    return queries.audit_row(actor, audit_id)


@activity.records_refusals("label_audit.refused")
def withdraw_audit(*, actor: Actor, audit_id: int, reason: str, now: datetime) -> LabelAudit:
    """Gives an audit up before anybody saw an answer; once labelling has ended it is finished, whatever it shows."""
    held = Held.of(actor, audit_id)
    audit = held.audit
    permissions.require(actor, "model.change", noun="label audit", **held.place)
    held.require_state(AuditState.DRAFT, AuditState.OPEN)
    reason = clean(reason, field="reason", max_length=2_000, required=True)
    with transaction.atomic():
        held.lock(AuditState.DRAFT, AuditState.OPEN)
        LabelAudit.objects.filter(pk=audit.pk).update(
            state=AuditState.WITHDRAWN, closed_at=now, closed_by=actor.name, reason=reason, attachment=None
        )
        held.drop_file()
        body = {"label_audit_id": audit.pk, "name": audit.name, "reason": reason}
        activity.record_on_model(actor, "label_audit.withdrawn", audit.model, now=now, body=body)
    return queries.audit_row(actor, audit_id)
