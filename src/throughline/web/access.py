"""Coming in and going out: the sign-in page, one-time links, the password, and the end of sessions."""

from django import forms
from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from throughline.actions import access as access_actions
from throughline.actions import settings as settings_actions
from throughline.actions import sign_in as actions
from throughline.core.access import TooManyAttempts
from throughline.core.errors import Refused
from throughline.queries import access
from throughline.queries.rows import Person
from throughline.web import frame
from throughline.web.routes import PageRequest, cleaned, done, filled, page, safe_next, show

BACKEND = "django.contrib.auth.backends.ModelBackend"
CAME_BY_LINK = "came_by_link"
TOO_MANY = 429


class SignInForm(forms.Form):
    email = forms.CharField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class PasswordForm(forms.Form):
    name = forms.CharField(
        label="Your name",
        max_length=200,
        required=False,
        help_text="As others see it on what you sign and decide.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label="Your e-mail",
        max_length=254,
        help_text="You sign in with it and the password.",
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    current = forms.CharField(
        label="Present password",
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label="New password",
        strip=False,
        help_text="At least 12 characters. Several words that nobody would put together are good.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@never_cache
@sensitive_post_parameters("password")
@page("", at="open", activity="session.started", methods=("GET", "POST"))
def sign_in(request: PageRequest) -> HttpResponse:
    next_url = safe_next(request, frame.url("today"))
    if request.method == "POST":
        return _by_password(request, next_url)
    if request.actor.person_id is not None and request.refusal is None:
        return done(request, next_url, "You are signed in already.")
    return _sign_in_page(request, filled(request, SignInForm), next_url)


@never_cache
@page("", at="open", activity="session.started", methods=("GET", "POST"))
def use_link(request: PageRequest) -> HttpResponse:
    """Looking at a link does not use it up: mail scanners follow links, but do not press buttons."""
    key = request.POST.get("key") or request.GET.get("key") or ""
    if request.method == "POST":
        person = actions.use_sign_in_link(actor=request.actor, secret=key, now=request.now)
        start_session(request, person, by_link=True)
        said = "You are signed in."
        if access.has_password(person):
            return done(request, frame.url("today"), said)
        if person.email:
            said += " Set a password, or skip this and use links."
        return done(request, reverse("password"), said)
    link = access.usable_link(key, request.now) if request.refusal is None else None
    return show(request, "access/link.html", {"link": link, "key": key}, status=200 if link else 410)


@never_cache
@sensitive_post_parameters("password")
@page("", at="open", activity="sign_in_link.created", methods=("POST",))
def ask_link(request: PageRequest) -> HttpResponse:
    """Says the same whether the address is known or not."""
    email = request.POST.get("email", "")
    next_url = safe_next(request, frame.url("today"))
    try:
        peer = request.META.get("REMOTE_ADDR", "")
        actions.ask_for_link(actor=request.actor, email=email, peer=peer, now=request.now)
    except Refused as refusal:
        request.refusal = refusal
        status = TOO_MANY if isinstance(refusal, TooManyAttempts) else 409
        return _sign_in_page(request, filled(request, SignInForm), next_url, status=status)
    return show(request, "access/link_mailed.html", {"email": email.strip()})


@sensitive_post_parameters("password", "current")
@page("self.change", at="person", activity="password.set", methods=("GET", "POST"))
def password(request: PageRequest) -> HttpResponse:
    by_link = bool(request.session.get(CAME_BY_LINK))
    person = access.person_by_id(request.actor.person_id or 0)
    form = filled(request, PasswordForm, {"name": request.actor.name})
    has_address = person is not None and bool(person.email)
    if has_address or not request.actor.is_admin:
        del form.fields["email"], form.fields["name"]
    asks_current = person is not None and access.has_password(person) and not by_link
    if not asks_current:
        del form.fields["current"]
    if request.method == "POST":
        values = cleaned(form)
        if values.get("email") and person is not None:
            _introduce(request, person, values["name"], values["email"])
        changed = actions.set_password(
            actor=request.actor,
            password=values["password"],
            current=values.get("current", ""),
            came_by_link=by_link,
            session_key=request.session.session_key or "",
            now=request.now,
        )
        request.session.pop(CAME_BY_LINK, None)
        update_session_auth_hash(request, changed)
        return done(request, frame.url("today"), "Your password is set. Your other sessions were ended.")
    return show(request, "access/password.html", {"form": form})


@page("self.use", at="person", activity="session.ended", methods=("POST",))
def sign_out(request: PageRequest) -> HttpResponse:
    actions.sign_out(actor=request.actor, now=request.now)
    logout(request)
    response = done(request, reverse("sign_in"), "You are signed out.")
    # Pages that the browser still holds must not come back by its back button.
    response["Clear-Site-Data"] = '"cache"'
    return response


@page("self.change", at="person", activity="session.ended", methods=("POST",))
def sign_out_everywhere(request: PageRequest) -> HttpResponse:
    ended = actions.sign_out_everywhere(
        actor=request.actor, session_key=request.session.session_key or "", now=request.now
    )
    return done(
        request, reverse("settings"), f"{ended} other {'session' if ended == 1 else 'sessions'} ended."
    )


def start_session(request: PageRequest, person: Person, *, by_link: bool = False) -> None:
    """Under a new id, so that one that somebody planted beforehand is worth nothing."""
    request.session.flush()
    login(request, person, backend=BACKEND)
    if by_link:
        request.session[CAME_BY_LINK] = True


def _introduce(request: PageRequest, person: Person, name: str, email: str) -> None:
    """The first administrator says who they are: “Administrator” would stand under all that they decide."""
    settings_actions.change_profile(
        actor=request.actor,
        name=name or person.name,
        time_zone=person.time_zone,
        theme=person.theme,
        has_shortcuts=person.has_shortcuts,
        now=request.now,
    )
    access_actions.change_person(
        actor=request.actor, person_id=person.pk, email=email, is_admin=True, now=request.now
    )


def _by_password(request: PageRequest, next_url: str) -> HttpResponse:
    form = filled(request, SignInForm)
    try:
        values = cleaned(form)
        person = actions.sign_in_with_password(
            actor=request.actor,
            email=values["email"],
            password=values["password"],
            peer=request.META.get("REMOTE_ADDR", ""),
            now=request.now,
        )
    except TooManyAttempts as refusal:
        request.refusal = refusal
        return _sign_in_page(request, form, next_url, status=TOO_MANY)
    start_session(request, person)
    return done(request, next_url, f"Welcome, {person.name}.")


def _sign_in_page(request: PageRequest, form: forms.Form, next_url: str, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "refused_as": "You are not signed in",
        "next": next_url,
        "provider": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        "has_anybody": access.has_anybody(),
        "sends_mail": settings.SENDS_MAIL,
    }
    return show(request, "access/sign_in.html", context, status=status)
