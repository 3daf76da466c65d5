"""Findings of compliance reviews are raised, resolved by their owner, confirmed or returned by somebody else; or their
risk is accepted."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Max

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.compliance import (
    FindingState,
    ReviewState,
    Severity,
    require_due,
    require_severity,
    why_may_not_settle,
)
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean, clean_line, clean_link
from throughline.queries import compliance as queries
from throughline.queries.access import person_by_id
from throughline.records.compliance import ComplianceReview, Finding
from throughline.records.people import Person
from throughline.records.portfolio import MLModel


@dataclass(frozen=True)
class NewFinding:
    """What a door brings to raise one. Without an owner it is the program manager's."""

    title: str
    severity: str
    detail: str = ""
    owner_id: int | None = None
    due_on: date | None = None


@activity.records_refusals("compliance.refused")
def raise_finding(*, actor: Actor, compliance_id: int, item: NewFinding, now: datetime) -> Finding:
    """By the reviewer or the team, while the review is open, and after it: a late finding closes the gate again."""
    review = _may_raise(actor, compliance_id)
    severity = require_severity(item.severity)
    title = clean_line(item.title, field="title")
    detail = clean(item.detail, field="detail", max_length=5_000)
    require_due(item.due_on, queries.today_of(review.model, now))
    owner = _owner(review.model, item.owner_id, now)
    with transaction.atomic():
        row = _add(
            review, actor, now, title=title, detail=detail, severity=severity, owner=owner, due_on=item.due_on
        )
        told = {**_in_the_log(row), "owner": owner.name, "due_on": item.due_on}
        activity.record_on_model(actor, "compliance.finding_raised", review.model, now=now, body=told)
    return row


@activity.records_refusals("compliance.refused")
def reopen_finding(*, actor: Actor, compliance_id: int, number: int, reason: str, now: datetime) -> Finding:
    """What was settled turns out not to be. It stays on record; a new finding takes it up under a new number."""
    review = _may_raise(actor, compliance_id)
    old = queries.finding_row(actor, compliance_id, number)
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    if old.state == FindingState.OPEN:
        raise Refused.of("It is open already.", remedy="Look again.")
    with transaction.atomic():
        owner = old.owner if old.owner and old.owner.is_active else _owner(review.model, None, now)
        row = _add(
            review,
            actor,
            now,
            title=old.title,
            detail=reason,
            severity=Severity(old.severity),
            owner=owner,
            reopens=old,
        )
        told = {**_in_the_log(row), "reopens": number, "reason": reason[:500]}
        activity.record_on_model(actor, "compliance.finding_reopened", review.model, now=now, body=told)
    return row


@activity.records_refusals("compliance.refused")
def change_finding(
    *,
    actor: Actor,
    compliance_id: int,
    number: int,
    owner_id: int | None = None,
    due_on: date | None = None,
    expected_version: int | None = None,
    now: datetime,
) -> Finding:
    """Another owner or day. Whoever held it stays known, and may not settle it later."""
    row = queries.finding_row(actor, compliance_id, number)
    permissions.require(actor, "compliance.ask", noun="finding", **_place(row))
    values: dict[str, object] = {}
    if owner_id is not None and owner_id != row.owner_id:
        owner = _owner(row.review.model, owner_id, now)
        held_by = sorted({*row.held_by, owner.pk})
        values |= {"owner": owner, "owner_name": owner.name, "held_by": held_by, **NOT_CLAIMED}
    if due_on is not None and due_on != row.due_on:
        require_due(due_on, queries.today_of(row.review.model, now))
        values["due_on"] = due_on
    with transaction.atomic():
        _write(row, expected_version, **values)
        told = {**_in_the_log(row), "owner": values.get("owner_name", row.owner_name)}
        told |= {"due_on": values.get("due_on", row.due_on)}
        activity.record_on_model(actor, "compliance.finding_changed", row.review.model, now=now, body=told)
    return queries.finding_row(actor, compliance_id, number)


