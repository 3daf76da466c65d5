"""Programs and models that an actor may see: single rows, lists with filters, totals, and history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from throughline.core.errors import Missing
from throughline.core.permissions import Actor, may_see
from throughline.core.stages import Stage
from throughline.queries.statements import Parameter, statement
from throughline.records.people import Assignment
from throughline.records.portfolio import MLModel, Program, Release, Revision

# A policy's text is long and each process reads it once (queries.policies), so rows come without it.
LONG_TEXTS = tuple(
    f"{way}__{part}" for way in ("policy", "program__policy") for part in ("source", "content")
)

SORTS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "pk"),
    "-name": ("-name", "-pk"),
    "stage": ("stage_order", "name", "pk"),
    "-stage": ("-stage_order", "name", "pk"),
    "age": ("stage_since", "pk"),
    "-age": ("-stage_since", "-pk"),
    "tier": ("risk_tier", "name", "pk"),
    "changed": ("-changed_at", "-pk"),
}


@dataclass(frozen=True)
class Holders:
    """The first holder of one duty, by model and by program."""

    of_model: dict[int, str] = field(default_factory=dict)
    of_program: dict[int, str] = field(default_factory=dict)

    def name(self, model_id: int, program_id: int) -> str:
        return self.of_model.get(model_id) or self.of_program.get(program_id, "")


@dataclass(frozen=True)
class Filters:
    """What narrows a list of models; each is empty for “any”. `batch` is the id of an import."""

    program: str = ""
    search: str = ""
    stages: tuple[str, ...] = ()
    standings: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    mine: bool = False
    batch: int | None = None
    sort: str = "name"
    extra: Mapping[str, str] = field(default_factory=dict)


def programs(actor: Actor) -> QuerySet[Program]:
    """The programs of which the actor sees all or some models, in order of name."""
    rows = (
        Program.objects.select_related("policy").defer("policy__source", "policy__content").order_by("name")
    )
    if actor.is_admin:
        return rows
    return rows.filter(pk__in={grant.program_id for grant in actor.grants})


def program_row(actor: Actor, slug: str) -> Program:
    row = programs(actor).filter(slug=slug).first()
    if row is None:
        raise Missing("program")
    return row


def program_by_id(actor: Actor, program_id: int) -> Program:
    row = programs(actor).filter(pk=program_id).first()
    if row is None:
        raise Missing("program")
    return row


def models(actor: Actor) -> QuerySet[MLModel]:
    """Whatever this actor may see, each with its program and policies."""
    return _with_policies(visible(actor))


def _with_policies(rows: QuerySet[MLModel]) -> QuerySet[MLModel]:
    return rows.select_related("program__policy", "policy").defer(*LONG_TEXTS)


def visible(actor: Actor) -> QuerySet[MLModel]:
    """The one constructor of model lists: whatever else is asked, only what this actor may see."""
    rows = MLModel.objects.all()
    if actor.is_admin:
        return rows
    return rows.filter(Q(program_id__in=actor.program_ids()) | Q(pk__in=actor.single_model_ids()))


def model_row(actor: Actor, model_id: int) -> MLModel:
    row = next(iter(_model_rows(model_id=model_id)), None)
    if row is None or not may_see(actor, program_id=row.program_id, model_id=row.pk):
        raise Missing("model")
    return row


@statement
def _model_rows() -> QuerySet[MLModel]:
    return _with_policies(MLModel.objects.filter(pk=Parameter("model_id")))


def model_by_reference(actor: Actor, reference: str) -> MLModel:
    """By id, by external id, or by `program/external id`. Raises `Missing` when none or several are meant."""
    if (
        reference.isdecimal()
        and len(reference) < 18
        and (row := models(actor).filter(pk=int(reference)).first())
    ):
        return row
    program, _, external = reference.partition("/")
    rows = models(actor).filter(external_id=reference)
    found = list(rows[:2]) or list(models(actor).filter(program__slug=program, external_id=external)[:2])
    if len(found) != 1:
        raise Missing("model")
    return found[0]


def filtered(actor: Actor, filters: Filters) -> QuerySet[MLModel]:
    return _with_policies(filtered_columns(actor, filters))


def filtered_columns(actor: Actor, filters: Filters) -> QuerySet[MLModel]:
    """For whoever reads columns alone: the statement takes less building than one for whole rows."""
    rows = visible(actor)
    if filters.program:
        rows = rows.filter(program__slug=filters.program)
    for word in filters.search.split()[:8]:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(summary__icontains=word)
            | Q(external_id__icontains=word)
            | Q(team__icontains=word)
        )
    if filters.stages:
        rows = rows.filter(stage__in=filters.stages)
    if filters.standings:
        rows = rows.filter(standing__in=filters.standings)
    if filters.tiers:
        rows = rows.filter(risk_tier__in=[tier if tier != "none" else "" for tier in filters.tiers])
    if filters.teams:
        rows = rows.filter(team__in=filters.teams)
    if filters.batch is not None:
        rows = rows.filter(import_rows__batch_id=filters.batch)
    if filters.mine:
        rows = rows.filter(pk__in=actor.model_ids())
    return rows


def totals(rows: QuerySet[MLModel]) -> dict[tuple[str, str, str], int]:
    """How many models by (stage, standing, risk tier), in one statement."""
    counted = rows.order_by().values_list("stage", "standing", "risk_tier").annotate(n=Count("pk"))
    return {(stage, standing, tier): n for stage, standing, tier, n in counted}


def revisions(model: MLModel) -> QuerySet[Revision]:
    return model.revisions.order_by("-number")


def revision_at(model_ids: list[int], at: datetime) -> dict[int, Revision]:
    """The revision in force at an instant, by model; models that did not exist then are left out."""
    found: dict[int, Revision] = {}
    for row in Revision.objects.filter(model_id__in=model_ids, at__lte=at).order_by("model_id", "number"):
        found[row.model_id] = row
    return found


def releases(model: MLModel) -> QuerySet[Release]:
    return model.releases.order_by("-created_at", "-pk")


def release_row(model: MLModel, release_id: int) -> Release:
    row = model.releases.filter(pk=release_id).first()
    if row is None:
        raise Missing("release")
    return row


def ordered(rows: QuerySet[MLModel], sort: str) -> QuerySet[MLModel]:
    """In one of the orders of `SORTS`; an unknown one is by name."""
    stages = Case(
        *(When(stage=stage, then=Value(stage.number)) for stage in Stage), output_field=IntegerField()
    )
    return rows.annotate(stage_order=stages).order_by(*SORTS.get(sort, SORTS["name"]))


def longest_in_stage(rows: QuerySet[MLModel], per_stage: int) -> QuerySet[MLModel]:
    """Of each stage the models that have been in it longest, in one statement."""
    place = Window(RowNumber(), partition_by=F("stage"), order_by=("stage_since", "pk"))
    return rows.annotate(nth_in_stage=place).filter(nth_in_stage__lte=per_stage).order_by("stage_since", "pk")


def teams(actor: Actor) -> list[str]:
    """The teams that the models which this actor sees belong to, by name."""
    found = models(actor).exclude(team="").order_by("team").values_list("team", flat=True)
    return list(found.distinct()[:500])


def holders(duty: str, model_ids: Iterable[int], program_ids: Iterable[int], now: datetime) -> Holders:
    """Who holds a duty on each of these models; whoever holds it for the program stands in where nobody is named."""
    held = Assignment.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now), duty=duty, starts_at__lte=now, person__is_active=True
    )
    rows = held.filter(
        Q(model_id__in=list(model_ids)) | Q(model__isnull=True, program_id__in=set(program_ids))
    )
    found = Holders()
    # Sorted here: told to sort by key, SQLite would read the whole table in that order.
    for _, model_id, program_id, name in sorted(
        rows.values_list("pk", "model_id", "program_id", "person__name")
    ):
        (found.of_program if model_id is None else found.of_model).setdefault(model_id or program_id, name)
    return found
