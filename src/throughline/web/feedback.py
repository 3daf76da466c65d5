"""Feedback: writing it down, saying what follows from it, and closing it with what became of it."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import feedback as actions
from throughline.core.feedback import TITLES
from throughline.core.permissions import may
from throughline.queries import feedback as queries
from throughline.queries import outputs as output_queries
from throughline.queries.rows import Feedback
from throughline.web import shares
from throughline.web.model_forms import changeable
from throughline.web.models import crumbs
from throughline.web.outputs import part, tab_url
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show


class FeedbackForm(forms.Form):
    text = forms.CharField(
        label="What is good, wrong or missing",
        help_text="In the words of whoever says it.",
        widget=drafted("feedback", 6),
    )


class FeedbackForOthersForm(FeedbackForm):
    stakeholder = forms.TypedChoiceField(
        label="Whose words", coerce=int, empty_value=None, required=False, choices=()
    )
    giver_name = forms.CharField(
        label="Or somebody who is no stakeholder", required=False, max_length=200, help_text="Their name."
    )
    field_order = ("stakeholder", "giver_name", "text")


class TriageForm(forms.Form):
    triage = forms.ChoiceField(
        label="What the team does with it",
        choices=[(kind.value, title) for kind, title in TITLES.items()],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label="Note",
        required=False,
        help_text="Declining needs a reason; the giver reads it when you close.",
        widget=drafted("triage", 3),
    )
    link = forms.CharField(
        label="Link", required=False, max_length=1000, help_text="To the change, the item, the release."
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class OutcomeForm(forms.Form):
    outcome = forms.CharField(
        label="What became of it", help_text="Whoever gave it reads this.", widget=drafted("outcome", 4)
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


@page("feedback.give", at="model", activity="feedback.given", methods=("GET", "POST"))
def new(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "feedback.give")
    is_team = may(request.actor, "model.change", program_id=row.program_id, model_id=row.pk)
    form = filled(request, FeedbackForOthersForm if is_team else FeedbackForm)
    if is_team:
        known = [(one.pk, one.name) for one in output_queries.stakeholders_to_ask(row)]
        form.fields["stakeholder"].choices = [("", "My own"), *known]  # type: ignore[attr-defined]
    if request.method == "POST":
        values = cleaned(form)
        made = actions.give_feedback(
            actor=request.actor,
            model_id=row.pk,
            text=values["text"],
            stakeholder_id=values.get("stakeholder"),
            giver_name=values.get("giver_name", ""),
            now=request.now,
        )
        return done(request, reverse("feedback", args=[made.pk]), "It is written down. The team answers it.")
    context = {
        "form": form,
        "model": row,
        "title": "Give feedback",
        "button": "Send it",
        "lead": f"On {row.name}. You are told what becomes of it.",
        "back": tab_url(row.pk),
        "crumbs": crumbs(row, Crumb("Give feedback")),
        "item": f"model:{row.pk}",
    }
    return show(request, "models/form.html", context)


@page("model.view", at="model")
def feedback(request: PageRequest, feedback_id: int) -> HttpResponse:
    row = queries.feedback_row(request.actor, feedback_id)
    context = {
        "model": row.model,
        "line": shares.feedback_line(row, request.now),
        "crumbs": crumbs(
            row.model, Crumb("Feedback", tab_url(row.model_id)), Crumb(f"From {row.giver_name}")
        ),
        "item": f"model:{row.model_id}",
        **team_forms(request, row),
    }
    return show(request, "feedback/page.html", context)


@page("model.change", at="model", activity="feedback.triaged", methods=("POST",), redraws=feedback)
def triage(request: PageRequest, feedback_id: int) -> HttpResponse:
    values = cleaned(filled(request, TriageForm))
    row = actions.triage_feedback(
        actor=request.actor,
        feedback_id=feedback_id,
        kind=values["triage"],
        note=values["note"],
        link=values["link"],
        expected_version=values["version"],
        now=request.now,
    )
    return done(
        request, reverse("feedback", args=[row.pk]), "Kept. Close it when you can say what became of it."
    )


@page("model.change", at="model", activity="feedback.closed", methods=("POST",), redraws=feedback)
def close(request: PageRequest, feedback_id: int) -> HttpResponse:
    values = cleaned(filled(request, OutcomeForm))
    row = actions.close_feedback(
        actor=request.actor,
        feedback_id=feedback_id,
        outcome=values["outcome"],
        expected_version=values["version"],
        now=request.now,
    )
    told = f" {row.stakeholder.name} is told on their page." if row.stakeholder else ""
    return done(request, reverse("feedback", args=[row.pk]), f"It is closed.{told}")


def team_forms(request: PageRequest, row: Feedback) -> dict[str, object]:
    """Triage first; closing once it is said what follows."""
    is_team = may(request.actor, "model.change", program_id=row.model.program_id, model_id=row.model_id)
    if not is_team or row.closed_at is not None:
        return {}
    kept = {"triage": row.triage, "note": row.triage_note, "link": row.link, "version": row.version}
    found: dict[str, object] = {"triage_form": part(request, TriageForm, "triage", kept)}
    if row.triage:
        outcome = {"outcome": row.triage_note if row.triage == "declined" else "", "version": row.version}
        found["outcome_form"] = part(request, OutcomeForm, "outcome", outcome)
    return found
