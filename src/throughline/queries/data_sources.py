"""Data sources that an actor may see, the models that use them, and both as the rules see them at an instant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from throughline.adapters import schedules
from throughline.core.access_requests import AccessRequest as Request
from throughline.core.access_requests import AccessState, state_at
from throughline.core.data_sources import FIELDS, Sensitivity, SourceInUse
from throughline.core.errors import Missing, NotAllowed
from throughline.core.permissions import VERBS, Actor, may, may_see, require
from throughline.core.stages import Stage
from throughline.queries.portfolio import model_row, models
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Facts
from throughline.records.data_sources import AccessRequest, DataSource, SourceFlow, SourceUse
from throughline.records.portfolio import MLModel

# What a source's own record says to the rules; kept under the same names when it changes.
FACT_FIELDS = (
    "name", "provider", "systems", "sensitivity", "refresh", "time_zone", "automation", "is_supported",
    "supported_until",
)  # fmt: skip
USE_COLUMNS = ("model_id", "pk", "from_stage", "purpose", "source_id", "source__ended_at")
REQUEST_COLUMNS = (
    "pk", "source_id", "state", "needed_by", "reason", "sent_to", "asked_at", "asked_by", "due_on",
    "answered_at", "answered_by", "answer", "link", "granted_until", "ended_at",
)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What narrows a list of sources; each is empty for “any”. `support` is yes, no or unknown."""

    program: str = ""
    search: str = ""
    sensitivity: str = ""
    automation: str = ""
    support: str = ""
    provider: str = ""
    with_ended: bool = False


@dataclass(frozen=True)
class Flows:
    """What a source is made from and what is made from it, each with the flow that says so."""

    upstream: tuple[SourceFlow, ...] = ()
    downstream: tuple[SourceFlow, ...] = field(default=())


def sources(actor: Actor) -> QuerySet[DataSource]:
    """The one constructor of lists: those of programs that the actor sees from within, and those that a model uses on
    which they hold something."""
    rows = DataSource.objects.select_related("program", "owner")
    if actor.is_admin:
        return rows
    roles = VERBS["source.view"].roles
    grants = [grant for grant in actor.grants if grant.role in roles]
    programs = {grant.program_id for grant in grants if grant.model_id is None}
    own = {grant.model_id for grant in grants if grant.model_id is not None}
    used = SourceUse.objects.filter(source=OuterRef("pk"), model_id__in=own, ended_at__isnull=True)
    return rows.filter(Q(program_id__in=programs) | Q(Exists(used)))


def filtered(actor: Actor, filters: Filters) -> QuerySet[DataSource]:
    """With the number of models that use each now."""
    rows = sources(actor)
    if not filters.with_ended:
        rows = rows.filter(ended_at__isnull=True)
    if filters.program:
        rows = rows.filter(program__slug=filters.program)
    if filters.search:
        words = Q(name__icontains=filters.search) | Q(systems__icontains=filters.search)
        words |= Q(description__icontains=filters.search) | Q(external_id__iexact=filters.search)
        rows = rows.filter(words | Q(provider__icontains=filters.search))
    for column in ("sensitivity", "provider"):
        if wanted := getattr(filters, column):
            rows = rows.filter(**{column: wanted})
    if filters.automation:
        rows = rows.filter(automation="" if filters.automation == "unknown" else filters.automation)
    if filters.support:
        rows = rows.filter(is_supported={"yes": True, "no": False}.get(filters.support))
    live = Q(uses__ended_at__isnull=True)
    return rows.annotate(used_by=Count("uses", filter=live, distinct=True))


def source_row(actor: Actor, source_id: int) -> DataSource:
    row = sources(actor).filter(pk=source_id).first()
    if row is None:
        raise Missing("data source")
    return row


def source_by_key(actor: Actor, program_id: int, external_id: str) -> DataSource | None:
    return sources(actor).filter(program_id=program_id, external_id=external_id).first()


def may_change(actor: Actor, row: DataSource) -> bool:
    """The team of the program; and whoever may change each of the models that use it. A source that others share is
    not theirs alone to change."""
    if may(actor, "source.change", program_id=row.program_id):
        return True
    used = list(row.uses.filter(ended_at__isnull=True).values_list("model_id", flat=True))
    return bool(used) and all(
        may(actor, "source.change", program_id=row.program_id, model_id=model_id) for model_id in used
    )


