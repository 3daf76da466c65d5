"""A version is withdrawn before it is agreed, a contract is ended, and a contract is linked to what it is about."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.actions.contracts.places import changeable, locked, record, refuse_ended
from throughline.actions.contracts.publishing import Link, linked
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean
from throughline.queries import contracts as queries
from throughline.records.contracts import ContractVersion, DataContract


@activity.records_refusals("contract.refused")
def withdraw_version(
    *, actor: Actor, contract_id: int, number: int, reason: str, now: datetime
) -> DataContract:
    """Takes back a version that was never agreed. It stays on record, and its label stays taken."""
    row = changeable(actor, contract_id)
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    version = queries.version_row(row, number)
    with transaction.atomic():
        row = locked(row)
        refuse_ended(row)
        written = ContractVersion.objects.filter(
            pk=version.pk, withdrawn_at__isnull=True, in_force_from__isnull=True
        ).update(withdrawn_at=now, withdrawn_by=actor.name)
        if not written:
            text = "This version was withdrawn already, or both sides have agreed to it."
            remedy = "What is agreed is replaced by the next version, or ended with the contract."
            raise Refused.of(text, kind="lost_race", remedy=remedy)
        DataContract.objects.filter(pk=row.pk).update(version=F("version") + 1)
        body = {"version": number, "label": version.label, "reason": reason}
        record(actor, "contract.withdrawn", row, now=now, body=body)
    return queries.contract_row(actor, contract_id)


@activity.records_refusals("contract.refused")
def end_contract(*, actor: Actor, contract_id: int, reason: str, now: datetime) -> DataContract:
    """From now on nothing of it is in force; the record keeps everything."""
    row = changeable(actor, contract_id)
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    with transaction.atomic():
        row = locked(row)
        refuse_ended(row)
        DataContract.objects.filter(pk=row.pk).update(
            ended_at=now,
            ended_by=actor.name,
            ended_reason=reason,
            next_test_at=None,
            version=F("version") + 1,
        )
        agreed = ContractVersion.objects.filter(contract=row, in_force_from__isnull=False)
        agreed.filter(in_force_until__isnull=True).update(in_force_until=now)
        agreed.filter(in_force_until__gt=now).update(in_force_until=now)
        record(actor, "contract.ended", row, now=now, body={"reason": reason})
    return queries.contract_row(actor, contract_id)


@activity.records_refusals("contract.refused")
def link_contract(*, actor: Actor, contract_id: int, link: Link, now: datetime) -> DataContract:
    """Says what a contract is about. Not while a version is in force: those who agreed meant something else."""
    row = changeable(actor, contract_id)
    if (link.source_id is None) == (link.model_id is None):
        text = "A contract is about a source, or about a model's output."
        raise Refused.field("source_id", text, "Choose one of them.")
    if link.model_id is not None:
        place = {"program_id": row.program_id, "model_id": link.model_id}
        permissions.require(actor, "contract.change", noun="model", **place)
    with transaction.atomic():
        row = locked(row)
        refuse_ended(row)
        if row.versions.filter(in_force_from__isnull=False).exists():
            text = "A version of it was agreed, so it stays with what it was agreed for."
            raise Refused.of(text, remedy="End it, and publish the document under another id.")
        before = queries.concerned(row)
        about = linked(actor, row.program, link)
        DataContract.objects.filter(pk=row.pk).update(**about, version=F("version") + 1)
        fresh = queries.contract_row(actor, contract_id)
        told = {"source": fresh.source and fresh.source.name, "model": fresh.model and fresh.model.name}
        for model in before:
            body = {"contract_id": row.pk, "contract": row.name, **told}
            activity.record_on_model(actor, "contract.linked", model, now=now, body=body)
        record(actor, "contract.linked", fresh, now=now, body=told)
    return queries.contract_row(actor, contract_id)
