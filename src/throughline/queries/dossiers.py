"""The only place where rows become facts: the dossier of one model or of many, now or at a past instant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db.models import Q, QuerySet

from throughline.core.contracts.facts import Contracts
from throughline.core.dossier import (
    Dossier,
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
from throughline.core.promises import Promises
from throughline.core.stages import Stage, Standing
from throughline.queries import (
    assessments,
    compliance,
    contract_facts,
    data_sources,
    feedback,
    label_audits,
    outputs,
    planning,
    promise_facts,
    specs,
    stakeholders,
)
from throughline.queries.portfolio import revision_at
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Facts, Gathering
from throughline.records.evidence import Evidence as EvidenceRow
from throughline.records.moves import SignOff as SignOffRow
from throughline.records.moves import Waiver as WaiverRow
from throughline.records.people import Assignment as AssignmentRow
from throughline.records.portfolio import MLModel, Release

# In the order of the fields of the core's values: tuples cost a third of what rows do.
# fmt: off
ASSIGNMENT_COLUMNS = (
    "program_id", "model_id", "person_id", "person__name", "duty", "starts_at", "ends_at",
    "stands_in_for__person__name", "person__is_active",
)
EVIDENCE_COLUMNS = (
    "pk", "kind", "key", "source", "subject", "observed_at", "recorded_at", "value", "outcome", "unit", "summary",
    "link", "source_ref", "fingerprint", "release_id", "valid_until", "recorded_by", "detail",
)
SIGN_OFF_COLUMNS = (
    "pk", "check_id", "person_id", "name", "roles", "reason", "given_at", "expires_at", "covers", "covered",
    "fingerprint", "policy_label", "release_id", "link", "attachment__name", "void_at", "void_reason",
)
WAIVER_COLUMNS = (
    "pk", "check_id", "gate", "kind", "reason", "asked_by_id", "asker_name", "decided_by_id", "decider_name",
    "decided_at", "until", "revoked_at",
)
# fmt: on
KINDS = {kind.value: kind for kind in EvidenceKind}
OUTCOMES = {outcome.value: outcome for outcome in Outcome}
UNPLANNED = (None, None)
OF_MODELS, AT = among("model_id", "ids"), Parameter("at")


def load(model: MLModel, *, now: datetime, as_of: datetime | None = None) -> Dossier:
    return load_many([model], now=now, as_of=as_of)[model.pk]


def load_many(
    models: Iterable[MLModel], *, now: datetime, as_of: datetime | None = None
) -> dict[int, Dossier]:
    """By model id, in a fixed number of statements however many models; a few more for the past, where output was
    returned, where data sources are in use, and where a contract was tested.

    With `as_of`, everything as it was recorded by that instant; models that did not exist then are left out.
    """
    rows = {model.pk: model for model in models}
    at = as_of or now
    facts = _past_facts(rows, at) if as_of else {pk: _facts(model) for pk, model in rows.items()}
    ids, program_ids = list(facts), {model.program_id for model in rows.values()}
    assignments, evidence = assignments_of(ids, program_ids, at), _evidence(ids, at)
    promises, known = promise_facts.facts_of(ids, at), GATHERED(ids, at)
    fed_by = known.all(data_sources.facts_of)
    quality = assessments.facts_of((one.id for used in fed_by.values() for one in used), at)
    return {
        pk: Dossier(
            at=at,
            model=facts[pk],
            release=known.of(RELEASES, pk, None),
            assignments=(
                *assignments.get((facts[pk].program_id, None), ()),
                *assignments.get((facts[pk].program_id, pk), ()),
            ),
            evidence=tuple(evidence.get(pk, ())),
            sign_offs=known.of(SIGN_OFFS, pk, ()),
            waivers=known.of(WAIVERS, pk, ()),
            feasibility=known.of(planning.facts_of, pk, UNPLANNED)[0],
            stakeholders=known.of(stakeholders.facts_of, pk, ()),
            outputs=known.of(outputs.facts_of, pk, ()),
            feedback=known.of(feedback.facts_of, pk, ()),
            promises=promises.get(pk, Promises()),
            spec=known.of(specs.facts_of, pk, None),
            direction=known.of(planning.facts_of, pk, UNPLANNED)[1],
            contracts=known.of(contract_facts.facts_of, pk, Contracts()),
            sources=fed_by.get(pk, ()),
            label_audits=known.of(label_audits.facts_of, pk, ()),
            compliance=known.of(compliance.facts_of, pk, ()),
            quality=tuple(quality[one.id] for one in fed_by.get(pk, ()) if one.id in quality),
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


@statement
def _release_rows() -> QuerySet[Release, Any]:
    rows = Release.objects.filter(OF_MODELS, created_at__lte=AT).exclude(ended_at__lte=AT)
    return rows.values_list("model_id", "pk", "name", "kind", "subject", "created_at", "released_at")


def _releases(rows: list[Any], at: datetime) -> dict[int, ReleaseFacts]:
    """The release at hand: the one that was planned and not over at that instant, or else the newest one in use."""

    def turn(row: tuple[Any, ...]) -> tuple[bool, datetime, int]:
        _, pk, *_, created_at, released_at = row
        return released_at is None or released_at > at, created_at, pk

    found: dict[int, ReleaseFacts] = {}
    for model_id, pk, name, kind, subject, created_at, _ in sorted(rows, key=turn):
        found[model_id] = ReleaseFacts(pk, name, ReleaseKind(kind), subject, created_at)
    return found


@statement
def _assignment_rows() -> QuerySet[AssignmentRow, Any]:
    on_program = Q(among("program_id", "program_ids"), model__isnull=True)
    rows = AssignmentRow.objects.filter(Q(OF_MODELS) | on_program, recorded_at__lte=AT)
    return rows.values_list("pk", *ASSIGNMENT_COLUMNS)


def assignments_of(
    ids: list[int], program_ids: set[int], at: datetime
) -> dict[tuple[int, int | None], list[Assignment]]:
    """By program and model; those of a whole program under (program, None)."""
    found: dict[tuple[int, int | None], list[Assignment]] = defaultdict(list)
    rows = _assignment_rows(ids=ids, program_ids=program_ids, at=at)
    # Sorted here: told to sort by key, SQLite would read the whole table in that order.
    for _, program_id, model_id, *told in sorted(rows, key=itemgetter(0)):
        person_id, name, duty, starts_at, ends_at, principal, is_active = told
        found[program_id, model_id].append(
            Assignment(
                person_id, name, duty, starts_at, ends_at, model_id is None, principal or "", is_active
            )
        )
    return found


@statement
def _evidence_rows() -> QuerySet[EvidenceRow, Any]:
    rows = EvidenceRow.objects.filter(OF_MODELS, recorded_at__lte=AT).exclude(withdrawn_at__lte=AT)
    return rows.order_by("pk").values_list("model_id", *EVIDENCE_COLUMNS)


def _evidence(ids: list[int], at: datetime) -> dict[int, list[Evidence]]:
    found: dict[int, list[Evidence]] = defaultdict(list)
    for model_id, *columns in _evidence_rows(ids=ids, at=at):
        found[model_id].append(evidence_from(columns))
    return found


def evidence_fact(row: EvidenceRow) -> Evidence:
    """One row as the rules see it."""
    return evidence_from([getattr(row, column) for column in EVIDENCE_COLUMNS])


def evidence_from(columns: list[Any]) -> Evidence:
    pk, kind, key, source, subject, observed_at, recorded_at, value, outcome, *rest = columns
    return Evidence(
        pk, KINDS[kind], key, source, subject, observed_at, recorded_at, value, OUTCOMES[outcome], *rest
    )


@statement
def _sign_off_rows() -> QuerySet[SignOffRow, Any]:
    rows = SignOffRow.objects.filter(OF_MODELS, given_at__lte=AT)
    return rows.values_list("model_id", *SIGN_OFF_COLUMNS)


def _sign_offs(rows: list[Any], at: datetime) -> dict[int, tuple[SignOff, ...]]:
    found: dict[int, list[SignOff]] = defaultdict(list)
    for model_id, *columns in sorted(rows, key=itemgetter(1)):
        *given, covers, covered, fingerprint, policy, release_id, link, file_name, void_at, void_reason = (
            columns
        )
        pk, check_id, person_id, name, roles, *rest = given
        void = (void_at, void_reason) if void_at is not None and void_at <= at else (None, "")
        settled = (tuple(covers), covered, fingerprint, policy, release_id, link, file_name or "", *void)
        found[model_id].append(SignOff(pk, check_id, person_id, name, tuple(roles), *rest, *settled))
    return {model_id: tuple(given) for model_id, given in found.items()}


@statement
def _waiver_rows() -> QuerySet[WaiverRow, Any]:
    rows = WaiverRow.objects.filter(OF_MODELS, decided_at__lte=AT, state__in=("granted", "revoked"))
    return rows.values_list("model_id", *WAIVER_COLUMNS)


def _waivers(rows: list[Any], at: datetime) -> dict[int, tuple[Waiver, ...]]:  # noqa: ARG001 - the rows are of then
    found: dict[int, list[Waiver]] = defaultdict(list)
    for model_id, pk, check_id, gate, kind, *rest in sorted(rows, key=itemgetter(1)):
        found[model_id].append(Waiver(pk, check_id, gate, WaiverKind(kind), *rest))
    return {model_id: tuple(given) for model_id, given in found.items()}


RELEASES, SIGN_OFFS = Facts(_releases, _release_rows), Facts(_sign_offs, _sign_off_rows)
WAIVERS = Facts(_waivers, _waiver_rows)
GATHERED = Gathering(
    RELEASES,
    SIGN_OFFS,
    WAIVERS,
    stakeholders.facts_of,
    outputs.facts_of,
    feedback.facts_of,
    contract_facts.facts_of,
    data_sources.facts_of,
    label_audits.facts_of,
    compliance.facts_of,
    specs.facts_of,
    planning.facts_of,
)
