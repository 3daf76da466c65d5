"""What administrators see: everybody with an account, the programs, and every setting with its origin."""

from django import forms
from django.conf import settings as installed
from django.http import HttpResponse
from django.urls import reverse
from django.utils.text import slugify

from throughline.actions import access as access_actions
from throughline.actions import portfolio as portfolio_actions
from throughline.queries import access, portfolio
from throughline.web.routes import PageRequest, cleaned, done, filled, page, show
from throughline.web.settings import ZoneSelect, handed_over, tabs, zones


class NewProgramForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)
    time_zone = forms.ChoiceField(label="Time zone", choices=zones, initial="UTC", widget=ZoneSelect)
    policy = forms.ChoiceField(
        label="Policy to begin with",
        choices=[
            ("default", "Default: all six gates in full"),
            ("light", "Light: few checks, for small teams"),
            ("regulated", "Regulated: with independent validation"),
        ],
    )


class InvitePersonForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)
    email = forms.EmailField(label="E-mail", max_length=254)
    is_admin = forms.BooleanField(label="Administers the installation", required=False)


class PersonForm(forms.Form):
    email = forms.EmailField(label="E-mail", max_length=254)
    is_admin = forms.BooleanField(label="Administers the installation", required=False)


@page("installation.administer", at="installation", activity="person.invited", methods=("GET", "POST"))
def everybody(request: PageRequest) -> HttpResponse:
    form = filled(request, InvitePersonForm)
    if request.method == "POST":
        values = cleaned(form)
        made = access_actions.invite_person(
            actor=request.actor,
            name=values["name"],
            email=values["email"],
            is_admin=values["is_admin"],
            now=request.now,
        )
        return handed_over(request, made, reverse("everybody"))
    context = {"people": list(access.everybody()), "form": form, "tabs": tabs(request.actor, "people")}
    return show(request, "settings/everybody.html", context)


@page("installation.administer", at="installation", activity="person.changed", methods=("GET", "POST"))
def somebody(request: PageRequest, person_id: int) -> HttpResponse:
    person = access.person_row(request.actor, person_id)
    form = filled(request, PersonForm, {"email": person.email, "is_admin": person.is_admin})
    if request.method == "POST":
        access_actions.change_person(
            actor=request.actor, person_id=person_id, now=request.now, **cleaned(form)
        )
        return done(request, reverse("everybody"), f"{person.name} is saved.")
    context = {"person": person, "form": form, "tabs": tabs(request.actor, "people")}
    return show(request, "settings/somebody.html", context)


@page("installation.administer", at="installation", activity="sign_in_link.created", methods=("POST",))
def link(request: PageRequest, person_id: int) -> HttpResponse:
    made = access_actions.create_sign_in_link(actor=request.actor, person_id=person_id, now=request.now)
    return handed_over(request, made, reverse("everybody"))


@page(
    "installation.administer",
    at="installation",
    activity="person.deactivated",
    methods=("POST",),
    redraws=everybody,
)
def switch(request: PageRequest, person_id: int) -> HttpResponse:
    is_on = request.POST.get("to") == "on"
    change = access_actions.reactivate_person if is_on else access_actions.deactivate_person
    person = change(actor=request.actor, person_id=person_id, now=request.now)
    said = "can come in again" if is_on else "is switched off; their sessions, tokens and links ended"
    return done(request, reverse("everybody"), f"{person.name} {said}.")


@page("installation.administer", at="installation", activity="program.created", methods=("GET", "POST"))
def installation(request: PageRequest) -> HttpResponse:
    form = filled(request, NewProgramForm)
    if request.method == "POST":
        values = cleaned(form)
        slug = slugify(values["name"])[:60].strip("-") or "program"
        made = portfolio_actions.create_program(actor=request.actor, slug=slug, now=request.now, **values)
        said = (
            f"The program “{made.name}” is there. Invite people here; its models are added under Portfolio."
        )
        return done(request, reverse("program_settings", args=[made.slug]), said)
    context = {
        "form": form,
        "configuration": installed.CONFIGURATION,
        "programs": list(portfolio.programs(request.actor)),
        "tabs": tabs(request.actor, "installation"),
    }
    return show(request, "settings/installation.html", context)
