"""Assessments of data quality: those of a source, what each found, and what the rules need to know of it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from throughline.core.assessments import OPEN, Judged, Judgement, SourceQuality, Tested, keeps_values
from throughline.core.errors import Missing
from throughline.core.jobs import JobState
from throughline.core.permissions import Actor, may, require
from throughline.core.profiles import Profile, read_profile
from throughline.queries.data_sources import source_row, sources
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Together
from throughline.records.assessments import Assessment
from throughline.records.contracts import ContractTest
from throughline.records.data_sources import DataSource
from throughline.records.jobs import Job
from throughline.records.portfolio import MLModel

ASSESS = "assessments.run"
MOST = 200
AT = Parameter("at")
JUDGED_COLUMNS = (
    "pk", "judgement", "started_at", "judged_at", "judged_by", "reason", "fingerprint",
)  # fmt: skip


@dataclass(frozen=True)
class Abilities:
    """What an actor may do about the quality of one source."""

    may_start: bool
    may_judge: bool


@statement
def _judged() -> QuerySet[Assessment, Any]:
    rows = Assessment.objects.filter(among("source_id", "ids"), judged_at__lte=AT)
    return rows.values_list("source_id", *JUDGED_COLUMNS)


@statement
def _tested() -> QuerySet[ContractTest, Any]:
    """Of each contract with a provider the newest test that came to an end."""
    done = ContractTest.objects.filter(contract=OuterRef("contract"), state="done", finished_at__lte=AT)
    newest = Subquery(done.order_by("-finished_at", "-pk").values("pk")[:1])
    rows = ContractTest.objects.filter(among("contract__source_id", "ids"), pk=newest)
    rows = rows.filter(contract__direction="provider").exclude(contract__ended_at__lte=AT)
    return rows.values_list("contract__source_id", "pk", "contract__name", "outcome", "finished_at")


_JUDGED_AND_TESTED = Together(_judged, _tested)


def _age(judgement: tuple[Any, ...]) -> tuple[datetime, int]:
    return judgement[1 + JUDGED_COLUMNS.index("judged_at")], judgement[1]


def facts_of(source_ids: Iterable[int], at: datetime) -> dict[int, SourceQuality]:
    """By source id, as known at an instant; in one statement, none where there are no sources."""
    ids = sorted(set(source_ids))
    if not ids:
        return {}
    judgements, tested = _JUDGED_AND_TESTED(ids=ids, at=at)
    judged: dict[int, Judged] = {}
    for source_id, pk, judgement, *rest in sorted(judgements, key=_age):
        judged[source_id] = Judged(pk, judgement == Judgement.ACCEPTED, *rest)
    tests: dict[int, list[Tested]] = defaultdict(list)
    for source_id, *columns in sorted(tested, key=itemgetter(1)):
        tests[source_id].append(Tested(*columns))
    known = {*judged, *tests}
    return {pk: SourceQuality(pk, judged.get(pk), tuple(tests.get(pk, ()))) for pk in known}


def assessments(source: DataSource) -> QuerySet[Assessment]:
    """Without the figures, which a list does not show; the newest first."""
    return Assessment.objects.filter(source=source).defer("profile").order_by("-asked_at", "-pk")


def assessment_row(actor: Actor, assessment_id: int) -> Assessment:
    rows = Assessment.objects.filter(pk=assessment_id, source__in=sources(actor).values("pk"))
    row = rows.select_related("source__program", "source__owner").first()
    if row is None:
        raise Missing("assessment")
    return row


def profile_of(row: Assessment) -> Profile | None:
    """What was found; without a single value where the source has become sensitive since. None before it is done."""
    if row.state != "done":
        return None
    found = read_profile(row.profile)
    return found if keeps_values(row.source.sensitivity) else found.without_values()


def profiles_before(row: Assessment) -> list[Assessment]:
    """What it can be compared with: finished assessments of the same source and table, the newest first."""
    rows = assessments(row.source).filter(state="done", table=row.table).exclude(pk=row.pk)
    return list(rows[:MOST])


def drawn(source: DataSource, table: str, most: int) -> list[Assessment]:
    """The last finished assessments of one table with their figures, the oldest first."""
    rows = Assessment.objects.filter(source=source, table=table, state="done").order_by("-asked_at", "-pk")
    return list(rows[:most])[::-1]


def stored_profile(row: Assessment) -> Profile | None:
    return read_profile(row.profile) if row.state == "done" else None


def before(row: Assessment) -> Assessment | None:
    """The one before it, which it is compared with unless another is chosen."""
    rows = assessments(row.source).filter(state="done", table=row.table, asked_at__lte=row.asked_at)
    return rows.exclude(pk=row.pk).filter(pk__lt=row.pk).first()


def open_assessment(source: DataSource) -> Assessment | None:
    return assessments(source).filter(state__in=OPEN).first()


def lost(now: datetime) -> list[Assessment]:
    """Those that nobody works on any more: their job was given up."""
    rows = Assessment.objects.filter(state__in=OPEN, asked_at__lte=now).defer("profile")
    live = Job.objects.filter(kind=ASSESS, state__in=(JobState.READY, JobState.RUNNING))
    working = {str(payload.get("assessment_id")) for payload in live.values_list("payload", flat=True)}
    return [row for row in rows.select_related("source") if str(row.pk) not in working]


def abilities(actor: Actor, source: DataSource) -> Abilities:
    """Whoever works on one model that uses the source may have it assessed. To judge it for all of them takes a part
    in the program, or in each of those models."""
    models = list(source.uses.filter(ended_at__isnull=True).values_list("model_id", flat=True))
    place = {"program_id": source.program_id}
    in_program = {verb: may(actor, verb, **place) for verb in ("assessment.start", "assessment.judge")}
    starts = [may(actor, "assessment.start", **place, model_id=one) for one in models]
    judges = [may(actor, "assessment.judge", **place, model_id=one) for one in models]
    is_live = source.ended_at is None
    return Abilities(
        is_live and (in_program["assessment.start"] or any(starts)),
        in_program["assessment.judge"] or (bool(judges) and all(judges)),
    )


def require_start(actor: Actor, source_id: int) -> DataSource:
    source = source_row(actor, source_id)
    if source.ended_at is None and not abilities(actor, source).may_start:
        require(actor, "assessment.start", noun="data source", program_id=source.program_id)
    return source


def require_judge(actor: Actor, row: Assessment) -> None:
    if not abilities(actor, row.source).may_judge:
        require(actor, "assessment.judge", noun="assessment", program_id=row.source.program_id)


def users_of(source: DataSource) -> QuerySet[MLModel]:
    """The models that use it now."""
    used = source.uses.filter(ended_at__isnull=True).values("model_id")
    return MLModel.objects.filter(pk__in=used).order_by("pk")
