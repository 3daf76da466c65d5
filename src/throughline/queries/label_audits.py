"""Label audits: what gates know of them, and what each person may see: labellers nothing but items and their own
answers, everybody else no answer before labelling has ended, and nobody the given labels before the close."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db.models import Count, Prefetch, QuerySet

from throughline.core.errors import Missing, NotAllowed
from throughline.core.label_audits import AuditFact, AuditState, lines_from
from throughline.core.labels.agreement import Scale
from throughline.core.labels.judging import LabelVerdict, Lines
from throughline.core.labels.results import Figures, Item, figures
from throughline.core.permissions import Actor
from throughline.core.prototype import criteria_in
from throughline.queries import access, specs
from throughline.queries.portfolio import models
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Facts
from throughline.records.label_audits import LabelAnswer, LabelAudit, LabelItem, Labeller
from throughline.records.people import Person
from throughline.records.portfolio import MLModel

MOST = 60
FACT_COLUMNS = (
    "model_id",
    "pk",
    "name",
    "state",
    "drawn_at",
    "ended_at",
    "closed_at",
    "verdict",
    "said",
    "sealed",
)
# States in which other people's answers may be seen, because none of them can change any more.
SEEN = (AuditState.SETTLING, AuditState.CLOSED)


@dataclass(frozen=True)
class Progress:
    """How far one labeller is. `done` counts items that they could not tell, too."""

    row: Labeller
    done: int
    total: int

    @property
    def is_through(self) -> bool:
        return self.done >= self.total

    @property
    def share(self) -> int:
        """In percent, and 100 only when all is done."""
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True)
class BlindItem:
    """An item as a labeller sees it: without the given label, the stratum, and anybody else's answer. `label` is None
    until they answered, "" when they could not tell."""

    number: int
    shown: dict[str, str]
    label: str | None
    note: str


@statement
def _audits() -> QuerySet[LabelAudit, Any]:
    rows = LabelAudit.objects.filter(among("model_id", "ids"), drawn_at__lte=Parameter("at"))
    return rows.values_list(*FACT_COLUMNS)


def _facts(rows: list[Any], at: datetime) -> dict[int, tuple[AuditFact, ...]]:
    """By model id, as recorded by an instant, without drafts and without those that were given up."""
    found: dict[int, list[AuditFact]] = defaultdict(list)
    for model_id, *columns in sorted(rows, key=itemgetter(1)):
        if fact := _fact(columns, at):
            found[model_id].append(fact)
    return {model_id: tuple(facts) for model_id, facts in found.items()}


facts_of = Facts(_facts, _audits)


def _fact(columns: list[Any], at: datetime) -> AuditFact | None:
    pk, name, state, drawn_at, ended_at, closed_at, verdict, said, sealed = columns
    if closed_at is not None and closed_at <= at:
        if state == AuditState.WITHDRAWN:
            return None
        return AuditFact(
            pk, name, AuditState.CLOSED, drawn_at, closed_at, LabelVerdict(verdict), said, sealed
        )
    is_ended = ended_at is not None and ended_at <= at
    return AuditFact(pk, name, AuditState.SETTLING if is_ended else AuditState.OPEN, drawn_at)


def audits(model: MLModel) -> QuerySet[LabelAudit]:
    """The newest first, without the figures."""
    rows = LabelAudit.objects.filter(model=model).defer("results")
    found = Labeller.objects.select_related("person").annotate(done=Count("answers"))
    at_work = Prefetch("labellers", queryset=found.order_by("invited_at", "pk"), to_attr="at_work")
    return rows.prefetch_related(at_work).order_by("-created_at", "-pk")


def audit_row(actor: Actor, audit_id: int) -> LabelAudit:
    rows = LabelAudit.objects.filter(pk=audit_id, model__in=models(actor))
    row = rows.select_related("model__program", "maker", "attachment").first()
    if row is None:
        raise Missing("label audit")
    return row


def labeller_row(audit: LabelAudit, labeller_id: int) -> Labeller:
    row = audit.labellers.filter(pk=labeller_id).select_related("person").first()
    if row is None:
        raise Missing("labeller")
    return row


def own_place(audit: LabelAudit, actor: Actor) -> Labeller | None:
    """The place of this person among the labellers, if they were invited."""
    if actor.person_id is None:
        return None
    return audit.labellers.filter(person_id=actor.person_id).select_related("person").first()


def progress(audit: LabelAudit) -> list[Progress]:
    rows = getattr(audit, "at_work", None)
    if rows is None:
        counted = audit.labellers.select_related("person").annotate(done=Count("answers"))
        rows = list(counted.order_by("invited_at", "pk"))
    return [Progress(row, row.done, audit.size) for row in rows]


def progress_of(labeller: Labeller, audit: LabelAudit) -> Progress:
    return Progress(labeller, labeller.answers.count(), audit.size)


def blind_items(labeller: Labeller) -> list[BlindItem]:
    """All items of the audit as this labeller sees them: two statements."""
    answers = {
        item_id: (label, note)
        for item_id, label, note in labeller.answers.values_list("item_id", "label", "note")
    }
    rows = LabelItem.objects.filter(audit_id=labeller.audit_id).order_by("number")
    return [
        BlindItem(number, shown, *answers.get(pk, (None, "")))
        for pk, number, shown in rows.values_list("pk", "number", "shown")
    ]


def blind_item(labeller: Labeller, number: int) -> BlindItem:
    row = LabelItem.objects.filter(audit_id=labeller.audit_id, number=number).first()
    if row is None:
        raise Missing("item")
    answer = labeller.answers.filter(item=row).first()
    return BlindItem(number, row.shown, answer.label if answer else None, answer.note if answer else "")


def next_open(labeller: Labeller, after: int = 0) -> int | None:
    """The next item without an answer, from a number on and then from the first; None when all are answered."""
    rows = LabelItem.objects.filter(audit_id=labeller.audit_id)
    numbers = rows.exclude(answers__labeller=labeller).order_by("number").values_list("number", flat=True)
    return numbers.filter(number__gt=after).first() or numbers.first()


def last_answered(labeller: Labeller) -> LabelAnswer | None:
    rows = labeller.answers.select_related("item")
    return rows.order_by("-answered_at", "-pk").first()


def items_of(audit: LabelAudit) -> list[Item]:
    """What the core reckons with: two statements."""
    answers: dict[int, dict[int, str]] = defaultdict(dict)
    for item_id, labeller_id, label in LabelAnswer.objects.filter(item__audit=audit).values_list(
        "item_id", "labeller_id", "label"
    ):
        answers[item_id][labeller_id] = label
    rows = audit.items.order_by("number").values_list(
        "pk", "number", "given", "stratum", "final", "settled_at"
    )
    return [
        Item(number, given, stratum, answers.get(pk, {}), final if settled_at is not None else None)
        for pk, number, given, stratum, final, settled_at in rows
    ]


def figures_of(audit: LabelAudit, items: list[Item] | None = None) -> Figures:
    """As the answers stand now; at the close they are frozen."""
    return figures(
        items_of(audit) if items is None else items,
        {name: counts[0] for name, counts in audit.strata.items()},
        audit.labels,
        list(audit.labellers.order_by("pk").values_list("pk", flat=True)),
        lines_of(audit),
        scale=Scale(audit.scale),
    )


def lines_of(audit: LabelAudit) -> Lines:
    return Lines(audit.most_error, audit.least_agreement, audit.confidence, audit.lines_from)


def lines_of_spec(model: MLModel, now: datetime) -> Lines | None:
    """What the approved specification asks of labels."""
    known = criteria_in(specs.facts_of([model.pk], now).get(model.pk))
    return lines_from(known.criteria, known.spec_number) if known is not None and known.is_agreed else None


def seen_rows(audit: LabelAudit) -> list[LabelItem]:
    """Items with everybody's answers. Raises `NotAllowed` while labelling goes on: nobody sees them before."""
    if audit.state not in SEEN:
        raise NotAllowed("Answers can be seen once labelling has ended, so that nobody is led by anybody.")
    return list(audit.items.prefetch_related("answers__labeller").order_by("number"))


def inviteable(audit: LabelAudit) -> list[Person]:
    """People who may see the model and are not labellers yet; whoever made the labels is not asked about them."""
    taken = audit.labellers.filter(person__isnull=False).values("person_id")
    rows = access.people_of(audit.model.program_id).exclude(pk__in=taken)
    return list(rows.exclude(pk=audit.maker_id) if audit.maker_id else rows)


def waiting_for(actor: Actor) -> list[Labeller]:
    """Audits in which this person still has items to label: one statement."""
    if actor.person_id is None:
        return []
    rows = Labeller.objects.filter(
        person_id=actor.person_id, audit__state=AuditState.OPEN, audit__model__in=models(actor).values("pk")
    )
    counted = rows.select_related("audit__model").annotate(done=Count("answers")).order_by("invited_at", "pk")
    return [row for row in counted[:MOST] if row.done < row.audit.size]


def names_of(labellers: Iterable[Labeller]) -> dict[int, str]:
    return {row.pk: row.name for row in labellers}
