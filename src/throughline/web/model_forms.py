"""Forms about one model: its record, evidence by hand, and releases."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import evidence as evidence_actions
from throughline.actions import portfolio as portfolio_actions
from throughline.actions.evidence import NewEvidence
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.permissions import may, require
from throughline.core.portfolio import MODEL_FIELDS
from throughline.queries import planning, portfolio
from throughline.queries.dossiers import load
from throughline.queries.rows import MLModel
from throughline.web import conflicts
from throughline.web.charts import spell
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show
from throughline.web.words import relative


class RecordForm(forms.Form):
    """The fields that people may write; their limits are those of the core."""

    name = forms.CharField(label="Name", max_length=300)
    summary = forms.CharField(
        label="What it is for",
        required=False,
        help_text="The need, the decision it changes, and its limits. Markdown is understood.",
        widget=drafted("summary"),
    )
    risk_tier = forms.ChoiceField(
        label="Risk tier",
        required=False,
        help_text="It sets which checks a gate asks.",
        choices=[("", "Not set yet"), ("low", "Low"), ("medium", "Medium"), ("high", "High")],
    )
    scoring = forms.ChoiceField(
        label="Scoring",
        required=False,
        choices=[("", "Not set yet"), ("batch", "Batch"), ("real_time", "Real time")],
    )
    team = forms.CharField(label="Team", required=False, max_length=200)
    unit = forms.CharField(label="Unit", required=False, max_length=300)
    external_id = forms.CharField(
        label="External id",
        required=False,
        max_length=200,
        help_text="The key under which other tools know it; once in a program.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in MODEL_FIELDS:
            self.fields[name].show_hidden_initial = True


class NewModelForm(RecordForm):
    program = forms.ChoiceField(label="Program")
    field_order = ("program", "name", "summary", "risk_tier", "scoring", "team", "unit", "external_id")


class EvidenceForm(forms.Form):
    key = forms.CharField(
        label="What was observed",
        max_length=200,
        help_text="In the words of the policy, for instance metric.val_auc or contract.orders.",
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=[
            ("measured", "Measured: a number"),
            ("tested", "Tested: passed or failed"),
            ("reviewed", "Reviewed"),
        ],
    )
    value = forms.FloatField(label="Value", required=False)
    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[("", "Not said"), ("passed", "Passed"), ("failed", "Failed")],
    )
    subject = forms.CharField(
        label="Observed on", required=False, max_length=300, help_text="For instance churn_scorer version 2."
    )
    link = forms.CharField(label="Link", required=False, max_length=1000)
    observed_at = forms.DateTimeField(
        label="When it was observed",
        required=False,
        help_text="Empty means now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    summary = forms.CharField(label="Summary", required=False, widget=drafted("evidence"))


class ReleaseForm(forms.Form):
    name = forms.CharField(label="Name", max_length=100, help_text="For instance 2026-03 or 1.4.")
    subject = forms.CharField(
        label="Registered version",
        required=False,
        max_length=300,
        help_text="In the words its evidence uses, for instance churn_scorer version 2.",
    )
    notes = forms.CharField(label="Notes", required=False, widget=drafted("release"))


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Reason", widget=drafted("reason"))


@page("model.create", at="program", activity="model.created", methods=("GET", "POST"))
def new(request: PageRequest) -> HttpResponse:
    programs = [
        row
        for row in portfolio.programs(request.actor)
        if may(request.actor, "model.create", program_id=row.pk)
    ]
    form = filled(request, NewModelForm, {"program": request.GET.get("program", "")})
    form.fields["program"].choices = [(row.slug, row.name) for row in programs]  # type: ignore[attr-defined]
    if request.method == "POST":
        values = cleaned(form)
        program = portfolio.program_row(request.actor, values["program"])
        fields = {name: values[name] for name in MODEL_FIELDS}
        made = portfolio_actions.create_model(
            actor=request.actor, program_id=program.pk, fields=fields, now=request.now
        )
        said = f"{made.name} is in the record."
        if planning.similar(request.actor, f"{made.name} {made.summary}", but=made.pk, most=1):
            said = f"{said} Earlier models taught something about one like it: read that first."
            return done(request, reverse("feasibility_new", args=[made.pk]), said)
        return done(request, reverse("model", args=[made.pk]), said)
    trail = [Crumb("Portfolio", reverse("portfolio")), Crumb("New model")]
    context = {
        "form": form,
        "crumbs": trail,
        "title": "New model",
        "button": "Add it",
        "back": reverse("portfolio"),
    }
    return show(request, "models/form.html", {**context, "has_no_choice": not programs})


@page("model.change", at="model", activity="model.changed", methods=("GET", "POST"))
def edit(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "model.change")
    initial = {name: getattr(row, name) or "" for name in MODEL_FIELDS}
    form = filled(request, RecordForm, {**initial, "version": row.version})
    if request.method == "POST":
        merged = conflicts.merge(form, cleaned(form), row, writer=request.actor.name)
        portfolio_actions.change_model(
            actor=request.actor,
            model_id=row.pk,
            expected_version=merged.version,
            fields=merged.fields,
            now=request.now,
        )
        kept = (
            f" What somebody else changed meanwhile is kept: {', '.join(merged.kept)}." if merged.kept else ""
        )
        return done(request, reverse("model", args=[row.pk]), f"Saved.{kept}")
    return about(request, row, form, "Edit the record", "Save")


@page("evidence.attach", at="model", activity="evidence.attached", methods=("GET", "POST"))
def evidence(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "evidence.attach")
    form = filled(request, EvidenceForm, {"key": request.GET.get("key", "")})
    if request.method == "POST":
        item = written(cleaned(form), request)
        evidence_actions.attach_evidence(actor=request.actor, model_id=row.pk, items=[item], now=request.now)
        return done(request, f"{reverse('model', args=[row.pk])}?tab=evidence", "The evidence is attached.")
    lead = "For a number or result that no connected tool sends. Your name stands beside it."
    return about(request, row, form, "Attach evidence", "Attach it", lead)


@page("model.change", at="model", activity="evidence.withdrawn", methods=("GET", "POST"))
def withdraw_evidence(request: PageRequest, model_id: int, evidence_id: int) -> HttpResponse:
    row = changeable(request, model_id, "model.change")
    form = filled(request, ReasonForm)
    if request.method == "POST":
        evidence_actions.withdraw_evidence(
            actor=request.actor,
            model_id=row.pk,
            evidence_id=evidence_id,
            reason=cleaned(form)["reason"],
            now=request.now,
        )
        return done(
            request, f"{reverse('model', args=[row.pk])}?tab=evidence", "The evidence no longer counts."
        )
    lead = "It stays in the record and in past decisions, but no gate reads it any more. Sign-offs on it become void."
    back = f"{reverse('model', args=[row.pk])}?tab=evidence"
    what = dict(zip(("question", "why"), _about_fact(row, evidence_id, request), strict=True))
    return about(request, row, form, "Withdraw evidence", "Withdraw it", lead, back=back, **what)


def _about_fact(row: MLModel, evidence_id: int, request: PageRequest) -> tuple[str, str]:
    """What is about to be withdrawn, in a line and a sentence; empty once it is."""
    facts = load(row, now=request.now).evidence
    fact = next((one for one in facts if one.id == evidence_id), None)
    if fact is None:
        return "", ""
    value = f"{spell(fact.value)}{fact.unit}" if fact.value is not None else str(fact.outcome)
    on = f" on {fact.subject}" if fact.subject else ""
    seen = relative(fact.observed_at, request.now)
    line = f"{fact.key}: {value}{on}" if value else f"{fact.key}{on}"
    return line, f"{fact.summary} Observed {seen}, from {fact.source}.".strip()


@page("model.change", at="model", activity="release.planned", methods=("GET", "POST"))
def release(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "model.change")
    form = filled(request, ReleaseForm)
    if request.method == "POST":
        portfolio_actions.plan_release(actor=request.actor, model_id=row.pk, now=request.now, **cleaned(form))
        return done(request, reverse("model", args=[row.pk]), "The release is planned.")
    return about(
        request, row, form, "Plan a release", "Plan it", "One version of the model on its way to users."
    )


@page("model.change", at="model", activity="policy.adopted", methods=("GET", "POST"))
def adopt_policy(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "model.change")
    if request.method == "POST":
        portfolio_actions.adopt_policy(actor=request.actor, model_id=row.pk, now=request.now)
        return done(request, reverse("model", args=[row.pk]), "The model is on the policy in force.")
    lead = "From then on its gate asks what the policy version now in force asks. Past decisions keep theirs."
    return about(request, row, forms.Form(), "Move to the policy in force", "Move it", lead)


def changeable(request: PageRequest, model_id: int, verb: str) -> MLModel:
    """The model, when this person may do this to it; a form that could not be sent is not shown."""
    row = portfolio.model_row(request.actor, model_id)
    require(request.actor, verb, noun="model", program_id=row.program_id, model_id=row.pk)
    return row


def about(
    request: PageRequest,
    row: MLModel,
    form: forms.Form,
    title: str,
    button: str,
    lead: str = "",
    **more: object,
) -> HttpResponse:
    context = {
        "form": form,
        "model": row,
        "title": title,
        "button": button,
        "lead": lead,
        "back": reverse("model", args=[row.pk]),
        "item": f"model:{row.pk}",
        "crumbs": crumbs(row, Crumb(title)),
        **more,
    }
    return show(request, "models/form.html", context)


def written(values: dict[str, object], request: PageRequest) -> NewEvidence:
    """Times without a zone are the reader's own."""
    observed = values["observed_at"]
    assert observed is None or isinstance(observed, datetime)
    value = values["value"]
    assert value is None or isinstance(value, float)
    return NewEvidence(
        kind=EvidenceKind(str(values["kind"])),
        key=str(values["key"]),
        source="by hand",
        subject=str(values["subject"]),
        value=value,
        outcome=Outcome(str(values["outcome"])),
        summary=str(values["summary"]),
        link=str(values["link"]),
        observed_at=observed
        if observed is None or observed.tzinfo
        else observed.replace(tzinfo=ZoneInfo(request.zone)),
    )
