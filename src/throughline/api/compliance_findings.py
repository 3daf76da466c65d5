"""Findings of compliance reviews over HTTP: raised, changed, resolved, judged, accepted, reopened."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import compliance_findings as actions
from throughline.actions.compliance_findings import NewFinding
from throughline.api.auth import ApiRequest
from throughline.api.compliance import answered
from throughline.api.operations import operation
from throughline.api.schemas import compliance as shapes
from throughline.api.schemas.base import MAX_ID, Id

router = Router(tags=["Compliance"])
Number = Annotated[int, Field(ge=1, le=MAX_ID, description="Of the finding, within its review.")]
ONE = "/compliance/{compliance_id}/findings/{number}"


@operation(
    router, "POST", "/compliance/{compliance_id}/findings", verb="compliance.review", at="model",
    activity="compliance.finding_raised", gives=shapes.ComplianceReviewOut, status=201,
)  # fmt: skip
def raise_compliance_finding(
    request: ApiRequest, compliance_id: Id, payload: shapes.NewComplianceFinding
) -> HttpResponse:
    """Raises a finding. A high or critical one closes the gate, on a closed review too."""
    item = NewFinding(**payload.model_dump())
    actions.raise_finding(actor=request.actor, compliance_id=compliance_id, item=item, now=request.now)
    return answered(request, compliance_id, status=201)


@operation(
    router, "PATCH", ONE, verb="compliance.ask", at="model", activity="compliance.finding_changed",
    gives=shapes.ComplianceReviewOut,
)  # fmt: skip
def change_compliance_finding(
    request: ApiRequest, compliance_id: Id, number: Number, payload: shapes.ChangedComplianceFinding
) -> HttpResponse:
    """Another owner or day. What is left out stays."""
    actions.change_finding(
        actor=request.actor,
        compliance_id=compliance_id,
        number=number,
        **payload.model_dump(),
        now=request.now,
    )
    return answered(request, compliance_id)


@operation(
    router, "POST", ONE + "/resolution", verb="compliance.resolve", at="model",
    activity="compliance.finding_resolved", gives=shapes.ComplianceReviewOut,
)  # fmt: skip
def resolve_compliance_finding(
    request: ApiRequest, compliance_id: Id, number: Number, payload: shapes.ComplianceResolution
) -> HttpResponse:
    """Its owner says what was done. A high or critical one is open until somebody else has confirmed it."""
    actions.resolve_finding(
        actor=request.actor,
        compliance_id=compliance_id,
        number=number,
        **payload.model_dump(),
        now=request.now,
    )
    return answered(request, compliance_id)


@operation(
    router, "POST", ONE + "/judgement", verb="compliance.review", at="model",
    activity="compliance.finding_confirmed", gives=shapes.ComplianceReviewOut,
)  # fmt: skip
def judge_compliance_resolution(
    request: ApiRequest, compliance_id: Id, number: Number, payload: shapes.ComplianceJudgement
) -> HttpResponse:
    """Confirms a resolution, or returns it with words: the reviewer or an approver, who never held the finding."""
    actions.judge_resolution(
        actor=request.actor,
        compliance_id=compliance_id,
        number=number,
        is_confirmed=payload.confirm,
        words=payload.words,
        now=request.now,
    )
    return answered(request, compliance_id)


@operation(
    router, "POST", ONE + "/acceptance", verb="compliance.accept", at="model",
    activity="compliance.risk_accepted", gives=shapes.ComplianceReviewOut,
)  # fmt: skip
def accept_compliance_risk(
    request: ApiRequest, compliance_id: Id, number: Number, payload: shapes.ComplianceReason
) -> HttpResponse:
    """An approver who never held the finding bears its risk, with the reason."""
    actions.accept_risk(
        actor=request.actor,
        compliance_id=compliance_id,
        number=number,
        reason=payload.reason,
        now=request.now,
    )
    return answered(request, compliance_id)


@operation(
    router, "POST", ONE + "/reopening", verb="compliance.review", at="model",
    activity="compliance.finding_reopened", gives=shapes.ComplianceReviewOut, status=201,
)  # fmt: skip
def reopen_compliance_finding(
    request: ApiRequest, compliance_id: Id, number: Number, payload: shapes.ComplianceReason
) -> HttpResponse:
    """What was settled turns out not to be: a new finding takes it up."""
    actions.reopen_finding(
        actor=request.actor,
        compliance_id=compliance_id,
        number=number,
        reason=payload.reason,
        now=request.now,
    )
    return answered(request, compliance_id, status=201)
