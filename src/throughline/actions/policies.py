"""Policies are published, and put in force; a published one never changes."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean
from throughline.queries.policies import read, version_row
from throughline.queries.portfolio import program_by_id
from throughline.records.policies import Policy
from throughline.records.portfolio import Program


@activity.records_refusals("policy.refused")
def publish_policy(*, actor: Actor, program_id: int, source: str, note: str, now: datetime) -> Policy:
    """Publishes this YAML as a new version and puts it in force for gates that begin from now on."""
    permissions.require(actor, "policy.publish", noun="program", program_id=program_id)
    program = program_by_id(actor, program_id)
    note = clean(note, field="note", max_length=2_000, required=True)
    policy = read(source)
    with transaction.atomic():
        if Policy.objects.filter(program=program, name=policy.name, label=policy.version).exists():
            raise Refused.field(
                "source",
                f"{policy.label} is published already, and a published policy never changes.",
                "Give it a new version.",
            )
        row = Policy.objects.create(
            program=program,
            name=policy.name,
            label=policy.version,
            source=source,
            content=policy.source,
            fingerprint=policy.fingerprint,
            note=note,
            published_at=now,
            published_by=actor.name,
        )
        Program.objects.filter(pk=program_id).update(policy=row, version=F("version") + 1)
        body = {"policy": policy.label, "fingerprint": policy.fingerprint, "note": note}
        activity.record(actor, "policy.published", now=now, program_id=program_id, body=body)
    return row


@activity.records_refusals("policy.refused")
def put_in_force(*, actor: Actor, program_id: int, policy_id: int, now: datetime) -> Policy:
    """Goes back, or forward, to a version that was published before."""
    permissions.require(actor, "policy.publish", noun="program", program_id=program_id)
    program = program_by_id(actor, program_id)
    row = version_row(program, policy_id)
    with transaction.atomic():
        if (
            not Program.objects.filter(pk=program_id)
            .exclude(policy=row)
            .update(policy=row, version=F("version") + 1)
        ):
            raise Refused.of("This version is in force already.")
        body = {"policy": f"{row.name} {row.label}"}
        activity.record(actor, "policy.put_in_force", now=now, program_id=program_id, body=body)
    return row
