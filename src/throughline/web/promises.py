"""Promises by their forms: given, changed, withdrawn, closed, answered; and all of them over the portfolio."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import promises as actions
from throughline.core.permissions import may, require
from throughline.core.promises import DATES, KIND_TITLES, Content, Promise, PromiseKind
from throughline.queries import promises as queries
from throughline.queries.rows import MLModel
from throughline.queries.rows import Promise as PromiseRow
from throughline.web import promised
from throughline.web.model_forms import ReasonForm, changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show

KIND_WORDS = {
    PromiseKind.EVALUATION_DATE: "The day from which stakeholders can look at its output and judge it.",
    PromiseKind.PRODUCTION_DATE: "The day by which the model, or an update to it, is in production.",
    PromiseKind.RUN_FREQUENCY: "How often new output is there.",
    PromiseKind.SLA: "By when, how complete, how fast it comes back after a failure.",
    PromiseKind.CAPABILITY: "Something that it will do for them.",
    PromiseKind.LIMITATION: "Something that it will not do, said before they find out.",
    PromiseKind.CRITERION: "That a success criterion of the specification will be met.",
    PromiseKind.OTHER: "Anything else that they count on.",
}
EXAMPLES = {
    PromiseKind.EVALUATION_DATE: "The desk can try the scores of its own customers.",
    PromiseKind.PRODUCTION_DATE: "Scores arrive in the desk's list every morning.",
    PromiseKind.RUN_FREQUENCY: "Every customer is scored each night.",
    PromiseKind.SLA: "Scores are there by 06:00 on working days.",
    PromiseKind.CAPABILITY: "New customers get a score after their first week.",
    PromiseKind.LIMITATION: "Business customers are not scored.",
    PromiseKind.CRITERION: "The model finds leavers better than today's rule.",
    PromiseKind.OTHER: "The desk is trained before the start.",
}
VALUES = {
    PromiseKind.RUN_FREQUENCY: ("How often", "As in the specification, for instance daily or weekly."),
    PromiseKind.SLA: ("In short", "For instance “by 06:00 on working days”."),
}


class PromiseForm(forms.Form):
    """The fields of one kind of promise; `made_for` leaves out those that it does not have."""

    statement = forms.CharField(label="What you promise, in words they use", widget=drafted("promise", 3))
    due_on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    value = forms.CharField(max_length=300)
    criterion = forms.CharField(
        label="Success criterion", max_length=60, help_text="Its key in the specification."
    )
    stakeholders = forms.MultipleChoiceField(
        label="To whom", widget=forms.CheckboxSelectMultiple, help_text="They are asked to acknowledge it."
    )

    def made_for(self, kind: PromiseKind, criteria: Iterable[str] = ()) -> "PromiseForm":
        self.fields["statement"].help_text = f"For instance: {EXAMPLES[kind]}"
        if kind not in DATES:
            self.fields["due_on"].required = False
            self.fields["due_on"].label = "By which day, if there is one"
        if kind in VALUES:
            self.fields["value"].label, self.fields["value"].help_text = VALUES[kind]
        else:
            del self.fields["value"]
        if kind is not PromiseKind.CRITERION:
            del self.fields["criterion"]
        elif keys := list(criteria):
            choices = [("", "Choose one"), *((key, key) for key in keys)]
            self.fields["criterion"] = forms.ChoiceField(label="Success criterion", choices=choices)
        return self


class ChangeForm(PromiseForm):
    reason = forms.CharField(
        label="Why it changes", help_text="Whoever was promised it reads this.", widget=drafted("reason", 3)
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class ClosingForm(ReasonForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    number = forms.IntegerField(widget=forms.HiddenInput)
    words = forms.CharField(required=False, widget=drafted("answer", 2))


@page("promise.give", at="model", activity="promise.given", methods=("GET", "POST"))
def new(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "promise.give")
    kind = request.GET.get("kind", "")
    if kind not in list(PromiseKind):
        return _choose_kind(request, row)
    chosen = PromiseKind(kind)
    form = _with_people(request, filled(request, PromiseForm), row).made_for(chosen, _criteria(request, row))
    if request.method == "POST":
        values = cleaned(form)
        actions.give_promise(
            actor=request.actor,
            model_id=row.pk,
            kind=chosen,
            content=_content(values),
            stakeholder_ids=[int(pk) for pk in values["stakeholders"]],
            now=request.now,
        )
        return done(request, tab_url(row), "It is promised. Now tell those who plan by it.")
    lead = f"{KIND_WORDS[chosen]} It is compared with the facts from now on, and everybody sees how it holds."
    title = f"Promise: {chosen.label.lower()}"
    return _form_page(request, row, form, title, "Promise it", lead)


@page("promise.give", at="model", activity="promise.changed", methods=("GET", "POST"))
def change(request: PageRequest, promise_id: int) -> HttpResponse:
    row, fact = _mine(request, promise_id)
    said, kind = fact.latest, PromiseKind(row.kind)
    initial = {**vars(said.content), "version": row.version}
    form = filled(request, ChangeForm, initial)
    del form.fields["stakeholders"]
    form.made_for(kind, _criteria(request, row.model))
    if request.method == "POST":
        values = cleaned(form)
        actions.change_promise(
            actor=request.actor,
            promise_id=row.pk,
            fields={name: values[name] for name in actions.FIELDS if name in values},
            reason=values["reason"],
            expected_version=values["version"],
            now=request.now,
        )
        return done(request, tab_url(row.model), "The promise is changed. Now tell those who plan by it.")
    lead = "What was said before stays on record. Everybody to whom it was given is told and asked again."
    return _form_page(request, row.model, form, f"Change: {kind.label.lower()}", "Change it", lead)


@page("promise.give", at="model", activity="promise.withdrawn", methods=("GET", "POST"))
def withdraw(request: PageRequest, promise_id: int) -> HttpResponse:
    row, fact = _mine(request, promise_id)
    form = filled(request, ClosingForm, {"version": row.version})
    if request.method == "POST":
        values = cleaned(form)
        actions.withdraw_promise(
            actor=request.actor,
            promise_id=row.pk,
            reason=values["reason"],
            expected_version=values["version"],
            now=request.now,
        )
        return done(
            request, tab_url(row.model), "The promise is withdrawn. Now tell those who planned by it."
        )
    lead = f"“{fact.latest.statement}” It stays on record, and everybody to whom it was given has to be told."
    return _form_page(request, row.model, form, "Withdraw a promise", "Withdraw it", lead)


@page("promise.give", at="model", activity="promise.kept", methods=("GET", "POST"))
def close(request: PageRequest, promise_id: int) -> HttpResponse:
    row, fact = _mine(request, promise_id)
    form = filled(request, ClosingForm, {"version": row.version})
    form.fields["reason"].label = "What shows that it was kept"
    if request.method == "POST":
        values = cleaned(form)
        actions.close_promise(
            actor=request.actor,
            promise_id=row.pk,
            reason=values["reason"],
            expected_version=values["version"],
            now=request.now,
        )
        return done(request, tab_url(row.model), "The promise is closed as kept.")
    lead = f"“{fact.latest.statement}” It can't be closed while the facts say otherwise."
    return _form_page(request, row.model, form, "Close as kept", "Close it", lead)


@page("promise.give", at="model", activity="promise.recipient_added", methods=("GET", "POST"))
def recipients(request: PageRequest, promise_id: int) -> HttpResponse:
    row, fact = _mine(request, promise_id)
    given = {one.stakeholder_id for one in fact.recipients}
    others = [one for one in queries.stakeholder_rows(row.model, request.now) if one.pk not in given]
    if request.method == "POST":
        chosen = request.POST.get("stakeholder", "")
        actions.add_recipient(
            actor=request.actor,
            promise_id=row.pk,
            stakeholder_id=int(chosen) if chosen.isdecimal() and len(chosen) < 18 else 0,
            now=request.now,
        )
        return done(request, reverse("promise_recipients", args=[row.pk]), "It is promised to them too.")
    context = {
        "model": row.model,
        "promise": fact,
        "others": others,
        "crumbs": _way(row.model, "To whom"),
        "back": tab_url(row.model),
    }
    return show(request, "promises/recipients.html", context)


@page("promise.give", at="model", activity="promise.recipient_removed", methods=("POST",), redraws=recipients)
def remove_recipient(request: PageRequest, promise_id: int) -> HttpResponse:
    chosen = request.POST.get("stakeholder", "")
    actions.remove_recipient(
        actor=request.actor,
        promise_id=promise_id,
        stakeholder_id=int(chosen) if chosen.isdecimal() and len(chosen) < 18 else 0,
        now=request.now,
    )
    return done(
        request, reverse("promise_recipients", args=[promise_id]), "It is no longer promised to them."
    )


@page("model.view", at="model")
def promise(request: PageRequest, promise_id: int) -> HttpResponse:
    """One promise by itself, as links from elsewhere open it."""
    row = queries.promise_row(request.actor, promise_id)
    board = queries.board_of(row.model, request.now)
    (found,) = (
        one for one in promised.shown(board, request.actor.person_id) if one.drift.promise.id == row.pk
    )
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    context = {
        "model": row.model,
        "one": found,
        "may_give": may(request.actor, "promise.give", **place),
        "form": filled(request, AnswerForm, {"number": found.drift.promise.latest.number}),
        "crumbs": _way(row.model, found.drift.promise.kind.label),
        "item": f"model:{row.model_id}",
    }
    return show(request, "promises/promise.html", context)


@page("promise.answer", at="model", activity="promise.acknowledged", methods=("POST",), redraws=promise)
def answer(request: PageRequest, promise_id: int) -> HttpResponse:
    values = cleaned(filled(request, AnswerForm))
    is_acknowledgement = request.POST.get("answer") == "acknowledge"
    actions.answer_promise(
        actor=request.actor,
        promise_id=promise_id,
        number=values["number"],
        is_acknowledgement=is_acknowledgement,
        words=values["words"],
        now=request.now,
    )
    said = (
        "You acknowledged it."
        if is_acknowledgement
        else "Your words are on record; whoever gave it sees them."
    )
    return done(request, reverse("promise", args=[promise_id]), said)


def tab_url(row: MLModel) -> str:
    return f"{reverse('model', args=[row.pk])}?tab=promises"


def _mine(request: PageRequest, promise_id: int) -> tuple[PromiseRow, Promise]:
    """One that this person may change, as it stands."""
    row = queries.promise_row(request.actor, promise_id)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    require(request.actor, "promise.give", noun="promise", **place)
    given = queries.board_of(row.model, request.now).promises.given
    return row, next(one for one in given if one.id == row.pk)


def _choose_kind(request: PageRequest, row: MLModel) -> HttpResponse:
    kinds = [(kind, KIND_TITLES[kind], KIND_WORDS[kind]) for kind in PromiseKind]
    context = {
        "model": row,
        "kinds": kinds,
        "has_stakeholders": queries.stakeholder_rows(row, request.now).exists(),
        "crumbs": _way(row, "Give a promise"),
        "back": tab_url(row),
    }
    return show(request, "promises/kinds.html", context)


def _with_people(request: PageRequest, form: PromiseForm, row: MLModel) -> PromiseForm:
    people = queries.stakeholder_rows(row, request.now)
    field = form.fields["stakeholders"]
    field.choices = [(str(one.pk), _who(one)) for one in people]  # type: ignore[attr-defined]
    if not form.is_bound:
        form.initial["stakeholders"] = [str(one.pk) for one in people]
    return form


def _who(one: Any) -> str:
    more = ", ".join(part for part in (one.part.capitalize(), one.business) if part)
    return f"{one.name} ({more})" if more else str(one.name)


def _criteria(request: PageRequest, row: MLModel) -> list[str]:
    return list(queries.criteria_of(row, request.now) or ())


def _content(values: dict[str, Any]) -> Content:
    return Content(**{name: values[name] for name in actions.FIELDS if values.get(name)})


def _way(row: MLModel, title: str) -> list[Crumb]:
    return crumbs(row, Crumb("Promises", tab_url(row)), Crumb(title))


def _form_page(
    request: PageRequest, row: MLModel, form: forms.Form, title: str, button: str, lead: str
) -> HttpResponse:
    context = {
        "form": form,
        "model": row,
        "title": title,
        "button": button,
        "lead": lead,
        "item": f"model:{row.pk}",
        "crumbs": _way(row, title),
        "back": tab_url(row),
    }
    return show(request, "promises/form.html", context)