def require_change(actor: Actor, row: DataSource) -> None:
    """Of a row that the actor sees. Raises `NotAllowed`."""
    if may_change(actor, row):
        return
    if may_see(actor, program_id=row.program_id):
        require(actor, "source.change", noun="data source", program_id=row.program_id)
    raise NotAllowed(
        f"{row.name} is shared with models that are not yours to change. Ask somebody who works on the whole program."
    )


def model_with_sources(actor: Actor, model_id: int) -> MLModel:
    row = model_row(actor, model_id)
    require(actor, "source.view", noun="model", program_id=row.program_id, model_id=model_id)
    return row


def uses_of_source(actor: Actor, row: DataSource) -> list[SourceUse]:
    """By the models that this actor may see; how many others there are is told by `uses_in_all`."""
    seen = models(actor).values("pk")
    rows = row.uses.filter(ended_at__isnull=True, model_id__in=seen)
    return list(rows.select_related("model").order_by("model__name", "pk"))


def uses_in_all(row: DataSource) -> int:
    return row.uses.filter(ended_at__isnull=True).count()


def uses_of_model(model: MLModel) -> QuerySet[SourceUse]:
    return SourceUse.objects.filter(model=model, ended_at__isnull=True).select_related("source__owner")


def use_row(actor: Actor, use_id: int) -> SourceUse:
    row = SourceUse.objects.filter(pk=use_id).select_related("model__program", "source").first()
    if row is None or not may(actor, "source.view", program_id=row.model.program_id, model_id=row.model_id):
        raise Missing("use of a data source")
    return row


def linkable(actor: Actor, model: MLModel) -> QuerySet[DataSource]:
    """Live sources of the program that the model does not use yet."""
    used = SourceUse.objects.filter(source=OuterRef("pk"), model=model, ended_at__isnull=True)
    rows = sources(actor).filter(program_id=model.program_id, ended_at__isnull=True)
    return rows.exclude(Exists(used)).order_by("name", "pk")


def flows_of(actor: Actor, row: DataSource) -> Flows:
    """Both directions in one statement; of the other side only what this actor may see."""
    seen = sources(actor).values("pk")
    found = SourceFlow.objects.filter(Q(upstream=row) | Q(downstream=row), ended_at__isnull=True)
    found = found.filter(upstream_id__in=seen, downstream_id__in=seen)
    rows = list(
        found.select_related("upstream", "downstream").order_by("upstream__name", "downstream__name", "pk")
    )
    return Flows(
        tuple(flow for flow in rows if flow.downstream_id == row.pk),
        tuple(flow for flow in rows if flow.upstream_id == row.pk),
    )


def flow_row(actor: Actor, flow_id: int) -> SourceFlow:
    seen = sources(actor).values("pk")
    rows = SourceFlow.objects.filter(pk=flow_id, upstream_id__in=seen, downstream_id__in=seen)
    row = rows.select_related("upstream__program", "downstream").first()
    if row is None:
        raise Missing("flow of data")
    return row


def live_flows(program_id: int) -> list[tuple[int, int]]:
    """(upstream, downstream) of a whole program."""
    rows = SourceFlow.objects.filter(upstream__program_id=program_id, ended_at__isnull=True)
    return list(rows.values_list("upstream_id", "downstream_id"))


def refreshes(row: DataSource, now: datetime, *, count: int = 3) -> tuple[datetime, ...]:
    """The next instants at which fresh data is expected."""
    return schedules.next_times(row.refresh, row.time_zone, after=now, count=count)


def schedule_in_words(row: DataSource) -> str:
    return schedules.in_words(row.refresh)


def requests_of_source(actor: Actor, row: DataSource) -> list[AccessRequest]:
    """By models that this actor may see, the newest first."""
    seen = models(actor).values("pk")
    rows = row.access_requests.filter(model_id__in=seen).select_related("model", "source")
    return list(rows.order_by("-asked_at", "-pk")[:200])