@activity.records_refusals("compliance.refused")
def resolve_finding(
    *,
    actor: Actor,
    compliance_id: int,
    number: int,
    resolution: str,
    link: str = "",
    expected_version: int | None = None,
    now: datetime,
) -> Finding:
    """By its owner, who says what was done. A grave one waits until somebody else has confirmed it."""
    row = queries.finding_row(actor, compliance_id, number)
    permissions.require(actor, "compliance.resolve", noun="finding", **_place(row))
    if permissions.require_person(actor, "Findings are resolved") != row.owner_id:
        raise NotAllowed(f"{row.owner_name} owns this finding. Only its owner says that it is resolved.")
    resolution = clean(resolution, field="resolution", max_length=5_000, required=True)
    values = {
        "resolution": resolution, "link": clean_link(link),
        "resolver_id": actor.person_id, "resolved_by": actor.name, "resolved_at": now,
    }  # fmt: skip
    if row.resolved_at is not None and row.state == FindingState.OPEN:
        raise Refused.of(
            "It is resolved already and waits to be confirmed.", remedy="Ask the reviewer to look."
        )
    is_settled = not Severity(row.severity).is_grave
    if is_settled:
        values |= {"state": FindingState.RESOLVED, "settled_at": now, "settled_by": actor.name}
    with transaction.atomic():
        _write(row, expected_version, **values)
        told = {**_in_the_log(row), "resolution": resolution[:500], "is_settled": is_settled}
        activity.record_on_model(actor, "compliance.finding_resolved", row.review.model, now=now, body=told)
    return queries.finding_row(actor, compliance_id, number)


@activity.records_refusals("compliance.refused")
def judge_resolution(
    *,
    actor: Actor,
    compliance_id: int,
    number: int,
    is_confirmed: bool,
    words: str = "",
    expected_version: int | None = None,
    now: datetime,
) -> Finding:
    """The reviewer, or an approver, confirms that it is resolved, or returns it to its owner with words."""
    row = queries.finding_row(actor, compliance_id, number)
    is_reviewer = actor.person_id is not None and actor.person_id == row.review.reviewer_id
    verb = "compliance.review" if is_reviewer else "compliance.accept"
    permissions.require(actor, verb, noun="finding", **_place(row))
    permissions.require_person(actor, "Resolutions are judged")
    _require_other(actor, row)
    words = clean(words, field="words", max_length=5_000)
    if row.state == FindingState.OPEN and row.resolved_at is None:
        raise Refused.of("Its owner has not resolved it.", remedy="Wait for their words.")
    if not is_confirmed and not words:
        raise Refused.field("words", "Returning it needs a reason.", "Say what is still wrong.")
    settled = {"state": FindingState.RESOLVED, "settled_at": now, "settled_by": actor.name}
    values = {**(settled if is_confirmed else NOT_CLAIMED), "reason": words}
    with transaction.atomic():
        _write(row, expected_version, **values)
        verb = "compliance.finding_confirmed" if is_confirmed else "compliance.finding_returned"
        told = {**_in_the_log(row), "words": words[:500]}
        activity.record_on_model(actor, verb, row.review.model, now=now, body=told)
    return queries.finding_row(actor, compliance_id, number)


@activity.records_refusals("compliance.refused")
def accept_risk(
    *,
    actor: Actor,
    compliance_id: int,
    number: int,
    reason: str,
    expected_version: int | None = None,
    now: datetime,
) -> Finding:
    """An approver who never held the finding bears its risk, with the reason. The gate says who did."""
    row = queries.finding_row(actor, compliance_id, number)
    permissions.require(actor, "compliance.accept", noun="finding", **_place(row))
    permissions.require_person(actor, "Risks are accepted")
    _require_other(actor, row)
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    with transaction.atomic():
        values = {
            "state": FindingState.ACCEPTED,
            "settled_at": now,
            "settled_by": actor.name,
            "reason": reason,
        }
        _write(row, expected_version, **values)
        told = {**_in_the_log(row), "reason": reason[:500]}
        activity.record_on_model(actor, "compliance.risk_accepted", row.review.model, now=now, body=told)
    return queries.finding_row(actor, compliance_id, number)


