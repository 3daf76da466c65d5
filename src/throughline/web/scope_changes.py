"""Changes to the scope of an approved specification: asked for, read, decided, withdrawn."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import specs as actions
from throughline.core.permissions import may
from throughline.core.specs import REASON_TITLES, ReasonKind, why_may_not_approve
from throughline.queries import portfolio, spec_approval
from throughline.queries import specs as queries
from throughline.queries.rows import MLModel, ScopeChange
from throughline.web.model_forms import about, changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show
from throughline.web.specs import tab_of

EFFECTS = {
    "effect_on_scope": ("Scope", "What is added, dropped or done differently."),
    "effect_on_dates": ("Dates", "Which dates move, and by how much."),
    "effect_on_criteria": ("Success criteria", "Which targets change, and to what."),
}


class AskForm(forms.Form):
    reason_kind = forms.ChoiceField(
        label="Why", choices=[(key.value, title) for key, title in REASON_TITLES.items()]
    )
    reason = forms.CharField(label="In your words", widget=drafted("scope-reason"))
    effect_on_scope, effect_on_dates, effect_on_criteria = (
        forms.CharField(
            label=f"Effect on: {title.lower()}", required=False, help_text=text, widget=drafted(name, rows=3)
        )
        for name, (title, text) in EFFECTS.items()
    )


class DecideForm(forms.Form):
    answer = forms.ChoiceField(choices=[("approve", "Approve"), ("decline", "Decline")])
    reason = forms.CharField(label="Reason", widget=drafted("scope-decision", rows=3))


@page("spec.comment", at="model", activity="scope_change.asked", methods=("GET", "POST"))
def new(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "spec.comment")
    form = filled(request, AskForm)
    if request.method == "POST":
        made = actions.ask_scope_change(
            actor=request.actor, model_id=row.pk, now=request.now, **cleaned(form)
        )
        url = reverse("scope_change", args=[row.pk, made.pk])
        return done(request, url, "The change is asked for. An approver answers it.")
    lead = "The approved version stays as it is until an approver agrees; then the next version begins."
    return about(request, row, form, "Ask for a change of scope", "Ask for it", lead)


@page("model.view", at="model")
def change(request: PageRequest, model_id: int, change_id: int) -> HttpResponse:
    model = portfolio.model_row(request.actor, model_id)
    row = queries.scope_change_row(model, change_id)
    told = queries.to_tell(model)
    context = {
        "model": model,
        "item": f"model:{model.pk}",
        "change": row,
        "kind": REASON_TITLES.get(ReasonKind(row.reason_kind), row.reason_kind),
        "effects": [
            (title, getattr(row, name)) for name, (title, _) in EFFECTS.items() if getattr(row, name)
        ],
        "told": told,
        "form": filled(request, DecideForm),
        "spec_url": tab_of(model.pk),
        "crumbs": crumbs(model, Crumb("Specification", tab_of(model.pk)), Crumb("Change of scope")),
        **_answering(request, model, row),
    }
    return show(request, "specs/change.html", context)


@page("spec.approve", at="model", activity="scope_change.approved", methods=("POST",), redraws=change)
def decide(request: PageRequest, model_id: int, change_id: int) -> HttpResponse:
    values = cleaned(filled(request, DecideForm))
    row = actions.decide_scope_change(
        actor=request.actor,
        model_id=model_id,
        change_id=change_id,
        is_approval=values["answer"] == "approve",
        reason=values["reason"],
        now=request.now,
    )
    said = (
        f"The change is approved; version {row.next_spec.number} takes it in."
        if row.next_spec
        else "Declined."
    )
    return done(request, reverse("scope_change", args=[model_id, change_id]), said)


@page("spec.comment", at="model", activity="scope_change.withdrawn", methods=("POST",), redraws=change)
def withdraw(request: PageRequest, model_id: int, change_id: int) -> HttpResponse:
    actions.withdraw_scope_change(
        actor=request.actor, model_id=model_id, change_id=change_id, now=request.now
    )
    return done(request, reverse("scope_change", args=[model_id, change_id]), "The change is withdrawn.")


def _answering(request: PageRequest, model: MLModel, row: ScopeChange) -> dict[str, object]:
    place = {"program_id": model.program_id, "model_id": model.pk}
    actor, is_open = request.actor, row.state == "asked"
    approvers = spec_approval.approvers(model, request.now) if is_open else ()
    is_own = actor.person_id == row.asked_by_id
    why = "You asked for this change, so somebody else decides it." if is_own else ""
    return {
        "is_open": is_open,
        "approvers": approvers,
        "why_not": why or why_may_not_approve(approvers, actor.person_id, ()),
        "may_withdraw": is_open and (is_own or may(actor, "people.change", **place)),
    }
