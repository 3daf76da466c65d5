"""Evidence is attached, by people, files, tools and programs, and withdrawn with a reason."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from throughline.actions import activity
from throughline.adapters.files import StoredFile
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.fingerprints import fingerprint
from throughline.core.measurements import as_content, parse_uncertainty
from throughline.core.permissions import Actor
from throughline.core.text import Json, clean, clean_line, clean_link
from throughline.queries.portfolio import model_row, release_row
from throughline.records.evidence import Attachment, Evidence
from throughline.records.portfolio import MLModel

CLOCK_LEEWAY = timedelta(minutes=5)


@dataclass(frozen=True)
class NewEvidence:
    """What a door or a source brings. `observed_at` None means now. `source_ref` stays the same when the same fact is
    sent again. `uncertainty` (as `core.measurements` reads it) and `slice` belong to a measurement, and are kept in
    `detail`, where they may stand as well."""

    kind: EvidenceKind
    key: str
    source: str
    subject: str = ""
    source_ref: str = ""
    value: float | None = None
    outcome: Outcome = Outcome.NONE
    unit: str = ""
    summary: str = ""
    link: str = ""
    fingerprint: str = ""
    observed_at: datetime | None = None
    valid_until: datetime | None = None
    release_id: int | None = None
    detail: dict[str, Json] = field(default_factory=dict)
    uncertainty: Mapping[str, object] | None = None
    slice: str = ""


@activity.records_refusals("evidence.refused")
def attach_evidence(
    *,
    actor: Actor,
    model_id: int,
    items: Iterable[NewEvidence],
    file: StoredFile | None = None,
    now: datetime,
) -> tuple[Evidence, ...]:
    """Adds what is new and returns it; what is known already, to the last letter, is not added twice."""
    model = model_row(actor, model_id)
    permissions.require(
        actor, "evidence.attach", noun="model", program_id=model.program_id, model_id=model_id
    )
    rows = [_row(item, model, actor, now) for item in items]
    if not rows:
        raise Refused.of("There is nothing to attach.", kind="invalid")
    with transaction.atomic():
        known = set(
            model.evidence.filter(content_hash__in=[row.content_hash for row in rows]).values_list(
                "content_hash", flat=True
            )
        )
        fresh = list({row.content_hash: row for row in rows if row.content_hash not in known}.values())
        if not fresh:
            return ()
        attachment = _attach_file(model, file, actor, now) if file else None
        for row in fresh:
            row.attachment = attachment
        Evidence.objects.bulk_create(fresh, ignore_conflicts=True)
        told = [
            {"key": row.key, "value": row.value, "outcome": row.outcome, "source": row.source}
            for row in fresh[:50]
        ]
        body = {"count": len(fresh), "evidence": told, "file": file.sha256 if file else ""}
        activity.record_on_model(actor, "evidence.attached", model, now=now, body=body)
    return tuple(model.evidence.filter(content_hash__in=[row.content_hash for row in fresh]).order_by("pk"))


@activity.records_refusals("evidence.refused")
def withdraw_evidence(
    *, actor: Actor, model_id: int, evidence_id: int, reason: str, now: datetime
) -> Evidence:
    """Takes evidence out of account; it stays in the record, and past dossiers keep it."""
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    reason = clean(reason, field="reason", max_length=2_000, required=True)
    with transaction.atomic():
        rows = model.evidence.filter(pk=evidence_id, withdrawn_at__isnull=True)
        if not rows.update(withdrawn_at=now, withdrawn_by=actor.name, withdrawn_reason=reason):
            raise Refused.of("This evidence is not there, or was withdrawn already.", kind="lost_race")
        body = {"evidence_id": evidence_id, "reason": reason}
        activity.record_on_model(actor, "evidence.withdrawn", model, now=now, body=body)
    return model.evidence.get(pk=evidence_id)


def _row(item: NewEvidence, model: MLModel, actor: Actor, now: datetime) -> Evidence:
    observed = item.observed_at or now
    if observed > now + CLOCK_LEEWAY:
        raise Refused.field(
            "observed_at", f"{observed:%Y-%m-%d %H:%M} UTC is in the future.", "Send the time of observation."
        )
    if item.valid_until is not None and item.valid_until <= observed:
        raise Refused.field(
            "valid_until", "It would have ended before it was observed.", "Give a later instant."
        )
    if item.value is not None and not math.isfinite(item.value):
        raise Refused.field(
            "value", "This is not a finite number.", "Leave it out and say in the summary what happened."
        )
    if item.release_id is not None:
        release_row(model, item.release_id)
    value, detail = _measured(item)
    row = Evidence(
        model=model,
        release_id=item.release_id,
        kind=EvidenceKind(item.kind),
        key=clean_line(item.key, field="key"),
        source=clean_line(item.source, field="source", max_length=60),
        source_ref=clean_line(item.source_ref, field="source_ref", max_length=300, required=False),
        subject=clean_line(item.subject, field="subject", max_length=300, required=False),
        value=value,
        outcome=Outcome(item.outcome),
        unit=clean_line(item.unit, field="unit", max_length=30, required=False),
        summary=clean(item.summary, field="summary", max_length=5_000),
        link=clean_link(item.link),
        fingerprint=clean_line(item.fingerprint, field="fingerprint", required=False),
        detail=detail,
        observed_at=min(observed, now),
        valid_until=item.valid_until,
        recorded_at=now,
        recorded_by=actor.name,
    )
    row.content_hash = _content_hash(row, is_timed=item.observed_at is not None or not item.source_ref)
    return row


def _measured(item: NewEvidence) -> tuple[float | None, dict[str, Json]]:
    """The value and the detail, with uncertainty and slice in it. Raises `Refused` where they can't be true."""
    given = item.uncertainty if item.uncertainty is not None else item.detail.get("uncertainty")
    part = clean_line(item.slice or _text(item.detail.get("slice")), field="slice", required=False)
    detail: dict[str, Json] = {**item.detail, **({"slice": part} if part else {})}
    if given is None:
        return item.value, detail
    if item.kind is not EvidenceKind.MEASURED:
        raise Refused.field("uncertainty", "Only a measurement has an uncertainty.", "Leave it out.")
    read, value = parse_uncertainty(given, value=item.value, unit=item.unit)
    return value, {**detail, "uncertainty": as_content(read)}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _content_hash(row: Evidence, *, is_timed: bool) -> str:
    content = [
        row.kind, row.key, row.source, row.source_ref, row.subject, repr(row.value), row.outcome, row.summary, row.link,
        row.fingerprint, row.release_id, row.detail, row.valid_until, row.observed_at if is_timed else None,
    ]  # fmt: skip
    return fingerprint(content)


def _attach_file(model: MLModel, file: StoredFile, actor: Actor, now: datetime) -> Attachment:
    return Attachment.objects.create(
        id=file.id,
        model=model,
        name=file.name,
        size=file.size,
        sha256=file.sha256,
        uploaded_by=actor.name,
        uploaded_at=now,
    )
