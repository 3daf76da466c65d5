"""Showing output to stakeholders: sharing it, looking at it, answering, asking further people, the updated timeline."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import outputs as actions
from throughline.actions.outputs import NewOutput
from throughline.core.errors import Missing, Refused
from throughline.core.outputs import OutputState, Purpose, asked_again, timeline_cause
from throughline.core.permissions import may
from throughline.queries import outputs as queries
from throughline.queries import portfolio
from throughline.queries.outputs import Share
from throughline.queries.rows import MLModel, Output
from throughline.web import shares
from throughline.web.exports import safe
from throughline.web.model_forms import changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, F, PageRequest, cleaned, done, drafted, filled, page, show

PARTS = {"sponsor": "sponsor", "approver": "approver", "user": "user", "informed": "kept informed"}


class AskForm(forms.Form):
    stakeholders = forms.TypedMultipleChoiceField(
        label="Who is asked",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one stakeholder."},
    )


class ShareForm(AskForm):
    purpose = forms.ChoiceField(
        label="What you ask",
        choices=[
            (Purpose.DRAFT, "Is this draft going the right way?"),
            (Purpose.ACCEPTANCE, "Do you accept the output of this release?"),
        ],
        widget=forms.RadioSelect,
        initial=Purpose.DRAFT,
    )
    release = forms.TypedChoiceField(label="What it is of", coerce=int, empty_value=None, required=False)
    title = forms.CharField(
        label="Title", max_length=200, help_text="For instance: scores of week 9, as the desk would get them."
    )
    note = forms.CharField(
        label="What to look at",
        required=False,
        help_text="Markdown is understood.",
        widget=drafted("output", 4),
    )
    file = forms.FileField(label="File", required=False)
    is_sample = forms.BooleanField(
        label="Show the first 200 rows on the page (CSV or Parquet)", required=False
    )
    link = forms.CharField(
        label="Or a link", required=False, max_length=1000, help_text="To a dashboard, a document, a page."
    )
    field_order = ("title", "purpose", "release", "file", "is_sample", "link", "note", "stakeholders")


class AnswerForm(forms.Form):
    words = forms.CharField(
        label="Your words",
        required=False,
        help_text="Needed when you return it: what is wrong, and what you need instead.",
        widget=drafted("output-answer", 4),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class TimelineForm(forms.Form):
    due_on = forms.DateField(
        label="Expected now on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label="What happens until then", help_text="Stakeholders read this.", widget=drafted("timeline", 3)
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


@page("model.change", at="model", activity="output.shared", methods=("GET", "POST"))
def new(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "model.change")
    form = share_form(request, row)
    if request.method == "POST":
        made = send(request, row.pk, cleaned(form))
        return done(
            request, reverse("output", args=[made.pk]), "It is shared, and those you chose are asked."
        )
    context = {
        "form": form,
        "model": row,
        "most_mb": settings.MAX_UPLOAD_BYTES // 1_000_000,
        "back": tab_url(row.pk),
        "crumbs": crumbs(row, Crumb("Share output")),
        "item": f"model:{row.pk}",
    }
    return show(request, "outputs/new.html", context)


@page("model.view", at="model")
def output(request: PageRequest, output_id: int) -> HttpResponse:
    row = queries.output_row(request.actor, output_id)
    share = queries.share_of(row, request.now)
    context = {
        "model": row.model,
        "output": row,
        "line": shares.share_line(share),
        "sample": row.sample,
        "cause": timeline_cause(row.pk),
        "told": queries.told_of(row) if share.fact.timeline_on else {},
        "crumbs": crumbs(row.model, Crumb("Outputs", tab_url(row.model_id)), Crumb(row.title)),
        "item": f"model:{row.model_id}",
        **own_answer(request, share),
        **team_forms(request, share),
    }
    return show(request, "outputs/page.html", context)


@page("output.answer", at="model", activity="output.approved", methods=("POST",), redraws=output)
def answer(request: PageRequest, output_id: int) -> HttpResponse:
    values = cleaned(filled(request, AnswerForm))
    is_approval = request.POST.get("answer") == "approve"
    row = actions.answer_output(
        actor=request.actor, output_id=output_id, is_approval=is_approval, now=request.now, **values
    )
    said = "You approved it." if is_approval else "You returned it. The team owes you an updated timeline."
    return done(request, reverse("output", args=[row.pk]), said)


@page("model.change", at="model", activity="output.asked", methods=("POST",), redraws=output)
def ask(request: PageRequest, output_id: int) -> HttpResponse:
    row = queries.output_row(request.actor, output_id)
    form = filled(request, AskForm)
    with_choices(form, row.model)
    ids = cleaned(form)["stakeholders"]
    actions.ask_about_output(actor=request.actor, output_id=output_id, stakeholder_ids=ids, now=request.now)
    return done(request, reverse("output", args=[row.pk]), "They are asked.")


@page("model.change", at="model", activity="output.timeline_updated", methods=("POST",), redraws=output)
def timeline(request: PageRequest, output_id: int) -> HttpResponse:
    values = cleaned(filled(request, TimelineForm))
    row = actions.update_timeline(
        actor=request.actor,
        output_id=output_id,
        on=values["due_on"],
        note=values["note"],
        expected_version=values["version"],
        now=request.now,
    )
    said = "The timeline is updated. Now tell everybody who was asked."
    return done(request, reverse("output", args=[row.pk]), said)


@page("model.change", at="model", activity="output.withdrawn", methods=("POST",), redraws=output)
def withdraw(request: PageRequest, output_id: int) -> HttpResponse:
    row = actions.withdraw_output(actor=request.actor, output_id=output_id, now=request.now)
    return done(
        request, reverse("output", args=[row.pk]), "It is withdrawn. Nobody is asked about it any more."
    )


@page("model.view", at="model")
def sample(request: PageRequest, output_id: int) -> HttpResponse:
    """The rows that are shown, for a spreadsheet; no cell of it is taken for a formula."""
    row = queries.output_row(request.actor, output_id)
    if row.sample is None:
        raise Missing("sample")
    out = io.StringIO()
    csv.writer(out).writerows(
        [safe(str(cell)) for cell in cells] for cells in (row.sample["columns"], *row.sample["rows"])
    )
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="output-{row.pk}-sample.csv"'
    return response


def own_answer(request: PageRequest, share: Share) -> dict[str, object]:
    """The form for whoever was asked; nobody answers what they showed themselves."""
    row = share.row
    own = [one for one in row.answers.all() if is_of(one.stakeholder, request.actor.person_id)]
    is_asked = share.is_open and any(not one.answer for one in own)
    may_answer = may(request.actor, "output.answer", program_id=row.model.program_id, model_id=row.model_id)
    if not (is_asked and may_answer) or share.is_altered or row.shared_by_id == request.actor.person_id:
        return {}
    return {"answer_form": part(request, AnswerForm, "answer", {"seen": row.fingerprint})}


def is_of(stakeholder: Any, person_id: int | None) -> bool:
    return stakeholder.ended_at is None and person_id is not None and stakeholder.person_id == person_id


def team_forms(request: PageRequest, share: Share) -> dict[str, object]:
    """What the team may do about it as it stands now."""
    row, fact = share.row, share.fact
    if not may(request.actor, "model.change", program_id=row.model.program_id, model_id=row.model_id):
        return {}
    found: dict[str, object] = {"may_change": True}
    if fact.state is OutputState.RETURNED and not fact.told:
        initial = {"due_on": row.timeline_on, "note": row.timeline_note, "version": row.version}
        found["timeline_form"] = part(request, TimelineForm, "timeline", initial)
    if share.is_open:
        form = part(request, AskForm, "ask", {})
        with_choices(form, row.model, but={one.stakeholder_id for one in fact.asks}, sharer=row.shared_by_id)
        found["ask_form"] = form if form.fields["stakeholders"].choices else None  # type: ignore[attr-defined]
    found["may_withdraw"] = fact.withdrawn_at is None and not fact.returned
    return found


def part(request: PageRequest, form: type[F], name: str, initial: Mapping[str, object]) -> F:
    """One of several forms on a page: only the one that was sent is shown with what was typed."""
    if request.typed is not None and request.typed.get("form") == name:
        return filled(request, form, initial)
    return form(initial=dict(initial))


def share_form(request: PageRequest, row: MLModel) -> ShareForm:
    """For the release at hand where one is planned, with those chosen who have to be asked again."""
    releases = list(portfolio.releases(row)[:20])
    planned = next((one for one in releases if one.state == "planned"), None)
    asked = asked_again(queries.before(row, Purpose.DRAFT, planned, request.now))
    initial = {"release": planned.pk if planned else "", "stakeholders": sorted(asked)}
    form = filled(request, ShareForm, {"purpose": Purpose.DRAFT, **initial})
    titles = [
        (str(one.pk), f"Release {one.name}: {one.subject or 'no version named yet'}") for one in releases
    ]
    form.fields["release"].choices = [("", "The prototype"), *titles]  # type: ignore[attr-defined]
    with_choices(form, row, sharer=request.actor.person_id)
    return form


def with_choices(
    form: forms.Form, row: MLModel, *, but: set[int] | None = None, sharer: int | None = None
) -> None:
    people = [
        (one.pk, f"{one.name} ({PARTS.get(one.part, one.part)})")
        for one in queries.stakeholders_to_ask(row)
        if one.pk not in (but or set()) and (one.person_id is None or one.person_id != sharer)
    ]
    form.fields["stakeholders"].choices = people  # type: ignore[attr-defined]


def send(request: PageRequest, model_id: int, values: dict[str, Any]) -> Output:
    file: UploadedFile[bytes] | None = values["file"]
    item = NewOutput(
        title=values["title"],
        purpose=Purpose(values["purpose"]),
        note=values["note"],
        link=values["link"],
        release_id=values["release"],
        stakeholder_ids=tuple(values["stakeholders"]),
    )
    if file is None:
        if values["is_sample"]:
            raise Refused.field("file", "There is no file to show rows of.", "Choose a CSV or Parquet file.")
        return actions.share_output(actor=request.actor, model_id=model_id, item=item, now=request.now)
    return actions.share_file(
        actor=request.actor,
        model_id=model_id,
        item=item,
        file_name=file.name or "",
        chunks=file.chunks(),
        is_sample=values["is_sample"],
        now=request.now,
    )


def tab_url(model_id: int) -> str:
    return f"{reverse('model', args=[model_id])}?tab=outputs"
