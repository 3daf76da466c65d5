"""Compliance reviews on Today: for the reviewer, for owners of findings, and for the manager of a model."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from throughline.core.compliance import Severity, review_of, title_of
from throughline.queries.compliance import Waiting
from throughline.queries.rows import ComplianceFinding, ComplianceReview
from throughline.web.compliance_lines import SEVERITIES
from throughline.web.tasks import Task
from throughline.web.words import relative, relative_day


def to_decide(waiting: Waiting, now: datetime) -> Iterable[Task]:
    """Reviews to make, and resolutions to confirm."""
    for row in waiting.to_review:
        text = (
            f"{row.asked_by} asks you for it."
            if row.state == "asked"
            else "You took it up; it is not closed."
        )
        yield Task("review", _title(row), _url(row), text, *_due(row, now, "accent"))
    for one in waiting.to_confirm:
        text = f"{one.resolved_by} says that “{one.title}” is resolved. Confirm it, or return it."
        url = f"{_url(one.review)}#finding-{one.number}"
        due = f"resolved {relative(one.resolved_at, now)}" if one.resolved_at else ""
        yield Task("review", _title(one.review), url, text, due, "accent")


def to_mend(waiting: Waiting, now: datetime) -> Iterable[Task]:
    """Findings that one owns, and reviews of one's models that are overdue."""
    for one in waiting.to_resolve:
        tone = "unmet" if Severity(one.severity).is_grave else ""
        how_bad = SEVERITIES[Severity(one.severity)].word
        text = f"{how_bad} finding of the {review_of(one.review.kind)}, raised by {one.raised_by}."
        url = f"{_url(one.review)}#finding-{one.number}"
        yield Task("alert", f"{one.review.model.name}: {one.title}", url, text, *_due(one, now, tone))
    for row in waiting.late:
        text = f"{row.reviewer_name} was asked {relative(row.asked_at, now)}."
        yield Task("clock", f"{_title(row)} is overdue", _url(row), text, *_due(row, now, "unmet"))


def endings(waiting: Waiting, now: datetime) -> Iterable[Task]:
    """Conclusions that end within a month, or ended, and that nobody has asked to renew."""
    for row in waiting.endings:
        has_ended = row.valid_until is not None and row.valid_until < now.date()
        due = relative_day(row.valid_until, now.date()) if row.valid_until else ""
        title = f"The {review_of(row.kind)} {'has ended' if has_ended else 'ends'}"
        text = f"{row.model.name}: ask for its renewal."
        yield Task("clock", title, _url(row), text, due, "unmet" if has_ended else "unknown")


def _title(row: ComplianceReview) -> str:
    return f"{title_of(row.kind)} review: {row.model.name}"


def _due(row: ComplianceReview | ComplianceFinding, now: datetime, tone: str) -> tuple[str, str]:
    """The day in words, and the tone, which is that of something late once the day has passed."""
    if row.due_on is None:
        since = row.asked_at if isinstance(row, ComplianceReview) else row.raised_at
        return relative(since, now), tone
    is_late = row.due_on < now.date()
    return (
        f"{'overdue, ' if is_late else ''}due {relative_day(row.due_on, now.date())}",
        "unmet" if is_late else tone,
    )


def _url(row: ComplianceReview) -> str:
    return reverse("compliance_review", args=[row.pk])
