"""Pages of stakeholders: one of them, adding, changing and ending one, recording a contact, and personal links."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import personal_links, stakeholders
from throughline.actions.personal_links import MadeLink
from throughline.core.access import LONGEST_PERSONAL_LINK, PERSONAL_LINK_HOLDS
from throughline.core.permissions import may, require
from throughline.core.stakeholders import (
    CONTACT_TITLES,
    FIELDS,
    LONGEST_CADENCE,
    PART_MEANINGS,
    PART_TITLES,
    QUADRANT_ADVICE,
    QUADRANT_TITLES,
)
from throughline.queries import personal_links as links
from throughline.queries import portfolio
from throughline.queries import stakeholders as queries
from throughline.queries.rows import MLModel, Stakeholder
from throughline.web import engagement
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show

PARTS = [(part, f"{title}: {PART_MEANINGS[part]}") for part, title in PART_TITLES.items()]
SCALE = [(1, "1, little"), (2, "2"), (3, "3"), (4, "4"), (5, "5, much")]


class StakeholderForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200, help_text="Of the person, or of the group.")
    is_group = forms.BooleanField(label="This is a group, such as a team or a committee", required=False)
    business = forms.CharField(
        label="Business", required=False, max_length=300, help_text="What they do, and where."
    )
    need = forms.CharField(
        label="The need, in their words", required=False, max_length=5_000, widget=drafted("need", 4)
    )
    part = forms.ChoiceField(label="Part", choices=PARTS)
    influence = forms.TypedChoiceField(label="Influence on the model", choices=SCALE, coerce=int, initial=3)
    interest = forms.TypedChoiceField(label="Interest in the model", choices=SCALE, coerce=int, initial=3)
    cadence_days = forms.IntegerField(
        label="Days between contacts",
        required=False,
        min_value=1,
        max_value=LONGEST_CADENCE,
        help_text="Who was not spoken to for that long is on your Today page. Empty means no fixed rhythm.",
    )
    email = forms.CharField(
        label="E-mail of their account",
        required=False,
        max_length=254,
        help_text="With an account they see this model, and answer for themselves on their own page. "
        "For a group, of the person who answers for it.",
    )
    makes_account = forms.BooleanField(
        label="Make an account if there is none with this address", required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ContactForm(forms.Form):
    kind = forms.ChoiceField(label="Kind", choices=list(CONTACT_TITLES.items()))
    day = forms.DateField(
        label="Day",
        required=False,
        help_text="Empty means today.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        label="What it was about", required=False, max_length=2_000, widget=drafted("contact", 3)
    )


class EndForm(forms.Form):
    reason = forms.CharField(label="Reason", max_length=2_000, widget=drafted("stakeholder-end", 3))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class LinkForm(forms.Form):
    days = forms.IntegerField(
        label="Holds for days",
        min_value=1,
        max_value=LONGEST_PERSONAL_LINK.days,
        initial=PERSONAL_LINK_HOLDS.days,
    )


@page("stakeholder.view", at="model")
def stakeholder(request: PageRequest, stakeholder_id: int) -> HttpResponse:
    row = queries.stakeholder_row(request.actor, stakeholder_id)
    model, place = row.model, {"program_id": row.model.program_id, "model_id": row.model_id}
    known = queries.known_one(row)
    may_link = may(request.actor, "people.change", program_id=model.program_id) and row.ended_at is None
    is_change = may(request.actor, "stakeholder.change", **place) and row.ended_at is None
    context = {
        "one": engagement.line(known, request.now),
        "row": row,
        "model": model,
        "quadrant": QUADRANT_TITLES[known.fact.quadrant],
        "advice": QUADRANT_ADVICE[known.fact.quadrant],
        "log": engagement.entries(queries.contacts([row])),
        "may_change": is_change,
        "may_end": is_change and (row.person is None or may(request.actor, "people.change", **place)),
        "may_link": may_link,
        "links": list(links.links_of_model(model).filter(person=row.person)) if may_link else [],
        "contact_form": filled(request, ContactForm),
        "end_form": filled(request, EndForm, {"version": row.version}),
        "link_form": filled(request, LinkForm),
        "crumbs": crumbs(model, Crumb("Stakeholders", engagement.tab_url(model)), Crumb(row.name)),
    }
    return show(request, "stakeholders/page.html", context)


@page("stakeholder.change", at="model", activity="stakeholder.added", methods=("GET", "POST"))
def add(request: PageRequest, model_id: int) -> HttpResponse:
    model = portfolio.model_row(request.actor, model_id)
    require(request.actor, "stakeholder.change", noun="model", program_id=model.program_id, model_id=model_id)
    form = filled(request, StakeholderForm, {"part": request.GET.get("part", "")})
    if request.method == "POST":
        values = cleaned(form)
        row = stakeholders.add_stakeholder(
            actor=request.actor,
            model_id=model_id,
            fields={name: values[name] for name in FIELDS},
            email=values["email"],
            makes_account=values["makes_account"],
            now=request.now,
        )
        return done(request, engagement.tab_url(model), f"{row.name} is a stakeholder of {model.name}.")
    return _form_page(request, form, model, "Add a stakeholder", "Add", engagement.tab_url(model))


@page("stakeholder.change", at="model", activity="stakeholder.changed", methods=("GET", "POST"))
def edit(request: PageRequest, stakeholder_id: int) -> HttpResponse:
    row = _changeable(request, stakeholder_id)
    known = {name: getattr(row, name) for name in (*FIELDS, "version")}
    form = filled(request, StakeholderForm, {**known, "email": _email(row)})
    back = reverse("stakeholder", args=[row.pk])
    if request.method == "POST":
        values = cleaned(form)
        stakeholders.change_stakeholder(
            actor=request.actor,
            stakeholder_id=stakeholder_id,
            fields={name: values[name] for name in FIELDS},
            email=values["email"],
            makes_account=values["makes_account"],
            expected_version=values["version"],
            now=request.now,
        )
        return done(request, back, "The stakeholder is saved.")
    return _form_page(request, form, row.model, f"Edit {row.name}", "Save", back)


@page("stakeholder.change", at="model", activity="stakeholder.ended", methods=("POST",), redraws=stakeholder)
def end(request: PageRequest, stakeholder_id: int) -> HttpResponse:
    _changeable(request, stakeholder_id)
    values = cleaned(filled(request, EndForm))
    row = stakeholders.end_stakeholder(
        actor=request.actor,
        stakeholder_id=stakeholder_id,
        reason=values["reason"],
        expected_version=values["version"],
        now=request.now,
    )
    return done(
        request, engagement.tab_url(row.model), f"{row.name} is no longer a stakeholder of {row.model.name}."
    )


@page("stakeholder.change", at="model", activity="contact.recorded", methods=("POST",), redraws=stakeholder)
def contact(request: PageRequest, stakeholder_id: int) -> HttpResponse:
    _changeable(request, stakeholder_id)
    values = cleaned(filled(request, ContactForm))
    made = stakeholders.record_contact(
        actor=request.actor,
        stakeholder_id=stakeholder_id,
        kind=values["kind"],
        note=values["note"],
        day=values["day"],
        now=request.now,
    )
    url = reverse("stakeholder", args=[stakeholder_id])
    return done(request, url, f"{CONTACT_TITLES[made.kind]} with {made.stakeholder.name} is recorded.")


@page("people.change", at="model", activity="personal_link.created", methods=("POST",), redraws=stakeholder)
def make_link(request: PageRequest, stakeholder_id: int) -> HttpResponse:
    _changeable(request, stakeholder_id)
    values = cleaned(filled(request, LinkForm))
    made = personal_links.create_personal_link(
        actor=request.actor, stakeholder_id=stakeholder_id, days=values["days"], now=request.now
    )
    return _handed_over(request, made, reverse("stakeholder", args=[stakeholder_id]))


@page("people.change", at="program", activity="personal_link.revoked", methods=("POST",))
def revoke_link(request: PageRequest, personal_link_id: int) -> HttpResponse:
    row = personal_links.revoke_personal_link(actor=request.actor, link_id=personal_link_id, now=request.now)
    back = request.POST.get("model", "")
    is_model = back.isdecimal() and len(back) < 18
    url = f"{reverse('model', args=[int(back)])}?tab=stakeholders" if is_model else reverse("portfolio")
    return done(request, url, f"The personal link of {row.person.name} opens nothing any more.")


def _handed_over(request: PageRequest, made: MadeLink, back: str) -> HttpResponse:
    """A link is shown this once, on a page that no browser keeps."""
    person = made.row.person
    if made.is_mailed:
        return done(request, back, f"The link went to {person.email}.")
    response = show(request, "stakeholders/link.html", {"made": made, "person": person, "back": back})
    response["Cache-Control"] = "no-store"
    return response


def _changeable(request: PageRequest, stakeholder_id: int) -> Stakeholder:
    row = queries.stakeholder_row(request.actor, stakeholder_id)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    require(request.actor, "stakeholder.change", noun="stakeholder", **place)
    return row


def _email(row: Stakeholder) -> str:
    return row.person.email or "" if row.person else ""


def _form_page(
    request: PageRequest, form: Any, model: MLModel, title: str, button: str, back: str
) -> HttpResponse:
    place = {"program_id": model.program_id, "model_id": model.pk}
    gives_access = may(request.actor, "people.change", **place)
    context = {
        "form": form,
        "model": model,
        "title": title,
        "button": button,
        "back": back,
        "gives_access": gives_access,
        "makes_accounts": may(request.actor, "people.change", program_id=model.program_id),
        "crumbs": crumbs(model, Crumb("Stakeholders", engagement.tab_url(model)), Crumb(title)),
    }
    return show(request, "stakeholders/form.html", context)
