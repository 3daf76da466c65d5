"""What labellers disagree on is settled by somebody who is none of them."""

from datetime import datetime

from django.db import transaction

from throughline.actions import activity
from throughline.actions.label_audits.holding import Held
from throughline.core import permissions
from throughline.core.errors import Missing, Refused
from throughline.core.label_audits import AuditState, require_settler
from throughline.core.permissions import Actor
from throughline.queries import label_audits as queries
from throughline.records.label_audits import LabelItem


@activity.records_refusals("label_audit.refused")
def settle_item(*, actor: Actor, audit_id: int, number: int, label: str, now: datetime) -> LabelItem:
    """Says which label is right, or with an empty one that it can't be told. May be said anew until the close."""
    held = Held.of(actor, audit_id)
    audit = held.audit
    permissions.require(actor, "label.settle", noun="label audit", **held.place)
    person_id = permissions.require_person(actor, "Disagreements are settled")
    require_settler(audit.maker_id, audit.labellers.values_list("person_id", flat=True), person_id)
    if audit.state != AuditState.SETTLING:
        raise Refused.of("Nothing is settled before labelling has ended, or after the close.")
    if label and label not in audit.labels:
        raise Refused.field("label", f"“{label[:60]}” is none of the labels.", "Choose one of them.")
    with transaction.atomic():
        held.lock(AuditState.SETTLING)
        item = next((one for one in queries.items_of(audit) if one.number == number), None)
        if item is None:
            raise Missing("item")
        if item.agreed is not None:
            raise Refused.of("All labellers gave this item the same label; there is nothing to settle.")
        row = audit.items.get(number=number)
        row.final, row.settled_by, row.settled_at = label, actor.name, now
        row.save(update_fields=["final", "settled_by", "settled_at"])
        body = {"label_audit_id": audit.pk, "item": number, "label": label}
        activity.record(actor, "label_audit.item_settled", now=now, body=body, **held.place)
    return row
