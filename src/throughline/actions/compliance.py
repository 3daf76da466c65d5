"""Compliance reviews are asked for, opened by their reviewer, closed with a conclusion, renewed, and withdrawn."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.compliance import (
    KINDS,
    Conclusion,
    ReviewState,
    require_closable,
    require_due,
    require_kind,
    review_of,
)
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean, clean_link
from throughline.queries import compliance as queries
from throughline.queries.access import person_by_id
from throughline.queries.portfolio import model_row, release_row
from throughline.records.compliance import ComplianceReview
from throughline.records.people import Person
from throughline.records.portfolio import MLModel, Release


@dataclass(frozen=True)
class NewReview:
    """What a door brings to ask for a review. Without a release it is of the model, whatever is released."""

    kind: str
    reviewer_id: int
    scope: str = ""
    release_id: int | None = None
    due_on: date | None = None
    renews_id: int | None = None


@dataclass(frozen=True)
class Closing:
    """With what a reviewer closes a review. `valid_until` left out means as long as the kind holds."""

    conclusion: str
    words: str = ""
    link: str = ""
    valid_until: date | None = None


@activity.records_refusals("compliance.refused")
def ask_review(*, actor: Actor, model_id: int, item: NewReview, now: datetime) -> ComplianceReview:
    """Asks somebody other than oneself for a review. One of a kind is under way at a time for what it is of."""
    model = _asked_by(actor, model_id)
    require_kind(item.kind)
    release = release_row(model, item.release_id) if item.release_id is not None else None
    scope = clean(item.scope, field="scope", max_length=5_000)
    require_due(item.due_on, queries.today_of(model, now))
    reviewer = _reviewer(model, item.reviewer_id, actor, now)
    with transaction.atomic():
        MLModel.objects.select_for_update().get(
            pk=model.pk
        )  # two who ask at once would both find none under way
        renewed = _renewed(model, item) if item.renews_id is not None else None
        _refuse_second(model, item.kind, release)
        row = ComplianceReview.objects.create(
            model=model,
            release=release,
            kind=item.kind,
            scope=scope,
            reviewer=reviewer,
            reviewer_name=reviewer.name,
            asked_at=now,
            asked_by=actor.name,
            asker_id=actor.person_id,
            due_on=item.due_on,
            renews=renewed,
        )
        told = {**_in_the_log(row), "due_on": item.due_on, "renews": renewed.pk if renewed else None}
        activity.record_on_model(actor, "compliance.asked", model, now=now, body=told)
    return row


@activity.records_refusals("compliance.refused")
def change_review(
    *,
    actor: Actor,
    compliance_id: int,
    reviewer_id: int | None = None,
    scope: str | None = None,
    due_on: date | None = None,
    expected_version: int | None = None,
    now: datetime,
) -> ComplianceReview:
    """Another reviewer, scope or day while it is under way; what is None stays. Nobody makes themselves reviewer."""
    row = queries.review_row(actor, compliance_id)
    _asked_by(actor, row.model_id)
    _require_running(row)
    values: dict[str, object] = {}
    if reviewer_id is not None and reviewer_id != row.reviewer_id:
        reviewer = _reviewer(row.model, reviewer_id, actor, now)
        if reviewer.pk == row.asker_id:
            raise Refused.field("reviewer_id", f"{reviewer.name} asked for it.", "Choose somebody else.")
        values |= {
            "reviewer": reviewer,
            "reviewer_name": reviewer.name,
            "state": ReviewState.ASKED,
            "opened_at": None,
        }
    if scope is not None:
        values["scope"] = clean(scope, field="scope", max_length=5_000)
    if due_on is not None and due_on != row.due_on:
        require_due(due_on, queries.today_of(row.model, now))
        values["due_on"] = due_on
    with transaction.atomic():
        _write(row, expected_version, **values)
        told = {**_in_the_log(row), "changed": sorted(set(values) - {"reviewer", "state", "opened_at"})}
        told |= {"reviewer": values.get("reviewer_name", row.reviewer_name)}
        activity.record_on_model(actor, "compliance.changed", row.model, now=now, body=told)
    return queries.review_row(actor, compliance_id)


@activity.records_refusals("compliance.refused")
def open_review(
    *, actor: Actor, compliance_id: int, expected_version: int | None = None, now: datetime
) -> ComplianceReview:
    """The reviewer takes it up."""
    row = _as_reviewer(actor, compliance_id)
    if row.state != ReviewState.ASKED:
        raise Refused.of(f"It is {row.state} already.", remedy="Look again.")
    with transaction.atomic():
        _write(row, expected_version, state=ReviewState.OPEN, opened_at=now)
        activity.record_on_model(actor, "compliance.opened", row.model, now=now, body=_in_the_log(row))
    return queries.review_row(actor, compliance_id)


@activity.records_refusals("compliance.refused")
def close_review(
    *, actor: Actor, compliance_id: int, item: Closing, expected_version: int | None = None, now: datetime
) -> ComplianceReview:
    """The reviewer concludes. Passed is out of reach while a finding of high severity is open.

    A finding that is raised in the same moment wins: the review has changed then, and closing it is refused.
    """
    row = _as_reviewer(actor, compliance_id)
    if row.state != ReviewState.OPEN:
        remedy = "Open it first." if row.state == ReviewState.ASKED else "Look again."
        raise Refused.of(f"It is {row.state}, not open.", remedy=remedy)
    words, link = clean(item.words, field="words", max_length=5_000), clean_link(item.link)
    until, today = item.valid_until, queries.today_of(row.model, now)
    if until is None and item.conclusion in (Conclusion.PASSED, Conclusion.CONDITIONS):
        until = today + timedelta(days=KINDS[row.kind].days)
    chosen = require_closable(item.conclusion, until, words, queries.finding_facts(row), today)
    values = {"conclusion": chosen, "words": words, "link": link, "valid_until": until}
    subject = row.release.subject if row.release else ""
    with transaction.atomic():
        _write(
            row, expected_version, **values,
            state=ReviewState.CLOSED, subject=subject, closed_at=now, closed_by=actor.name,
        )  # fmt: skip
        told = {**_in_the_log(row), "conclusion": chosen, "valid_until": until, "words": words[:500]}
        activity.record_on_model(actor, "compliance.closed", row.model, now=now, body=told)
    return queries.review_row(actor, compliance_id)


@activity.records_refusals("compliance.refused")
def withdraw_review(
    *, actor: Actor, compliance_id: int, reason: str, expected_version: int | None = None, now: datetime
) -> ComplianceReview:
    """Takes back a review that is not closed. What it has found must be settled first, so that nothing is lost."""
    row = queries.review_row(actor, compliance_id)
    _asked_by(actor, row.model_id)
    _require_running(row)
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    if any(one.is_open for one in queries.finding_facts(row)):
        raise Refused.of(
            "It has open findings, which would be lost.",
            remedy="Settle them first, or let the reviewer close it.",
        )
    with transaction.atomic():
        _write(
            row,
            expected_version,
            state=ReviewState.WITHDRAWN,
            closed_at=now,
            closed_by=actor.name,
            words=reason,
        )
        told = {**_in_the_log(row), "reason": reason}
        activity.record_on_model(actor, "compliance.withdrawn", row.model, now=now, body=told)
    return queries.review_row(actor, compliance_id)


def _asked_by(actor: Actor, model_id: int) -> MLModel:
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "compliance.ask", noun="model", **place)
    permissions.require_person(actor, "Reviews are asked for")
    return model


def _as_reviewer(actor: Actor, compliance_id: int) -> ComplianceReview:
    row = queries.review_row(actor, compliance_id)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    permissions.require(actor, "compliance.review", noun="review", **place)
    if permissions.require_person(actor, "Reviews are made") != row.reviewer_id:
        raise NotAllowed(f"{row.reviewer_name} was asked to make this review.")
    return row


def _reviewer(model: MLModel, person_id: int, actor: Actor, now: datetime) -> Person:
    """Somebody with the right, who is not the person who asks. Raises `Refused` (invalid)."""
    person = person_by_id(person_id)
    if person_id == actor.person_id:
        raise Refused.field("reviewer_id", "Nobody reviews what they ask for.", "Choose somebody else.")
    if person is None or person.is_service or not queries.may_review(person, model, now):
        raise Refused.field(
            "reviewer_id",
            "This person may not review this model.",
            "Choose one from the list, or give them access.",
        )
    return person


def _renewed(model: MLModel, item: NewReview) -> ComplianceReview:
    row = ComplianceReview.objects.filter(model=model, pk=item.renews_id or 0).first()
    if row is None or row.kind != item.kind or row.state != ReviewState.CLOSED:
        raise Refused.field(
            "renews_id", "This is no closed review of this kind and model.", "Name the one that is renewed."
        )
    return row


def _refuse_second(model: MLModel, kind: str, release: Release | None) -> None:
    rows = ComplianceReview.objects.filter(model=model, kind=kind, release=release, state__in=queries.RUNNING)
    if first := rows.first():
        raise Refused.of(
            f"The {review_of(kind)} was asked of {first.reviewer_name} already.",
            remedy="Wait for it, change it, or withdraw it first.",
        )


def _require_running(row: ComplianceReview) -> None:
    if row.state not in queries.RUNNING:
        raise Refused.of(f"It is {row.state}.", remedy="Ask for a new review.")


def _write(row: ComplianceReview, expected_version: int | None, **values: object) -> None:
    """Raises `Refused` when it is not what the writer saw. What happens to a finding is a change of its review too."""
    if expected_version is not None and expected_version != row.version:
        raise Refused.of("Somebody changed this meanwhile.", kind="stale", remedy="Look again.")
    same = ComplianceReview.objects.filter(pk=row.pk, version=row.version)
    if not same.update(**values, version=F("version") + 1):
        raise Refused.of("Somebody else was faster.", kind="lost_race", remedy="Look again.")


def _in_the_log(row: ComplianceReview) -> dict[str, object]:
    return {"review_id": row.pk, "kind": row.kind, "reviewer": row.reviewer_name}