NOT_CLAIMED: dict[str, object] = {
    "resolution": "", "link": "", "resolver": None, "resolved_by": "", "resolved_at": None,
}  # fmt: skip


def _may_raise(actor: Actor, compliance_id: int) -> ComplianceReview:
    """The reviewer and the team may, on a review that is open or closed."""
    review = queries.review_row(actor, compliance_id)
    place = {"program_id": review.model.program_id, "model_id": review.model_id}
    permissions.require(actor, "compliance.review", noun="review", **place)
    if actor.person_id != review.reviewer_id and not permissions.may(actor, "compliance.ask", **place):
        raise NotAllowed("Only the reviewer and the team of the model raise findings.")
    if review.state == ReviewState.ASKED:
        raise Refused.of("The review has not been opened.", remedy="Its reviewer opens it first.")
    if review.state == ReviewState.WITHDRAWN:
        raise Refused.of("The review was withdrawn.", remedy="Raise it on another review.")
    return review


def _owner(model: MLModel, person_id: int | None, now: datetime) -> Person:
    """Who has to mend it; somebody who can see the model. Raises `Refused` (invalid)."""
    person = queries.manager_of(model, now) if person_id is None else person_by_id(person_id)
    if person is None and person_id is None:
        raise Refused.field("owner_id", "Nobody manages this model.", "Name who has to mend it.")
    if person is None or person.is_service or not queries.may_review(person, model, now):
        raise Refused.field(
            "owner_id",
            "This person does not work on this model.",
            "Choose one from the list, or give them access.",
        )
    return person


def _add(
    review: ComplianceReview,
    actor: Actor,
    now: datetime,
    *,
    title: str,
    severity: Severity,
    owner: Person,
    detail: str = "",
    due_on: date | None = None,
    reopens: Finding | None = None,
) -> Finding:
    """Takes the review's row first, so that nobody closes it meanwhile, and numbers are given once."""
    rows = ComplianceReview.objects.filter(pk=review.pk).exclude(state__in=("asked", "withdrawn"))
    if not rows.update(version=F("version") + 1):
        raise Refused.of("The review was changed a moment ago.", kind="lost_race", remedy="Look again.")
    last = Finding.objects.filter(review=review).aggregate(last=Max("number"))["last"] or 0
    return Finding.objects.create(
        review=review,
        number=last + 1,
        title=title,
        detail=detail,
        severity=severity,
        owner=owner,
        owner_name=owner.name,
        held_by=sorted({owner.pk, *(reopens.held_by if reopens else ())}),
        due_on=due_on,
        raised_at=now,
        raised_by=actor.name,
        reopens=reopens,
    )


def _require_other(actor: Actor, row: Finding) -> None:
    why = why_may_not_settle(
        actor.person_id, held_by=row.held_by, resolver_id=row.resolver_id, asker_id=row.review.asker_id
    )
    if why:
        raise Refused.of(why)


def _write(row: Finding, expected_version: int | None, **values: object) -> None:
    """Raises `Refused` when it is settled, or not what the writer saw."""
    if row.state != FindingState.OPEN:
        raise Refused.of(f"This finding is {row.state} already.", remedy="Reopen it if it is not mended.")
    if expected_version is not None and expected_version != row.version:
        raise Refused.of("Somebody changed this meanwhile.", kind="stale", remedy="Look again.")
    ComplianceReview.objects.filter(pk=row.review_id).update(version=F("version") + 1)
    same = Finding.objects.filter(pk=row.pk, version=row.version, state=FindingState.OPEN)
    if not same.update(**values, version=F("version") + 1):
        raise Refused.of("Somebody else was faster.", kind="lost_race", remedy="Look again.")


def _place(row: Finding) -> dict[str, int]:
    return {"program_id": row.review.model.program_id, "model_id": row.review.model_id}


def _in_the_log(row: Finding) -> dict[str, object]:
    review = row.review
    return {
        "review_id": review.pk, "kind": review.kind, "finding": row.number, "title": row.title,
        "severity": row.severity,
    }  # fmt: skip
