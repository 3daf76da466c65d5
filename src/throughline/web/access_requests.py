"""Asking for access to data, and recording what came of it."""

from collections.abc import Iterable
from datetime import timedelta

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from throughline.actions import access_requests as actions
from throughline.core.access_requests import AccessState, Asked
from throughline.core.data_sources import SourceInUse
from throughline.core.permissions import may
from throughline.queries import access_requests as queries
from throughline.queries import data_sources
from throughline.queries.rows import AccessRequest, MLModel
from throughline.web.model_forms import changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show
from throughline.web.source_rows import access_line, tab_url

USUAL_WAIT = timedelta(days=14)


class AskForm(forms.Form):
    sources = forms.TypedMultipleChoiceField(
        label="Access to",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one source."},
    )
    needed_by = forms.CharField(
        label="Who needs it",
        max_length=200,
        help_text="A team, a person, or the account that runs the model.",
    )
    reason = forms.CharField(
        label="Why",
        max_length=5_000,
        help_text="What the model does with the data, and for how long.",
        widget=drafted("access", 4),
    )
    sent_to = forms.CharField(label="Sent to", max_length=200, help_text="Whoever has to answer.")
    due_on = forms.DateField(
        label="Answer needed by", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    link = forms.CharField(label="Link to the request", required=False, max_length=1000)


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="What was said",
        required=False,
        max_length=5_000,
        help_text="Who granted or refused it, and on which terms.",
        widget=drafted("access-answer", 3),
    )
    link = forms.CharField(label="Link to the answer", required=False, max_length=1000)
    granted_until = forms.DateField(
        label="Granted until",
        required=False,
        help_text="The last day. Empty is without an end.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class EndForm(forms.Form):
    reason = forms.CharField(
        label="Reason", required=False, max_length=2_000, widget=drafted("access-end", 3)
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


@page("source.change", at="model", activity="access.asked", methods=("GET", "POST"))
def ask(request: PageRequest, model_id: int) -> HttpResponse:
    """`source` in the address chooses sources, and `again` takes over what an earlier request said."""
    row = changeable(request, model_id, "source.change")
    form = _ask_form(request, row)
    if request.method == "POST":
        values = cleaned(form)
        chosen = values.pop("sources")
        made = actions.ask_access(
            actor=request.actor, model_id=row.pk, source_ids=chosen, asked=Asked(**values), now=request.now
        )
        told = f"Access to {made[0].source.name}" if len(made) == 1 else f"Access to {len(made)} sources"
        return done(request, tab_url(row.pk), f"{told} is asked for.")
    context = {
        "form": form,
        "model": row,
        "link_url": reverse("source_link", args=[row.pk]),
        "back": tab_url(row.pk),
        "crumbs": crumbs(row, Crumb("Data", tab_url(row.pk)), Crumb("Ask for access")),
        "item": f"model:{row.pk}",
    }
    return show(request, "access_requests/new.html", context)


@page("source.view", at="model")
def access_request(request: PageRequest, request_id: int) -> HttpResponse:
    row = queries.request_row(request.actor, request_id)
    known = queries.known(row, request.now)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    may_change = may(request.actor, "source.change", **place)
    is_own = row.asker_id is not None and row.asker_id == request.actor.person_id
    context = {
        "row": row,
        "model": row.model,
        "line": access_line(known.fact, queries.today_of(row, request.now), request.now),
        "is_own": is_own,
        "may_answer": may_change and row.state == AccessState.ASKED,
        "may_revoke": may_change and row.state == AccessState.GRANTED,
        "may_ask": may_change and row.state != AccessState.ASKED and row.source.ended_at is None,
        "answer_form": _part(request, AnswerForm, "answer", row),
        "end_form": _part(request, EndForm, "end", row),
        "again_url": f"{reverse('access_new', args=[row.model_id])}?source={row.source_id}&again={row.pk}",
        "crumbs": crumbs(
            row.model, Crumb("Data", tab_url(row.model_id)), Crumb(f"Access to {row.source.name}")
        ),
        "item": f"model:{row.model_id}",
    }
    return show(request, "access_requests/page.html", context)


@page("source.change", at="model", activity="access.granted", methods=("POST",), redraws=access_request)
def answer(request: PageRequest, request_id: int) -> HttpResponse:
    values = cleaned(filled(request, AnswerForm))
    is_granted = request.POST.get("outcome") != "refuse"
    row = actions.answer_access(
        actor=request.actor,
        request_id=request_id,
        is_granted=is_granted,
        answer=values["answer"],
        link=values["link"],
        granted_until=values["granted_until"] if is_granted else None,
        expected_version=values["version"],
        now=request.now,
    )
    said = f"Access to {row.source.name} is {'granted' if is_granted else 'refused'}."
    return done(request, tab_url(row.model_id), said)


@page("source.change", at="model", activity="access.withdrawn", methods=("POST",), redraws=access_request)
def withdraw(request: PageRequest, request_id: int) -> HttpResponse:
    values = cleaned(filled(request, EndForm))
    row = actions.withdraw_access(
        actor=request.actor, request_id=request_id, reason=values["reason"], expected_version=values["version"],
        now=request.now,
    )  # fmt: skip
    return done(request, tab_url(row.model_id), "The request is withdrawn.")


@page("source.change", at="model", activity="access.revoked", methods=("POST",), redraws=access_request)
def revoke(request: PageRequest, request_id: int) -> HttpResponse:
    values = cleaned(filled(request, EndForm))
    row = actions.revoke_access(
        actor=request.actor, request_id=request_id, reason=values["reason"], expected_version=values["version"],
        now=request.now,
    )  # fmt: skip
    return done(request, tab_url(row.model_id), f"The grant of {row.source.name} is revoked.")


def _part(request: PageRequest, form: type[forms.Form], name: str, row: AccessRequest) -> forms.Form:
    """Only the form that was sent is shown with what was typed."""
    initial = {"version": row.version}
    is_sent = request.typed is not None and request.typed.get("form") == name
    return filled(request, form, initial) if is_sent else form(initial=initial)


def _ask_form(request: PageRequest, row: MLModel) -> AskForm:
    used = data_sources.facts_of([row.pk], request.now).get(row.pk, ())
    form = filled(request, AskForm, _initial(request, row, used))
    choices = [(one.id, _choice(one)) for one in used if not one.has_ended]
    form.fields["sources"].choices = choices  # type: ignore[attr-defined]
    return form


def _choice(one: SourceInUse) -> str:
    return f"{one.name}{f' from {one.provider}' if one.provider else ''}"


def _initial(request: PageRequest, row: MLModel, used: Iterable[SourceInUse]) -> dict[str, object]:
    today = timezone.localtime(request.now).date()
    wanted = [int(pk) for pk in request.GET.getlist("source") if pk.isdecimal() and len(pk) < 18]
    chosen = [one for one in used if one.id in wanted]
    initial: dict[str, object] = {"sources": wanted, "due_on": today + USUAL_WAIT, "needed_by": row.team}
    if len(chosen) == 1:
        initial["sent_to"] = chosen[0].provider
    again = request.GET.get("again", "")
    earlier = next((r for one in used for r in one.requests if str(r.id) == again), None)
    if earlier is not None:
        initial |= {"needed_by": earlier.needed_by, "reason": earlier.reason, "sent_to": earlier.sent_to}
    return initial
