"""Compliance reviews and their findings: as facts at an instant, as rows of pages and lists, and who is waited for."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet

from throughline.core.compliance import (
    AHEAD,
    Conclusion,
    FindingState,
    Review,
    ReviewFinding,
    ReviewState,
    Severity,
    counting,
    needs_somebody,
    running,
    standing,
)
from throughline.core.errors import Missing
from throughline.core.people import Role
from throughline.core.permissions import Actor, may
from throughline.core.stages import Standing
from throughline.queries.access import actor_for, people_of
from throughline.queries.outputs import managed
from throughline.queries.portfolio import models
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Facts
from throughline.records.compliance import ComplianceReview, Finding
from throughline.records.people import Assignment, Person
from throughline.records.portfolio import MLModel

MOST = 60
OVER = (Standing.STOPPED.value, Standing.RETIRED.value)
RUNNING = (ReviewState.ASKED.value, ReviewState.OPEN.value)
# In the order in which `_review` and `_finding` take them.
# fmt: off
REVIEW_COLUMNS = (
    "model_id", "pk", "kind", "reviewer_name", "state", "asked_at", "opened_at", "closed_at", "due_on", "release_id",
    "subject", "conclusion", "valid_until", "renews_id",
)
FINDING_COLUMNS = (
    "findings__number", "findings__title", "findings__severity", "findings__state", "findings__raised_at",
    "findings__owner_name", "findings__due_on", "findings__resolved_at", "findings__settled_at",
    "findings__settled_by",
)
# fmt: on


@dataclass(frozen=True)
class Line:
    """One review in a list or on a page: its row, what is known of it, and where it stands among the others."""

    row: ComplianceReview
    fact: Review
    is_counting: bool
    is_renewed: bool
    standing: str
    needs_somebody: bool


@statement
def _reviews() -> QuerySet[ComplianceReview, Any]:
    rows = ComplianceReview.objects.filter(among("model_id", "ids"), asked_at__lte=Parameter("at"))
    return rows.values_list(*REVIEW_COLUMNS, *FINDING_COLUMNS)


def _facts(rows: list[Any], at: datetime) -> dict[int, tuple[Review, ...]]:
    """By model id, as recorded by an instant. What was settled later is open in it."""
    width = len(REVIEW_COLUMNS)
    reviews: dict[int, tuple[Any, ...]] = {}
    findings: dict[int, list[ReviewFinding]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row[1], row[width] or 0)):
        reviews[row[1]] = row[:width]
        if row[width] is not None and row[width + 4] <= at:
            findings[row[1]].append(_finding(row[width:], at))
    found: dict[int, list[Review]] = defaultdict(list)
    for pk, row in reviews.items():
        found[row[0]].append(_review(row, tuple(findings[pk]), at))
    return {model_id: tuple(given) for model_id, given in found.items()}


facts_of = Facts(_facts, _reviews)


def _review(columns: tuple[Any, ...], findings: tuple[ReviewFinding, ...], at: datetime) -> Review:
    _, pk, kind, reviewer, state, asked_at, opened_at, closed_at, *rest = columns
    due_on, release_id, subject, conclusion, valid_until, renews = rest
    asked = {"due_on": due_on, "release_id": release_id, "renews": renews, "findings": findings}
    if closed_at is None or closed_at > at:
        is_open = opened_at is not None and opened_at <= at
        return Review(
            pk, kind, reviewer, ReviewState.OPEN if is_open else ReviewState.ASKED, asked_at, **asked
        )
    return Review(
        pk, kind, reviewer, ReviewState(state), asked_at, **asked,
        subject=subject, conclusion=Conclusion(conclusion), closed_at=closed_at, valid_until=valid_until,
    )  # fmt: skip


def _finding(columns: tuple[Any, ...], at: datetime) -> ReviewFinding:
    number, title, severity, state, raised_at, owner, due_on, resolved_at, settled_at, settled_by = columns
    given = (number, title, Severity(severity))
    if settled_at is None or settled_at > at:
        is_claimed = resolved_at is not None and resolved_at <= at
        return ReviewFinding(*given, FindingState.OPEN, raised_at, owner, due_on, is_claimed)
    return ReviewFinding(*given, FindingState(state), raised_at, owner, due_on, False, settled_at, settled_by)


# ---- rows


def reviews(actor: Actor, *, program: str = "", kind: str = "") -> QuerySet[ComplianceReview]:
    """Of all models that the actor may see, the newest first."""
    rows = ComplianceReview.objects.filter(model__in=models(actor).values("pk"))
    rows = rows.filter(model__program__slug=program) if program else rows
    rows = rows.filter(kind=kind) if kind else rows
    return _with_findings(rows).order_by("-asked_at", "-pk")


def reviews_of(model: MLModel) -> QuerySet[ComplianceReview]:
    return _with_findings(ComplianceReview.objects.filter(model=model)).order_by("-asked_at", "-pk")


def review_row(actor: Actor, compliance_id: int) -> ComplianceReview:
    rows = ComplianceReview.objects.filter(pk=compliance_id, model__in=models(actor).values("pk"))
    row = _with_findings(rows).select_related("renews").first()
    if row is None:
        raise Missing("review")
    return row


def finding_row(actor: Actor, compliance_id: int, number: int) -> Finding:
    """With its review. Raises `Missing` where there is none of this number."""
    review = review_row(actor, compliance_id)
    found = next((one for one in review.findings.all() if one.number == number), None)
    if found is None:
        raise Missing("finding")
    found.review = review
    return found


def _with_findings(rows: QuerySet[ComplianceReview]) -> QuerySet[ComplianceReview]:
    findings = Finding.objects.select_related("owner", "reopens").order_by("number")
    return rows.select_related("model__program", "release", "reviewer").prefetch_related(
        Prefetch("findings", queryset=findings)
    )


def finding_facts(row: ComplianceReview) -> tuple[ReviewFinding, ...]:
    """The findings of a row as they stand now."""
    return tuple(_now(one) for one in row.findings.all())


def _now(one: Finding) -> ReviewFinding:
    is_claimed = one.resolved_at is not None and one.settled_at is None
    return ReviewFinding(
        one.number, one.title, Severity(one.severity), FindingState(one.state), one.raised_at, one.owner_name,
        one.due_on, is_claimed, one.settled_at, one.settled_by,
    )  # fmt: skip


def lines(rows: Iterable[ComplianceReview], now: datetime) -> list[Line]:
    """Each with where it stands among the reviews of its model; one statement more than the rows."""
    rows = list(rows)
    facts = facts_of(sorted({row.model_id for row in rows}), now) if rows else {}
    return [line_among(row, facts.get(row.model_id, ()), now) for row in rows]


def line_of(row: ComplianceReview, now: datetime) -> Line:
    return line_among(row, facts_of([row.model_id], now).get(row.model_id, ()), now)


def line_among(row: ComplianceReview, facts: Collection[Review], now: datetime) -> Line:
    fact = next((one for one in facts if one.id == row.pk), None)
    if fact is None:
        raise Missing("review")
    last = counting(facts, row.kind)
    is_counting = last is not None and last.id == row.pk
    is_renewed = running(facts, row.kind) is not None
    day = now.date()
    return Line(
        row, fact, is_counting, is_renewed, standing(fact, day, is_counting=is_counting),
        needs_somebody(fact, day, is_counting=is_counting, is_renewed=is_renewed or _is_over(row.model)),
    )  # fmt: skip


def _is_over(model: MLModel) -> bool:
    """Nothing is renewed for a model that was stopped or retired."""
    return model.standing in OVER


# ---- people


def may_review(person: Person, model: MLModel, now: datetime) -> bool:
    """Whether somebody has the right to review this model, whatever door they come through."""
    actor = actor_for(person, door="web", now=now)
    return may(actor, "compliance.review", program_id=model.program_id, model_id=model.pk)


def people_near(model: MLModel) -> QuerySet[Person]:
    """Who can be asked to review it, or to mend a finding: whoever works in its program."""
    return people_of(model.program_id)


def manager_of(model: MLModel, now: datetime) -> Person | None:
    """The program manager of a model, who owns a finding until somebody else is named."""
    rows = Assignment.objects.filter(model=model, duty=Role.PROGRAM_MANAGER, starts_at__lte=now)
    held = rows.exclude(ends_at__lte=now).filter(person__is_active=True).select_related("person")
    first = held.order_by("starts_at", "pk").first()
    return first.person if first else None


def today_of(model: MLModel, now: datetime) -> Any:
    """The day as the program counts days."""
    return now.astimezone(ZoneInfo(model.program.time_zone)).date()


# ---- who is waited for


@dataclass(frozen=True)
class Waiting:
    """What waits for one person: as the reviewer, as the owner of findings, and as the manager of a model."""

    to_review: tuple[ComplianceReview, ...] = ()
    to_confirm: tuple[Finding, ...] = ()
    to_resolve: tuple[Finding, ...] = ()
    endings: tuple[ComplianceReview, ...] = ()
    late: tuple[ComplianceReview, ...] = ()

    @property
    def count(self) -> int:
        return len(self.to_review) + len(self.to_confirm) + len(self.to_resolve)


def waiting_for(actor: Actor, now: datetime) -> Waiting:
    """In five statements; three for whoever manages nothing."""
    if actor.person_id is None:
        return Waiting()
    rows = ComplianceReview.objects.select_related("model").filter(model__in=models(actor).values("pk"))
    findings = Finding.objects.select_related("review__model").filter(
        review__model__in=models(actor).values("pk"), state=FindingState.OPEN
    )
    own = rows.filter(reviewer_id=actor.person_id, state__in=RUNNING).order_by("due_on", "pk")
    claimed = findings.filter(review__reviewer_id=actor.person_id, resolved_at__isnull=False)
    owned = findings.filter(owner_id=actor.person_id, resolved_at__isnull=True)
    return Waiting(
        to_review=tuple(own[:MOST]),
        to_confirm=tuple(claimed.exclude(resolver_id=actor.person_id).order_by("resolved_at", "pk")[:MOST]),
        to_resolve=tuple(owned.order_by("due_on", "pk")[:MOST]),
        **_as_manager(actor, rows, now),
    )


def _as_manager(
    actor: Actor, rows: QuerySet[ComplianceReview], now: datetime
) -> dict[str, tuple[ComplianceReview, ...]]:
    """Reviews that end within a month, or ended, without another one under way; and those that are overdue."""
    own, day = managed(actor), now.date()
    if not own:
        return {}
    is_gone = Q(model__standing__in=OVER)
    of_theirs = list(
        rows.filter(model_id__in=own)
        .exclude(state="withdrawn")
        .exclude(is_gone)
        .order_by("-closed_at", "-pk")
    )
    under_way = {(one.model_id, one.kind) for one in of_theirs if one.state in RUNNING}
    last: dict[tuple[int, str], ComplianceReview] = {}
    for one in of_theirs:
        if one.state == ReviewState.CLOSED:
            last.setdefault((one.model_id, one.kind), one)
    ends = [one for key, one in last.items() if key not in under_way and _ends(one, now)]
    late = [one for one in of_theirs if one.state in RUNNING and one.due_on and one.due_on < day]
    return {
        "endings": tuple(sorted(ends, key=lambda one: (one.valid_until or day, one.pk))[:MOST]),
        "late": tuple(sorted(late, key=lambda one: (one.due_on or day, one.pk))[:MOST]),
    }


def _ends(row: ComplianceReview, now: datetime) -> bool:
    return row.valid_until is not None and row.valid_until <= now.date() + AHEAD
