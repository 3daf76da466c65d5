"""Feedback over HTTP: given, triaged, closed."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import feedback as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.portfolio import shown as columns_of
from throughline.api.schemas import outputs as shapes
from throughline.api.schemas.base import Id
from throughline.core.feedback import overdue
from throughline.queries import feedback as queries
from throughline.queries.portfolio import model_row
from throughline.queries.rows import Feedback

router = Router(tags=["Feedback"])
COLUMNS = {name: name for name in shapes.FeedbackOut.model_fields if name != "overdue"}


@operation(
    router, "GET", "/models/{model_id}/feedback", verb="model.view", at="model", gives=shapes.FeedbackList
)
def list_feedback(
    request: ApiRequest,
    model_id: Id,
    is_open: Annotated[bool, Field(description="Leave out what is closed.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """What people said about a model, newest first."""
    rows = queries.feedback(model_row(request.actor, model_id))
    rows = rows.filter(closed_at__isnull=True) if is_open else rows
    return reply(
        page_of_rows(rows, ("-given_at", "-pk"), lambda row: shown(request, row), limit=limit, cursor=cursor)
    )


@operation(
    router, "POST", "/models/{model_id}/feedback", verb="feedback.give", at="model", activity="feedback.given",
    gives=shapes.FeedbackOut, status=201,
)  # fmt: skip
def give_feedback(request: ApiRequest, model_id: Id, payload: shapes.NewFeedback) -> HttpResponse:
    """Your own words; or, written down by the team, those of somebody else."""
    row = actions.give_feedback(
        actor=request.actor, model_id=model_id, **payload.model_dump(), now=request.now
    )
    location = f"/api/v1/feedback/{row.pk}"
    return reply(shown(request, row), status=201, version=row.version, location=location)


@operation(
    router, "GET", "/feedback/{feedback_id}", verb="model.view", at="model", gives=shapes.FeedbackOut,
    is_versioned=True,
)  # fmt: skip
def get_feedback(request: ApiRequest, feedback_id: Id) -> HttpResponse:
    """One piece of feedback."""
    row = queries.feedback_row(request.actor, feedback_id)
    return reply(shown(request, row), version=row.version)


@operation(
    router, "POST", "/feedback/{feedback_id}/triage", verb="model.change", at="model",
    activity="feedback.triaged", gives=shapes.FeedbackOut, is_versioned=True,
)  # fmt: skip
def triage_feedback(request: ApiRequest, feedback_id: Id, payload: shapes.FeedbackTriage) -> HttpResponse:
    """Says what follows from it; declining needs a reason."""
    row = actions.triage_feedback(
        actor=request.actor,
        feedback_id=feedback_id,
        kind=payload.kind,
        note=payload.note,
        link=payload.link,
        expected_version=expected_version(request),
        now=request.now,
    )
    return reply(shown(request, row), version=row.version)


@operation(
    router, "POST", "/feedback/{feedback_id}/close", verb="model.change", at="model",
    activity="feedback.closed", gives=shapes.FeedbackOut, is_versioned=True,
)  # fmt: skip
def close_feedback(request: ApiRequest, feedback_id: Id, payload: shapes.FeedbackOutcome) -> HttpResponse:
    """Says what became of it; a stakeholder who gave it is told in these words."""
    row = actions.close_feedback(
        actor=request.actor,
        feedback_id=feedback_id,
        outcome=payload.outcome,
        expected_version=expected_version(request),
        now=request.now,
    )
    return reply(shown(request, row), version=row.version)


def shown(request: ApiRequest, row: Feedback) -> dict[str, object]:
    late = overdue(row.given_at, row.triage, row.closed_at, request.now)
    return {**columns_of(row, COLUMNS), "overdue": late}
