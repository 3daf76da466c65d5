"""Feasibility at conception, the direction of a prototype, and learnings."""

from datetime import timedelta

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from throughline.actions import planning as actions
from throughline.core.directions import why_may_not_direct
from throughline.core.planning import CHOICE_MEANINGS, CHOICE_TITLES, LEARNING_TITLES, RATINGS, Choice
from throughline.core.prototype import proof_of
from throughline.core.stages import DEVELOPING
from throughline.queries import planning as queries
from throughline.queries.dossiers import load
from throughline.queries.policies import policy_of
from throughline.queries.rows import MLModel
from throughline.web.model_forms import about, changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show

USUAL_LOOK = timedelta(days=14)


class FeasibilityForm(forms.Form):
    value, feasibility, data_readiness, risk, effort = (
        forms.TypedChoiceField(
            label=rating.title,
            help_text=rating.asks,
            choices=[(number, f"{number} · {meaning}") for number, meaning in enumerate(rating.meanings, 1)],
            coerce=int,
            widget=forms.RadioSelect,
        )
        for rating in RATINGS
    )
    is_go = forms.TypedChoiceField(
        label="Conclusion",
        choices=[("yes", "Go: worth a prototype"), ("no", "No go: stop here, and keep what was learned")],
        coerce=lambda said: said == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Reason",
        help_text="What decided it. After a no-go, others who try something like it will read this.",
        widget=drafted("feasibility"),
    )


class DirectionForm(forms.Form):
    choice = forms.ChoiceField(
        label="What is decided",
        choices=[(one.value, f"{CHOICE_TITLES[one]}: {CHOICE_MEANINGS[one]}") for one in Choice],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Reason",
        help_text="What speaks for it, with the criteria as they are. It is kept with your name.",
        widget=drafted("direction"),
    )
    next_look_on = forms.DateField(
        label="Next look on",
        required=False,
        help_text="When the criteria are looked at again. After a stop it does not count.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class LearningForm(forms.Form):
    kind = forms.ChoiceField(
        label="Where it comes from", choices=[(kind.value, title) for kind, title in LEARNING_TITLES.items()]
    )
    text = forms.CharField(
        label="What was learned",
        help_text="So that somebody who begins something like it can act on it.",
        widget=drafted("learning"),
    )


@page("model.change", at="model", activity="feasibility.recorded", methods=("GET", "POST"))
def feasibility(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "model.change")
    form = filled(request, FeasibilityForm)
    if request.method == "POST":
        values = cleaned(form)
        actions.record_feasibility(
            actor=request.actor,
            model_id=row.pk,
            ratings={rating.name: values[rating.name] for rating in RATINGS},
            is_go=values["is_go"],
            reason=values["reason"],
            now=request.now,
        )
        if not values["is_go"] and row.stage in DEVELOPING:
            return to_stop(request, row, "The no-go and what was learned are kept. Now ask for the stop.")
        return done(request, reverse("model", args=[row.pk]), "The analysis is recorded.")
    context = {
        "form": form,
        "model": row,
        "history": list(queries.feasibilities(row)[:20]),
        "ratings": RATINGS,
        "similar": queries.similar(request.actor, f"{row.name} {row.summary}", but=row.pk),
        "item": f"model:{row.pk}",
        "crumbs": crumbs(row, Crumb("Feasibility")),
    }
    return show(request, "planning/feasibility.html", context)


@page("direction.decide", at="model", activity="direction.decided", methods=("GET", "POST"))
def direction(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "direction.decide")
    dossier = load(row, now=request.now)
    proof = proof_of(dossier)
    look = timezone.localtime(request.now).date() + USUAL_LOOK
    form = filled(request, DirectionForm, {"seen": proof.fingerprint, "next_look_on": look})
    if request.method == "POST":
        values = cleaned(form)
        made = actions.decide_direction(
            actor=request.actor,
            model_id=row.pk,
            choice=values["choice"],
            reason=values["reason"],
            next_look_on=None if values["choice"] == Choice.STOP else values["next_look_on"],
            seen=values["seen"],
            now=request.now,
        )
        if made.choice == Choice.STOP:
            return to_stop(request, row, "Decided, and what was learned is kept. Now ask for the stop.")
        return done(request, f"{reverse('model', args=[row.pk])}?tab=criteria", "The direction is decided.")
    context = {
        "form": form,
        "model": row,
        "proof": proof,
        "why_not": why_may_not_direct(policy_of(row)[1], dossier, request.actor.person_id),
        "item": f"model:{row.pk}",
        "crumbs": crumbs(row, Crumb("Direction")),
    }
    return show(request, "planning/direction.html", context)


@page("model.change", at="model", activity="learning.recorded", methods=("GET", "POST"))
def learning(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "model.change")
    form = filled(request, LearningForm)
    if request.method == "POST":
        actions.record_learning(actor=request.actor, model_id=row.pk, now=request.now, **cleaned(form))
        return done(request, f"{reverse('model', args=[row.pk])}?tab=criteria", "The learning is kept.")
    lead = "Whoever begins a model like this one is shown it."
    return about(request, row, form, "Add a learning", "Keep it", lead)


def to_stop(request: PageRequest, row: MLModel, said: str) -> HttpResponse:
    return done(request, f"{reverse('move_new', args=[row.pk])}?kind=stop&to={row.stage}", said)
