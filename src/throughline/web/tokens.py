"""Tokens: one's own and those of a program's service accounts, made, shown once, and revoked."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from throughline.actions import tokens as actions
from throughline.core.access import available_scopes
from throughline.core.permissions import SCOPES
from throughline.queries import access, portfolio
from throughline.queries.rows import Person, Program
from throughline.web.routes import PageRequest, cleaned, done, filled, page, show
from throughline.web.settings import tabs

MEANINGS = {
    "read": "Read models, evidence, gates and policies",
    "evidence": "Attach evidence",
    "write": "Change models, ask for moves and waivers",
    "decide": "Sign off, decide moves and waivers",
    "manage": "Manage people, policies, imports and settings",
}
USUAL_DAYS = 90


class TokenForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=100, help_text="Where it is used, so that you know it again."
    )
    program = forms.ChoiceField(label="Program", required=False)
    scopes = forms.MultipleChoiceField(label="What it may do", widget=forms.CheckboxSelectMultiple)
    expires_on = forms.DateField(
        label="Ends on",
        help_text="Within a year.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@page("self.change", at="person", activity="token.created", methods=("GET", "POST"))
def tokens(request: PageRequest) -> HttpResponse:
    account, program = _account(request)
    form = _form(request, account, program)
    if request.method == "POST":
        return _make(request, form, account, program)
    context = {
        "form": form,
        "account": account,
        "program": program,
        "tokens": list(access.tokens(request.actor, account_id=account.pk if account else None)),
        "tabs": tabs(request.actor, "tokens" if account is None else program.slug if program else ""),
    }
    return show(request, "settings/tokens.html", context)


@page("self.change", at="person", activity="token.revoked", methods=("POST",))
def revoke(request: PageRequest, token_id: int) -> HttpResponse:
    row = actions.revoke_token(actor=request.actor, token_id=token_id, now=request.now)
    is_own = row.person_id == request.actor.person_id or row.program is None
    back = (
        reverse("tokens")
        if is_own
        else reverse("program_settings", args=[row.program.slug if row.program else ""])
    )
    return done(request, back, f"The token “{row.name}” is revoked.")


def _account(request: PageRequest) -> tuple[Person | None, Program | None]:
    """The service account that the token is for; none for one's own."""
    wanted = request.GET.get("for", "")
    if not (wanted.isdecimal() and len(wanted) < 18):
        return None, None
    program = portfolio.program_row(request.actor, request.GET.get("program", ""))
    return access.service_row(request.actor, int(wanted), program.pk), program


def _form(request: PageRequest, account: Person | None, program: Program | None) -> TokenForm:
    today = timezone.localtime(request.now).date()
    form = filled(request, TokenForm, {"expires_on": today + timedelta(days=USUAL_DAYS), "scopes": ["read"]})
    holder = request.actor if account is None else access.actor_for(account, door="web", now=request.now)
    available = available_scopes(holder, program.pk if program else None)
    form.fields["scopes"].choices = [(scope, MEANINGS[scope]) for scope in SCOPES if scope in available]  # type: ignore[attr-defined]
    if program is not None:
        del form.fields["program"]
    else:
        programs = [(str(row.pk), row.name) for row in portfolio.programs(request.actor)]
        form.fields["program"].choices = [("", "All programs that I may see"), *programs]  # type: ignore[attr-defined]
    return form


def _make(
    request: PageRequest, form: TokenForm, account: Person | None, program: Program | None
) -> HttpResponse:
    values = cleaned(form)
    chosen = program.pk if program else int(values["program"]) if values["program"] else None
    token, secret = actions.create_token(
        actor=request.actor,
        name=values["name"],
        scopes=values["scopes"],
        expires_at=datetime.combine(values["expires_on"], time(23, 59), ZoneInfo(request.zone)),
        program_id=chosen,
        person_id=account.pk if account else None,
        now=request.now,
    )
    back = reverse("program_settings", args=[program.slug]) if program else reverse("tokens")
    response = show(request, "settings/secret.html", {"token": token, "secret": secret, "back": back})
    response["Cache-Control"] = "no-store"
    return response