@statement
def _uses() -> QuerySet[SourceUse, Any]:
    """One row for each use, later change of its source, and request of the same model for it."""
    at = Parameter("at")
    rows = SourceUse.objects.filter(among("model_id", "ids"), created_at__lte=at).exclude(ended_at__lte=at)
    later = FilteredRelation("source__changes", condition=Q(source__changes__until__gt=at))
    mine = Q(source__access_requests__model_id=F("model_id"), source__access_requests__asked_at__lte=at)
    asked = FilteredRelation("source__access_requests", condition=mine)
    names = (f"source__{name}" for name in FACT_FIELDS)
    return rows.annotate(later=later, asked=asked).values_list(
        *USE_COLUMNS, "source__owner__name", *names, "later__until", "later__content",
        *(f"asked__{name}" for name in REQUEST_COLUMNS),
    )  # fmt: skip


def _facts(rows: list[Any], at: datetime) -> dict[int, tuple[SourceInUse, ...]]:
    """The sources that each model used at an instant, as their records stood then, with its requests."""
    found: dict[int, dict[int, tuple[datetime | None, tuple[Any, ...]]]] = defaultdict(dict)
    asked: dict[int, dict[int, Request]] = defaultdict(dict)
    width = len(REQUEST_COLUMNS)
    for whole in rows:
        row, request = whole[:-width], whole[-width:]
        model_id, use_id, until = row[0], row[1], row[-2]
        if request[0] is not None and request[0] not in asked[use_id]:
            asked[use_id][request[0]] = request_at(list(request), at)
        earlier = found[model_id].get(use_id)
        if earlier is None or (until and earlier[0] and until < earlier[0]):
            found[model_id][use_id] = (until, row)
    return {
        model_id: tuple(_fact(row, at, asked[use_id]) for use_id, (_, row) in sorted(by_use.items()))
        for model_id, by_use in found.items()
    }


facts_of = Facts(_facts, _uses)


def request_at(columns: list[Any], at: datetime) -> Request:
    """In the order of `REQUEST_COLUMNS`."""
    pk, source_id, state, needed_by, reason, sent_to, asked_at, asked_by, due_on, *rest = columns
    answered_at, answered_by, answer, link, granted_until, ended_at = rest
    then = state_at(AccessState(state), answered_at, ended_at, at)
    head = (pk, source_id, then, needed_by, reason, sent_to, asked_at, asked_by, due_on)
    if answered_at is None or answered_at > at:
        return Request(*head, ended_at=ended_at if ended_at and ended_at <= at else None)
    is_over = ended_at is not None and ended_at <= at
    return Request(
        *head, answered_at, answered_by, answer, link, granted_until, ended_at if is_over else None
    )


def request_fact(row: AccessRequest, at: datetime) -> Request:
    return request_at([getattr(row, name) for name in REQUEST_COLUMNS], at)


def _fact(row: tuple[Any, ...], at: datetime, asked: Mapping[int, Request]) -> SourceInUse:
    _, use_id, from_stage, purpose, source_id, ended_at, owner, *rest = row
    columns, content = rest[: len(FACT_FIELDS)], rest[-1]
    said = _said(content) if content is not None else dict(zip(FACT_FIELDS, columns, strict=True))
    return SourceInUse(
        id=source_id,
        owner=(content.get("owner") if content is not None else owner) or "",
        from_stage=Stage(from_stage),
        purpose=purpose,
        has_ended=ended_at is not None and ended_at <= at,
        use_id=use_id,
        requests=tuple(request for _, request in sorted(asked.items())),
        **{**said, "sensitivity": Sensitivity(said["sensitivity"])},
    )


def _said(content: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept of an earlier record; a day comes back from its text."""
    until = content.get("supported_until")
    said = {name: content.get(name) for name in FACT_FIELDS}
    return {**said, "supported_until": date.fromisoformat(until) if until else None}


def kept(row: DataSource) -> dict[str, object]:
    """What stands in a source's record, as plain data that is kept when it changes."""
    said: dict[str, object] = {name: getattr(row, name) for name in FIELDS}
    until = row.supported_until
    return {
        **said,
        "supported_until": until.isoformat() if until else None,
        "owner": row.owner.name if row.owner else "",
        "owner_id": row.owner_id,
    }


def providers(rows: Iterable[DataSource]) -> list[str]:
    return sorted({row.provider for row in rows if row.provider}, key=str.casefold)
