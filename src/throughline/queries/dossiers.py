"""The only place where rows become facts: the dossier of one model or of many, now or at a past instant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from throughline.core.dossier import (
    Dossier,
    Feasibility,
    ModelFacts,
    ReleaseFacts,
    ReleaseKind,
    RiskTier,
    Scoring,
    SignOff,
    Waiver,
    WaiverKind,
)
from throughline.core.evidence import Evidence, EvidenceKind, Outcome
from throughline.core.people import Assignment
from throughline.core.stages import Stage, Standing
from throughline.queries.portfolio import revision_at
from throughline.records.evidence import Evidence as EvidenceRow
from throughline.records.moves import SignOff as SignOffRow
from throughline.records.moves import Waiver as WaiverRow
from throughline.records.people import Assignment as AssignmentRow
from throughline.records.planning import Feasibility as FeasibilityRow
from throughline.records.portfolio import MLModel, Release


def load(model: MLModel, *, now: datetime, as_of: datetime | None = None) -> Dossier:
    return load_many([model], now=now, as_of=as_of)[model.pk]


def load_many(
    models: Iterable[MLModel], *, now: datetime, as_of: datetime | None = None
) -> dict[int, Dossier]:
    """By model id, in seven statements however many models there are (eight for the past).

    With `as_of`, everything as it was recorded by that instant; models that did not exist then are left out.
    """
    rows = {model.pk: model for model in models}
    at = as_of or now
    facts = _past_facts(rows, at) if as_of else {pk: _facts(model) for pk, model in rows.items()}
    ids, program_ids = list(facts), {model.program_id for model in rows.values()}
    releases, assignments = _releases(ids, at), _assignments(ids, program_ids, at)
    evidence, sign_offs = _evidence(ids, at), _sign_offs(ids, at)
    waivers, feasibilities = _waivers(ids, at), _feasibilities(ids, at)
    return {
        pk: Dossier(
            at=at,
            model=facts[pk],
            release=releases.get(pk),
            assignments=(
                *assignments.get((facts[pk].program_id, None), ()),
                *assignments.get((facts[pk].program_id, pk), ()),
            ),
            evidence=tuple(evidence.get(pk, ())),
            sign_offs=tuple(sign_offs.get(pk, ())),
            waivers=tuple(waivers.get(pk, ())),
            feasibility=feasibilities.get(pk),
        )
        for pk in ids
    }


def _facts(model: MLModel) -> ModelFacts:
    return ModelFacts(
        id=model.pk,
        program_id=model.program_id,
        program=model.program.slug,
        name=model.name,
        summary=model.summary,
        external_id=model.external_id or "",
        risk_tier=RiskTier(model.risk_tier) if model.risk_tier else None,
        scoring=Scoring(model.scoring) if model.scoring else None,
        stage=Stage(model.stage),
        standing=Standing(model.standing),
        stage_since=model.stage_since,
        version=model.version,
    )


def _past_facts(rows: Mapping[int, MLModel], at: datetime) -> dict[int, ModelFacts]:
    found = revision_at(list(rows), at)
    return {pk: _facts_from(rows[pk], revision.content, revision.number) for pk, revision in found.items()}


def _facts_from(model: MLModel, content: Mapping[str, Any], version: int) -> ModelFacts:
    return ModelFacts(
        id=model.pk,
        program_id=model.program_id,
        program=model.program.slug,
        name=content["name"],
        summary=content["summary"],
        external_id=content["external_id"] or "",
        risk_tier=RiskTier(content["risk_tier"]) if content["risk_tier"] else None,
        scoring=Scoring(content["scoring"]) if content["scoring"] else None,
        stage=Stage(content["stage"]),
        standing=Standing(content["standing"]),
        stage_since=datetime.fromisoformat(content["stage_since"]),
        version=version,
    )


def _releases(ids: list[int], at: datetime) -> dict[int, ReleaseFacts]:
    """The release at hand: the one that was planned and not over at that instant, or else the newest one in use."""
    found: dict[int, ReleaseFacts] = {}
    rows = Release.objects.filter(model_id__in=ids, created_at__lte=at).exclude(ended_at__lte=at)
    for row in sorted(rows, key=lambda r: (r.released_at is None or r.released_at > at, r.created_at, r.pk)):
        found[row.model_id] = ReleaseFacts(
            row.pk, row.name, ReleaseKind(row.kind), row.subject, row.created_at
        )
    return found


def _assignments(
    ids: list[int], program_ids: set[int], at: datetime
) -> dict[tuple[int, int | None], list[Assignment]]:
    found: dict[tuple[int, int | None], list[Assignment]] = defaultdict(list)
    rows = (
        AssignmentRow.objects.filter(
            Q(model_id__in=ids) | Q(model__isnull=True), program_id__in=program_ids, recorded_at__lte=at
        )
        .select_related("person", "stands_in_for__person")
        .order_by("pk")
    )
    for row in rows:
        found[row.program_id, row.model_id].append(_assignment(row))
    return found


def _assignment(row: AssignmentRow) -> Assignment:
    return Assignment(
        person_id=row.person_id,
        name=row.person.name,
        duty=row.duty,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        from_program=row.model_id is None,
        stands_in_for=row.stands_in_for.person.name if row.stands_in_for else "",
        is_person_active=row.person.is_active,
    )


def _evidence(ids: list[int], at: datetime) -> dict[int, list[Evidence]]:
    found: dict[int, list[Evidence]] = defaultdict(list)
    rows = (
        EvidenceRow.objects.filter(model_id__in=ids, recorded_at__lte=at)
        .exclude(withdrawn_at__lte=at)
        .order_by("pk")
    )
    for row in rows:
        found[row.model_id].append(evidence_fact(row))
    return found


def evidence_fact(row: EvidenceRow) -> Evidence:
    return Evidence(
        id=row.pk,
        kind=EvidenceKind(row.kind),
        key=row.key,
        source=row.source,
        subject=row.subject,
        observed_at=row.observed_at,
        recorded_at=row.recorded_at,
        value=row.value,
        outcome=Outcome(row.outcome),
        unit=row.unit,
        summary=row.summary,
        link=row.link,
        source_ref=row.source_ref,
        fingerprint=row.fingerprint,
        release_id=row.release_id,
        valid_until=row.valid_until,
        recorded_by=row.recorded_by,
        detail=row.detail,
    )


def _sign_offs(ids: list[int], at: datetime) -> dict[int, list[SignOff]]:
    found: dict[int, list[SignOff]] = defaultdict(list)
    rows = (
        SignOffRow.objects.filter(model_id__in=ids, given_at__lte=at)
        .select_related("attachment")
        .order_by("pk")
    )
    for row in rows:
        is_void = row.void_at is not None and row.void_at <= at
        found[row.model_id].append(
            SignOff(
                id=row.pk,
                check_id=row.check_id,
                person_id=row.person_id,
                name=row.name,
                roles=tuple(row.roles),
                reason=row.reason,
                given_at=row.given_at,
                expires_at=row.expires_at,
                covers=tuple(row.covers),
                covered=row.covered,
                fingerprint=row.fingerprint,
                policy=row.policy_label,
                release_id=row.release_id,
                link=row.link,
                file_name=row.attachment.name if row.attachment else "",
                void_at=row.void_at if is_void else None,
                void_reason=row.void_reason if is_void else "",
            )
        )
    return found


def _waivers(ids: list[int], at: datetime) -> dict[int, list[Waiver]]:
    found: dict[int, list[Waiver]] = defaultdict(list)
    rows = WaiverRow.objects.filter(
        model_id__in=ids, decided_at__lte=at, state__in=("granted", "revoked")
    ).order_by("pk")
    for row in rows:
        if row.decided_by_id is None or row.decided_at is None:
            continue
        found[row.model_id].append(
            Waiver(
                id=row.pk,
                check_id=row.check_id,
                gate=row.gate,
                kind=WaiverKind(row.kind),
                reason=row.reason,
                asked_by_id=row.asked_by_id,
                asked_by=row.asker_name,
                granted_by_id=row.decided_by_id,
                granted_by=row.decider_name,
                granted_at=row.decided_at,
                until=row.until,
                revoked_at=row.revoked_at,
            )
        )
    return found


def _feasibilities(ids: list[int], at: datetime) -> dict[int, Feasibility]:
    rows = FeasibilityRow.objects.filter(model_id__in=ids, at__lte=at).order_by("at", "pk")
    return {
        row.model_id: Feasibility(
            row.value,
            row.feasibility,
            row.data_readiness,
            row.risk,
            row.effort,
            row.is_go,
            row.reason,
            row.by,
            row.at,
        )
        for row in rows
    }
