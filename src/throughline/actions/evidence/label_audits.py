"""The close of a label audit: its figures are frozen, and become evidence that gates and criteria read."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.actions.evidence.attaching import NewEvidence, attach_evidence
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.fingerprints import fingerprint
from throughline.core.label_audits import (
    AGREEMENT,
    AUDIT,
    ERROR_RATE,
    SOURCE,
    AuditState,
    require_all_settled,
    require_closer,
)
from throughline.core.labels.estimates import Estimate
from throughline.core.labels.judging import LabelVerdict
from throughline.core.labels.results import Figures, Item, to_plain
from throughline.core.permissions import Actor
from throughline.core.text import Json
from throughline.queries import label_audits as queries
from throughline.records.label_audits import LabelAudit, LabelItem

OUTCOMES = {LabelVerdict.GOOD: Outcome.PASSED, LabelVerdict.NOT_GOOD: Outcome.FAILED}


@activity.records_refusals("label_audit.refused")
def close_audit(*, actor: Actor, audit_id: int, now: datetime) -> LabelAudit:
    """Freezes the results. Nothing opens a closed audit again: a new one is made."""
    audit = queries.audit_row(actor, audit_id)
    place = {"program_id": audit.model.program_id, "model_id": audit.model_id}
    permissions.require(actor, "model.change", noun="label audit", **place)
    require_closer(audit.maker_id, actor.person_id)
    with transaction.atomic():
        live = LabelAudit.objects.filter(pk=audit.pk, state=AuditState.SETTLING)
        if not live.update(version=F("version") + 1):
            raise Refused.of("Labelling has not ended, or the audit is closed already.", kind="lost_race")
        items = queries.items_of(audit)
        require_all_settled(items)
        names = queries.names_of(audit.labellers.all())
        found = queries.figures_of(audit, items)
        results = to_plain(found, names)
        said, sealed = " ".join(found.judged.reasons), fingerprint(_sealed(audit, items, names, results))
        _write_finals(audit, items)
        LabelAudit.objects.filter(pk=audit.pk).update(
            state=AuditState.CLOSED, closed_at=now, closed_by=actor.name, results=results,
            verdict=found.judged.verdict, said=said, sealed=sealed,
        )  # fmt: skip
        attach_evidence(
            actor=actor, model_id=audit.model_id, items=_evidence(audit, found, said, sealed, now), now=now
        )
        body = {
            "label_audit_id": audit.pk, "name": audit.name, "verdict": found.judged.verdict, "said": said,
            "fingerprint": sealed,
        }  # fmt: skip
        activity.record_on_model(actor, "label_audit.closed", audit.model, now=now, body=body)
    return queries.audit_row(actor, audit_id)


def _sealed(
    audit: LabelAudit, items: list[Item], names: dict[int, str], results: dict[str, object]
) -> dict[str, object]:
    """All that the figures follow from, so that they can be worked out again and compared."""
    return {
        "drawn_from": audit.fingerprint,
        "seed": audit.seed,
        "method": audit.method,
        "strata": audit.strata,
        "labels": audit.labels,
        "scale": audit.scale,
        "lines": [audit.most_error, audit.least_agreement, audit.confidence],
        "items": [
            [
                one.number,
                one.given,
                one.stratum,
                one.final,
                {names[who]: label for who, label in one.answers.items()},
            ]
            for one in items
        ],
        "results": results,
    }


def _write_finals(audit: LabelAudit, items: list[Item]) -> None:
    """Where all labellers agreed, their label is the settled one."""
    agreed = {one.number: one.agreed for one in items if one.agreed is not None}
    rows = [row for row in audit.items.all() if row.number in agreed]
    for row in rows:
        row.final = agreed[row.number]
    LabelItem.objects.bulk_update(rows, ["final"], batch_size=500)


def _evidence(audit: LabelAudit, found: Figures, said: str, sealed: str, now: datetime) -> list[NewEvidence]:
    detail: dict[str, Json] = {
        "label_audit_id": audit.pk,
        "items": audit.size,
        "population": audit.population,
        "seed": audit.seed,
        "drawn_from": audit.fingerprint,
    }
    tested = NewEvidence(
        kind=EvidenceKind.TESTED, key=AUDIT, source=SOURCE, subject=audit.name, source_ref=f"label_audit:{audit.pk}",
        outcome=OUTCOMES.get(found.judged.verdict, Outcome.UNKNOWN), summary=said, fingerprint=sealed, observed_at=now,
        detail=detail,
    )  # fmt: skip
    figure = replace(tested, kind=EvidenceKind.MEASURED, outcome=Outcome.NONE)
    measured = ((ERROR_RATE, found.error.estimate, _counts(audit, found)), (AGREEMENT, found.main, None))
    return [
        tested,
        *(
            replace(
                figure,
                key=key,
                value=estimate.value,
                uncertainty=counts or _interval(estimate, audit.confidence),
            )
            for key, estimate, counts in measured
            if estimate.value is not None
        ),
    ]


def _counts(audit: LabelAudit, found: Figures) -> dict[str, object] | None:
    """Of a simple draw the counts themselves, so that a criterion may use its own confidence."""
    if len(audit.strata) > 1:
        return None
    return {"kind": "counts", "k": found.error.wrong, "n": found.error.settled}


def _interval(estimate: Estimate, confidence: float) -> dict[str, object] | None:
    if estimate.low is None or estimate.high is None:
        return None
    return {"kind": "interval", "low": estimate.low, "high": estimate.high, "level": 2 * confidence - 1}
