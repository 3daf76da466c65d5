"""Stakeholders of models as the rules see them, every recorded contact, and whom nobody has spoken to for too long."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast

from throughline.core.errors import Missing
from throughline.core.people import Responsibility, Role
from throughline.core.permissions import Actor, may, require
from throughline.core.stages import Standing
from throughline.core.stakeholders import Part, newest
from throughline.core.stakeholders import Stakeholder as Fact
from throughline.queries.portfolio import model_row
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Facts
from throughline.records.outputs import OutputAnswer
from throughline.records.people import Assignment
from throughline.records.portfolio import MLModel
from throughline.records.promises import PromiseAnswer
from throughline.records.stakeholders import Contact, Stakeholder

# In the order of the fields of the core's value.
FACT_COLUMNS = (
    "name",
    "is_group",
    "business",
    "need",
    "part",
    "influence",
    "interest",
    "cadence_days",
    "person_id",
)
KEEPING_IN_TOUCH = (Responsibility.ENGAGEMENT, Role.PROGRAM_MANAGER)
MOST_OVERDUE = 200
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """One stakeholder with their row: the rules' view of them, their last contact included."""

    row: Stakeholder
    fact: Fact

    def is_overdue(self, now: datetime) -> bool:
        return self.row.ended_at is None and self.fact.is_overdue(now)


@dataclass(frozen=True)
class Touch:
    """One contact, recorded by hand or left by an answer."""

    stakeholder: str
    kind: str
    note: str
    at: datetime
    by: str


@statement
def _as_they_stood() -> QuerySet[Stakeholder, Any]:
    at = Parameter("at")
    return (
        Stakeholder.objects.filter(among("model_id", "ids"), created_at__lte=at)
        .exclude(ended_at__lte=at)
        .annotate(later=FilteredRelation("changes", condition=Q(changes__until__gt=at)))
        .values_list(
            "model_id",
            "pk",
            "created_at",
            *FACT_COLUMNS,
            "later__until",
            *(f"later__{name}" for name in FACT_COLUMNS),
        )
    )


def _facts(rows: list[Any], at: datetime) -> dict[int, tuple[Fact, ...]]:  # noqa: ARG001 - the rows are of then
    """The stakeholders of each model as they stood at an instant.

    What was changed later is told by the earliest change after that instant, which keeps what stood before it.
    """
    found: dict[int, dict[int, tuple[datetime | None, Fact]]] = defaultdict(dict)
    for model_id, pk, added_at, *columns in rows:
        now, until, before = columns[:9], columns[9], columns[10:]
        earlier = found[model_id].get(pk)
        if earlier is None or (until and earlier[0] and until < earlier[0]):
            found[model_id][pk] = (until, _fact(pk, added_at, before if until else now))
    return {
        model_id: tuple(fact for _, (_, fact) in sorted(by_id.items())) for model_id, by_id in found.items()
    }


facts_of = Facts(_facts, _as_they_stood)


def listed(actor: Actor, model_id: int, *, with_ended: bool = False) -> QuerySet[Stakeholder]:
    """Each with its last contacts. Raises `Missing` or `NotAllowed`."""
    rows = with_last_contacts(Stakeholder.objects.filter(model=model_with_stakeholders(actor, model_id)))
    return rows if with_ended else rows.filter(ended_at__isnull=True)


def model_with_stakeholders(actor: Actor, model_id: int) -> MLModel:
    row = model_row(actor, model_id)
    require(actor, "stakeholder.view", noun="model", program_id=row.program_id, model_id=model_id)
    return row


def known_of(model: MLModel) -> list[Known]:
    """All that a model has and had, in one statement; the door has asked permission for it."""
    return known(Stakeholder.objects.filter(model=model))


def known_one(row: Stakeholder) -> Known:
    return known(Stakeholder.objects.filter(pk=row.pk))[0]


def known(rows: QuerySet[Stakeholder]) -> list[Known]:
    """By part and name; those who were ended come last. What the actor may see is asked by the caller."""
    order = {part: number for number, part in enumerate(Part)}
    made = [Known(row, fact_of(row)) for row in with_last_contacts(rows.select_related("person", "model"))]
    return sorted(
        made,
        key=lambda one: (
            one.row.ended_at is not None,
            order[one.fact.part],
            one.row.name.lower(),
            one.row.pk,
        ),
    )


def with_last_contacts(rows: QuerySet[Stakeholder]) -> QuerySet[Stakeholder]:
    """Each with the newest contact, the newest answer about a promise, and about an output."""
    return rows.annotate(
        contacted_at=_newest(Contact.objects.all(), "at"),
        promised_at=_newest(PromiseAnswer.objects.all(), "at"),
        shown_at=_newest(OutputAnswer.objects.filter(answered_at__isnull=False), "answered_at"),
    )


def fact_of(row: Any) -> Fact:
    """Of a row that came with its last contacts."""
    last = newest(row.contacted_at, row.promised_at, row.shown_at)
    columns = [getattr(row, name) for name in FACT_COLUMNS]
    return _fact(row.pk, row.created_at, columns, last)


