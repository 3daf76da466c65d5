"""Compliance reviews: asking for one, looking at it, opening, changing, closing and withdrawing it."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import compliance as actions
from throughline.actions.compliance import Closing, NewReview
from throughline.core.compliance import KINDS
from throughline.queries import compliance as queries
from throughline.queries.rows import ComplianceReview
from throughline.web import compliance_lines
from throughline.web.compliance_forms import (
    ChangeReviewForm,
    CloseReviewForm,
    WithdrawReviewForm,
    ask_form,
    may_ask,
    own_forms,
    with_forms,
    with_people,
)
from throughline.web.model_forms import changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, filled, page, show


@page("compliance.ask", at="model", activity="compliance.asked", methods=("GET", "POST"))
def new(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "compliance.ask")
    form = ask_form(request, row)
    if request.method == "POST":
        values = cleaned(form)
        item = NewReview(
            kind=values["kind"],
            reviewer_id=values["reviewer"],
            scope=values["scope"],
            release_id=values["release"],
            due_on=values["due_on"],
            renews_id=values["renews"],
        )
        made = actions.ask_review(actor=request.actor, model_id=row.pk, item=item, now=request.now)
        return done(request, page_url(made.pk), f"{made.reviewer_name} is asked for it.")
    context = {
        "form": form,
        "model": row,
        "title": "Ask for a review",
        "button": "Ask for it",
        "lead": f"Of {row.name}. Choose a reviewer other than yourself; they find it on Today.",
        "back": tab_url(row.pk),
        "crumbs": crumbs(row, Crumb("Compliance", tab_url(row.pk)), Crumb("Ask for a review")),
        "item": f"model:{row.pk}",
    }
    return show(request, "models/form.html", context)


@page("model.view", at="model")
def review(request: PageRequest, compliance_id: int, number: int = 0) -> HttpResponse:  # noqa: ARG001 - a form's own
    row = queries.review_row(request.actor, compliance_id)
    line = compliance_lines.shown(queries.line_of(row, request.now), request.now)
    context = {
        "model": row.model,
        "review": row,
        "shown": line,
        "kind": KINDS.get(row.kind),
        "findings": with_forms(request, row, line),
        "crumbs": crumbs(row.model, Crumb("Compliance", tab_url(row.model_id)), Crumb(line.title)),
        "item": f"model:{row.model_id}",
        **own_forms(request, row),
    }
    if may_ask(request, row.model) and row.state == "closed" and not line.line.is_renewed:
        context["renew_url"] = renew_url(row)
    return show(request, "compliance/page.html", context)


@page("compliance.review", at="model", activity="compliance.opened", methods=("POST",), redraws=review)
def open_it(request: PageRequest, compliance_id: int) -> HttpResponse:
    row = actions.open_review(actor=request.actor, compliance_id=compliance_id, now=request.now)
    return done(request, page_url(row.pk), "It is yours now. Raise what you find, then close it.")


@page("compliance.ask", at="model", activity="compliance.changed", methods=("POST",), redraws=review)
def change(request: PageRequest, compliance_id: int) -> HttpResponse:
    row = queries.review_row(request.actor, compliance_id)
    changeable(request, row.model_id, "compliance.ask")
    form = filled(request, ChangeReviewForm)
    with_people(form, "reviewer", request, row.model, but=request.actor.person_id, keep=row.reviewer_id)
    values = cleaned(form)
    actions.change_review(
        actor=request.actor,
        compliance_id=compliance_id,
        reviewer_id=values["reviewer"],
        scope=values["scope"],
        due_on=values["due_on"],
        expected_version=values["version"],
        now=request.now,
    )
    return done(request, page_url(row.pk), "It is changed.")


@page("compliance.review", at="model", activity="compliance.closed", methods=("POST",), redraws=review)
def close(request: PageRequest, compliance_id: int) -> HttpResponse:
    values = cleaned(filled(request, CloseReviewForm))
    version = values.pop("version")
    row = actions.close_review(
        actor=request.actor,
        compliance_id=compliance_id,
        item=Closing(**values),
        expected_version=version,
        now=request.now,
    )
    return done(request, page_url(row.pk), "It is closed. The gate knows.")


@page("compliance.ask", at="model", activity="compliance.withdrawn", methods=("POST",), redraws=review)
def withdraw(request: PageRequest, compliance_id: int) -> HttpResponse:
    values = cleaned(filled(request, WithdrawReviewForm))
    row = actions.withdraw_review(
        actor=request.actor,
        compliance_id=compliance_id,
        reason=values["reason"],
        expected_version=values["version"],
        now=request.now,
    )
    return done(request, page_url(row.pk), "It is withdrawn. The record keeps it.")


def page_url(compliance_id: int) -> str:
    return reverse("compliance_review", args=[compliance_id])


def renew_url(row: ComplianceReview) -> str:
    return f"{reverse('compliance_new', args=[row.model_id])}?{urlencode({'renews': row.pk})}"


def tab_url(model_id: int) -> str:
    return f"{reverse('model', args=[model_id])}?tab=compliance"
