"""Settings: one's own profile, and a program with its members and service accounts."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import available_timezones

from django import forms
from django.conf import settings as installed
from django.forms.utils import flatatt
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from throughline.actions import access as access_actions
from throughline.actions import settings as actions
from throughline.actions import tokens as token_actions
from throughline.actions.access import Invitation
from throughline.core.permissions import ACCESS_MEANINGS, AccessRole, Actor, may, require
from throughline.queries import access, portfolio
from throughline.queries.rows import Person, Program
from throughline.web.models import Tab
from throughline.web.routes import PageRequest, cleaned, done, filled, page, show

ROLES = [(role.value, role.value.capitalize()) for role in AccessRole]


@cache
def zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


def own_zones() -> list[tuple[str, str]]:
    return [("", f"That of the installation ({installed.TIME_ZONE})"), *zones()]


class ZoneSelect(forms.Select):
    """Draws its four hundred options at once; one template for each of them would take longer than the page."""

    def render(self, name: str, value: object, attrs: Any = None, renderer: Any = None) -> SafeString:  # noqa: ARG002 - given by the library
        chosen = str(value or "")
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, mark_safe(" selected") if key == chosen else "", title) for key, title in self.choices),
        )
        return format_html(
            '<select name="{}"{}>{}</select>', name, flatatt(self.build_attrs(self.attrs, attrs)), options
        )


class ProfileForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=200, help_text="As others see it on what you sign and decide."
    )
    time_zone = forms.ChoiceField(label="Time zone", required=False, choices=own_zones, widget=ZoneSelect)
    theme = forms.ChoiceField(
        label="Looks",
        choices=[("system", "As the system"), ("light", "Light"), ("dark", "Dark")],
        help_text="The menu at the top right changes it in one browser alone.",
    )
    has_shortcuts = forms.BooleanField(label="Single-key shortcuts", required=False)


class ProgramForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=zones,
        widget=ZoneSelect,
        help_text="Days of this program, such as due days, begin and end by it.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class InviteForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)
    email = forms.EmailField(label="E-mail", max_length=254)
    role = forms.ChoiceField(label="Role", choices=ROLES, initial="member")


class ServiceForm(forms.Form):
    name = forms.CharField(label="Name", max_length=100, help_text="For instance the pipeline that uses it.")
    role = forms.ChoiceField(label="Role", choices=ROLES, initial="member")


@dataclass(frozen=True)
class Member:
    """One person of a program with all roles there."""

    person: Person
    roles: list[object]


def tabs(actor: Actor, current: str) -> list[Tab]:
    managed = [
        program
        for program in portfolio.programs(actor)
        if may(actor, "program.change", program_id=program.pk)
    ]
    found = [("profile", "My profile", reverse("settings")), ("tokens", "My tokens", reverse("tokens"))]
    found += [(p.slug, p.name, reverse("program_settings", args=[p.slug])) for p in managed[:8]]
    if actor.is_admin:
        found += [
            ("people", "Everybody", reverse("everybody")),
            ("installation", "Installation", reverse("installation")),
            ("background work", "Background work", reverse("jobs")),
            ("sample program", "Sample program", reverse("sample")),
        ]
    return [Tab(title, url, key == current) for key, title, url in found]


@page("self.change", at="person", activity="person.changed", methods=("GET", "POST"))
def profile(request: PageRequest) -> HttpResponse:
    person = access.person_row(request.actor, request.actor.person_id or 0)
    known = {key: getattr(person, key) for key in ("name", "time_zone", "theme", "has_shortcuts")}
    form = filled(request, ProfileForm, known)
    if request.method == "POST":
        actions.change_profile(actor=request.actor, now=request.now, **cleaned(form))
        return _with_looks(request, done(request, reverse("settings"), "Your profile is saved."))
    context = {
        "form": form,
        "person": person,
        "tabs": tabs(request.actor, "profile"),
        "has_password": access.has_password(person),
    }
    return show(request, "settings/profile.html", context)


@page("program.change", at="program", activity="program.changed", methods=("GET", "POST"))
def program(request: PageRequest, slug: str) -> HttpResponse:
    row = _managed(request, slug)
    form = filled(
        request, ProgramForm, {"name": row.name, "time_zone": row.time_zone, "version": row.version}
    )
    if request.method == "POST":
        values = cleaned(form)
        actions.change_program(
            actor=request.actor,
            program_id=row.pk,
            expected_version=values["version"],
            name=values["name"],
            time_zone=values["time_zone"],
            now=request.now,
        )
        return done(request, reverse("program_settings", args=[slug]), "The program is saved.")
    return _program_page(request, row, form)


@page("people.change", at="program", activity="person.invited", methods=("POST",), redraws=program)
def invite(request: PageRequest, slug: str) -> HttpResponse:
    row = _managed(request, slug)
    values = cleaned(filled(request, InviteForm))
    made = access_actions.invite_person(
        actor=request.actor,
        name=values["name"],
        email=values["email"],
        program_id=row.pk,
        role=AccessRole(values["role"]),
        now=request.now,
    )
    return handed_over(request, made, reverse("program_settings", args=[slug]))


@page("people.change", at="program", activity="membership.granted", methods=("POST",), redraws=program)
def grant(request: PageRequest, slug: str) -> HttpResponse:
    row = _managed(request, slug)
    role = (
        AccessRole(request.POST["role"])
        if request.POST.get("role") in list(AccessRole)
        else AccessRole.VIEWER
    )
    person = request.POST.get("person", "")
    access_actions.grant_membership(
        actor=request.actor,
        program_id=row.pk,
        person_id=int(person) if person.isdecimal() and len(person) < 18 else None,
        email=request.POST.get("email", ""),
        role=role,
        now=request.now,
    )
    return done(request, reverse("program_settings", args=[slug]), "The role is given.")


@page("people.change", at="program", activity="membership.revoked", methods=("POST",))
def revoke(request: PageRequest, membership_id: int) -> HttpResponse:
    row = access_actions.revoke_membership(actor=request.actor, membership_id=membership_id, now=request.now)
    url = reverse("program_settings", args=[row.program.slug])
    return done(request, url, f"{row.person.name} is no longer {row.role} here.")


@page("token.manage", at="program", activity="service_account.created", methods=("POST",), redraws=program)
def new_service_account(request: PageRequest, slug: str) -> HttpResponse:
    row = _managed(request, slug)
    values = cleaned(filled(request, ServiceForm))
    account = token_actions.create_service_account(
        actor=request.actor,
        program_id=row.pk,
        name=values["name"],
        role=AccessRole(values["role"]),
        now=request.now,
    )
    asked = urlencode({"for": account.pk, "program": slug})
    return done(
        request, f"{reverse('tokens')}?{asked}", f"The account “{account.name}” is there. Give it a token."
    )


def handed_over(request: PageRequest, made: Invitation, back: str) -> HttpResponse:
    """A link is shown this once, on a page that no browser keeps."""
    if not made.url and not made.is_mailed:
        return done(request, back, f"{made.person.name} has an account already, and now this role.")
    if made.is_mailed:
        return done(request, back, f"A one-time link went to {made.person.email}.")
    response = show(request, "settings/link.html", {"made": made, "back": back})
    response["Cache-Control"] = "no-store"
    return response


def _managed(request: PageRequest, slug: str) -> Program:
    row = portfolio.program_row(request.actor, slug)
    require(request.actor, "program.change", noun="program", program_id=row.pk)
    return row


def _program_page(request: PageRequest, row: Program, form: forms.Form) -> HttpResponse:
    members: dict[int, Member] = {}
    for membership in access.memberships(row.pk):
        members.setdefault(membership.person_id, Member(membership.person, [])).roles.append(membership)
    context = {
        "program": row,
        "form": form,
        "members": [one for one in members.values() if not one.person.is_service],
        "accounts": [one for one in members.values() if one.person.is_service],
        "tokens": list(access.tokens(request.actor, program_id=row.pk)),
        "known": list(
            access.known_people(request.actor).filter(pk__in=access.people_of(row.pk).values("pk"))
        ),
        "roles": [(value, title, ACCESS_MEANINGS[AccessRole(value)]) for value, title in ROLES],
        "invite_form": filled(request, InviteForm) if _is_about(request, "email", "name") else InviteForm(),
        "service_form": ServiceForm(auto_id="service_%s"),
        "tabs": tabs(request.actor, row.slug),
    }
    return show(request, "settings/program.html", context)


def _is_about(request: PageRequest, *fields: str) -> bool:
    return request.typed is not None and all(field in request.typed for field in fields)


def _with_looks(request: PageRequest, response: HttpResponse) -> HttpResponse:
    """What was just chosen for everywhere wins over what this browser had chosen."""
    response.set_cookie(
        "theme", request.POST.get("theme", "system"), samesite="Lax", secure=request.is_secure()
    )
    is_on = "on" if request.POST.get("has_shortcuts") else "off"
    response.set_cookie("shortcuts", is_on, samesite="Lax", secure=request.is_secure())
    return response