def stakeholder_row(actor: Actor, stakeholder_id: int) -> Stakeholder:
    """One that the actor may see the stakeholders of the model of. Raises `Missing` else."""
    row = (
        Stakeholder.objects.select_related("model__program", "person", "model__policy")
        .filter(pk=stakeholder_id)
        .first()
    )
    if row is None or not may(
        actor, "stakeholder.view", program_id=row.model.program_id, model_id=row.model_id
    ):
        raise Missing("stakeholder")
    return row


def own_row(actor: Actor, model_id: int) -> Stakeholder | None:
    """The part that the asking person has in a model by themselves, or else in the name of a group."""
    rows = Stakeholder.objects.filter(
        model_id=model_id, person_id=actor.person_id or 0, ended_at__isnull=True
    )
    return rows.order_by("is_group", "pk").first()


def contacts(rows: Iterable[Stakeholder], *, most: int = 100) -> list[Touch]:
    """Contacts and answers of these stakeholders, newest first, in three statements."""
    names = {row.pk: row.name for row in rows}
    by_hand = Contact.objects.filter(stakeholder_id__in=names).order_by("-at", "-pk")[:most]
    promised = (
        PromiseAnswer.objects.filter(stakeholder_id__in=names)
        .select_related("promise_version")
        .order_by("-at", "-pk")[:most]
    )
    shown = (
        OutputAnswer.objects.filter(stakeholder_id__in=names, answered_at__isnull=False)
        .select_related("output")
        .order_by("-answered_at", "-pk")[:most]
    )
    found = [Touch(names[c.stakeholder_id], c.kind, c.note, c.at, c.recorded_by) for c in by_hand]
    found += [Touch(names[a.stakeholder_id], "answer", _said_of_promise(a), a.at, a.name) for a in promised]
    found += [
        Touch(names[a.stakeholder_id], "answer", _said_of_output(a), a.answered_at, a.name)
        for a in shown
        if a.answered_at
    ]
    return sorted(found, key=lambda touch: touch.at, reverse=True)[:most]


def recorded_contacts(row: Stakeholder) -> QuerySet[Contact]:
    return row.contacts.order_by("-at", "-pk")


def overdue_for(actor: Actor, now: datetime) -> list[Known]:
    """Whom the actor has to get in touch with: the longest overdue first, in two statements, at most `MOST_OVERDUE`."""
    held = Assignment.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        person_id=actor.person_id or 0,
        starts_at__lte=now,
        duty__in=KEEPING_IN_TOUCH,
    ).values_list("program_id", "model_id")
    places = list(held)
    models = {model_id for _, model_id in places if model_id is not None}
    programs = {program_id for program_id, model_id in places if model_id is None}
    if not places:
        return []
    rows = Stakeholder.objects.filter(
        Q(model_id__in=models) | Q(model__program_id__in=programs),
        ended_at__isnull=True,
        model__standing__in=(Standing.ACTIVE, Standing.PAUSED),
    )
    found = with_last_contacts(_silent(rows, now).select_related("model"))[:MOST_OVERDUE]
    made = [Known(row, fact_of(row)) for row in found]
    return sorted(
        (one for one in made if one.is_overdue(now)), key=lambda one: (one.fact.due_at or now, one.row.pk)
    )


def _silent(rows: QuerySet[Stakeholder], now: datetime) -> QuerySet[Stakeholder]:
    """Those with a cadence, and with nothing heard of them since that long."""
    days = Cast("cadence_days", IntegerField())
    cadence = ExpressionWrapper(days * Value(DAY), output_field=DurationField())
    since = ExpressionWrapper(
        Value(now, output_field=DateTimeField()) - cadence, output_field=DateTimeField()
    )
    rows = rows.filter(cadence_days__isnull=False, created_at__lt=now - DAY).annotate(since=since)
    for answers, column in (
        (Contact.objects.all(), "at"),
        (PromiseAnswer.objects.all(), "at"),
        (OutputAnswer.objects.all(), "answered_at"),
    ):
        lately = answers.filter(stakeholder=OuterRef("pk"), **{f"{column}__gte": OuterRef("since")})
        rows = rows.exclude(Exists(lately))
    return rows.order_by("created_at", "pk")


def _newest(rows: QuerySet[Any], column: str) -> Subquery:
    of_them = rows.filter(stakeholder=OuterRef("pk")).order_by(f"-{column}")
    return Subquery(of_them.values(column)[:1])


def _fact(pk: int, added_at: datetime, columns: Any, last: datetime | None = None) -> Fact:
    name, is_group, business, need, part, influence, interest, cadence_days, person_id = columns
    rated = (influence, interest, cadence_days)
    return Fact(pk, name, is_group, business, need, Part(part), *rated, person_id, added_at, last)


def _said_of_promise(answer: PromiseAnswer) -> str:
    said = "Acknowledged" if answer.is_acknowledgement else "Disputed"
    words = f" “{answer.words}”" if answer.words else ""
    return f"{said}: {answer.promise_version.statement}{words}"


def _said_of_output(answer: OutputAnswer) -> str:
    words = f" “{answer.words}”" if answer.words else ""
    return f"{answer.answer.capitalize()}: {answer.output.title}{words}"
