"""Forms about people: assigning, ending and handing on a duty, taking up a gap and closing it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import people as actions
from throughline.core.people import DUTY_TITLES, Responsibility, Role
from throughline.core.permissions import require
from throughline.queries import access, portfolio
from throughline.queries import people as queries
from throughline.queries.rows import GapItem, MLModel, Program
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show

DAY_INPUT = {"type": "date"}
USUAL_DAYS = 28
CHOICES = [
    ("Roles", [(role.value, DUTY_TITLES[role]) for role in Role]),
    ("Responsibilities", [(duty.value, DUTY_TITLES[duty]) for duty in Responsibility]),
]


class Day(forms.DateField):
    def __init__(self, label: str, *, required: bool = False, help_text: str = "") -> None:
        widget = forms.DateInput(attrs=DAY_INPUT, format="%Y-%m-%d")
        super().__init__(label=label, required=required, help_text=help_text, widget=widget)


class WhoForm(forms.Form):
    person = forms.ChoiceField(label="Person", required=False)
    email = forms.CharField(
        label="Or somebody else, by e-mail",
        required=False,
        max_length=254,
        help_text="The exact address of somebody with an account who is not in the list.",
    )


class AssignForm(WhoForm):
    duty = forms.ChoiceField(label="Duty", choices=CHOICES)
    starts_on = Day("From", help_text="Empty means now.")
    ends_on = Day("Through", help_text="Empty means until it is ended.")
    field_order = ("duty", "person", "email", "starts_on", "ends_on")


class DelegateForm(WhoForm):
    starts_on = Day("From", help_text="Empty means now.")
    ends_on = Day("Through", required=True)


class GapForm(WhoForm):
    duty = forms.ChoiceField(label="Duty that nobody holds", choices=CHOICES)
    due_on = Day("To be closed by", required=True)
    note = forms.CharField(
        label="Note",
        required=False,
        help_text="What is to be done, and with whom it was spoken.",
        widget=drafted("gap"),
    )
    field_order = ("duty", "person", "email", "due_on", "note")


class CloseForm(forms.Form):
    outcome = forms.CharField(label="How it ended", widget=drafted("gap-outcome"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


@dataclass(frozen=True)
class Where:
    """A model, or a whole program."""

    program: Program
    model: MLModel | None

    @property
    def ids(self) -> dict[str, int | None]:
        return {"program_id": self.program.pk, "model_id": self.model.pk if self.model else None}

    @property
    def name(self) -> str:
        return self.model.name if self.model else f"all of {self.program.name}"

    @property
    def url(self) -> str:
        if self.model:
            return f"{reverse('model', args=[self.model.pk])}?tab=people"
        return f"{reverse('people')}?{urlencode({'program': self.program.slug})}"


@page("people.change", at="program", activity="duty.assigned", methods=("GET", "POST"))
def assign(request: PageRequest) -> HttpResponse:
    where = _where(request)
    require(request.actor, "people.change", noun="model", **where.ids)
    form = _with_people(request, filled(request, AssignForm, {"duty": request.GET.get("duty", "")}), where)
    if request.method == "POST":
        values = cleaned(form)
        row = actions.assign_duty(
            actor=request.actor,
            duty=values["duty"],
            starts_at=_begin(values["starts_on"], where),
            ends_at=_end(values["ends_on"], where),
            program_id=where.program.pk,
            model_id=where.model.pk if where.model else None,
            now=request.now,
            **_who(values),
        )
        return done(request, where.url, f"{row.person.name} is {DUTY_TITLES[row.duty]} of {where.name}.")
    lead = "A duty brings the access that it takes, on that model alone. One person may hold several."
    return _form_page(request, form, where, "Assign a duty", lead, "Assign")


@page("people.change", at="program", activity="duty.ended", methods=("POST",))
def end(request: PageRequest, assignment_id: int) -> HttpResponse:
    row = actions.end_assignment(actor=request.actor, assignment_id=assignment_id, now=request.now)
    where = Where(row.program, row.model)
    return done(
        request, where.url, f"{row.person.name} is no longer {DUTY_TITLES[row.duty]} of {where.name}."
    )


@page("self.change", at="person", activity="duty.delegated", methods=("GET", "POST"))
def delegate(request: PageRequest, assignment_id: int) -> HttpResponse:
    row = queries.assignment_row(request.actor, assignment_id)
    where = Where(row.program, row.model)
    if row.person_id != request.actor.person_id:
        require(request.actor, "people.change", noun="assignment", **where.ids)
    form = _with_people(request, filled(request, DelegateForm), where, but=row.person_id)
    if request.method == "POST":
        values = cleaned(form)
        who = _who(values)
        ends_at = _end(values["ends_on"], where)
        made = actions.delegate(
            actor=request.actor,
            assignment_id=assignment_id,
            to_person_id=who["person_id"],
            to_email=who["email"],
            starts_at=_begin(values["starts_on"], where),
            ends_at=ends_at or request.now,
            now=request.now,
        )
        return done(request, where.url, f"{made.person.name} stands in for {row.person.name}.")
    title = f"Hand on “{DUTY_TITLES.get(row.duty, row.duty)}”"
    lead = f"Somebody stands in for {row.person.name} until a day. {row.person.name} keeps the duty."
    return _form_page(request, form, where, title, lead, "Hand on")


@page("model.change", at="program", activity="gap.taken_up", methods=("GET", "POST"))
def take_up(request: PageRequest) -> HttpResponse:
    where = _where(request)
    require(request.actor, "model.change" if where.model else "people.change", noun="model", **where.ids)
    initial = {"duty": request.GET.get("duty", ""), "due_on": request.now.date() + timedelta(days=USUAL_DAYS)}
    form = _with_people(request, filled(request, GapForm, initial), where)
    if request.method == "POST":
        values = cleaned(form)
        who = _who(values)
        row = actions.take_up_gap(
            actor=request.actor,
            duty=values["duty"],
            due_on=values["due_on"],
            owner_id=who["person_id"],
            owner_email=who["email"],
            note=values["note"],
            now=request.now,
            **where.ids,
        )
        return done(request, where.url, f"{row.owner.name} closes this gap by {row.due_on:%-d %b %Y}.")
    lead = "The gap becomes somebody's task, with a day. It is on their Today page until it is closed."
    return _form_page(request, form, where, "Take up a gap", lead, "Take it up")


@page("self.change", at="person", activity="gap.closed", methods=("GET", "POST"))
def close(request: PageRequest, item_id: int) -> HttpResponse:
    row: GapItem = queries.gap_item_row(request.actor, item_id)
    where = Where(row.program, row.model)
    if row.owner_id != request.actor.person_id:
        require(request.actor, "people.change", noun="gap", **where.ids)
    form = filled(request, CloseForm, {"version": row.version})
    if request.method == "POST":
        values = cleaned(form)
        actions.close_gap_item(
            actor=request.actor,
            item_id=item_id,
            outcome=values["outcome"],
            expected_version=values["version"],
            now=request.now,
        )
        return done(request, where.url, "The gap item is closed.")
    title = f"Close the gap “{DUTY_TITLES.get(row.duty, row.duty)}”"
    due = f"{row.owner.name} was to close it by {row.due_on:%-d %b %Y}."
    lead = f"{due} The gap itself ends when somebody holds the duty."
    return _form_page(request, form, where, title, lead, "Close it")


def _where(request: PageRequest) -> Where:
    """From the address: a model by its id, else a program by its short name. Raises `Missing` for neither."""
    wanted = request.GET.get("model", "")
    if wanted.isdecimal() and len(wanted) < 18:
        model = portfolio.model_row(request.actor, int(wanted))
        return Where(model.program, model)
    return Where(portfolio.program_row(request.actor, request.GET.get("program", "")), None)


def _with_people(request: PageRequest, form: Any, where: Where, but: int | None = None) -> Any:
    """Whoever works in the program already; a person of one model alone sees those of that model."""
    known = access.known_people(request.actor).filter(is_active=True, is_service=False)
    near = set(access.people_of(where.program.pk).values_list("pk", flat=True))
    people = [(str(row.pk), row.name) for row in known if row.pk in near and row.pk != but]
    form.fields["person"].choices = [("", "Choose somebody"), *people]
    return form


def _who(values: dict[str, Any]) -> dict[str, Any]:
    """The address wins: whoever types one means it."""
    email = values["email"].strip()
    chosen = int(values["person"]) if values["person"] and not email else None
    return {"person_id": chosen, "email": email}


def _begin(day: date | None, where: Where) -> datetime | None:
    return datetime.combine(day, time.min, ZoneInfo(where.program.time_zone)) if day else None


def _end(day: date | None, where: Where) -> datetime | None:
    """Through the whole of that day, as the program counts days."""
    zone = ZoneInfo(where.program.time_zone)
    return datetime.combine(day + timedelta(days=1), time.min, zone) if day else None


def _form_page(
    request: PageRequest, form: forms.Form, where: Where, title: str, lead: str, button: str
) -> HttpResponse:
    way = (
        crumbs(where.model, Crumb(title))
        if where.model
        else [Crumb("People", reverse("people")), Crumb(where.program.name, where.url), Crumb(title)]
    )
    context = {
        "form": form,
        "model": where.model,
        "title": title,
        "lead": f"{lead} Here: {where.name}.",
        "button": button,
        "back": where.url,
        "crumbs": way,
    }
    return show(request, "models/form.html", context)
