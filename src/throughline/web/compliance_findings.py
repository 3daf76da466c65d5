"""Findings of a compliance review: raised, given to somebody, resolved, confirmed or returned, accepted, reopened."""

from django.http import HttpResponse

from throughline.actions import compliance_findings as actions
from throughline.actions.compliance_findings import NewFinding
from throughline.queries import compliance as queries
from throughline.web.compliance import page_url, review
from throughline.web.compliance_forms import (
    MANAGER,
    AcceptForm,
    JudgeForm,
    OwnerForm,
    RaiseForm,
    ReopenForm,
    ResolveForm,
    with_people,
)
from throughline.web.model_forms import changeable
from throughline.web.routes import PageRequest, cleaned, done, filled, page


@page(
    "compliance.review", at="model", activity="compliance.finding_raised", methods=("POST",), redraws=review
)
def raise_it(request: PageRequest, compliance_id: int) -> HttpResponse:
    row = queries.review_row(request.actor, compliance_id)
    changeable(request, row.model_id, "compliance.review")
    form = filled(request, RaiseForm)
    with_people(form, "owner", request, row.model, first=MANAGER)
    values = cleaned(form)
    owner_id = values.pop("owner")
    item = NewFinding(**values, owner_id=owner_id)
    made = actions.raise_finding(actor=request.actor, compliance_id=compliance_id, item=item, now=request.now)
    return done(
        request,
        at(compliance_id, made.number),
        f"Finding {made.number} is raised; {made.owner_name} owns it.",
    )


@page(
    "compliance.resolve",
    at="model",
    activity="compliance.finding_resolved",
    methods=("POST",),
    redraws=review,
)
def resolve(request: PageRequest, compliance_id: int, number: int) -> HttpResponse:
    values = cleaned(filled(request, ResolveForm))
    row = actions.resolve_finding(
        actor=request.actor,
        compliance_id=compliance_id,
        number=number,
        resolution=values["resolution"],
        link=values["link"],
        expected_version=values["version"],
        now=request.now,
    )
    said = (
        "It is resolved."
        if row.settled_at
        else "Kept. Somebody else has to confirm it; it is open until then."
    )
    return done(request, at(compliance_id, number), said)


@page(
    "compliance.review",
    at="model",
    activity="compliance.finding_confirmed",
    methods=("POST",),
    redraws=review,
)
def judge(request: PageRequest, compliance_id: int, number: int) -> HttpResponse:
    values = cleaned(filled(request, JudgeForm))
    is_confirmed = request.POST.get("answer") == "confirm"
    row = actions.judge_resolution(
        actor=request.actor,
        compliance_id=compliance_id,
        number=number,
        is_confirmed=is_confirmed,
        words=values["words"],
        expected_version=values["version"],
        now=request.now,
    )
    said = "It is confirmed." if is_confirmed else f"It is back with {row.owner_name}."
    return done(request, at(compliance_id, number), said)


@page("compliance.accept", at="model", activity="compliance.risk_accepted", methods=("POST",), redraws=review)
def accept(request: PageRequest, compliance_id: int, number: int) -> HttpResponse:
    values = cleaned(filled(request, AcceptForm))
    actions.accept_risk(
        actor=request.actor,
        compliance_id=compliance_id,
        number=number,
        reason=values["reason"],
        expected_version=values["version"],
        now=request.now,
    )
    return done(request, at(compliance_id, number), "You bear this risk now. The gate says so.")


@page(
    "compliance.review", at="model", activity="compliance.finding_reopened", methods=("POST",), redraws=review
)
def reopen(request: PageRequest, compliance_id: int, number: int) -> HttpResponse:
    reason = cleaned(filled(request, ReopenForm))["reason"]
    made = actions.reopen_finding(
        actor=request.actor, compliance_id=compliance_id, number=number, reason=reason, now=request.now
    )
    return done(request, at(compliance_id, made.number), f"It goes on as finding {made.number}.")


@page("compliance.ask", at="model", activity="compliance.finding_changed", methods=("POST",), redraws=review)
def change(request: PageRequest, compliance_id: int, number: int) -> HttpResponse:
    row = queries.finding_row(request.actor, compliance_id, number)
    changeable(request, row.review.model_id, "compliance.ask")
    form = filled(request, OwnerForm)
    with_people(form, "owner", request, row.review.model, keep=row.owner_id)
    values = cleaned(form)
    actions.change_finding(
        actor=request.actor,
        compliance_id=compliance_id,
        number=number,
        owner_id=values["owner"],
        due_on=values["due_on"],
        expected_version=values["version"],
        now=request.now,
    )
    return done(request, at(compliance_id, number), "It is changed.")


def at(compliance_id: int, number: int) -> str:
    return f"{page_url(compliance_id)}#finding-{number}"
