"""Feasibility analyses, decisions about direction and learnings; what earlier models taught about one like this."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet

from throughline.core.dossier import Feasibility as FeasibilityFacts
from throughline.core.likeness import shared_words
from throughline.core.permissions import Actor
from throughline.core.planning import Choice, DirectionFacts, LearningKind
from throughline.queries.portfolio import models
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Facts
from throughline.records.planning import Direction, Feasibility, Learning
from throughline.records.portfolio import MLModel

MOST_COMPARED = 2_000


@dataclass(frozen=True)
class Similar:
    """A learning of another model, and the words that it has in common with this one."""

    learning: Learning
    words: tuple[str, ...]


# In the order of the fields of the core's values.
FEASIBILITY_COLUMNS = (
    "value",
    "feasibility",
    "data_readiness",
    "risk",
    "effort",
    "is_go",
    "reason",
    "by",
    "at",
)
DIRECTION_COLUMNS = ("pk", "choice", "reason", "next_look_on", "fingerprint", "name", "at")


@statement
def _planned() -> QuerySet[MLModel, Any]:
    """Each feasibility analysis of a model beside each decision about its direction: there are few of both."""
    by_then = {name: Q(**{f"{name}__at__lte": Parameter("at")}) for name in ("feasibilities", "directions")}
    rows = MLModel.objects.filter(among("id", "ids")).annotate(
        analysis=FilteredRelation("feasibilities", condition=by_then["feasibilities"]),
        direction=FilteredRelation("directions", condition=by_then["directions"]),
    )
    rows = rows.filter(Q(analysis__isnull=False) | Q(direction__isnull=False))
    return rows.values_list(
        "pk",
        *(f"analysis__{name}" for name in FEASIBILITY_COLUMNS),
        *(f"direction__{name}" for name in DIRECTION_COLUMNS),
        "analysis__pk",
    )


Planned = tuple[FeasibilityFacts | None, DirectionFacts | None]


def _facts(rows: list[Any], at: datetime) -> dict[int, Planned]:  # noqa: ARG001 - the rows are of then
    """By model id the newest feasibility analysis and the newest decision about its direction that there were by
    then."""
    width = len(FEASIBILITY_COLUMNS)
    found: dict[int, Planned] = {}
    for pk, *told, _ in sorted(rows, key=_age):
        analysis, (number, choice, *direction) = told[:width], told[width:]
        found[pk] = (
            FeasibilityFacts(*analysis) if analysis[0] is not None else None,
            DirectionFacts(number, Choice(choice), *direction) if choice is not None else None,
        )
    return found


def _age(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The newest decision and the newest analysis come last."""
    analysed_at, decided_at = row[len(FEASIBILITY_COLUMNS)], row[-2]
    return (
        (analysed_at is not None, analysed_at, row[-1]),
        (decided_at is not None, decided_at, row[len(FEASIBILITY_COLUMNS) + 1]),
    )


facts_of = Facts(_facts, _planned)


def direction_fact(row: Direction) -> DirectionFacts:
    return DirectionFacts(
        row.pk, Choice(row.choice), row.reason, row.next_look_on, row.fingerprint, row.name, row.at
    )


def feasibilities(model: MLModel) -> QuerySet[Feasibility]:
    """Newest first."""
    return model.feasibilities.order_by("-at", "-pk")


def directions(model: MLModel) -> QuerySet[Direction]:
    """Newest first."""
    return model.directions.order_by("-at", "-pk")


def stop_reason(model: MLModel) -> str:
    """Why it was decided last that the work ends, in a no-go or a direction; empty where it was not."""
    newest = model.learnings.filter(kind=LearningKind.STOP).order_by("-at", "-pk").first()
    return newest.text if newest else ""


def looks_due(model_ids: Iterable[int], until: date) -> list[Direction]:
    """The newest decision of each of these models that are still in the stage where it was taken, if its next look is
    due by a day; one statement."""
    newest: dict[int, Direction] = {}
    rows = Direction.objects.filter(
        model_id__in=list(model_ids),
        model__standing__in=("active", "paused"),
        at__gte=F("model__stage_since"),
    )
    for row in rows.select_related("model").defer("verdicts").order_by("at", "pk"):
        newest[row.model_id] = row
    due = [row for row in newest.values() if row.next_look_on is not None and row.next_look_on <= until]
    return sorted(due, key=lambda row: (row.next_look_on or until, row.pk))


def learnings(actor: Actor, *, program: str = "", model_id: int | None = None) -> QuerySet[Learning]:
    """Of every model that the actor may see, newest first."""
    rows = Learning.objects.select_related("model__program").defer(
        "model__program__policy__source", "model__program__policy__content"
    )
    if not actor.is_admin:
        rows = rows.filter(model__in=models(actor).values("pk"))
    if program:
        rows = rows.filter(model__program__slug=program)
    rows = rows.filter(model_id=model_id) if model_id is not None else rows
    return rows.order_by("-at", "-pk")


def similar(actor: Actor, text: str, *, but: int | None = None, most: int = 3) -> list[Similar]:
    """The learnings that share most words with a text, with those words; of models other than `but`."""
    rows = learnings(actor).filter(~Q(model_id=but))[:MOST_COMPARED]
    found = [Similar(row, shared_words(text, _of(row))) for row in rows]
    alike = [one for one in found if len(one.words) >= 2]
    return sorted(alike, key=lambda one: (-len(one.words), -one.learning.pk))[:most]


def _of(row: Learning) -> str:
    return f"{row.model.name} {row.model.summary} {row.text}"
