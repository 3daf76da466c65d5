"""Compliance reviews over HTTP: asked for, opened, changed, closed, withdrawn."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import compliance as actions
from throughline.actions.compliance import Closing, NewReview
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import compliance as shapes
from throughline.api.schemas.base import Id
from throughline.queries import compliance as queries
from throughline.queries.compliance import Line
from throughline.queries.portfolio import model_row
from throughline.queries.rows import ComplianceFinding, ComplianceReview

router = Router(tags=["Compliance"])
ORDER = ("-asked_at", "-pk")
SAME = ("scope", "asked_by", "asked_at", "due_on", "conclusion", "words", "link", "closed_by", "closed_at")
SAME_OF_FINDING = (
    "number", "title", "detail", "severity", "state", "owner_id", "due_on", "raised_by", "raised_at", "resolution",
    "link", "resolved_by", "resolved_at", "reason", "settled_by", "settled_at", "version",
)  # fmt: skip


@operation(router, "GET", "/compliance", verb="self.use", at="person", gives=shapes.ComplianceReviewList)
def list_compliance_reviews(
    request: ApiRequest,
    program: Annotated[str, Field(max_length=60, description="Only of this program.")] = "",
    kind: Annotated[str, Field(max_length=40, description="Only of this kind.")] = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """Every compliance review of a model that you may see, the newest first."""
    rows = queries.reviews(request.actor, program=program, kind=kind)
    found = page_of_rows(rows, ORDER, _itself, limit=limit, cursor=cursor)
    items: list[ComplianceReview] = found["items"]  # type: ignore[assignment]
    return reply({**found, "items": [shown(line) for line in queries.lines(items, request.now)]})


@operation(
    router, "GET", "/models/{model_id}/compliance", verb="model.view", at="model",
    gives=shapes.ComplianceReviewList,
)  # fmt: skip
def list_compliance_reviews_of_model(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Its compliance reviews with their findings, the newest first."""
    rows = queries.reviews_of(model_row(request.actor, model_id))
    found = page_of_rows(rows, ORDER, _itself, limit=limit, cursor=cursor)
    items: list[ComplianceReview] = found["items"]  # type: ignore[assignment]
    return reply({**found, "items": [shown(line) for line in queries.lines(items, request.now)]})


@operation(
    router, "POST", "/models/{model_id}/compliance", verb="compliance.ask", at="model",
    activity="compliance.asked", gives=shapes.ComplianceReviewOut, status=201,
)  # fmt: skip
def ask_compliance_review(
    request: ApiRequest, model_id: Id, payload: shapes.NewComplianceReview
) -> HttpResponse:
    """Asks somebody else to review the model; with `renews_id`, to renew a closed review."""
    item = NewReview(**payload.model_dump())
    row = actions.ask_review(actor=request.actor, model_id=model_id, item=item, now=request.now)
    return answered(request, row.pk, status=201)


@operation(
    router, "GET", "/compliance/{compliance_id}", verb="model.view", at="model",
    gives=shapes.ComplianceReviewOut, is_versioned=True,
)  # fmt: skip
def get_compliance_review(request: ApiRequest, compliance_id: Id) -> HttpResponse:
    """One review with its findings."""
    return answered(request, compliance_id)


@operation(
    router, "PATCH", "/compliance/{compliance_id}", verb="compliance.ask", at="model",
    activity="compliance.changed", gives=shapes.ComplianceReviewOut, is_versioned=True,
)  # fmt: skip
def change_compliance_review(
    request: ApiRequest, compliance_id: Id, payload: shapes.ChangedComplianceReview
) -> HttpResponse:
    """Another reviewer, scope or day while it is under way. What is left out stays."""
    actions.change_review(
        actor=request.actor,
        compliance_id=compliance_id,
        **payload.model_dump(),
        expected_version=expected_version(request),
        now=request.now,
    )
    return answered(request, compliance_id)


@operation(
    router, "POST", "/compliance/{compliance_id}/opening", verb="compliance.review", at="model",
    activity="compliance.opened", gives=shapes.ComplianceReviewOut, is_versioned=True,
)  # fmt: skip
def open_compliance_review(request: ApiRequest, compliance_id: Id) -> HttpResponse:
    """The reviewer takes it up."""
    actions.open_review(
        actor=request.actor,
        compliance_id=compliance_id,
        expected_version=expected_version(request),
        now=request.now,
    )
    return answered(request, compliance_id)


@operation(
    router, "POST", "/compliance/{compliance_id}/closing", verb="compliance.review", at="model",
    activity="compliance.closed", gives=shapes.ComplianceReviewOut, is_versioned=True,
)  # fmt: skip
def close_compliance_review(
    request: ApiRequest, compliance_id: Id, payload: shapes.ComplianceConclusion
) -> HttpResponse:
    """The reviewer concludes. It cannot pass while a finding of high severity is open."""
    actions.close_review(
        actor=request.actor,
        compliance_id=compliance_id,
        item=Closing(**payload.model_dump()),
        expected_version=expected_version(request),
        now=request.now,
    )
    return answered(request, compliance_id)


@operation(
    router, "POST", "/compliance/{compliance_id}/withdrawal", verb="compliance.ask", at="model",
    activity="compliance.withdrawn", gives=shapes.ComplianceReviewOut, is_versioned=True,
)  # fmt: skip
def withdraw_compliance_review(
    request: ApiRequest, compliance_id: Id, payload: shapes.ComplianceReason
) -> HttpResponse:
    """Takes back a review that is not closed and has no open findings; the record keeps it."""
    actions.withdraw_review(
        actor=request.actor,
        compliance_id=compliance_id,
        reason=payload.reason,
        expected_version=expected_version(request),
        now=request.now,
    )
    return answered(request, compliance_id)


def answered(request: ApiRequest, compliance_id: int, *, status: int = 200) -> HttpResponse:
    row = queries.review_row(request.actor, compliance_id)
    location = f"/api/v1/compliance/{compliance_id}" if status == 201 else ""
    line = queries.line_of(row, request.now)
    return reply(shown(line), status=status, version=row.version, location=location)


def shown(line: Line) -> dict[str, object]:
    row = line.row
    return {
        "id": row.pk,
        "model_id": row.model_id,
        "model": row.model.name,
        "program": row.model.program.slug,
        "kind": row.kind,
        "release_id": row.release_id,
        "subject": row.subject,
        "reviewer_id": row.reviewer_id,
        "reviewer": row.reviewer_name,
        "state": row.state,
        "standing": line.standing,
        **{name: getattr(row, name) for name in SAME},
        "valid_until": row.valid_until,
        "renews_id": row.renews_id,
        "findings": [_finding(one) for one in row.findings.all()],
        "version": row.version,
    }


def _finding(row: ComplianceFinding) -> dict[str, object]:
    return {
        **{name: getattr(row, name) for name in SAME_OF_FINDING},
        "is_claimed": row.resolved_at is not None and row.settled_at is None,
        "owner": row.owner_name,
        "reopens": row.reopens.number if row.reopens else None,
    }


def _itself(row: ComplianceReview) -> ComplianceReview:
    return row
