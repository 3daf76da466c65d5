"""Success criteria with their verdicts, of one model or of many."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from throughline.core.dossier import ReleaseFacts, ReleaseKind
from throughline.core.evidence import Evidence, EvidenceKind
from throughline.core.prototype import criteria_in, measurements
from throughline.core.specs import SpecFacts
from throughline.core.verdicts import CriterionVerdict, verdicts
from throughline.queries import specs
from throughline.queries.dossiers import EVIDENCE_COLUMNS, evidence_from
from throughline.records.evidence import Evidence as EvidenceRow
from throughline.records.portfolio import MLModel, Release


def verdicts_of(
    models: Iterable[MLModel], now: datetime, *, read: Mapping[int, SpecFacts] | None = None
) -> dict[int, dict[str, CriterionVerdict]]:
    """By model id and by the key of the criterion, in three statements however many models there are.

    The criteria are those of the approved spec, else of the one that waits; models without any are left out. What a
    dossier of the same moment gives (`core.prototype.proof_of`) is the same. With `read`, the specs that were read
    already, in two.
    """
    ids = [model.pk for model in models]
    known = specs.facts_of(ids, now) if read is None else read
    told = {pk: criteria_in(known.get(pk)) for pk in ids}
    agreed = {pk: facts for pk, facts in told.items() if facts is not None and facts.criteria}
    metrics = {one.metric for facts in agreed.values() for one in facts.criteria}
    evidence, releases = _measured(list(agreed), metrics, now), _releases(list(agreed), now)
    found: dict[int, dict[str, CriterionVerdict]] = {}
    for pk, facts in agreed.items():
        wanted = {one.metric for one in facts.criteria}
        measured = measurements(evidence.get(pk, ()), releases.get(pk), wanted)
        found[pk] = {one.criterion.key: one for one in verdicts(facts.criteria, measured, now=now)}
    return found


def _measured(ids: list[int], metrics: set[str], now: datetime) -> Mapping[int, list[Evidence]]:
    found: dict[int, list[Evidence]] = defaultdict(list)
    if not ids:
        return found
    rows = EvidenceRow.objects.filter(
        model_id__in=ids, kind=EvidenceKind.MEASURED, key__in=metrics, recorded_at__lte=now
    ).exclude(withdrawn_at__lte=now)
    for model_id, *columns in rows.values_list("model_id", *EVIDENCE_COLUMNS):
        found[model_id].append(evidence_from(columns))
    return found


def _releases(ids: list[int], now: datetime) -> dict[int, ReleaseFacts]:
    """As in a dossier: the release that is planned, or else the newest one in use."""
    found: dict[int, ReleaseFacts] = {}
    if not ids:
        return found
    rows = Release.objects.filter(model_id__in=ids, created_at__lte=now).exclude(ended_at__lte=now)
    for row in sorted(rows, key=lambda r: (r.released_at is None or r.released_at > now, r.created_at, r.pk)):
        kind = ReleaseKind(row.kind)
        found[row.model_id] = ReleaseFacts(row.pk, row.name, kind, row.subject, row.created_at)
    return found
