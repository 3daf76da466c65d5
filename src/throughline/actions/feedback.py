"""Feedback comes in, is triaged, and is closed by telling whoever gave it what became of it."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.feedback import Triage, closing_cause, require_reason
from throughline.core.permissions import Actor
from throughline.core.text import clean, clean_line, clean_link
from throughline.queries import feedback as queries
from throughline.queries.portfolio import model_row
from throughline.records.feedback import Feedback
from throughline.records.portfolio import MLModel
from throughline.records.promises import Telling
from throughline.records.stakeholders import Stakeholder

BY_HAND = "by_hand"


@activity.records_refusals("feedback.refused")
def give_feedback(
    *,
    actor: Actor,
    model_id: int,
    text: str,
    stakeholder_id: int | None = None,
    giver_name: str = "",
    now: datetime,
) -> Feedback:
    """One's own words; or, written down for somebody else, those of a stakeholder or of whoever `giver_name` names.

    `came_by` of the row says by which door: web, link, api, or by_hand where it was written down for somebody.
    """
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "feedback.give", noun="model", **place)
    text = clean(text, field="text", max_length=10_000, required=True)
    giver_name = clean_line(giver_name, field="giver_name", required=False)
    stakeholder = _giver(model, stakeholder_id)
    is_own = not giver_name and (stakeholder is None or stakeholder.person_id == actor.person_id)
    if is_own:
        stakeholder = stakeholder or queries.own_stakeholder(model, actor.person_id)
    else:
        permissions.require(actor, "model.change", noun="model", **place)
    row = Feedback(
        model=model,
        stakeholder=stakeholder,
        person_id=actor.person_id if is_own else stakeholder.person_id if stakeholder else None,
        giver_name=actor.name if is_own else giver_name or (stakeholder.name if stakeholder else ""),
        came_by=actor.door if is_own else BY_HAND,
        text=text,
        given_at=now,
    )
    with transaction.atomic():
        row.save()
        body = {**_in_the_log(row), "came_by": row.came_by, "text": text[:500]}
        activity.record_on_model(actor, "feedback.given", model, now=now, body=body)
    return row


@activity.records_refusals("feedback.refused")
def triage_feedback(
    *,
    actor: Actor,
    feedback_id: int,
    kind: str,
    note: str = "",
    link: str = "",
    expected_version: int | None = None,
    now: datetime,
) -> Feedback:
    """Says what follows from it: a spec change, a work item, a new release, a data fix; or declines, with a reason."""
    row = _changeable(actor, feedback_id)
    if kind not in list(Triage):
        raise Refused.field("kind", "This is no way to go on.", f"Choose one of: {', '.join(Triage)}.")
    note = clean(note, field="note", max_length=5_000)
    require_reason(Triage(kind), note)
    values = {"triage": kind, "triage_note": note, "link": clean_link(link)}
    with transaction.atomic():
        _write(row, expected_version, **values, triaged_by=actor.name, triaged_at=now)
        body = {**_in_the_log(row), "kind": kind, "note": note}
        activity.record_on_model(actor, "feedback.triaged", row.model, now=now, body=body)
    return queries.feedback_row(actor, feedback_id)


@activity.records_refusals("feedback.refused")
def close_feedback(
    *, actor: Actor, feedback_id: int, outcome: str, expected_version: int | None = None, now: datetime
) -> Feedback:
    """Says what became of it. A stakeholder who gave it is told so, in these words, on their page."""
    row = _changeable(actor, feedback_id)
    outcome = clean(outcome, field="outcome", max_length=5_000, required=True)
    if not row.triage and row.closed_at is None:
        raise Refused.of("Nobody has said what follows from this.", remedy="Triage it first.")
    with transaction.atomic():
        _write(row, expected_version, outcome=outcome, closed_by=actor.name, closed_at=now)
        told = _tell(row, outcome, actor, now) if row.stakeholder else ""
        body = {**_in_the_log(row), "outcome": outcome, "told": told}
        activity.record_on_model(actor, "feedback.closed", row.model, now=now, body=body)
    return queries.feedback_row(actor, feedback_id)


def _giver(model: MLModel, stakeholder_id: int | None) -> Stakeholder | None:
    if stakeholder_id is None:
        return None
    row = Stakeholder.objects.filter(model=model, pk=stakeholder_id, ended_at__isnull=True).first()
    if row is None:
        raise Refused.field(
            "stakeholder_id", "This is not a stakeholder of this model now.", "Choose one from the list."
        )
    return row


def _changeable(actor: Actor, feedback_id: int) -> Feedback:
    row = queries.feedback_row(actor, feedback_id)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    permissions.require(actor, "model.change", noun="feedback", **place)
    return row


def _write(row: Feedback, expected_version: int | None, **values: object) -> None:
    """Raises `Refused` when it is closed already, or not what the writer saw."""
    if row.closed_at is not None:
        raise Refused.of("This is closed.", remedy="Something new is new feedback.")
    if expected_version is not None and expected_version != row.version:
        raise Refused.of("Somebody changed this meanwhile.", kind="stale", remedy="Look again.")
    same = Feedback.objects.filter(pk=row.pk, version=row.version, closed_at__isnull=True)
    if not same.update(**values, version=F("version") + 1):
        raise Refused.of("Somebody else was faster.", kind="lost_race", remedy="Look again.")


def _tell(row: Feedback, outcome: str, actor: Actor, now: datetime) -> str:
    """Who is told; it stands on their own page, and leaves the house by mail where tellings do."""
    assert row.stakeholder is not None
    Telling.objects.create(
        model=row.model,
        stakeholder=row.stakeholder,
        cause=closing_cause(row.pk),
        subject=f"Your feedback on {row.model.name}"[:300],
        words=outcome,
        how="page",
        told_by_id=actor.person_id,
        teller_name=actor.name,
        told_at=now,
    )
    return row.stakeholder.name


def _in_the_log(row: Feedback) -> dict[str, object]:
    return {"feedback_id": row.pk, "giver": row.giver_name}
