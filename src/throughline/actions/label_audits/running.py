"""Labellers are invited to an audit, labelling ends, or the audit is given up."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.adapters.files import path_of
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.label_audits import MOST_LABELLERS, AuditState, require_labellers
from throughline.core.permissions import Actor
from throughline.core.text import clean, clean_line
from throughline.queries import access
from throughline.queries import label_audits as queries
from throughline.records.evidence import Attachment
from throughline.records.label_audits import LabelAudit, Labeller
from throughline.records.people import Person
from throughline.records.portfolio import MLModel


@activity.records_refusals("label_audit.refused")
def invite_labeller(
    *, actor: Actor, audit_id: int, person_id: int | None = None, name: str = "", now: datetime
) -> Labeller:
    """Somebody of the program labels on the page, somebody outside (a `name` alone) by CSV."""
    audit = changeable(actor, audit_id, AuditState.OPEN)
    person = person_of_program(audit.model, person_id) if person_id is not None else None
    if person is not None and person.pk == audit.maker_id:
        raise Refused.field("person_id", f"{person.name} made these labels.", "Invite somebody who did not.")
    said = person.name if person else clean_line(name, field="name")
    with transaction.atomic():
        lock(audit, AuditState.OPEN)
        taken = {row.name.casefold(): row for row in audit.labellers.all()}
        if len(taken) >= MOST_LABELLERS:
            raise Refused.of(f"At most {MOST_LABELLERS} people can label in one audit.")
        if any(row.person_id == person_id for row in taken.values() if person_id is not None):
            raise Refused.field("person_id", f"{said} is invited already.", "Choose somebody else.")
        if said.casefold() in taken and person is None:
            raise Refused.field("name", f"There is a labeller called {said} already.", "Give another name.")
        if said.casefold() in taken:
            said = f"{said} ({len(taken) + 1})"
        row = Labeller.objects.create(
            audit=audit, person=person, name=said, invited_at=now, invited_by=actor.name
        )
        body = {
            "label_audit_id": audit.pk,
            "name": audit.name,
            "labeller": said,
            "is_outside": person is None,
        }
        activity.record_on_model(actor, "label_audit.labeller_invited", audit.model, now=now, body=body)
    return row


@activity.records_refusals("label_audit.refused")
def end_labelling(
    *, actor: Actor, audit_id: int, leaves_unanswered: bool = False, now: datetime
) -> LabelAudit:
    """From now on no answer changes, and answers may be seen and settled."""
    audit = changeable(actor, audit_id, AuditState.OPEN)
    with transaction.atomic():
        lock(audit, AuditState.OPEN)
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
    audit = changeable(actor, audit_id, AuditState.DRAFT, AuditState.OPEN)
    reason = clean(reason, field="reason", max_length=2_000, required=True)
    with transaction.atomic():
        lock(audit, AuditState.DRAFT, AuditState.OPEN)
        LabelAudit.objects.filter(pk=audit.pk).update(
            state=AuditState.WITHDRAWN, closed_at=now, closed_by=actor.name, reason=reason, attachment=None
        )
        drop_file(audit)
        body = {"label_audit_id": audit.pk, "name": audit.name, "reason": reason}
        activity.record_on_model(actor, "label_audit.withdrawn", audit.model, now=now, body=body)
    return queries.audit_row(actor, audit_id)


def drop_file(audit: LabelAudit) -> None:
    """The rest of the data is no business of ours: the row now, the file once that is certain."""
    if audit.attachment_id is None:
        return
    path = path_of(settings.ATTACHMENTS_DIR, audit.attachment_id)
    Attachment.objects.filter(pk=audit.attachment_id).delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def person_of_program(model: MLModel, person_id: int, field: str = "person_id") -> Person:
    found = access.people_of(model.program_id).filter(pk=person_id).first()
    if found is None:
        raise Refused.field(field, "This is nobody of the program.", "Choose from its people.")
    return found


def changeable(actor: Actor, audit_id: int, *states: AuditState) -> LabelAudit:
    audit = queries.audit_row(actor, audit_id)
    place = {"program_id": audit.model.program_id, "model_id": audit.model_id}
    permissions.require(actor, "model.change", noun="label audit", **place)
    if audit.state not in states:
        raise Refused.of(
            f"This audit is {audit.state}, so that can't be done.", remedy="Begin another audit."
        )
    return audit


def lock(audit: LabelAudit, *states: AuditState) -> None:
    """Asked inside the transaction: whoever changes the state at the same moment waits, or has been faster."""
    live = LabelAudit.objects.filter(pk=audit.pk, state__in=states)
    if not live.update(version=F("version") + 1):
        raise Refused.of("This audit has gone on meanwhile.", kind="lost_race", remedy="Look at it again.")
